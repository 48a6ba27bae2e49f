# SPDX-License-Identifier: Apache-2.0
"""A process that ends between a write and its return: the answer was read by another thread, which the write woke up."""
import re

import pytest

import harness

PROGRAM = """
import os, socket, sys, threading
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
threading.Thread(target=connection.send, args=[b"GET /fixed?size=5 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"]).start()
text = b""
while not text.endswith(b"\\r\\n\\r\\n" + 5 * b"x"):
    text += connection.recv(1000)
os._exit(0)
"""


@pytest.mark.parametrize("ms", [5, 80])
def test_what_was_answered_was_asked(server, tmp_path, ms):
    """The write takes so much longer to return than it does: its thread has no processor, or is held by a debugger."""
    folder, strace = harness.new_folder(), harness.which("strace")
    run = harness.execute([strace, "-f", "-qq", "-o", tmp_path / "log", "-e", "trace=sendto,exit_group",
                           "-e", f"inject=sendto:delay_exit={ms * 1000}", "-E", f"LD_PRELOAD={harness.LIBRARY}",
                           "-E", f"CONNLEAK_OUTPUT={folder}", "/usr/bin/python3", "-c", PROGRAM, str(server.port)],
                          env=harness.environment(), timeout=harness.TIMEOUT)
    assert run.returncode == 0, run.stderr
    says = int(re.search(r"version (\d+)", harness.execute([strace, "-V"]).stdout)[1]) >= 6  # before it does so, too
    assert ("(DELAYED)" if says else "sendto(") in (tmp_path / "log").read_text()
    (one,) = harness.report(folder).connections
    assert (one["requests"], one["responses"], one["verdict"], one["evidence"]) == (1, 1, "drained", "framing")


BLOCKED = """
import fcntl, os, socket, struct, termios, threading, time
listener = socket.create_server(("127.0.0.1", 0))
connection = socket.create_connection(listener.getsockname())
writer = threading.Thread(target=connection.sendall, args=[bytes(64 << 20)])
writer.start()
# In its call, and not on its way there: it has queued something, and sleeps.
while not struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0]:
    time.sleep(0.01)
while open(f"/proc/self/task/{writer.native_id}/stat").read().rpartition(")")[2].split()[0] != "S":
    time.sleep(0.01)
time.sleep(0.1)  # as long ago as it has to be
os._exit(0)
"""


def test_who_waits_for_its_peer_is_not_waited_for(tmp_path):
    """One that sleeps in its call for longer than it takes to return: the process ends at once."""
    folder, strace = harness.new_folder(), harness.which("strace")
    run = harness.execute([strace, "-f", "-qq", "-o", tmp_path / "log", "-e", "trace=nanosleep,sendto,exit_group", "-E",
                           f"LD_PRELOAD={harness.LIBRARY}", "-E", f"CONNLEAK_OUTPUT={folder}", "/usr/bin/python3", "-c", BLOCKED],
                          env=harness.environment(), timeout=harness.TIMEOUT)
    assert run.returncode == 0, run.stderr
    log = (tmp_path / "log").read_text()
    assert "sendto(" in log and " nanosleep(" not in log
    assert {c["requests"] for c in harness.report(folder).connections} == {0}
