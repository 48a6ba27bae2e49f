# SPDX-License-Identifier: Apache-2.0
"""A dump of a Go program read on another machine: its line table comes from a copy of the program, stripped or not, that is
known by its build id. Debian's Go leaves only a note of its own."""
import os
import shutil
import subprocess

import pytest

import golang
import harness

golang.recorded_or_skip()
GNU = "0123456789abcdef0123456789abcdef01234567"
OPTIONS = {"dynamic": (["-ldflags", "-s -w"], "1"), "static": (["-ldflags", "-s -w"], "0"),
           "gnu": (["-ldflags", f"-s -w -linkmode=external -B 0x{GNU}"], "1")}  # by ld, which has the notes loaded


@pytest.fixture(scope="module", params=OPTIONS)
def elsewhere(request, tmp_path_factory):
    """(where it was, a copy, another program of that name, its dump, its frames): recorded, copied and gone."""
    options, cgo = OPTIONS[request.param]
    built = golang.built(f"elsewhere-{request.param}", "quiz/main.go", *options, env={"CGO_ENABLED": cgo})
    folder = tmp_path_factory.mktemp("elsewhere")
    here, there, other = (folder / name / "quiz" for name in ("here", "there", "other"))
    for path in (here, there, other):
        path.parent.mkdir()
    shutil.copy(built, here)
    shutil.copy(built, there)
    another = [option.replace(GNU, GNU[::-1]) for option in options]
    shutil.copy(golang.built(f"elsewhere-server-{request.param}", "server/main.go", *another, env={"CGO_ENABLED": cgo}), other)
    server = subprocess.Popen([harness.victim("go/server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().split()[0]
    dump, = harness.run([str(here), "unread", f"http://127.0.0.1:{port}/small"]).dumps()
    server.stdin.close()
    server.wait(harness.TIMEOUT)
    known = frames(dump)
    here.unlink()
    return here, there, other, dump, known


def frames(dump, *options):
    """(function, file, line, inlined) of all connections, innermost first, but for those of C's libraries, which stay here."""
    shown = harness.execute([harness.CONNLEAK, "report", "-f", "json", *map(str, options), dump])
    report, = harness.parse(shown.stdout)
    return [[(f["function"], f["file"], f["line"], f["inlined"]) for f in report["stacks"][c["stack"]] if f["language"] == "go"]
            for c in report["connections"]]


def lines(dump, *options):
    """(function, file, line) of the program's own frames; and whether it is said that its names are lacking."""
    shown = harness.execute([harness.CONNLEAK, "report", "-f", "json", *map(str, options), dump])
    report, = harness.parse(shown.stdout)
    frames = [f for c in report["connections"] for f in report["stacks"][c["stack"]]]
    own = {(f["function"], os.path.basename(f["file"]), f["line"]) for f in frames if (f["function"] or "").startswith("main.")}
    text = harness.execute([harness.CONNLEAK, "report", *map(str, options), dump])
    return own, "no symbols of" in text.stdout + text.stderr


def there_is(found):
    own, lacking = found
    return not lacking and ("main.get", "main.go") in {place[:2] for place in own} and all(line for _, _, line in own)


def lacks(found):
    return found == (set(), True)


def test_named_by_a_copy(elsewhere, tmp_path):
    here, there, other, dump, known = elsewhere
    assert lacks(lines(dump))
    assert there_is(lines(dump, "--debug-dir", there.parent))
    root = tmp_path / str(here).lstrip("/")
    root.parent.mkdir(parents=True)
    shutil.copy(there, root)
    assert there_is(lines(dump, "--sysroot", tmp_path))


def test_frame_for_frame(elsewhere):
    """What was put inline is there, too, with the line of its own and that of the call. A stack ends where the dial began if
    main, which asked for it, was kept from waiting until then: not all six do."""
    here, there, other, dump, known = elsewhere
    assert frames(dump, "--debug-dir", there.parent) == known and len(known) == 6
    inlined = {function: file for stack in known for function, file, line, inline in stack if inline and line}
    assert inlined["net/http.(*Client).Do"].endswith("/net/http/client.go"), inlined


def test_another_program_is_declined(elsewhere, tmp_path):
    here, there, other, dump, known = elsewhere
    assert lacks(lines(dump, "--debug-dir", other.parent))
    assert there_is(lines(dump, "--debug-dir", other.parent, "--debug-dir", there.parent))
    shutil.copy(other, here)  # in its place, as after an upgrade
    try:
        assert lacks(lines(dump))
    finally:
        here.unlink()


def test_by_gnu_build_id(elsewhere, tmp_path):
    """As debuginfod and distributions lay programs out; by Go's own nobody does."""
    here, there, other, dump, known = elsewhere
    program = tmp_path / ".build-id" / GNU[:2] / GNU[2:]
    program.parent.mkdir(parents=True)
    shutil.copy(there, program)
    found = lines(dump, "--debug-dir", tmp_path)
    assert there_is(found) if GNU in subprocess.run(["readelf", "-n", there], capture_output=True, text=True).stdout else lacks(found)
