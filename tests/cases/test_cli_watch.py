# SPDX-License-Identifier: Apache-2.0
"""`connleak watch`: a live view that leaves the terminal as it was."""
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import pytest

import harness

SERVER = """if 1:
    import socket, sys, time
    s = [socket.socket() for _ in range(3)]
    s[0].bind(("127.0.0.1", 0)); s[0].listen()
    print("ready", flush=True)
    sys.stdin.read()"""


@contextlib.contextmanager
def recorded(tmp_path, script=SERVER):
    """A process that runs until its standard input ends, recorded without the launcher."""
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)})
    process = subprocess.Popen(["/usr/bin/python3", "-S", "-c", script], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=harness.TIMEOUT)


def test_pictures_follow_one_another_where_there_is_no_terminal(tmp_path):
    with recorded(tmp_path) as process:
        result = harness.execute([harness.CONNLEAK, "watch", "-n", "0.05", "-c", "3", str(process.pid)])
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count(f"connleak: process {process.pid}, still running after") == 3
    assert result.stdout.count("3 sockets, 0 closed, ") == 3 and "\033" not in result.stdout


PLACES = """if 1:
    import socket, sys
    listener = socket.create_server(("127.0.0.1", 0)); kept = []
    def once(): kept.append(socket.socket())
    def twice(): kept.append(socket.create_connection(listener.getsockname()))
    for _ in range(5): socket.socket().close()
    for _ in range(3): once()
    twice(); twice()
    print("ready", flush=True)
    sys.stdin.read()"""


def test_what_of_it_is_shown(tmp_path):
    def shown(*options):
        out = harness.execute([harness.CONNLEAK, "watch", "-c", "1", "--idle", "0", *options, str(process.pid)]).stdout
        rows = [line.split()[-1] for line in out.split("where\n")[1].splitlines() if " in " in line]
        return rows, re.findall(r"and (\d+) more place", out), out

    with recorded(tmp_path, PLACES) as process:
        everything, more, whole = shown()
        assert sorted(everything) == ["<module>", "<module>", "once", "twice"] and everything[0] == "once" and more == []
        assert shown("--sort", "opened")[0][:2] == ["<module>", "once"]
        assert shown("--sort", "open")[0][0] == "once" and shown("--sort", "drained")[0][0] == "twice"
        assert shown("--top", "2")[:2] == (everything[:2], ["2"]) and shown("--top", "0")[0] == everything
        assert shown("--verdict", "leaked")[0] == ["once"] and shown("--verdict", "drained")[0] == ["twice"]
        assert shown("--peer", "127.0.0.*")[0] == ["twice"] and shown("--peer", "10.*")[0] == []
        head = lambda text: re.sub(r"after [\d.]+ s|, none in the last [\d.]+ s", "", text.split("where")[0])
        assert head(shown("--verdict", "leaked")[2]) == head(whole)  # all of them count as before


@pytest.mark.parametrize("option,who", [("-v", "run, report"), ("--format=json", "run, report, diff"), ("--report-file", "run, report, diff"),
                                        ("--suppressions", "run, report, diff")])
def test_options_of_other_commands_are_declined(option, who):
    result = harness.execute([harness.CONNLEAK, "watch", option, "1"])
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"connleak: {option}: an option of {who}, not of watch; try 'connleak watch --help'\n"


def test_it_ends_when_the_process_does(tmp_path):
    with recorded(tmp_path) as process:
        command = [harness.CONNLEAK, "watch", "--interval", "0.1", str(process.pid)]
        watch = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=harness.environment())
        assert "still running" in watch.stdout.readline()
    out, _ = watch.communicate(timeout=harness.TIMEOUT)
    assert watch.returncode == 0 and f"process {process.pid}, exited with 0" in out


def test_a_dump_of_the_past_is_one_picture(tmp_path):
    with recorded(tmp_path):
        pass
    (dump,) = tmp_path.glob("*.dump")
    result = harness.execute([harness.CONNLEAK, "watch", str(dump)])
    assert result.returncode == 0 and result.stdout.count("connleak: process") == 1


def on_a_terminal(command, after, columns=60):
    """Runs it on a terminal of its own, calls `after` once it has drawn something: status, output, settings kept?"""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 12, columns, 0, 0))
    before = termios.tcgetattr(slave)
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=harness.environment({"TERM": "xterm"}),
                               start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    output = b""
    while b"where" not in output:
        assert select.select([master], [], [], harness.TIMEOUT)[0], output
        output += os.read(master, 65536)
    after(master, process)
    process.wait(timeout=harness.TIMEOUT)
    kept = termios.tcgetattr(slave) == before
    os.close(slave)
    with contextlib.suppress(OSError):  # EIO: all that it wrote has been read
        while True:
            output += os.read(master, 65536)
    os.close(master)
    return process.returncode, output.decode(), kept


def test_control_c_restores_the_terminal(tmp_path):
    with recorded(tmp_path) as process:
        status, output, kept = on_a_terminal([harness.CONNLEAK, "watch", "-n", "30", str(process.pid)],
                                             lambda master, _: os.write(master, b"\x03"))
    assert status == 0 and kept
    assert output.index("\033[?1049h") < output.index("\033[?1049l")  # its own screen, left again
    assert output.rindex("\033[?25l") < output.rindex("\033[?25h")    # the cursor is back
    screen, rest = output.split("\033[?1049l")
    assert f"process {process.pid}" in screen and f"process {process.pid}" in rest
    assert max(len(line) for line in rest.replace("^C", "").splitlines()) <= 60  # nothing wraps


def test_terminated_it_restores_the_terminal(tmp_path):
    with recorded(tmp_path) as process:
        status, output, _ = on_a_terminal([harness.CONNLEAK, "watch", "-n", "30", str(process.pid)],
                                          lambda _, watch: watch.send_signal(signal.SIGTERM))
    assert status == 0 and "\033[?1049l" in output


def test_what_cannot_be_watched(tmp_path):
    (tmp_path / "a").mkdir()
    with recorded(tmp_path / "a"):
        pass
    with recorded(tmp_path / "a"):
        pass
    for argument in (str(tmp_path / "a"), str(tmp_path), "999999999", "/dev/null", "no-such-file"):
        result = harness.execute([harness.CONNLEAK, "watch", argument])
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), argument
        assert argument in result.stderr
