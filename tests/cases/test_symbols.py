# SPDX-License-Identifier: Apache-2.0
"""Names and lines from wherever debug information is kept apart from the program: by build id, by .gnu_debuglink, shared by
dwz, below another root, and from a debuginfod server."""
import http.client
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import harness

SOURCE = """
#include <sys/socket.h>
#include <unistd.h>
struct shared { struct shared *next; int numbers[16]; char *names[16]; };
int opens(struct shared *s) { return socket(AF_INET, SOCK_STREAM, 0) + (s ? s->numbers[1] : 0) + 0 * getpid(); } /* line 5 */
int main(int argc, char **argv) { struct shared s = {0}; return opens(&s) < 0; } /* line 6 */
"""
KNOWN = [("opens", "victim.c", 5), ("main", "victim.c", 6)]


def sh(*command, cwd=None):
    return subprocess.run([str(c) for c in command], check=True, cwd=cwd, capture_output=True, text=True).stdout


class Victim:
    """A program that was recorded with all its symbols, and can be taken apart anew for each test."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "bin" / "victim"
        self.path.parent.mkdir()
        (folder / "victim.c").write_text(SOURCE)
        for name in ("victim", "another"):
            sh("gcc", "-g", "-O0", "-Wl,--build-id", f"-DNAME_{name}", "-o", name, "victim.c", cwd=folder)
        shutil.copy(folder / "victim", self.path)
        self.dump, = harness.run([str(self.path)]).dumps()
        notes = sh("readelf", "-n", self.path)
        self.build_id = notes.split("Build ID:")[1].split()[0]

    def debug(self, to):
        """Its debug information alone, at this path."""
        to.parent.mkdir(parents=True, exist_ok=True)
        sh("objcopy", "--only-keep-debug", self.folder / "victim", to)
        return to

    def strip(self, *options):
        """What stays in its place."""
        sh("objcopy", "--strip-all", *options, self.folder / "victim", self.path)

    def by_build_id(self, root):
        return root / ".build-id" / self.build_id[:2] / f"{self.build_id[2:]}.debug"

    def names(self, *options, env=None):
        result = harness.execute([harness.CONNLEAK, "report", "-f", "json", *map(str, options), self.dump], env=env)
        report, = harness.parse(result.stdout)
        frames, = [report["stacks"][c["stack"]] for c in report["connections"]]
        return [(f["function"], os.path.basename(f["file"] or ""), f["line"]) for f in frames[:2]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return Victim(tmp_path_factory.mktemp("victim"))


@pytest.fixture
def victim(recorded):
    shutil.copy(recorded.folder / "victim", recorded.path)
    return recorded


def unknown(names):
    return all(file == "" for _, file, _ in names)


@pytest.mark.parametrize("gone", [False, True])
def test_by_build_id(victim, tmp_path, gone):
    """Also where the program itself is not there: of another machine."""
    victim.strip()
    if gone:
        victim.path.unlink()
    assert unknown(victim.names())
    victim.debug(victim.by_build_id(tmp_path))
    assert victim.names("--debug-dir", tmp_path) == KNOWN
    assert victim.names("--debug-dir", harness.ROOT, "--debug-dir", tmp_path) == KNOWN


def test_by_debuglink(victim, tmp_path):
    debug = victim.debug(tmp_path / "somewhere" / "victim.sym")
    victim.strip(f"--add-gnu-debuglink={debug}")
    assert unknown(victim.names()) and victim.names("--debug-dir", debug.parent) == KNOWN
    below = tmp_path / "root" / str(victim.path.parent).lstrip("/") / "victim.sym"  # as below /usr/lib/debug
    victim.debug(below)
    assert victim.names("--debug-dir", tmp_path / "root") == KNOWN


def test_debug_information_beside_the_program(victim):
    debug = victim.debug(victim.path.parent / ".debug" / "victim.sym")
    victim.strip(f"--add-gnu-debuglink={debug}")
    assert victim.names() == KNOWN
    shutil.rmtree(debug.parent)


def test_as_it_was_before_it_was_stripped(victim, tmp_path):
    victim.strip()
    shutil.copy(victim.folder / "victim", tmp_path / "victim")
    assert victim.names("--debug-dir", tmp_path) == KNOWN
    shutil.copy(victim.folder / "another", tmp_path / "victim")  # of another build id: its lines would lie
    sh("objcopy", "--remove-section=.note.gnu.build-id", "--only-keep-debug", tmp_path / "victim", tmp_path / "x")
    (tmp_path / "victim").write_bytes(pathlib.Path("/bin/true").read_bytes())
    assert unknown(victim.names("--debug-dir", tmp_path))


def test_shared_by_dwz(victim, tmp_path):
    """What two have in common lies in a third file, of which a .gnu_debugaltlink tells (as Debian and Fedora pack them)."""
    one = victim.debug(victim.by_build_id(tmp_path))
    sh("objcopy", "--only-keep-debug", victim.folder / "another", tmp_path / "another.debug")
    (tmp_path / ".dwz").mkdir()
    sh("dwz", "-m", ".dwz/common.debug", "-M", tmp_path / ".dwz" / "common.debug", one, tmp_path / "another.debug", cwd=tmp_path)
    assert ".gnu_debugaltlink" in sh("readelf", "-S", "-W", one)
    victim.strip()
    assert victim.names("--debug-dir", tmp_path) == KNOWN


def test_sysroot(victim, tmp_path):
    inside = tmp_path / str(victim.path).lstrip("/")
    inside.parent.mkdir(parents=True)
    shutil.copy(victim.folder / "victim", inside)
    victim.path.unlink()
    assert unknown(victim.names()) and victim.names("--sysroot", tmp_path) == KNOWN
    sh("objcopy", "--strip-all", inside)
    assert unknown(victim.names("--sysroot", tmp_path))
    victim.debug(victim.by_build_id(tmp_path / "usr" / "lib" / "debug"))
    assert victim.names("--sysroot", tmp_path) == KNOWN


@pytest.fixture
def debuginfod(victim, tmp_path):
    """A server of the debug information, on this machine."""
    served = tmp_path / "served"
    victim.debug(served / "victim.debug")
    port = harness.free_port()
    server = subprocess.Popen([harness.which("debuginfod"), "-F", "-p", str(port), "-d", tmp_path / "index.sqlite", served],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=harness.environment())

    def serves():
        """The server has what it is to serve."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", f"/buildid/{victim.build_id}/debuginfo")
            return connection.getresponse().status == 200
        except OSError:
            return False

    try:
        harness.until(serves, every=0.1)
        yield {"DEBUGINFOD_URLS": f"http://127.0.0.1:{port}/", "DEBUGINFOD_CACHE_PATH": str(tmp_path / "cache")}
    finally:
        server.terminate()
        server.wait()


