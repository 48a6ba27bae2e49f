# SPDX-License-Identifier: Apache-2.0
"""HTTPS by Debian's python3, whose ssl module loads OpenSSL locally: sockets, and asyncio's memory BIOs."""
import pytest

import harness
from programs import PYTHON, nothing_left, verdicts

SIX = 6
LEAVE = "sys.stdout.flush(); os._exit(0)\n"


def python(script, server, path="/fixed?size=100", start=harness.both, **how):
    """sys.argv: the URL, host, port and path."""
    port = str(server.port)
    return start([PYTHON, "-c", "import os, ssl, sys\n" + script, f"https://localhost:{port}{path}", "localhost", port,
                  path], env={"REQUESTS_CA_BUNDLE": server.certificate, "SSL_CERT_FILE": server.certificate}, **how)


def inside(report):
    """Its TLS connections; all of them have to be seen into, and named."""
    connections = [c for c in report["connections"] if c["tls"]]
    for c in connections:
        assert c["protocol"] == "http/1.1"
        assert c["host"].split(":")[0] == "localhost"
        assert c["state"] is None or c["evidence"] in ("framing", "reuse")
    return connections


def told(report):
    return sorted(f"{c['verdict']}/{c['reason']}" for c in inside(report))


# ---- six requests ---------------------------------------------------------------------------------------

REQUESTS = """
import requests
session, kept = requests.Session(), []
for _ in range(6):
    r = session.get(sys.argv[1], stream=%s)
    kept.append(r)
print(len(kept))
"""
URLLIB3 = """
import urllib3
pool, kept = urllib3.PoolManager(ca_certs=os.environ['SSL_CERT_FILE']), []
for _ in range(6):
    kept.append(pool.request("GET", sys.argv[1], preload_content=not %s))
print(len(kept))
"""
HTTP_CLIENT = """
import http.client
kept, connection = [], None
for _ in range(6):
    if connection is None or %s:
        connection = http.client.HTTPSConnection(sys.argv[2], int(sys.argv[3]))
    connection.request("GET", sys.argv[4])
    response = connection.getresponse()
    if not %s:
        response.read()
    kept.append((connection, response))
print(len(kept))
"""
CLIENTS = {"requests": REQUESTS, "urllib3": URLLIB3, "http.client": HTTP_CLIENT}

