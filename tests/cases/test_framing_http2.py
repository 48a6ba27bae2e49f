# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by nghttp2's tools and curl, on both sides, and by a client that gives up in the middle."""
import contextlib
import os
import signal
import socket
import subprocess

import pytest

import harness
import rest
from server import certificate

BIG = 300000  # more than the 65,535 bytes that a server may send before the client says "more"


def listens(port):
    def connects():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
    harness.until(connects)


@contextlib.contextmanager
def daemon(command, port, env=None):
    """A server of its own, ended by SIGTERM."""
    process = subprocess.Popen(command, env=harness.environment(env), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        listens(port)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(harness.TIMEOUT)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("www")
    (folder / "big").write_bytes(bytes(BIG))
    (folder / "small").write_bytes(b"hello\n")
    return folder


def nghttpd(root, port):
    return [harness.which("nghttpd"), "--no-tls", "--address=127.0.0.1", "--max-concurrent-streams=200", "-d", str(root), str(port)]


@pytest.fixture(scope="module")
def port(root):
    number = harness.free_port()
    with daemon(nghttpd(root, number), number):
        yield number


@pytest.fixture(scope="module")
def proxy(port):
    """nghttpx takes HTTP/1 with an upgrade to h2c, and speaks HTTP/2 to nghttpd behind it."""
    number = harness.free_port()
    with daemon([harness.which("nghttpx"), f"--frontend=127.0.0.1,{number};no-tls",
                 f"--backend=127.0.0.1,{port};;proto=h2", "--workers=1", "--conf=/dev/null",
                 "--single-process"], number):
        yield number


@pytest.fixture(scope="module")
def tls_port(root, tmp_path_factory):
    cert, key = certificate(tmp_path_factory.mktemp("tls"))
    number = harness.free_port()
    with daemon([harness.which("nghttpd"), "--address=127.0.0.1", "-d", str(root), str(number), key, cert], number):
        yield number


def h2_connections(run):
    return [c for c in run.connections if c["protocol"] == "h2"]


def brief(connection):
    return tuple(connection[k] for k in ("verdict", "reason", "evidence", "requests", "responses"))


def one(run):
    (connection,) = h2_connections(run)
    return brief(connection)


# ---- clients that do it right ------------------------------------------------------------------------

def test_curl(port):
    run = harness.both([harness.which("curl"), "-sS", "-o", "/dev/null", "--http2-prior-knowledge",
                        f"http://127.0.0.1:{port}/big"])
    assert one(run) == ("closed", "drained", "framing", 1, 1)
    assert h2_connections(run)[0]["body_received"] == BIG


def test_curl_upgrades_from_http1(proxy):
    run = harness.both([harness.which("curl"), "-sS", "--http2", f"http://127.0.0.1:{proxy}/small",
                        f"http://127.0.0.1:{proxy}/small"])
    assert run.out == "hello\nhello\n"
    assert one(run) == ("closed", "drained", "framing", 2, 2)
    assert h2_connections(run)[0]["host"] == f"127.0.0.1:{proxy}"


def test_nghttp_upgrades_from_http1(proxy):
    run = harness.both([harness.which("nghttp"), "-nu", f"http://127.0.0.1:{proxy}/small"])
    assert one(run) == ("closed", "drained", "framing", 1, 1)


def test_nghttp_with_padding_and_continuation(port):
    run = harness.both([harness.which("nghttp"), "-n", "--padding=200", "--continuation", "--multiply=10",
                        f"http://127.0.0.1:{port}/big", f"http://127.0.0.1:{port}/small"])
    assert one(run) == ("closed", "drained", "framing", 20, 20)


def test_nghttp_with_trailers(port):
    run = harness.both([harness.which("nghttp"), "-n", "--trailer=x: y", "-d/etc/hostname",
                        f"http://127.0.0.1:{port}/small"])
    assert one(run) == ("closed", "drained", "framing", 1, 1)


def test_h2load(port):
    run = harness.both([harness.which("h2load"), "-n200", "-c4", "-m20", f"http://127.0.0.1:{port}/small"],
                       same_output=False)
    assert [brief(c) for c in h2_connections(run)] == [("closed", "drained", "framing", 50, 50)] * 4


# ---- inside TLS, by ALPN ------------------------------------------------------------------------------

def test_curl_by_alpn(tls_port):
    run = harness.both([harness.which("curl"), "-sSk", "--http2", "--parallel", "-o", "/dev/null", "-o", "/dev/null",
                        f"https://localhost:{tls_port}/big", f"https://localhost:{tls_port}/small"],
                       same_output=False)  # it shows how fast it is
    connections = h2_connections(run)
    assert sum(c["requests"] for c in connections) == sum(c["responses"] for c in connections) == 2
    assert {brief(c)[:3] for c in connections} == {("closed", "drained", "framing")}
    assert all(c["tls"] and c["host"].startswith("localhost") for c in connections)


def test_h2load_by_alpn(tls_port):
    run = harness.both([harness.which("h2load"), "-n100", "-c2", "-m20", f"https://127.0.0.1:{tls_port}/small"],
                       same_output=False)
    assert [brief(c) for c in h2_connections(run)] == [("closed", "drained", "framing", 50, 50)] * 2


# ---- a client that ends without closing --------------------------------------------------------------

LEFT = {
    # path, until, streams: verdict, reason, requests, responses
    ("/small", "end", 3): ("drained", "kept-alive", 3, 3),
    ("/big", "data", 1): ("leaked", "undrained", 1, 0),
    ("/big", "headers", 1): ("leaked", "undrained", 1, 0),
    ("/big", "nothing", 3): ("leaked", "unread", 3, 0),
    ("/big", "data", 150): ("leaked", "undrained", 150, 0),  # more than are followed one by one
    ("/big", "reset", 2): ("drained", "kept-alive", 2, 0),
}


@pytest.mark.parametrize("path,until,streams", LEFT)
def test_left_open(port, path, until, streams):
    run = harness.both([harness.victim("h2"), str(port), path, until, str(streams)])
    verdict, reason, requests, responses = LEFT[path, until, streams]
    evidence = "heuristic" if responses == 0 and verdict == "drained" else "framing"
    assert one(run) == (verdict, reason, evidence, requests, responses)


# ---- the server's side ----------------------------------------------------------------------------------

def served(root, folder, clients):
    """What nghttpd's own report says of its connections after `clients` were there."""
    recorded = {"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder)}
    port = harness.free_port()
    with daemon(nghttpd(root, port), port, recorded) as server:
        for client in clients:
            client(port)
        harness.until(lambda: rest.delivered(port) and rest.waits_in(server.pid, "ep"))  # epoll_wait: ep_poll, do_epoll_wait
    (dump,) = folder.glob("*.dump")
    # listens() came, too, and asked for nothing.
    return [brief(c) for c in h2_connections(harness.report(dump)) if c["requests"]]


def test_server_whose_clients_close(root, tmp_path):
    def curl(port):
        harness.execute([harness.which("curl"), "-sS", "-o", "/dev/null", "--http2-prior-knowledge",
                         f"http://127.0.0.1:{port}/big"], check=True)

    assert served(root, tmp_path, [curl, curl]) == [("closed", "drained", "framing", 1, 1)] * 2


def test_server_whose_client_abandons_a_stream(root, tmp_path):
    left = contextlib.ExitStack()

    def abandon(port):
        s = left.enter_context(socket.create_connection(("127.0.0.1", port)))
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                  b"\0\0\x0b\1\5\0\0\0\1\x82\x86\x04\4/big\1\1a")
        got = 0
        while got < 60000:  # most of what the window lets through
            got += len(s.recv(65536))

    # The server waits for its client in epoll_wait. It was killed, so that nobody asked the kernel
    # whether there was something to send: it is not to blame.
    with left:
        assert served(root, tmp_path, [abandon]) == [("active", "waiting", "framing", 1, 0)]
