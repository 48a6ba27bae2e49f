# SPDX-License-Identifier: Apache-2.0
"""A server of a protocol of lines that has said that the session ends: its client's connection is peer-closed, known by the
server's first words and by where the goodbye stands. The clean twins say nearly the same."""
import pytest

import harness
import rest

# Words of the server, in turns, each of one read; the client says something before each but the first. It ends without a close,
# after SECONDS: more than a program may take to end when it was told (judge/told.c).
CLIENT = rest.STAY + """
import os, socket, sys
gone, seconds, *words = sys.argv[1:]
listening = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listening.getsockname())
server = listening.accept()[0]
for i, said in enumerate(words):
    if i and not said.startswith("..."):
        client.sendall(b"a1 something\\r\\n")
        server.recv(100)
    server.sendall(said.removeprefix("...").encode())
    want = len(said.removeprefix("..."))
    while want:
        want -= len(client.recv(want))
if gone == "gone":
    server.close()
    while client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 8: pass  # CLOSE_WAIT: its FIN has come
if float(seconds):
    stay(float(seconds))
os._exit(0)
"""

LEAKED, KEPT, STALE, BY_EXIT = ("leaked", "peer-closed"), ("drained", "kept-alive"), ("drained", "stale"), ("closed", "by-exit")
IMAP, SMTP = "* OK [CAPABILITY IMAP4rev1] ready\r\n", "220 mail.example.org ESMTP\r\n"


@pytest.mark.parametrize("expected, gone, seconds, words", [
    (LEAKED, "there", 2.5, [IMAP, "a1 OK done\r\n", "...* BYE Autologout; idle for too long\r\n"]),
    (LEAKED, "gone", 2.5, [IMAP, "* BYE logging out\r\na1 OK LOGOUT completed\r\n"]),
    (LEAKED, "gone", 2.5, ["* OK hi\r\n", "* BYE logging out\r\na1 OK LOGOUT completed\r\n"]),
    (LEAKED, "gone", 2.5, ["* BYE too many connections from you\r\n"]),
    (LEAKED, "gone", 2.5, [SMTP, "250 ok\r\n", "...421 4.4.2 timeout exceeded\r\n"]),
    (LEAKED, "there", 2.5, ["220-Welcome\r\n220 to FTP\r\n", "221 Goodbye.\r\n"]),
    (BY_EXIT, "gone", 0, [SMTP, "221 2.0.0 Bye\r\n"]),
    (KEPT, "there", 0, [IMAP, "a1 OK done\r\n"]),
    (STALE, "gone", 0, [IMAP, "a1 OK done\r\n"]),
    (KEPT, "there", 0, [IMAP, "421 OK of a client that counts\r\n"]),
    (KEPT, "there", 0, [IMAP, "* 1 FETCH (BODY[] {30}\r\n", "...* BYE said the mail's te", "...xt, and more)\r\na1 OK\r\n"]),
    (KEPT, "there", 0, [IMAP, "* 1 FETCH (BODY[] {30}\r\nHe ", "...* BYE he said"]),
    (KEPT, "there", 0, [SMTP, "250 ok\r\n", "250-421 and\r\n250 221\r\n"]),
    (KEPT, "there", 0, [SMTP, "221 Bye\r\n", "250 it goes on all the same\r\n"]),
    (KEPT, "there", 0, ["hello\r\n", "421 of something else\r\n"]),
    (KEPT, "there", 0, ["+OK POP3\r\n", "* BYE is no word of POP3's\r\n"]),
], ids=lambda value: ", ".join(value).replace("\r\n", "|") if isinstance(value, list) else "/".join(value) if isinstance(value, tuple) else str(value))
def test_goodbye(expected, gone, seconds, words):
    run = harness.both(["/usr/bin/python3", "-c", CLIENT, gone, str(seconds), *words])
    (client,) = [c for c in run.connections if c["role"] == "client"]
    # One that others kept from ending may be one that went on.
    assert (client["verdict"], client["reason"]) in (harness.by_exit(run.report, LEAKED, 0.1) if expected == BY_EXIT else [expected])
    assert client["protocol"] is None


# Accepts, reads to the end, or to an error, and forgets, or closes all but the last, and ends within a tick of the clock.
FAST = """
import os, socket, struct, sys
n, closes, resets, kept = int(sys.argv[1]), sys.argv[2] == "closes", sys.argv[3] == "resets", []
listening = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    for i in range(n):
        with socket.create_connection(listening.getsockname()) as s:
            s.send(b"x")
            if resets:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os._exit(0)
for i in range(n):
    s = listening.accept()[0]
    try:
        while s.recv(100):
            pass
    except ConnectionResetError:
        assert resets
    if closes and i + 1 < n:
        s.close()
    kept.append(s)
os._exit(0)
"""


@pytest.mark.parametrize("how, expected", [
    (("3", "keeps", "ends"), {("leaked", "peer-closed"): 3}), (("1", "keeps", "ends"), {("closed", "by-exit"): 1}),
    (("3", "closes", "ends"), {("closed", "peer-closed"): 2, ("closed", "by-exit"): 1}),
    (("3", "keeps", "resets"), {("leaked", "errored"): 3}), (("1", "keeps", "resets"), {("closed", "by-exit"): 1}),
    (("3", "closes", "resets"), {("closed", "errored"): 2, ("closed", "by-exit"): 1})], ids=str)
def test_an_end_within_a_tick_of_the_clock(how, expected):
    """Who went on to the next one after it was told the end has forgotten it, however fast that was."""
    run = harness.both(["/usr/bin/python3", "-c", FAST, *how])
    server = run.reports[0]
    found = [(c["verdict"], c["reason"]) for c in server["connections"] if c["role"] == "server" and c["peer"]]
    late = ("leaked", "errored" if how[2] == "resets" else "peer-closed")
    if BY_EXIT in expected and found[-1] in harness.by_exit(server, late, 1.0 if len(found) == 1 else 0.1):
        found[-1] = BY_EXIT
    assert {f: found.count(f) for f in found} == expected
