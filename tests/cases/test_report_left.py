# SPDX-License-Identifier: Apache-2.0
"""What is open at the end is said with its place, however harmless; nothing was left behind only when it is so."""
import pytest

import harness

PRELUDE = "import os, socket, sys\n"
# what the script does: words that the report has, and whether nothing was left behind
LEFT = {
    "pairs": ("k = [socket.socketpair() for i in range(9)]", ["18 unix sockets, pair", "opened 18 and closed 0", "it grows"], False),
    "one pair": ("k = socket.socketpair()", ["2 unix sockets, pair", "opened 2 and closed 0"], False),
    "udp": ("k = [socket.socket(type=socket.SOCK_DGRAM) for i in range(4)]\nk.pop().close()",
            ["3 udp sockets, datagram", "opened 4 and closed 1", "it grows"], False),
    "closed": ("k = [socket.socketpair() for i in range(9)]\nfor a, b in k: a.close(); b.close()", [], True),
    "listening": ("k = socket.create_server(('127.0.0.1', 0))", [], True),
}


@pytest.mark.parametrize("name", LEFT)
def test_said_by_place(name):
    script, words, nothing = LEFT[name]
    run = harness.both(["/usr/bin/python3", "-c", PRELUDE + script + "\nos._exit(0)"])
    text = " ".join(harness.execute([harness.CONNLEAK, "report", *run.dumps()]).stdout.split())
    assert [w for w in words if w not in text] == []
    assert ("it grows" in text) == ("it grows" in words)
    assert ("nothing was left behind" in text) == nothing
