# SPDX-License-Identifier: Apache-2.0
"""The report for people: what is asked first is said first, the worst first, and options show less or more of it without
changing what counts."""
import json
import re

import pytest

import harness

PYTHON = ["/usr/bin/python3", "-S", "-c"]
ASKS = """
import os, resource, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
port, kept = int(sys.argv[1]), []
for _ in range(6):
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(b"GET /fixed?size=300000 HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n")
    s.recv(100)
    kept.append(s)
    time.sleep(0.25)
"""
SECONDS = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
# Some ticks of the clock apart, then nothing for much longer than that, however slow the machine is.
AT_ONCE = "import time\nbegan = time.monotonic()\n" + ASKS.replace("time.sleep(0.25)", "time.sleep(0.01)") + \
    "time.sleep(1.2 + 4 * (time.monotonic() - began))\n"


def shown(*arguments, env=None, status=(0, 1)):
    """The report in one line, so that where it was wrapped is no matter; and as it is."""
    result = harness.execute([harness.CONNLEAK, "report", *map(str, arguments)], env=env)
    assert result.returncode in status and result.stderr == "", result.stderr
    return " ".join(result.stdout.split()), result.stdout


@pytest.fixture(scope="module")
def leak(server):
    return harness.run([*PYTHON, ASKS + "os._exit(0)", str(server.port)]).dumps()[0]


@pytest.fixture(scope="module")
def transport(server):
    return harness.run([harness.victim("transport"), "-w", "1", "unread", f"127.0.0.1:{server.port}"]).dumps()[0]


@pytest.fixture(scope="module")
def verdicts(server):
    """Six and two that leak for different reasons at different places, of which the second has opened more; one is drained."""
    return harness.both([harness.victim("situations/places"), "of-each", str(server.port)]).dumps()[0]


def test_first_lines_say_whether_where_how_fast_and_how_long(leak):
    text, raw = shown(leak)
    assert raw.splitlines()[1].startswith("  LEAKING: 6 connections at ")
    n, span, per, rate, each, limit, reached, unit = re.search(
        r"how fast: (\d+) in ([\d.]+) (s|min), ([\d.]+) an? (second|minute|hour); at this rate the limit of (\d+) descriptors "
        r"\(RLIMIT_NOFILE\) would be reached ([\d.]+) (s|min|h) after the first", text).groups()
    opened = [c["opened_s"] for c in harness.report(leak).connections]
    took = max(opened) - min(opened)
    assert (n, limit) == ("6", "200") and took >= 1.2  # 0.25 s between two of them, or longer, on a busy machine much longer
    assert float(span) * SECONDS[per] == pytest.approx(took, rel=0.05)
    assert float(rate) / SECONDS[each] == pytest.approx(5 / took, rel=0.05)
    assert float(reached) * SECONDS[unit] == pytest.approx(200 * took / 5, rel=0.05)


PROBES = """
import os, socket, sys
kept = []
def get(asks):
    kept.append(socket.socket())
    if asks:
        kept[-1].connect(("127.0.0.1", int(sys.argv[1])))
        kept[-1].sendall(b"GET /fixed?size=300000 HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n")
        kept[-1].recv(100)
    else:
        kept.pop().close()
for asks in (0, 1, 1): get(asks)
os._exit(0)
"""


def test_what_never_connected_is_no_connection(server):
    """A library that looks whether the kernel has sockets of a family at all, and then connects, at one place."""
    dump, = harness.run([*PYTHON, PROBES, str(server.port)]).dumps()
    text, _ = shown(dump)
    assert "opened 3 sockets, 2 of them connected, and closed 1: 2 leaked, all undrained" in text
    assert "3 sockets, 2 connections: 1 closed, 2 LEAKED" in text and "LEAKING: 2 connections at " in text
    for name in ("sarif", "junit"):
        assert "2 of 3 sockets opened here" in shown("-f", name, dump)[0]


def test_a_leak_that_has_stopped_has_no_projection(server):
    dump, = harness.run([*PYTHON, AT_ONCE + "os._exit(0)", str(server.port)]).dumps()
    text, _ = shown(dump)
    assert re.search(r"how fast: 6 in [\d.]+ m?s, and none in the \d+(\.\d)? s after that", text) and "at this rate" not in text


