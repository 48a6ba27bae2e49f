# SPDX-License-Identifier: Apache-2.0
"""`connleak report`: what may be named, its exit status, suppressions."""
import os
import re
import shutil
import subprocess

import pytest

import harness

LEAK = ["/usr/bin/python3", "-S", "-c", "import os, socket; s = socket.socket(); os._exit(0)"]
CLEAN = ["/usr/bin/python3", "-S", "-c", "import socket; socket.socket().close()"]


def report(*arguments, **how):
    return harness.execute([harness.CONNLEAK, "report", *map(str, arguments)], **how)


@pytest.fixture(scope="module")
def leak():
    return harness.run(LEAK).dumps()[0]


@pytest.fixture(scope="module")
def clean():
    return harness.run(CLEAN).dumps()[0]


@pytest.fixture(scope="module")
def of_each(server):
    return harness.run([harness.victim("situations/places"), "of-each", str(server.port)]).dumps()[0]


def drained(server):
    code = f"import os, socket; s = socket.create_connection(('127.0.0.1', {server.port})); os._exit(0)"
    return harness.run(["/usr/bin/python3", "-S", "-c", code]).dumps()[0]


def test_exit_status(leak, clean, server):
    idle = drained(server)
    assert [report(d).returncode for d in (clean, leak, idle)] == [0, 1, 0]
    assert [report("--fail-on", "none", d).returncode for d in (clean, leak, idle)] == [0, 0, 0]
    assert [report("--fail-on", "drained", d).returncode for d in (clean, leak, idle)] == [0, 0, 1]
    assert [report("--fail-on", "drained,leaked", d).returncode for d in (clean, leak, idle)] == [0, 1, 1]
    assert report(clean, leak).returncode == 1 and report(leak, "/no/such").returncode == 2


def test_several_dumps_and_a_folder(leak, clean, tmp_path):
    for i, dump in enumerate((leak, clean)):
        shutil.copy(dump, tmp_path / f"connleak.{i}.dump")
    shutil.copy(leak, tmp_path / "named differently")
    (tmp_path / "other").write_text("no dump")
    result = report("-f", "json", tmp_path)
    assert result.returncode == 1 and len(harness.parse(result.stdout)) == 3
    result = report("-f", "json", leak, clean)
    assert [r["summary"]["leaked"] for r in harness.parse(result.stdout)] == [1, 0]
    text = report(leak, clean).stdout
    assert text.rstrip().splitlines()[-1].startswith("connleak: 2 process images: 1 leaked in 1 of them")
    assert "nothing was left behind in 1 other process image" in text and text.count("1 closed") == 0  # the clean one


def test_report_file(leak, tmp_path):
    result = report("-f", "json", "--report-file", tmp_path / "r", leak)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")
    assert harness.load(tmp_path / "r")
    result = report("--report-file", "/no/such/folder/r", leak)
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    result = report("--report-file", "/dev/full", leak)
    assert result.returncode == 2 and "No space left" in result.stderr


@pytest.mark.parametrize("arguments,words", [
    ([], "no dump, folder or pid"), (["--nonsense"], "--nonsense: no such option"), (["-x"], "-x: no such option"),
    (["--format"], "--format: needs a value"), (["--format", "xml", "d"], "use text, json"),
    (["--idle", "soon", "d"], "'soon'"), (["--fail-on", "closed", "d"], "'closed'"), (["no-such-dump"], "No such file"),
    (["999999999"], "no such process"), (["--suppressions", "/no/such/file", "LEAK"], "/no/such/file"),
])
def test_what_cannot_be_done_is_one_line(leak, arguments, words):
    result = report(*[leak if a == "LEAK" else a for a in arguments])
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("connleak: ") and words in result.stderr


ONE = "; name a dump, a folder of dumps, or the pid of a process that runs"
FILE = "; name another file with --report-file"


