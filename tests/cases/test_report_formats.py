# SPDX-License-Identifier: Apache-2.0
"""What other tools read: each format opened by the tool that it is for."""
import collections
import json
import os
import re
import signal
import subprocess
import urllib.request
import xml.etree.ElementTree as xml

import jsonschema
import pytest

import harness

PLACE = "connect_to (tests/victims/transport_conn.c"


@pytest.fixture(scope="module")
def leak(server):
    """Six connections of one place, their bodies unread: six leaked, each with two threads."""
    run = harness.run([harness.victim("transport"), "unread", f"127.0.0.1:{server.port}"])
    assert run.verdicts() == {("leaked", "undrained"): 6}
    return run.dumps()[0]


@pytest.fixture(scope="module")
def drained(server):
    run = harness.run([harness.victim("transport"), "read", f"127.0.0.1:{server.port}"])
    assert run.verdicts() == {("drained", "kept-alive"): 1}
    return run.dumps()[0]


def formatted(name, *dumps, status=1, options=()):
    result = subprocess.run([harness.CONNLEAK, "report", "-f", name, *options, *dumps], capture_output=True, timeout=harness.TIMEOUT)
    assert (result.returncode, result.stderr) == (status, b"")
    return result.stdout


# ---- SARIF

def sarif(*dumps, **how):
    log = json.loads(formatted("sarif", *dumps, **how))
    schema = json.loads((harness.ROOT / "tests/formats/sarif-2.1.0.schema.json").read_text())
    jsonschema.validate(log, schema)
    return log["runs"][0]


