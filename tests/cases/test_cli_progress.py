# SPDX-License-Identifier: Apache-2.0
"""The progress line: on a terminal, when it takes longer than a second; the reader of a pipe makes it take that long."""
import os
import pty
import re
import select
import subprocess
import time

import pytest

import harness

SOCKETS = "import os, socket; s = [socket.socket() for _ in range(300)]; os._exit(0)"
WIPE = r"\r\x1b\[K"


@pytest.fixture(scope="module")
def dump():
    return harness.run(["/usr/bin/python3", "-S", "-c", SOCKETS]).dumps()[0]


def read_all(master, until=None):
    """To its end, or until a line was said so often of the report itself."""
    said = b""
    while until is None or len(re.findall(rb"reporting [^\r\n]+ \d+s", said)) < until:
        assert until is None or select.select([master], [], [], harness.TIMEOUT)[0], said
        try:
            said += os.read(master, 4096)
        except OSError:  # EIO: the other end is closed
            break
    return said


def on_terminal(command, until):
    """What is on standard error, a terminal, when nobody reads standard output, a pipe, until there were so many lines."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, env=harness.environment())
    os.close(slave)
    said = read_all(master, until)
    out = process.communicate(timeout=harness.TIMEOUT)[0]
    said += read_all(master)
    os.close(master)
    assert len(out) > 65536 and process.returncode == 1  # more than the pipe holds: it had to wait
    return said.decode()


LINE = f"{WIPE}connleak: %s [^\\r\\n]+ \\d+s"


def test_while_a_report_is_written(dump):
    said = on_terminal([harness.CONNLEAK, "report", "-f", "json", dump], 2)
    # Where nobody lets it run for a while, reading has its lines, too.
    assert re.fullmatch(f"(?:{LINE % 'reading'})*(?:{LINE % 'reporting'})+{WIPE}", said), said
    seconds = [int(s) for s in re.findall(r" (\d+)s(?=\r)", said)]
    # One that is late skips its turn.
    assert len(seconds) >= 2 and seconds == sorted(set(seconds)) and seconds[0] >= 1


def test_while_a_dump_is_read(dump, tmp_path):
    slowly = [harness.which("strace"), "-qq", "-o", tmp_path / "log", "-P", dump, "-e", "inject=openat:delay_exit=1500000:when=1",
              "-E", "ASAN_OPTIONS=detect_leaks=0:exitcode=86"]  # leaks are looked for by ptrace, too
    said = on_terminal([*slowly, harness.CONNLEAK, "report", "-f", "json", dump], 1)
    assert re.fullmatch(f"(?:{LINE % 'reading'})+(?:{LINE % 'reporting'})+{WIPE}", said), said


def test_a_name_in_it_is_no_command_for_the_terminal(dump, tmp_path):
    path = tmp_path / "\33[31m"
    os.symlink(dump, path)
    assert "\33[31m" not in on_terminal([harness.CONNLEAK, "report", "-f", "json", path], 1)


def test_nothing_within_a_second(dump):
    since = time.monotonic()
    said = on_terminal([harness.CONNLEAK, "report", "-f", "json", dump], 0)
    assert said == "" or time.monotonic() - since > 1


def test_nothing_where_there_is_no_terminal(dump):
    with subprocess.Popen([harness.CONNLEAK, "report", "-f", "json", dump], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=harness.environment()) as process:
        time.sleep(1.5)  # the time goes by after which there would be one on a terminal
        assert process.communicate(timeout=harness.TIMEOUT)[1] == b"" and process.returncode == 1
