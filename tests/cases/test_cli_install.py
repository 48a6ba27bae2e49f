# SPDX-License-Identifier: Apache-2.0
"""`meson install` into a folder: everything is there, and it works from there."""
import os
import shutil
import subprocess

import pytest

import harness


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A staged installation, as a package would be made: DESTDIR/usr/local/..."""
    root = tmp_path_factory.mktemp("destdir")
    subprocess.run(["meson", "install", "--no-rebuild", "-C", harness.BUILD, "--destdir", root, "--quiet"], check=True,
                   capture_output=True)
    return root


def find(root, name):
    hits = [p for p in root.rglob(name) if p.is_file()]
    assert len(hits) == 1, f"{name}: {hits}"
    return hits[0]


def test_all_parts_are_installed(root):
    for name in ("libconnleak.so", "connleak.1", "connleak-dump.5", "connleak-dump.pc", "_connleak", "connleak.fish", "dump.h", "exchange.h"):
        find(root, name)
    assert find(root, "dump.h").parent.name == "connleak"
    assert find(root, "connleak.1").parent.name == "man1"
    assert len([p for p in root.rglob("connleak") if p.is_file()]) == 2  # the command, the completion of bash


def test_the_header_compiles_alone(root):
    header = find(root, "dump.h")
    subprocess.run(["gcc", "-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-xc", "-", f"-I{header.parent.parent}"],
                   input=b"#include <connleak/dump.h>\n#include <connleak/exchange.h>\nstruct dump_header h;\n", check=True)


READER = """
#include <connleak/dump.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	struct dump_header h;
	FILE *f = fopen(argv[1], "r");
	if (!f || fread(&h, sizeof h, 1, f) != 1)
		return 1;
	printf("%.8s %d\\n", h.magic, h.version == DUMP_VERSION);
	return fclose(f);
}
"""


def test_a_program_of_somebody_else_reads_a_dump(root, tmp_path):
    """With what pkg-config says of the header, and nothing to link."""
    pc = find(root, "connleak-dump.pc")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", f"--define-variable=prefix={root}/usr/local", "connleak-dump"],
                           env={**os.environ, "PKG_CONFIG_PATH": str(pc.parent)}, check=True, capture_output=True, text=True).stdout.split()
    assert flags == [f"-I{root}/usr/local/include"]
    subprocess.run(["gcc", "-xc", "-", "-o", tmp_path / "reader", *flags], input=READER.encode(), check=True)
    run = harness.run(["/usr/bin/python3", "-S", "-c", "import socket; socket.socket()"])
    assert harness.execute([str(tmp_path / "reader"), *run.dumps()]).stdout == "CONNLEAK 1\n"


def test_the_library_has_no_version_in_its_name(root):
    """It is preloaded by its name, and nobody links it."""
    library = find(root, "libconnleak.so")
    assert not library.is_symlink() and [p.name for p in root.rglob("libconnleak*")] == ["libconnleak.so"]


def command(root):
    (hit,) = [p for p in root.rglob("bin/connleak")]
    return str(hit)


def preloaded(connleak, **how):
    """The library that a program under `connleak run` has."""
    script = "import os; print([l.split()[-1] for l in open('/proc/self/maps') if 'libconnleak' in l][0])"
    result = harness.execute([connleak, "run", "--report-file", "/dev/null", "--", "/usr/bin/python3", "-c", script],
                             env={"CONNLEAK_LIBRARY": "", **how.pop("env", {})}, **how)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_installed_command_finds_its_library(root):
    assert preloaded(command(root)) == str(find(root, "libconnleak.so"))


def test_moved_installation_finds_its_library(root, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(root, moved, symlinks=True)
    assert preloaded(command(moved)) == str(find(moved, "libconnleak.so"))


def test_command_reached_by_a_link_finds_its_library(root, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "connleak").symlink_to(command(root))
    found = preloaded("connleak", env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
    assert found == str(find(root, "libconnleak.so"))


def test_build_folder_finds_its_library():
    assert preloaded(str(harness.BUILD / "analyzer" / "connleak")) == harness.LIBRARY


def test_command_alone_says_what_is_missing(root, tmp_path):
    lonely = shutil.copy(command(root), tmp_path / "connleak")
    result = harness.execute([lonely, "run", "true"], env={"CONNLEAK_LIBRARY": ""})
    if os.path.exists("/" + str(find(root, "libconnleak.so").relative_to(root))):
        pytest.skip("a connleak is installed on this machine")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.count("\n") == 1 and "libconnleak.so" in result.stderr and "CONNLEAK_LIBRARY" in result.stderr
