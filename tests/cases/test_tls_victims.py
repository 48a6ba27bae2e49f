# SPDX-License-Identifier: Apache-2.0
"""OpenSSL and GnuTLS by their own calls, in every way in which a session gets at its socket."""
import contextlib
import pathlib
import socket

import pytest

import harness
import rest
from accepting import Accepting

SIZE = 100
RESPONSE = len(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n") + SIZE


def only_tls(run):
    connection, = [c for c in run.report["connections"] if c["tls"]]
    assert (connection["protocol"], connection["host"], connection["evidence"]) == ("http/1.1", "localhost", "framing")
    return connection


# responses asked for and bytes read: verdict, responses read to the end
READS = {
    "all": (3, 3 * RESPONSE, ("drained", "kept-alive"), 3),
    "all but one byte": (3, 3 * RESPONSE - 1, ("leaked", "undrained"), 2),
    "all but one response": (3, 2 * RESPONSE, ("leaked", "unread"), 2),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("calls", ["plain", "ex"])
@pytest.mark.parametrize("wiring", ["fd", "bio", "mem", "pair"])
def test_openssl(tls_server, wiring, calls, read):
    requests, size, verdict, done = READS[read]
    run = harness.both([harness.victim("tls_openssl"), wiring, calls, str(tls_server.port), tls_server.certificate,
                        f"/fixed?size={SIZE}", str(requests), str(size)])
    assert run.out == f"{size}\n"
    connection = only_tls(run)
    assert (connection["verdict"], connection["reason"]) == verdict
    assert (connection["requests"], connection["responses"]) == (requests, done)


@pytest.mark.parametrize("calls", ["plain", "cork", "packet", "again"])
def test_gnutls(tls_server, calls):
    """A server's answer to each is a record: the last one is left unread, or not."""
    for size, verdict in ((3 * RESPONSE, "drained"), (2 * RESPONSE, "leaked")):
        run = harness.both([harness.victim("tls_gnutls"), calls, str(tls_server.port), tls_server.certificate,
                            f"/fixed?size={SIZE}", "3", str(size)])
        assert run.out == f"{size}\n"
        connection = only_tls(run)
        assert (connection["verdict"], connection["requests"], connection["responses"]) == (
            verdict, 3, size // RESPONSE)


@pytest.mark.parametrize("env", [{}, {"PLUGGED_DEEPBIND": "1"}, {"PLUGGED_DEEPBIND": "1", "PLUGGED_LAZY": "1"}],
                         ids=["", "deep", "deep-lazy"])
@pytest.mark.parametrize("name, calls", [("tls_gnutls", "plain"), ("tls_gnutls", "packet")])
def test_in_a_plugin(tls_server, name, calls, env):
    """As in Python's pycurl: nobody but the plug-in has the library. gnutls_record_send() jumps to
    gnutls_record_send2(), which then has a caller in our wrapper."""
    run = harness.both([harness.victim("plugged"), harness.victim(name) + ".so", calls, str(tls_server.port),
                        tls_server.certificate, f"/fixed?size={SIZE}", "3", str(3 * RESPONSE)], env=env)
    assert run.out == f"{3 * RESPONSE}\n"
    connection = only_tls(run)
    assert (connection["verdict"], connection["responses"]) == ("drained", 3)


def test_libraries_that_come_late_locally_and_twice():
    """Each caller gets the SSL_read of its own library and version; who has none finds none, and not us."""
    folder = str(pathlib.Path(harness.victim("late")).parent)
    run = harness.both([harness.victim("late"), folder])
    assert run.out == ("probe 0 weak 0\n" + "1: 1 3: 3\n" * 2 + "jump 1: 1 3: 3\n" + "3: 3 copy: 33\n" +
                       "copy: 33 3: 3\n")


# ---- what is no TLS ------------------------------------------------------------------------------------------------

OVER_TLS = rest.STAY + """
import socket, ssl, sys
context = ssl._create_unverified_context()
role, port, tidy = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "closes"
if role == "server":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
kept = []
for _ in range(3):
    if role == "server":
        if not kept:
            listener = socket.create_server(("127.0.0.1", 0))
        one = socket.create_connection(listener.getsockname())
        one.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        sock = listener.accept()[0]
        kept.append(one)
    else:
        sock = socket.create_connection(("127.0.0.1", port))
    session = context.wrap_socket(sock, server_side=role == "server", do_handshake_on_connect=False)
    try:
        session.do_handshake()
    except ssl.SSLError as error:
        print(error.reason)
    if tidy:
        session.close()
    kept.append(session)
stay(0.6)
import os; sys.stdout.flush(); os._exit(0)
"""


@pytest.fixture(name="greeter")
def make_greeter():
    """Speaks first, and no TLS, as mail servers do."""
    kept = []

    def serve(sock, _):
        kept.append(sock)
        with contextlib.suppress(OSError):  # it has gone
            sock.sendall(b"220 mail.example ESMTP\r\n")
    with Accepting(socket.create_server(("127.0.0.1", 0)), serve) as accepting:
        yield accepting.listener.getsockname()[1]


@pytest.mark.parametrize("end, verdict", [("keeps", "leaked"), ("closes", "closed")])
@pytest.mark.parametrize("role, reason", [("client", "WRONG_VERSION_NUMBER"), ("server", "HTTP_REQUEST")])
def test_a_handshake_with_who_speaks_no_tls(tls_server, greeter, role, reason, end, verdict):
    """No alert goes by, and what was read is no request, whatever it looks like: the library alone knows that it failed."""
    key = str(pathlib.Path(tls_server.certificate).with_name("key.pem"))
    run = harness.both(["/usr/bin/python3", "-c", OVER_TLS, role, str(greeter), end, tls_server.certificate, key])
    assert run.out == f"{reason}\n" * 3
    found = [c for c in run.report["connections"] if c["role"] == role]
    assert [(c["verdict"], c["reason"], c["protocol"]) for c in found] == [(verdict, "errored", "tls")] * 3


def test_gnutls_that_is_greeted_and_ends_at_once(greeter, tls_server):
    """As gnutls-cli does on a port for mail: it was told, and its exit closed it."""
    run = harness.both([harness.victim("tls_gnutls"), "plain", str(greeter), tls_server.certificate, "/", "1", "1"], exits=5)
    connection, = [c for c in run.report["connections"] if c["role"] == "client"]
    assert connection["protocol"] == "tls"
    assert (connection["verdict"], connection["reason"]) in harness.by_exit(run.report, ("leaked", "errored"))
