# SPDX-License-Identifier: Apache-2.0
"""Interpreters of versions that nobody knows: copies of those that are here, with another version, without a function, with
something elsewhere than it says. Each runs as it does natively, is declined once, and its stacks are those of the addresses."""
import pathlib
import shutil
import subprocess

import pytest

import elf
import harness

PROGRAMS = {
    "python": "import socket\ndef dial():\n    s = socket.socket()\n    s.bind(('127.0.0.1', 0))\nfor i in range(3): dial()\nprint('done')\n",
    "java": "public class It {\n  static void dial() throws Exception { new java.net.ServerSocket(0).close(); }\n"
            "  public static void main(String[] a) throws Exception {\n    for (int i = 0; i < 3; i++) dial();\n"
            "    System.out.println(\"done\");\n  }\n}\n",
    "javascript": "const net = require('net');\nlet left = 3;\nfunction dial() {\n"
                  "  net.connect(1, '127.0.0.1').on('error', () => { if (--left) dial(); else console.log('done'); });\n}\ndial();\n",
    "ruby": "require 'socket'\ndef dial\n  TCPServer.new('127.0.0.1', 0)\nend\n3.times { dial }\nputs 'done'\n",
    "php": "<?php\nfunction dial() { return stream_socket_server('tcp://127.0.0.1:0'); }\n"
           "for ($i = 0; $i < 3; $i++) $kept[] = dial();\necho \"done\\n\";\n",
    "perl": "use Socket;\nsub dial { socket(my $s, PF_INET, SOCK_STREAM, 0); }\ndial() for 1 .. 3;\nprint \"done\\n\";\n",
}
SUFFIX = {"python": ".py", "javascript": ".js", "ruby": ".rb", "php": ".php", "perl": ".pl"}


def declined(language, command, tmp_path, env=None):
    """Natively and with us; the warning."""
    script = tmp_path / f"it{SUFFIX[language]}" if language in SUFFIX else None
    if script:
        script.write_text(PROGRAMS[language], encoding="utf-8")
    run = harness.both([*command, *([str(script)] if script else [])], env=env)
    assert run.out == "done\n" and run.report["connections"]
    stacks = [run.report["stacks"][str(c["stack"])] for c in run.report["connections"]]
    assert all(len(s) > 3 for s in stacks) and not any(f["language"] == language for s in stacks for f in s)
    warning, = run.report["warnings"]
    return warning


# ---- CPython ---------------------------------------------------------------------------------------------

def python_of(tmp_path, change):
    it = elf.Elf(pathlib.Path(harness.which("/usr/bin/python3")).resolve())
    change(it)
    return [it.save(tmp_path / "python")]


OWN_MINOR = int(harness.execute(["/usr/bin/python3", "-c", "import sys; print(sys.version_info[1])"]).stdout)


def set_python_version(version):
    def change(it):
        if OWN_MINOR < 11:
            pytest.skip("CPython before 3.11 has its version in no variable, which could be changed")
        it.write(it.symbol("Py_Version"), "<I", version)
    return change


def move_python_filename(it):
    """Where its code says that its file's name is, its constants are."""
    at, members = it.word(it.symbol("PyCode_Type") + 240), {}
    while it.word(at):
        begin = it.offset(it.word(at))
        members[bytes(it.bytes[begin:it.bytes.index(0, begin)])] = at + 16
        at += 40
    it.write(members[b"co_filename"], "<Q", it.word(members[b"co_consts"]))


@pytest.mark.parametrize("change", [
    pytest.param(set_python_version(0x036300f0), id="3.99"),
    *(pytest.param(set_python_version(0x030000f0 | minor << 16), id=f"of 3.{minor}")
      for minor in (9, 10, 11, 12, 13, 14) if minor != OWN_MINOR),
    pytest.param(move_python_filename, id="a file's name elsewhere")])
def test_python(change, tmp_path):
    assert "CPython" in declined("python", python_of(tmp_path, change), tmp_path)


def set_offset(word, value):
    """Of what 3.13 and later publish at the beginning of _PyRuntime (_Py_DebugOffsets)."""
    return lambda it: it.write(it.symbol("_PyRuntime") + 8 * word, "<Q", value)


@pytest.mark.parametrize("change,words", [(set_offset(2, 1), "does not follow yet"), (set_offset(30, 8), "CPython 3.1"),
                                          (set_offset(23, 1 << 40), "CPython 3.1")], ids=["free-threaded", "code elsewhere", "nonsense"])