@pytest.mark.parametrize("arguments,advice", [
    (["report", "99999999"], ONE), (["report", "nope.dump"], ONE), (["report", "-"], ONE), (["watch", "nofile"], ONE),
    (["diff", "a", "b"], ONE), (["diff", "LEAK", "b"], ONE), (["report", "/etc/passwd"], "; name a file that libconnleak.so wrote"),
    (["run", "--idle", "abc", "true"], "; use 0 or more"), (["watch", "-n", "x", "1"], "; use 0.05 or more"),
    (["watch", "-c", "-1", "1"], "; use 0 for no end"), (["diff", "-f", "html", "a", "b"], "; use text or json"),
    (["report", "--debug-dir", "/no", "LEAK"], "; name one as "), (["report", "--sysroot", "/no", "LEAK"], "; name a copy of "),
    (["report", *["--suppressions", "s"] * 99, "LEAK"], "; put them into fewer"),
    (["report", "--report-file", "/no/such/x", "LEAK"], FILE), (["report", "--report-file", "/", "LEAK"], FILE),
    (["run", "--report-file", "/no/such/x", "true"], FILE), (["diff", "--report-file", "/no/such/x", "LEAK", "LEAK"], FILE),
    (["diff", "--report-file", "/dev/full", "LEAK", "LEAK"], FILE),
], ids=lambda it: " ".join(it[:3]) if isinstance(it, list) else "")
def test_what_cannot_be_done_says_what_to_do(leak, arguments, advice):
    result = harness.execute([harness.CONNLEAK, *[leak if a == "LEAK" else a for a in arguments]])
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr
    assert advice in result.stderr


def test_a_process_without_a_dump():
    result = report(os.getpid())
    assert result.returncode == 2 and "no dump" in result.stderr and "connleak run" in result.stderr


def test_generated_suppressions_suppress(leak, tmp_path):
    result = report("--gen-suppressions", leak)
    (tmp_path / "s").write_text(re.sub("<insert_a_name>", "known since Monday", result.stderr))
    assert "connleak:leaked/never-connected" in result.stderr
    again = report("--suppressions", tmp_path / "s", "--gen-suppressions", leak)
    assert again.returncode == 0 and "1 finding is suppressed" in again.stdout and "Leaked:" not in again.stdout
    assert again.stderr == ""  # nothing is left to be suppressed
    json = harness.report(leak, options=["--suppressions", tmp_path / "s"])
    assert json.status == 0 and json.connections[0]["suppressed"] == "known since Monday"
    assert json.connections[0]["verdict"] == "leaked"  # it stays what it is


def test_suppressions_are_counted_and_unused_ones_named(server, tmp_path):
    """By name, in the report; with -v where those stand that matched nothing. The first one that matches counts."""
    dump, = harness.run([harness.victim("situations/places"), "of-each", str(server.port)]).dumps()
    (tmp_path / "s").write_text("# known\n{\n  of last year\n  connleak:leaked\n  fun:no_such\n}\n"
                                "{\n  bodies\n  connleak:leaked/undrained\n  ...\n  fun:of_each\n  ...\n  fun:main\n}\n"
                                "{\n  all\n  connleak:leaked\n  src:*/places.c:*\n}\n")
    result = report("--suppressions", tmp_path / "s", dump)
    text = " ".join(result.stdout.split())
    assert result.returncode == 0 and "8 findings are suppressed, and do not count: 6 by 'bodies', 2 by 'all'" in text
    assert "matched nothing" not in text
    last = report("-v", "--suppressions", tmp_path / "s", dump).stdout.splitlines()[-1]
    assert last == f"connleak: suppression 'of last year' matched nothing ({tmp_path / 's'}:2)"


@pytest.mark.parametrize("frames,matches", [
    ("fun:undrained", True), ("fun:of_each", False), ("...\nfun:of_each", True), ("...\n...\nfun:main", True), ("...", True), ("", True),
    ("fun:undrained\n...\nfun:undrained", False), ("obj:*/situations/places\nfun:of_each", True), ("src:*places.c", True),
    ("src:places.c", True), ("src:places.c:*\nsrc:places.c", True), ("src:laces.c", False), ("src:victims/places.c", False), ("obj:places", True),
    ("fun:und*\nfun:of?each\nfun:main\n...\nfun:main", False), ("\n".join(["..."] * 60) + "\nfun:nobody", False),
])
def test_what_a_suppression_matches(server, of_each, tmp_path, frames, matches):
    (tmp_path / "s").write_text("{\n x\n connleak:leaked/undrained\n " + frames + "\n}\n")
    run = harness.report(of_each, options=["--suppressions", tmp_path / "s"])
    assert sum("suppressed" in c for c in run.connections) == (6 if matches else 0)


@pytest.mark.parametrize("program", ["c", "python"])
def test_generated_ones_suppress_all_and_say_so(server, of_each, program, tmp_path):
    code = f"import os, socket\nk = [socket.socket() for i in range(3)]\nos._exit(0)"
    dump = of_each if program == "c" else harness.run(["/usr/bin/python3", "-c", code]).dumps()[0]
    (tmp_path / "s").write_text(report("--gen-suppressions", dump).stderr.replace("<insert_a_name>", "known"))
    again = report("-v", "--suppressions", tmp_path / "s", "--gen-suppressions", dump)
    assert again.returncode == 0 and again.stderr == "" and "matched nothing" not in again.stdout


