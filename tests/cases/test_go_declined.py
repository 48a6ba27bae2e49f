# SPDX-License-Identifier: Apache-2.0
"""A Go program that is not as those that are known: nothing is patched, it runs, and a line says so."""
import os
import re
import struct

import pytest

import golang
import harness

golang.recorded_or_skip()


def broken(name, folder, change):
    path = os.path.join(folder, name)
    data = bytearray(open(golang.program(name), "rb").read())
    change(data)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o755)
    return path


def renamed(data):
    """No function of that name: as where an obfuscator, or a future version, calls it otherwise."""
    for name in (b"runtime/internal/syscall.Syscall6\0", b"internal/runtime/syscall.Syscall6\0",
                 b"internal/runtime/syscall/linux.Syscall6\0"):
        at = data.find(name)
        if at >= 0:
            data[at + len(name) - 2] = ord("7")


def filled(data):
    """Behind the system call that ends a process the linker leaves room, which is not the same as ever."""
    ends = bytes.fromhex("b8e70000000f05c3cc")
    assert ends in data
    data[:] = data.replace(ends, ends[:-1] + b"\x90")


def replaced(data, old, new):
    assert len(old) == len(new) and data.count(old) == 1
    data[:] = data.replace(old, new)


def ends_otherwise(data):
    """The call that ends a process: the same two instructions in another order."""
    number, argument = bytes.fromhex("b8e7000000"), bytes.fromhex("8b7c2408")
    replaced(data, argument + number + b"\x0f\x05", number + argument + b"\x0f\x05")


def calls_otherwise(data):
    """Long after the system call of all packages: another way to write a zero."""
    rest = bytes.fromhex("48f7d84889c148c7c0ffffffff")
    replaced(data, rest + bytes.fromhex("48c7c300000000"), rest + bytes.fromhex("4831db0f1f4000"))


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-pie", "quiz-static-stripped"])
@pytest.mark.parametrize("change", [renamed, filled, ends_otherwise, calls_otherwise])
def test_unknown_version_is_declined(go_http, tmp_path, change, name):
    """Nothing is patched, the program runs, and a line says so."""
    path = broken(name, tmp_path, change)
    run = harness.both([path, "unread", go_http + "/big"], same_output=False)
    assert run.out == "goroutines 13\n"
    assert "Go program" in run.err
    assert not run.connections
    assert any("not recorded" in w for w in run.report["warnings"])


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-static-stripped"])
def test_unknown_version_run_by_another_is_named(go_http, tmp_path, name):
    path = broken(name, tmp_path, renamed)
    run = harness.run(["sh", "-c", f"{path} unread {go_http}/big; :"])
    assert (run.status, run.out) == (0, "goroutines 13\n")
    assert "a Go program" in run.err and path in run.err
    assert [w for w in run.report["warnings"] if "not recorded" in w and path in w]


# ---- TLS -----------------------------------------------------------------------------------------------------

def function(name, text):
    """Where a function's code is in the program's file: (offset, bytes)."""
    symbol = re.search(rf"^ *\d+: (\w+) +(\d+) FUNC .* {re.escape(text)}$", harness.execute(["readelf", "-Ws", golang.program(name)]).stdout, re.M)
    start, offset = re.search(r" \.text +PROGBITS +(\w+) (\w+)", harness.execute(["readelf", "-WS", golang.program(name)]).stdout).groups()
    return int(symbol[1], 16) - int(start, 16) + int(offset, 16), int(symbol[2])


def begins_otherwise(name, text):
    """Room on the stack is made by an addition of what is less than nothing: as long, and another instruction."""
    at, size = function(name, text)

    def change(data):
        for subtract, add, width in ((b"\x48\x81\xec", b"\x48\x81\xc4", "<i"), (b"\x48\x83\xec", b"\x48\x83\xc4", "<b")):
            found = data.find(subtract, at, at + 48)
            if found >= 0:
                value, = struct.unpack_from(width, data, found + 3)
                struct.pack_into(width, data, found + 3, -value)
                data[found:found + 3] = add
                return
        raise AssertionError("nothing to change")

    return change


@pytest.mark.parametrize("name", ["quiz", "quiz-static"])
@pytest.mark.parametrize("text", ["crypto/tls.(*Conn).Read", "crypto/tls.(*Conn).Write"])
def test_unknown_tls_is_not_looked_into(go_https, tmp_path, name, text):
    """The rest is recorded; what goes by inside is not seen, and a line says so."""
    path = broken(name, tmp_path, begins_otherwise(name, text))
    run = harness.both([path, "unread", go_https + "/big"])
    assert run.report["summary"]["sockets"] == 6 and {c["protocol"] for c in run.connections} == {"tls"}
    assert run.verdicts() == {("leaked", "undrained"): 6} and {c["evidence"] for c in run.connections} == {"runtime"}
    assert [w for w in run.report["warnings"] if "crypto/tls is not as connleak knows it" in w] == run.report["warnings"]
