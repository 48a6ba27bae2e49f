# SPDX-License-Identifier: Apache-2.0
"""A process that ends between a write and its return: the answer was read by another thread, which the write woke up."""
import re

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


def test_what_was_answered_was_asked(server, tmp_path):
    """The write takes 5 ms longer to return than it does."""
    folder, strace = harness.new_folder(), harness.which("strace")
    run = harness.execute([strace, "-f", "-qq", "-o", tmp_path / "log", "-e", "trace=sendto,exit_group",
                           "-e", "inject=sendto:delay_exit=5000", "-E", f"LD_PRELOAD={harness.LIBRARY}",
                           "-E", f"CONNLEAK_OUTPUT={folder}", "/usr/bin/python3", "-c", PROGRAM, str(server.port)],
                          env=harness.environment(), timeout=harness.TIMEOUT)
    assert run.returncode == 0, run.stderr
    says = int(re.search(r"version (\d+)", harness.execute([strace, "-V"]).stdout)[1]) >= 6  # before it does so, too
    assert ("(DELAYED)" if says else "sendto(") in (tmp_path / "log").read_text()
    (one,) = harness.report(folder).connections
    assert (one["requests"], one["responses"], one["verdict"], one["evidence"]) == (1, 1, "drained", "framing")
