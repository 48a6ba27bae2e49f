# SPDX-License-Identifier: Apache-2.0
"""Names that are told (`host`), however they are cut: by the program that writes them, or by the one that reads."""
import sys

import pytest

import harness

REQUEST = "GET /fixed?size=3 HTTP/1.1\r\nAccept: */*\r\nHost: shop.example.org:8080\r\nX-A: b\r\n\r\n"

# Writes a request in pieces, and reads the answer; the accepted side reads it in pieces, too.
EXCHANGE = """
import socket, sys
request, how = sys.argv[1].encode(), sys.argv[2]
listening = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listening.getsockname())
server = listening.accept()[0]
if how == "writev":
    client.sendmsg([request[i:i + 7] for i in range(0, len(request), 7)])
elif how == "cut at the colon":
    at = request.index(b"Host:") + 5
    client.sendall(request[:at])
    client.sendall(request[at:])
else:
    for i in range(0, len(request), int(how)):
        client.sendall(request[i:i + int(how)])
got, step = b"", int(how) if how.isdigit() else 11
while len(got) < len(request):
    got += server.recv(min(step, len(request) - len(got)))
server.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
client.recv(65536)
server.close()
client.close()
"""


@pytest.mark.parametrize("how", ["1", "2", "3", "1000", "writev", "cut at the colon"])
def test_the_host_of_a_request(how):
    run = harness.both([sys.executable, "-c", EXCHANGE, REQUEST, how])
    assert [c["host"] for c in run.connections if c["role"] != "none"] == ["shop.example.org:8080"] * 2
    assert run.verdicts() == {("closed", "drained"): 2}


# A ClientHello that OpenSSL made, through sockets that nobody sees into as TLS.
HELLO = """
import socket, ssl, sys
step = int(sys.argv[1])
into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
session = ssl.create_default_context().wrap_bio(into, out, server_hostname="db.example.org")
try:
    session.do_handshake()
except ssl.SSLWantReadError:
    pass
hello = out.read()
listening = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listening.getsockname())
server = listening.accept()[0]
for i in range(0, len(hello), step):
    client.sendall(hello[i:i + step])
got = 0
while got < len(hello):
    got += len(server.recv(min(5 if not got else step, len(hello) - got)))
server.close()
client.close()
"""


@pytest.mark.parametrize("step", ["1", "7", "100000"])
def test_the_server_name_of_tls(step):
    run = harness.both([sys.executable, "-c", HELLO, step])
    assert [c["host"] for c in run.connections if c["role"] != "none"] == ["db.example.org"] * 2
    assert all(c["protocol"] == "tls" for c in run.connections if c["role"] != "none")
