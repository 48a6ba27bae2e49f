# SPDX-License-Identifier: Apache-2.0
"""Dumps that are damaged or hostile: one clear line, or a report; never a crash, a hang, a raw escape sequence."""
import os
import pathlib
import re
import resource
import struct
import subprocess

import pytest

import harness

HEADER = struct.Struct("<8sIHHQB39x")  # dump_header

EVERYTHING = """if 1:
    import os, socket, threading, time
    listener = socket.create_server(("127.0.0.1", 0)); port = listener.getsockname()[1]
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    servers = [listener.accept()[0] for _ in clients]
    for c, s in zip(clients, servers):
        c.sendall(b"GET / HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n"); s.recv(100)
        s.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\n01234"); c.recv(100)
    clients[3].close()
    pair, datagram = socket.socketpair(), socket.socket(type=socket.SOCK_DGRAM)
    unix = socket.socket(socket.AF_UNIX); unix.bind("\\0abstract-%d" % os.getpid()); unix.listen()
    failed = socket.socket(); failed.connect_ex(("127.0.0.1", 1))
    RECVFROM = "45", "207"  # as x86-64 and aarch64 number it
    for c in clients[:2]:
        t = threading.Thread(target=c.recv, args=(100,), daemon=True); t.start()
        while open(f"/proc/self/task/{t.native_id}/syscall").read().split()[0] not in RECVFROM: time.sleep(0.001)
    os._exit(0)"""


@pytest.fixture(scope="module")
def dump():
    run = harness.run(["/usr/bin/python3", "-S", "-c", EVERYTHING])
    assert run.status == 0
    return pathlib.Path(run.dumps()[0])


def refused(path, *words, cwd=None):
    """Exit status 2, nothing on standard output, one line that names the file, and says why and what to do."""
    result = harness.execute([harness.CONNLEAK, "report", str(path)], timeout=harness.TIMEOUT, cwd=cwd)
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert re.fullmatch(r"connleak: [^\n]+\n", result.stderr)
    assert result.stderr.startswith(f"connleak: {path}") and ";" in result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


def changed(tmp_path, dump, **fields):
    data = bytearray(dump.read_bytes())
    header = dict(zip(("magic", "order", "version", "header_size", "size", "pointer"), HEADER.unpack_from(data)))
    HEADER.pack_into(data, 0, *{**header, **fields}.values())
    path = tmp_path / "changed.dump"
    path.write_bytes(data)
    return path


def test_empty(tmp_path):
    (tmp_path / "x").touch()
    refused(tmp_path / "x", "empty")


def test_not_a_dump(tmp_path):
    (tmp_path / "x").write_bytes(os.urandom(10000))
    refused(tmp_path / "x", "not a dump")


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.1, 0.5, 0.999])
def test_truncated(tmp_path, dump, share):
    data = dump.read_bytes()
    (tmp_path / "x").write_bytes(data[:max(1, int(len(data) * share))])
    refused(tmp_path / "x", "truncated")


def test_newer_version_names_both(tmp_path, dump):
    refused(changed(tmp_path, dump, version=9), "version 9", "3 to 3", "newer")


def test_other_byte_order(tmp_path, dump):
    refused(changed(tmp_path, dump, order=0x04030201), "byte order")


def test_a_huge_sparse_file(tmp_path, dump):
    path = changed(tmp_path, dump, size=12 << 30)
    os.truncate(path, 12 << 30)
    refused(path)


def test_fifo_device_and_folder(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    refused(tmp_path / "fifo", "not a regular file")
    refused("/dev/null", "not a regular file")
    refused("/dev/zero", "not a regular file")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "no dump in this folder")


def test_a_name_with_escapes_is_one_harmless_line(tmp_path):
    path = tmp_path / "a\n\033[2Jb.dump"
    path.write_bytes(b"x")
    result = harness.execute([harness.CONNLEAK, "report", str(path)])
    assert result.returncode == 2 and result.stderr.count("\n") == 1 and "\033" not in result.stderr


def test_a_damaged_one_costs_the_status_not_the_others(tmp_path, dump):
    (tmp_path / "a.dump").write_bytes(b"nonsense")
    (tmp_path / "b.dump").write_bytes(dump.read_bytes())
    result = harness.execute([harness.CONNLEAK, "report", "-f", "json", str(tmp_path)])
    assert result.returncode == 2 and result.stderr.count("\n") == 1 and "a.dump" in result.stderr
    assert len(harness.parse(result.stdout)) == 1


def test_mutations_of_a_real_dump(dump):
    """Through model, verdicts, all formats and symbols, in one process; `./dev test` has it sanitized, too."""
    program = pathlib.Path(harness.CONNLEAK).parent.parent / "tests" / "fuzz" / "mutate"
    result = subprocess.run([program, dump, "1000", "1"], capture_output=True, text=True, timeout=harness.TIMEOUT,
                            preexec_fn=None if "asan" in str(program) else
                            lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)))
    assert result.returncode == 0, result.stderr[-3000:]
    read, refused_ones = map(int, re.fullmatch(r"(\d+) read, (\d+) refused\n", result.stdout).groups())
    assert read > 300 and refused_ones > 300  # neither is all that happens


NAMES = ["\033[31mred\033[0m", "line\nconnleak: process 1: all is well", "\udcff\udcfe", "<script>alert(1)</script>", "\u009b31m",
         '"quotes"\\']


def test_names_of_any_bytes_do_no_harm(tmp_path):
    """Arguments, a thread's name, the path of a unix socket, a Host header."""
    code = """if 1:
        import os, socket, sys
        raw = os.fsencode(sys.argv[int(sys.argv[1]) + 2])
        listener = socket.socket(socket.AF_UNIX); listener.bind(b"\\0" + raw); listener.listen()
        client = socket.socket(socket.AF_UNIX); client.connect(b"\\0" + raw)
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: " + raw.replace(b"\\n", b" ") + b"\\r\\n\\r\\n")
        open("/proc/self/comm", "wb").write(raw)
        os._exit(0)"""
    for i in range(len(NAMES)):
        run = harness.run(["/usr/bin/python3", "-S", "-c", code, str(i), *NAMES], folder=str(tmp_path))
        assert run.status == 0, run.err
    for form in ("text", "html", "json"):
        out = subprocess.run([harness.CONNLEAK, "report", "-f", form, tmp_path], capture_output=True).stdout
        text = out.decode()  # valid UTF-8
        # A C1 control in a JSON string is what the name was, and no business of a terminal.
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f]" if form == "json" else "[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), form
        assert form == "json" or not re.search("^connleak: process 1:", text, re.M)
        assert form != "html" or text.count("<script>") == 1  # the page's own
    assert len(harness.parse(out.decode())) == len(NAMES)