@pytest.mark.parametrize("gone", [False, True])
def test_debuginfod(victim, debuginfod, tmp_path, gone):
    victim.strip()
    if gone:
        victim.path.unlink()
    assert unknown(victim.names()) and not (tmp_path / "cache").exists()  # nobody is asked without the variable
    assert victim.names(env=debuginfod) == KNOWN


def test_nobody_who_could_ask_is_loaded(victim, tmp_path):
    """libdebuginfod brings libcurl and thirty libraries more, which is most of a small report's time."""
    def loads(*command, **servers):
        return "file=libdebuginfod" in harness.execute([harness.CONNLEAK, *command], env={"LD_DEBUG": "files", **servers}).stderr

    if loads("--version"):
        pytest.skip("this libdw (Debian 11's) loads it whenever it is loaded itself")
    victim.strip(f"--add-gnu-debuglink={victim.debug(tmp_path / 'moved.debug')}")
    (tmp_path / "moved.debug").unlink()
    assert not loads("report", victim.dump) and not loads("report", victim.dump, DEBUGINFOD_URLS="")
    assert loads("report", victim.dump, DEBUGINFOD_URLS="http://127.0.0.1:9/")


SORTS = """
#include <stdlib.h>
#include <sys/socket.h>
static int start_thread(const void *a, const void *b) { return socket(AF_INET, SOCK_STREAM, 0) < 0 && a != b; }
int main(void) { int two[2] = {0}; qsort(two, 2, sizeof *two, start_thread); return 0; }
"""


def test_where_a_program_begins_has_a_name_and_no_line(tmp_path):
    """libc's debug information (libc6-dbg, which valgrind needs) is looked into for its other functions alone."""
    (tmp_path / "sorts.c").write_text(SORTS)
    sh("gcc", "-g", "-O0", "-o", "sorts", "sorts.c", cwd=tmp_path)
    report = harness.run([str(tmp_path / "sorts")]).report
    frames = report["stacks"][report["connections"][0]["stack"]]
    at = [f["function"] for f in frames].index("main")
    inside = frames[1:at]  # a function of libc's own, which calls ours
    assert (frames[0]["function"], frames[0]["line"]) == ("start_thread", 4)  # the program's own, whatever it is called
    assert inside and all("libc.so" in f["module"] and f["file"] and f["line"] for f in inside)
    assert frames[at + 1:][-1]["function"] == "_start" and "__libc_start_main" in [f["function"] for f in frames[at + 1:]]
    assert {(f["file"], f["line"]) for f in frames[at + 1:]} == {(None, None)}


def test_what_is_missing_is_said_once_with_how_to_get_it(victim):
    victim.strip()
    text = " ".join(harness.execute([harness.CONNLEAK, "report", victim.dump]).stdout.split())
    assert text.count("no lines are known of") == 1 and str(victim.path) in text
    assert f"connleak report {'DUMP'}" in text and "DEBUGINFOD_URLS=https://" in text and "apt install" not in text
    victim.path.unlink()
    text = " ".join(harness.execute([harness.CONNLEAK, "report", victim.dump]).stdout.split())
    assert text.count("--debug-dir FOLDER") == 1


def test_the_package_that_has_them():
    """Where the distribution's own file has none, its package is named."""
    code = 's = require("socket") k = {} for i = 1, 4 do k[i] = s.tcp4() end os.exit(true, false)'
    run = harness.execute([harness.CONNLEAK, "run", "--no-keep", harness.lua(), "-e", code])
    assert re.search(r"apt install lua(-socket|5\.3)-dbgsym, or DEBUGINFOD_URLS=https://", " ".join(run.stderr.split()))


@pytest.mark.parametrize("options", [["--debug-dir", "/no/such"], ["--sysroot", "/etc/passwd"]])
def test_a_folder_that_is_not_there(victim, options):
    result = harness.execute([harness.CONNLEAK, "report", *options, victim.dump])
    assert (result.returncode, result.stdout) == (2, "") and "no such folder" in result.stderr and result.stderr.count("\n") == 1