def test_no_leak(server):
    run = harness.run([*PYTHON, "import socket; socket.socket().close()"])
    text, raw = shown(*run.dumps())
    assert raw.splitlines()[1] == "  no leak" and "nothing was left behind" in text


def test_a_place_in_full(transport):
    text, raw = shown(transport)
    assert re.search(r"tests/victims/transport_conn\.c:\d+ in connect_to opened 6 connections and closed 0: 6 leaked, all undrained; "
                     r"open now 6, most at once 6", text)
    assert "by main (tests/victims/transport.c:" in raw and "../" not in raw  # relative to the source tree
    assert "what to do: read the response to its end, or close it; in your language: connleak explain leaked/undrained" in text
    assert "for example connection 1 to 127.0.0.1:" in text and "evidence: framing" in text and "pins 12 threads" in text
    assert harness.execute([harness.CONNLEAK, "explain", "leaked/undrained"]).returncode == 0


def test_stacks_and_more_of_them(transport):
    short, full, none = (shown(*options, transport)[1] for options in ([], ["-v"], ["--no-stacks"]))
    assert "_start" not in short and "      by _start (" in full
    assert "      at " not in none and "      by " not in none and "6 leaked" in none
    assert "also connection 6 to" in full and "also connection" not in short


def test_chosen_verdicts_and_peers(verdicts, server):
    def places(*options):
        text, raw = shown(*options, verdicts)
        return re.findall(r"(\d+) leaked,", text), "Drained:" in raw, re.findall(r"(\d+) sockets? (?:is|are) not shown", text)

    assert places() == (["6", "2"], True, [])
    assert places("--verdict", "drained") == ([], True, ["8"])
    assert places("--verdict", "leaked") == (["6", "2"], False, ["1"])
    assert places("--verdict", "leaked/never-connected,drained/unused") == (["2"], True, ["6"])
    assert places("--verdict", "drained", "--verdict", "leaked/undrained") == (["6"], False, ["3"])  # the last one counts
    for peer, many in (("127.0.0.1", ["6"]), (f"127.0.0.1:{server.port}", ["6"]), ("example.*", ["6"]), ("10.*", [])):
        assert places("--peer", peer)[0] == many, peer
    assert harness.execute([harness.CONNLEAK, "report", "--peer", "10.*", verdicts]).returncode == 1  # counts all the same


def test_chosen_ones_in_what_other_tools_read(verdicts, server):
    """What is listed is chosen, what is counted is not, and the report says so."""
    def of(form, *options):
        result = harness.execute([harness.CONNLEAK, "report", "-f", form, *options, str(verdicts)])
        assert result.stderr == ""
        return result.stdout

    whole = json.loads(of("json"))
    for options, shown in [(["--verdict", "leaked"], lambda c: c["verdict"] == "leaked"),
                           (["--peer", "127.0.0.1"], lambda c: (c["peer"] or "").startswith("127.0.0.1:"))]:
        report = json.loads(of("json", *options))
        ids = [c["id"] for c in whole["connections"] if shown(c)]
        assert 0 < len(ids) < len(whole["connections"])
        assert [c["id"] for c in report["connections"]] == ids
        assert report["summary"] == whole["summary"] and report["call_sites"] == whole["call_sites"]
        left = f"{len(whole['connections']) - len(ids)} connections are not listed: --verdict or --peer chose others"
        assert left in report["warnings"] and left not in whole["warnings"]
        assert left in of("html", *options)
        rows = [json.loads(line) for line in of("rows", *options).splitlines()]
        assert [row["id"] for row in rows if row["row"] == "connection"] == ids
        assert len([row for row in rows if row["row"] == "place"]) == len(whole["call_sites"])
    rules = {result["ruleId"] for result in json.loads(of("sarif", "--verdict", "leaked"))["runs"][0]["results"]}
    assert rules and all(rule.startswith("leaked/") for rule in rules)


@pytest.mark.parametrize("form, options, unused", [
    ("json", ["--top", "5", "--verdict", "leaked"], "--top"), ("folded", ["--peer", "*", "--verdict", "leaked"], "--verdict, --peer"),
    ("rows", ["--sort", "opened", "--no-stacks"], "--sort, --no-stacks")])