@pytest.mark.parametrize("text,words", [("nonsense\n", ":1: "), ("{\n a\n", ":2: "), ("{\n a\n memcheck:Leak\n}\n", ":3: "),
                                        ("{\n a\n connleak:lost\n}\n", "no such verdict"),
                                        ("# comment\n{\n a\n connleak:leaked\n what:ever\n}\n", ":5: ")])
def test_a_bad_suppression_names_its_line(leak, tmp_path, text, words):
    (tmp_path / "s").write_text(text)
    result = report("--suppressions", tmp_path / "s", leak)
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert str(tmp_path / "s") in result.stderr and words in result.stderr


@pytest.mark.parametrize("content,why", [(None, "Is a directory"), ("", "No such file"), (b"\0" * 3000000, "no text"),
                                         (b"# comment\n{\n a\n connleak:leaked\n\0}\n", "no text")],
                         ids=["a folder", "none", "zeros", "a zero in one"])
def test_suppressions_that_cannot_be_read(leak, tmp_path, content, why):
    if content:
        (tmp_path / "s").write_bytes(content)
    file = tmp_path / "s" if content is not None else tmp_path
    for command in (["report", leak], ["diff", leak, leak], ["run", "touch", tmp_path / "ran"]):
        result = harness.execute([harness.CONNLEAK, command[0], "--suppressions", file, *command[1:]])
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result
        assert f"{file}: cannot read the suppressions" in result.stderr and why in result.stderr
        assert "--gen-suppressions" in result.stderr and not (tmp_path / "ran").exists()


def test_suppressions_from_a_pipe(leak):
    result = report("--suppressions", "/dev/stdin", leak, stdin="{\n a\n connleak:leaked\n}")
    assert result.returncode == 0 and "1 finding is suppressed" in result.stdout


# ---- symbols

SOURCE = """
#include <sys/socket.h>
#include <unistd.h>
static inline __attribute__((always_inline)) int inlined(void) { return socket(AF_INET, SOCK_STREAM, 0); } /* line 4 */
__attribute__((noinline)) int opens(void) { int fd = inlined(); return fd + 0 * getpid(); } /* line 5 */
int main(void) { return opens() < 0; } /* line 6 */
"""


def built(folder, *flags):
    (folder / "victim.c").write_text(SOURCE)
    subprocess.run(["gcc", "-g", "-O1", "-Wl,--build-id", *flags, "-o", folder / "victim", "victim.c"], check=True, cwd=folder)
    return str(folder / "victim")


def names(run):
    (frames,) = [run.report["stacks"][c["stack"]] for c in run.connections]
    return [(f["function"], os.path.basename(f["file"] or ""), f["line"], f["inlined"]) for f in frames[:3]]


EXPECTED = [("inlined", "victim.c", 4, True), ("opens", "victim.c", 5, False), ("main", "victim.c", 6, False)]


@pytest.mark.parametrize("flags", [["-pie"], ["-no-pie"]])
def test_names_and_lines_with_inlined_frames(tmp_path, flags):
    run = harness.run([built(tmp_path, *flags)])
    assert names(run) == EXPECTED


def test_separate_debug_file(tmp_path):
    victim = built(tmp_path)
    for command in (["objcopy", "--only-keep-debug", victim, "victim.debug"], ["strip", "-g", victim],
                    ["objcopy", "--add-gnu-debuglink=victim.debug", victim]):
        subprocess.run(command, check=True, cwd=tmp_path)
    assert names(harness.run([victim])) == EXPECTED


@pytest.mark.parametrize("how", ["missing", "another"])
def test_without_the_recorded_file_module_and_offset_are_left(tmp_path, how):
    run = harness.run([built(tmp_path)])
    if how == "missing":
        os.remove(tmp_path / "victim")
    else:  # the same name, another build id: its lines would lie
        (tmp_path / "victim.c").write_text("\n" * 7 + SOURCE)
        subprocess.run(["gcc", "-g", "-O1", "-Wl,--build-id", "-o", "victim", "victim.c"], check=True, cwd=tmp_path)
    later = harness.report(run.dumps()[0])
    (frames,) = [later.report["stacks"][c["stack"]] for c in later.connections]
    assert (frames[0]["function"], frames[0]["file"], frames[0]["line"]) == (None, None, None)
    assert frames[0]["module"] == str(tmp_path / "victim") and int(frames[0]["offset"], 16) > 0
    assert any(str(tmp_path / "victim") in w and "build id" in w for w in later.report["warnings"])
    text = report(run.dumps()[0]).stdout
    assert re.search(r"at \?\?\? \(victim\+0x[0-9a-f]+\)", text) and "no symbols of" in text