def test_python_that_publishes_its_offsets(change, words, tmp_path):
    found = [p for p in ("/usr/bin/python3", *map(str, pathlib.Path.home().glob(".pyenv/versions/3.13.*/bin/python3.13")))
             if harness.execute([p, "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]).stdout == "True\n"]
    for python in found or pytest.skip("no CPython 3.13 is here"):
        assert words in changed("python", python, "libpython", change, tmp_path)


# ---- Ruby, PHP, Perl ---------------------------------------------------------------------------------------

def library_of(program, name):
    """As the linker finds it; the program itself, where it is not there."""
    lines = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines()
    return pathlib.Path(next((line.split()[2] for line in lines if name in line), program)).resolve()


def changed(language, program, name, change, tmp_path, words=()):
    """The copy stands where the linker, or the command, finds it first."""
    program = str(pathlib.Path(harness.which(program)).resolve())
    library = library_of(program, name)
    it = elf.Elf(library)
    change(it)
    if str(library) == program:
        return declined(language, [it.save(tmp_path / language), *words], tmp_path)
    soname = next(line.split()[0] for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines()
                  if name in line)
    it.save(tmp_path / soname)
    return declined(language, [program, *words], tmp_path, {"LD_LIBRARY_PATH": str(tmp_path)})


def set_text(symbol, text):
    def change(it):
        at = it.offset(it.symbol(symbol))
        it.bytes[at:at + len(text)] = text.encode()
    return change


def rename(symbol):
    return lambda it: it.rename(symbol, symbol[:-1] + "_")


def test_ruby(tmp_path):
    assert "Ruby" in changed("ruby", "ruby", "libruby", set_text("ruby_version", "9.1"), tmp_path, ["--disable-gems"])


@pytest.mark.parametrize("change", [lambda it: it.point("zend_get_executed_lineno", "get_zend_version"), rename("executor_globals")],
                         ids=["lines elsewhere", "thread safe"])
def test_php(change, tmp_path):
    assert "PHP" in changed("php", "php", "libphp", change, tmp_path, ["-n"])


def set_perl_version(version):
    return lambda it: it.write(it.symbol("PL_version"), "<B", version)


OTHER_PERL = 36 if " 5.32" in harness.execute(["perl", "-e", "printf ' %vd', $^V"]).stdout else 32


@pytest.mark.parametrize("change", [set_perl_version(99), set_perl_version(OTHER_PERL), rename("PL_thr_key")],
                         ids=["5.99", f"of 5.{OTHER_PERL}", "no key"])
def test_perl(change, tmp_path):
    assert "Perl" in changed("perl", "perl", "libperl", change, tmp_path)


# ---- Java --------------------------------------------------------------------------------------------------

class Jvm(elf.Elf):
    """Its own description of itself: gHotSpotVMStructs, entries of six words."""

    def field(self, name):
        """Where its entry is: names of type, field and the field's type, is it static, offset, address."""
        at = self.word(self.symbol("gHotSpotVMStructs"))
        while self.word(at):
            begin = self.offset(self.word(at + 8))
            if bytes(self.bytes[begin:begin + len(name) + 1]) == name.encode() + b"\0":
                return at
            at += 48
        raise LookupError(name)


def swap_fields(one, other):
    """Each is where the other is."""
    def change(it):
        first, second = (it.offset(it.word(it.field(name) + 8)) for name in (one, other))
        it.bytes[first:first + len(one)], it.bytes[second:second + len(other)] = other.encode(), one.encode()
    return change


def rename_field(name):
    def change(it):
        begin = it.offset(it.word(it.field(name) + 8))
        it.bytes[begin:begin + 1] = b"-"
    return change


def set_java_version(it):
    it.write(it.word(it.field("_vm_major_version") + 40), "<I", 99)


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    """All of a JDK is linked to, but for what finds the rest by where it lies itself."""
    home = pathlib.Path(harness.which("java")).resolve().parents[1]
    folder = tmp_path_factory.mktemp("java")
    (folder / "It.java").write_text(PROGRAMS["java"], encoding="utf-8")
    harness.execute([harness.which("javac"), "-d", str(folder), str(folder / "It.java")], check=True)
    copied = ("java", "libjvm.so", "libjli.so", "libjava.so")

    def copy(source, to):
        if pathlib.Path(source).name in copied:
            shutil.copy(source, to)
        else:
            pathlib.Path(to).symlink_to(source)
    for part in ("bin", "conf", "lib"):
        shutil.copytree(home / part, folder / part, copy_function=copy, ignore_dangling_symlinks=True)
    return folder


@pytest.mark.parametrize("change", [
    pytest.param(set_java_version, id="99"), pytest.param(rename_field("_last_Java_sp"), id="a field is gone"),
    pytest.param(swap_fields("_last_Java_sp", "_last_Java_pc"), id="stacks elsewhere"),
    pytest.param(swap_fields("_constMethod", "_method_data"), id="methods elsewhere")])
def test_java(change, java, tmp_path):
    library = java / "lib" / "server" / "libjvm.so"
    original = library.read_bytes()
    it = Jvm(library)
    change(it)
    it.save(library)
    try:
        assert "OpenJDK" in declined("java", [str(java / "bin" / "java"), "-XX:+UseSerialGC", "-cp", str(java), "It"], tmp_path)
    finally:
        library.write_bytes(original)


# ---- Node --------------------------------------------------------------------------------------------------

def test_node(tmp_path):
    """What says V8's version says libuv's; that a function of it is missing is tried in test_scripts_node.py."""
    node = pathlib.Path(harness.which("node")).resolve()
    if "libnode" in harness.execute(["ldd", str(node)]).stdout:
        pytest.skip("libnode.so has V8")
    it = elf.Elf(node)
    it.point("_ZN2v82V810GetVersionEv", "uv_version_string")
    assert "Node.js" in declined("javascript", [it.save(tmp_path / "node")], tmp_path)