def test_sarif(leak):
    run = sarif(leak)
    result, = run["results"]
    assert (result["ruleId"], result["level"]) == ("leaked/undrained", "error")
    assert result["ruleId"] in [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "tests/victims/transport_conn.c"
    line = where["region"]["startLine"]
    assert "connect(" in (harness.ROOT / "tests/victims/transport_conn.c").read_text().splitlines()[line - 1] or \
        "socket(" in (harness.ROOT / "tests/victims/transport_conn.c").read_text().splitlines()[line - 1]
    assert [f["location"]["logicalLocations"][0]["name"] for f in result["stacks"][0]["frames"]][-1] == "main"
    assert result["message"]["text"].startswith("6 of 6 connections opened here leaked")


def test_sarif_of_several_and_of_a_clean_one(leak, drained):
    assert [r["ruleId"] for r in sarif(leak, drained)["results"]] == ["leaked/undrained", "drained/kept-alive"]
    assert [r["level"] for r in sarif(drained, status=0)["results"]] == ["note"]
    clean = harness.run(["/usr/bin/python3", "-S", "-c", "import socket; socket.socket().close()"]).dumps()[0]
    assert sarif(clean, status=0)["results"] == []


def test_sarif_fingerprints_are_those_of_the_place(leak, server):
    again = harness.run([harness.victim("transport"), "unread", f"127.0.0.1:{server.port}"]).dumps()[0]
    first, second = (sarif(d)["results"][0]["partialFingerprints"] for d in (leak, again))
    assert first == second


def test_sarif_says_what_is_suppressed(leak, tmp_path):
    (tmp_path / "s").write_text("{\n   known\n   connleak:leaked\n   ...\n}\n")
    result, = sarif(leak, status=0, options=["--suppressions", tmp_path / "s"])["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "known"}]


# ---- JUnit

def test_junit(leak, drained):
    suites = xml.fromstring(formatted("junit", leak, drained)).findall("testsuite")
    assert [(s.get("tests"), s.get("failures")) for s in suites] == [("1", "1"), ("1", "0")]
    failure = suites[0].find("testcase/failure")
    assert failure.get("type") == "leaked/undrained" and PLACE in suites[0].find("testcase").get("name")
    assert "by main" in failure.text
    assert suites[1].find("testcase/failure") is None


def test_junit_fails_what_is_to_fail(drained):
    suite = xml.fromstring(formatted("junit", drained, options=["--fail-on", "drained"])).find("testsuite")
    assert suite.get("failures") == "1"


# ---- what could not be recorded is clean in none of them

@pytest.fixture(scope="module")
def unrecorded(tmp_path_factory):
    """The reports of a program that is statically linked, and of a shell that runs it, by format."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "it.c").write_text("int main(void) { return 0; }")
    harness.execute(["gcc", "-static", "-o", folder / "it", folder / "it.c"], check=True)

    def ask(name, *command):
        out = folder / name
        harness.execute([harness.CONNLEAK, "run", "--no-keep", "-o", folder, "-f", name, "--report-file", out, "--", *command],
                        check=True)
        return out.read_text()
    return lambda name: (ask(name, folder / "it"), ask(name, "sh", "-c", f"{folder}/it; true"))


def test_sarif_notifies_of_what_was_not_recorded(unrecorded, leak):
    schema = json.loads((harness.ROOT / "tests/formats/sarif-2.1.0.schema.json").read_text())
    for text in unrecorded("sarif"):
        jsonschema.validate(json.loads(text), schema)
        invocation, = json.loads(text)["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False
        note, = invocation["toolExecutionNotifications"]
        assert note["level"] == "error" and re.match("not recorded: .*it is statically linked", note["message"]["text"])
    assert sarif(leak)["invocations"] == [{"toolExecutionNotifications": [], "executionSuccessful": True}]


def test_junit_skips_what_was_not_recorded(unrecorded):
    for text in unrecorded("junit"):
        suite = xml.fromstring(text).find("testsuite")
        assert [suite.get(key) for key in ("tests", "failures", "skipped")] == ["1", "0", "1"]
        case, = suite.findall("testcase")
        assert "it is statically linked" in case.get("name") and case.find("skipped").get("message") == case.get("name")


def test_prometheus_counts_what_was_not_recorded(unrecorded):
    for text in unrecorded("prometheus"):
        assert re.findall(r"^connleak_unrecorded\{.*\} (\d+)$", text, re.M) == ["1"]


# ---- folded, pprof

def test_folded(leak, drained):
    lines = formatted("folded", leak, drained).decode().splitlines()
    stacks = {stack: int(count) for stack, count in (line.rsplit(" ", 1) for line in lines)}
    assert all(re.fullmatch(r"\S+ \d+", line) for line in lines)  # what flamegraph.pl takes for a stack and its count
    (worst, six), (idle, one) = sorted(stacks.items(), key=lambda s: -s[1])
    assert six == 6 and worst.startswith("transport;leaked;main;") and worst.endswith(";connect_to")
    assert one == 1 and idle.startswith("transport;drained;main;")


def pprof(profile, *options):
    out = subprocess.run([harness.which("go"), "tool", "pprof", *options, profile], check=True, capture_output=True, text=True,
                         timeout=harness.TIMEOUT)
    return out.stdout


def test_pprof(leak, drained, tmp_path):
    profile = tmp_path / "profile"
    profile.write_bytes(formatted("pprof", leak, drained))
    assert re.search(r"^ +6 +100% +100% +6 +100% +connect_to", pprof(profile, "-top"), re.M)
    for kind, total in [("opened", 7), ("leaked", 6), ("drained", 1), ("threads_pinned", 14)]:
        assert f" of {total} total" in pprof(profile, "-top", f"-sample_index={kind}")
    assert re.search(r"transport_conn\.c:\d+", pprof(profile, "-top", "-lines"))
    both = pprof([str(profile), str(profile)][0], "-top", "-sample_index=leaked")
    assert "connect_to" in both


def test_pprof_in_a_browser(leak, tmp_path):
    (tmp_path / "profile").write_bytes(formatted("pprof", leak))
    address = f"127.0.0.1:{harness.free_port()}"
    server = subprocess.Popen([harness.which("go"), "tool", "pprof", f"-http={address}", "-no_browser", tmp_path / "profile"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def page(path):
        try:
            return urllib.request.urlopen(f"http://{address}/ui/{path}", timeout=harness.TIMEOUT).read().decode()
        except OSError:
            return None
    try:
        top = harness.until(lambda: page("top?si=leaked"))
        graph = page("flamegraph?si=threads_pinned")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(harness.TIMEOUT)
    assert '"connect_to' in top and '"transport_get' in top
    assert "connect_to" in graph and "transport_get" in graph


def test_pprof_merges(leak, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(formatted("pprof", leak))
    out = subprocess.run([harness.which("go"), "tool", "pprof", "-top", tmp_path / "a", tmp_path / "b"], check=True,
                         capture_output=True, text=True, timeout=harness.TIMEOUT).stdout
    assert " of 12 total" in out


# ---- Prometheus

def samples(text):
    return {m[1]: float(m[2]) for m in re.finditer(r"^([a-z_]+\{.*\}|[a-z_]+) (\S+)$", text, re.M)}


def test_prometheus(leak, drained):
    text = formatted("prometheus", leak, drained, leak)
    check = subprocess.run([harness.which("promtool"), "check", "metrics"], input=text, capture_output=True)
    assert (check.returncode, check.stdout + check.stderr) == (0, b"")
    found = samples(text.decode())
    opened = [v for k, v in found.items() if k.startswith("connleak_opened_total")]
    assert opened == [13]  # processes of one program and place are added up
    leaked = [v for k, v in found.items() if k.startswith("connleak_open_sockets") and 'verdict="leaked"' in k]
    assert leaked == [12]
    assert [v for k, v in found.items() if k.startswith("connleak_processes")] == [3]


# ---- rows

def test_rows(leak, drained):
    rows = [json.loads(line) for line in formatted("rows", leak, drained).splitlines()]
    assert collections.Counter(r["row"] for r in rows) == {"place": 2, "connection": 7}
    assert all(not isinstance(v, (dict, list)) for r in rows for v in r.values())
    worst = next(r for r in rows if r["row"] == "place" and r["leaked"])
    assert (worst["opened"], worst["leaked"]) == (6, 6) and worst["host"] and len(worst["boot"]) == 32 and worst["build_id"]
    assert {r["verdict"] for r in rows if r["row"] == "connection"} == {"leaked", "drained"}
    assert {tuple(r) for r in rows if r["row"] == "connection"} == {tuple(rows[1])}  # the same columns in the same order


# ---- all of them

def test_one_run_in_the_tools_of_all(leak, tmp_path):
    """The same six connections of one place, whoever reads them."""
    place = "connect_to"
    (result,) = sarif(leak)["results"]
    assert result["message"]["text"].startswith("6 of 6") and result["locations"][0]["logicalLocations"][0]["name"] == place
    (line,) = formatted("folded", leak).decode().splitlines()
    assert line.endswith(f";{place} 6")
    (tmp_path / "profile").write_bytes(formatted("pprof", leak))
    assert re.search(rf"^ +6 +100% .* {place}", pprof(tmp_path / "profile", "-top", "-sample_index=leaked"), re.M)
    metrics = formatted("prometheus", leak)
    assert subprocess.run([harness.which("promtool"), "check", "metrics"], input=metrics, capture_output=True).returncode == 0
    assert [v for k, v in samples(metrics.decode()).items() if 'verdict="leaked"' in k and place in k] == [6]
    rows = [json.loads(row) for row in formatted("rows", leak).splitlines()]
    assert [r["leaked"] for r in rows if r["row"] == "place" and place in r["place"]] == [6]
    (failure,) = xml.fromstring(formatted("junit", leak)).iter("failure")
    assert failure.get("message").startswith("6 of 6") and f"at {place}" in failure.text


# ---- names of any bytes

def test_names_of_any_bytes(tmp_path):
    """A program whose name has what each format must quote."""
    program = tmp_path / 'a"b;<c>&\\ \x01\nd\udcff'
    program.symlink_to("/usr/bin/python3")
    run = harness.run([str(program), "-S", "-c", "import os, socket; s = socket.socket(); os._exit(0)"])
    dump = run.dumps()[0]
    for name in ("sarif", "rows"):
        for line in formatted(name, dump).splitlines():
            json.loads(line)
    xml.fromstring(formatted("junit", dump))
    check = subprocess.run([harness.which("promtool"), "check", "metrics"], input=formatted("prometheus", dump), capture_output=True)
    assert check.returncode == 0, check.stderr