# left unread, size: verdict, connections, times reused
BODIES = {
    "small, read": (False, 100, "drained/kept-alive", 1, SIX - 1),
    "large, read": (False, 300000, "drained/kept-alive", 1, SIX - 1),
    # Swallowed by the client's read-ahead: the stream says drained, but nothing is ever used again.
    "small, unread": (True, 100, "leaked/abandoned", SIX, 0),
    "large, unread": (True, 300000, "leaked/undrained", SIX, 0),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("client", CLIENTS)
def test_six_requests(tls_server, client, body):
    unread, size, verdict, connections, reused = BODIES[body]
    run = python(CLIENTS[client].replace("%s", str(unread)) + LEAVE, tls_server, f"/fixed?size={size}")
    assert run.out == f"{SIX}\n"
    assert told(run.report) == [verdict] * connections
    for c in inside(run.report):
        assert (c["role"], c["reused"], c["requests"]) == ("client", reused, reused + 1)
        assert c["body_expected"] == size
        assert c["body_received"] == size if not unread else c["body_received"] <= size
        assert c["bytes_in"] > c["body_received"]  # of the socket: records, handshake and all


def test_the_report_for_people(tls_server):
    """What a reader sees of the six: where, whose, how many, and what is wrong."""
    run = python(REQUESTS.replace("%s", "True") + LEAVE, tls_server, "/fixed?size=300000", start=harness.native)
    assert run.status == 0
    result = harness.execute([harness.CONNLEAK, "run", "--no-keep", "--", PYTHON, "-c",
                              "import os, sys\n" + REQUESTS.replace("%s", "True") + LEAVE,
                              f"https://localhost:{tls_server.port}/fixed?size=300000"],
                             env={"REQUESTS_CA_BUNDLE": tls_server.certificate})
    text = " ".join(result.stderr.split())
    assert "6 leaked, all undrained" in text
    assert f"127.0.0.1:{tls_server.port} (localhost)" in text and "tls, http/1.1" in text
    assert "of 300,000 bytes of the body were read" in text


# ---- ends -------------------------------------------------------------------------------------------------

def test_closed_in_good_order(tls_server):
    run = python(REQUESTS.replace("%s", "False") + "session.close()\n" + LEAVE, tls_server)
    assert told(run.report) == ["closed/drained"]
    nothing_left(run)


def test_closed_too_early(tls_server):
    run = python(REQUESTS.replace("%s", "True") + "for r in kept: r.close()\n" + LEAVE, tls_server, "/fixed?size=300000")
    assert told(run.report) == ["closed-early/undrained"] * SIX


ONE = """
import socket
context = ssl.create_default_context()
s = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[3]))), server_hostname="localhost")
s.sendall(f"GET {sys.argv[4]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
"""


@pytest.mark.parametrize("path, rest, expected, done", [
    ("/chunked?size=5000", "while not s.recv(900).endswith(b'0\\r\\nX-Sum: 1\\r\\n\\r\\n'): pass", "drained/kept-alive", 1),
    ("/chunked?size=5000", "s.recv(900)", "leaked/undrained", 0),
    ("/trickle?size=40", "n = 0\nwhile n < 79: n += len(s.recv(900))", "drained/kept-alive", 1),
    ("/stall?size=1000&sent=10", "s.recv(900)", "leaked/undrained", 0),
    ("/mute", "s.settimeout(.2)\ntry: s.recv(900)\nexcept OSError: pass", "leaked/unread", 0),
    ("/last", "s.recv(900)", "closed/by-exit", 1),
    ("/bye", "s.recv(900)\nwhile s.getsockopt(6, socket.TCP_INFO, 1)[0] != 8: pass", "drained/stale", 1),  # CLOSE_WAIT
    ("/bye", "while s.recv(900): pass", "closed/by-exit", 1),
], ids=lambda v: str(v).split("\n", maxsplit=1)[0][:24])
def test_one_response(tls_server, path, rest, expected, done):
    run = python(ONE + rest + "\n" + LEAVE, tls_server, path)
    connection, = [c for c in run.report["connections"] if c["tls"]]
    found = connection["verdict"], connection["reason"]
    if expected == "closed/by-exit":  # one that others kept from ending may be one that went on
        assert found in harness.by_exit(run.report, ("leaked", "peer-closed"))
    else:
        assert "/".join(found) == expected
    assert (connection["requests"], connection["responses"]) == (1, done)


def test_two_threads_two_sessions(tls_server):
    """Sessions, their sockets and what the library holds back do not get mixed up."""
    run = python("""
import socket, threading
context = ssl.create_default_context()
def use(count, kept):
    s = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[3]))), server_hostname="localhost")
    for _ in range(count):
        s.sendall(f"GET {sys.argv[4]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
        got = b""
        while not got.endswith(b"x" * 3000): got += s.recv(7)
    kept.append(s)
kept = []
threads = [threading.Thread(target=use, args=(n, kept)) for n in (3, 5)]
[t.start() for t in threads]; [t.join() for t in threads]
""" + LEAVE, tls_server, "/fixed?size=3000")
    assert sorted((c["requests"], c["responses"]) for c in inside(run.report)) == [(3, 3), (5, 5)]


def test_a_forked_child_goes_on_with_the_session(tls_server):
    """What the child reads is never booked upon its parent; the kernel's counts, which it shares, say
    that others read, too: neither goes by framing, nor is called leaked."""
    run = python(ONE + """
s.recv(900)
if os.fork() == 0:
    s.sendall(f"GET {sys.argv[4]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
    s.recv(900)
    os._exit(0)
os.wait()
""" + LEAVE, tls_server)
    assert len(run.reports) == 2
    parent, child = ([c for c in r["connections"] if c["tls"] or c["inherited"]][0] for r in run.reports)
    assert (parent["requests"], parent["responses"], parent["verdict"]) == (1, 1, "drained")
    assert (child["inherited"], child["verdict"]) == (True, "drained")


# ---- asyncio ------------------------------------------------------------------------------------------------

ASYNCIO = """
import asyncio
async def one():
    reader, writer = await asyncio.open_connection("localhost", int(sys.argv[3]), ssl=ssl.create_default_context())
    writer.write(f"GET {sys.argv[4]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    if not %s:
        await reader.readexactly(int(head.split(b"Content-Length: ")[1].split()[0]))
    return reader, writer
async def main():
    kept = [await one() for _ in range(2)]
    await asyncio.sleep(.1)
    print(len(kept)); sys.stdout.flush(); os._exit(0)
asyncio.run(main())
"""
AIOHTTP = """
import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession() as session:
        kept, context = [], ssl.create_default_context()  # of its own for each: a pool of its own for each
        for _ in range(6):
            r = await session.get(sys.argv[1], ssl=context)
            if not %s:
                await r.read()
            kept.append(r)
        await asyncio.sleep(.1)
        print(len(kept)); sys.stdout.flush(); os._exit(0)
asyncio.run(main())
"""


@pytest.mark.parametrize("unread, size, expected", [
    (False, 100, ["drained/bypassed", "drained/kept-alive"]),
    (False, 300000, ["drained/bypassed", "drained/kept-alive"]),
    (True, 3000000, ["leaked/undrained"] * 2),
])
def test_asyncio_streams(tls_server, unread, size, expected):
    """The socket is read by Python, the session is fed through a memory BIO."""
    run = python(ASYNCIO.replace("%s", str(unread)), tls_server, f"/fixed?size={size}")
    assert told(run.report) == expected
    assert {c["requests"] for c in inside(run.report)} == {1}


@pytest.mark.parametrize("unread, size, expected", [
    (False, 300000, ["drained/kept-alive"]),
    (True, 3000000, ["leaked/undrained"] * SIX),
])
def test_aiohttp(tls_server, unread, size, expected):
    run = python(AIOHTTP.replace("%s", str(unread)), tls_server, f"/fixed?size={size}")
    assert told(run.report) == expected


def test_asyncio_server(tls_server):
    """The accepted side: one answered, one given up on in the middle."""
    script = """
import asyncio, socket, threading
key = os.path.join(os.path.dirname(os.environ["SSL_CERT_FILE"]), "key.pem")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.environ["SSL_CERT_FILE"], key)
kept = []
async def serve(reader, writer):
    kept.append(writer)
    path = (await reader.readuntil(b"\\r\\n\\r\\n")).split()[1]
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\n" + b"x" * (10 if path == b"/all" else 4))
    await writer.drain()
def client(port):
    for path in (b"/all", b"/some"):
        s = ssl.create_default_context().wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
        s.sendall(b"GET " + path + b" HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        s.recv(100); kept.append(s)
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    await asyncio.to_thread(client, server.sockets[0].getsockname()[1])
    os._exit(0)
asyncio.run(main())
"""
    run = python(script, tls_server)
    accepted = [c for c in inside(run.report) if c["role"] == "server"]
    assert [(c["verdict"], c["reason"], c["evidence"]) for c in accepted] == [
        ("drained", "kept-alive", "framing"), ("leaked", "unanswered", "framing")]
    assert verdicts(run.report)["leaked/undrained"] == 1  # the client of the second