def test_what_is_of_no_use_for_a_format_is_said(leak, form, options, unused):
    result = harness.execute([harness.CONNLEAK, "report", "-f", form, *options, str(leak)])
    assert result.returncode == 1 and result.stdout
    assert result.stderr == f"connleak: {unused}: of no effect on a report as {form}, which is whole\n"


def test_top_and_sort(verdicts):
    def leaked(*options):
        return re.findall(r"(\d+) leaked,", shown(*options, verdicts)[0])

    assert leaked("--top", "1") == ["6"] and "... and 1 more place; --top 0 shows all" in shown("--top", "1", verdicts)[0]
    assert leaked() == leaked("--top", "0") == leaked("--sort", "leaked") == leaked("--sort", "open") == ["6", "2"]
    assert leaked("--sort", "opened") == ["2", "6"]  # ten were opened there


def test_colours(leak):
    def coloured(*options, env=None):
        return "\033[" in shown(*options, leak, env=env)[1]

    assert not coloured() and coloured("--color=always") and coloured("--color", "always", env={"NO_COLOR": "1"})
    assert not coloured("--color=always", "--color=never")


@pytest.mark.parametrize("options,words", [
    (["--top", "x"], "--top: 'x'"), (["--sort", "size"], "use leaked, drained, opened"), (["--verdict", "leaky"], "no such verdict"),
    (["--verdict", "drained/undrained"], "no such reason"), (["--verdict", ""], "no such verdict"), (["--color=blue"], "auto, always or never"),
])
def test_bad_values(leak, options, words):
    result = harness.execute([harness.CONNLEAK, "report", *options, leak])
    assert (result.returncode, result.stdout) == (2, "") and result.stderr.count("\n") == 1 and words in result.stderr


def test_options_may_follow_the_dump(leak):
    assert shown(leak, "--no-stacks") == shown("--no-stacks", leak)
    run = harness.execute([harness.CONNLEAK, "run", "--no-keep", "echo", "-v"])  # but those of CMD are its own
    assert run.stdout == "-v\n"


def test_a_table_of_many_processes_and_one_line_for_the_tools(server):
    """As under make: shells, and programs that leak nothing, are a line."""
    leaky = f"/usr/bin/python3 -S -c '{ASKS}os._exit(0)' {server.port}"
    script = "\n".join([f"curl -s http://127.0.0.1:{server.port}/ -o /dev/null"] * 3 + [leaky, leaky, "true"])
    run = harness.run(["/bin/sh", "-c", script])
    text, raw = shown(run.folder, status=(1,))
    lines = raw.splitlines()
    rows = [line for line in lines if re.match(r" *\d+ +6 +0 +0 +0 +6  python3 -S", line)]
    assert lines[0].split() == "connleak: process sockets closed active drained leaked program".split() and rows == lines[1:3]
    assert re.match(r"connleak: nothing was left behind in 3 other process images \(\d+ sockets?\): 3 x curl$", lines[3])
    first, second = re.findall(r"^connleak: process (\d+): ", raw, re.M)
    assert text.count("curl") == 1
    assert text.count("for example connection") == 1 and f"at the same places as in process {first}, above" in text
    assert shown("-v", run.folder, status=(1,))[0].count("for example connection") == 2
    assert len(re.findall(r"^  process \d+: curl", shown("-v", run.folder, status=(1,))[1], re.M)) == 3
    assert lines[-1].startswith("connleak: 5 process images: 12 leaked in 2 of them")


WORKERS = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
for worker in range(5):
    if os.fork() == 0:
        kept = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(1)]
        if worker == 3:
            kept[0].sendall(b"GET /fixed?size=300000 HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n"); kept[0].recv(100)
        else:
            kept.pop().close()
        os._exit(0)
for worker in range(5): os.wait()
os._exit(0)
"""


def test_a_server_with_workers_is_the_worker_that_leaks(server):
    """All of them have its listener: that is no finding, and no reason to list each of them."""
    run = harness.both([*PYTHON, WORKERS, str(server.port)])
    text, raw = shown(run.folder, status=(1,))
    row, rest = raw.splitlines()[1:3]
    assert re.match(r" *\d+ +2 +0 +0 +0 +1  python3 .* in <(listcomp|module)>$", row)
    assert rest.startswith("connleak: nothing was left behind in 5 other process images")
    assert len(re.findall(r"^connleak: process \d+: ", raw, re.M)) == 1 and "inherited" not in text
