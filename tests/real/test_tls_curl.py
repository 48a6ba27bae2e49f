# SPDX-License-Identifier: Apache-2.0
"""HTTPS by curl (OpenSSL), by curl through proxies, and by the openssl command itself."""
import select
import socket
import ssl
import tempfile
import threading

import pytest

import harness
import rest
from accepting import Accepting
from programs import Service, free_port, nothing_left
from server import certificate


def https(report):
    return [c for c in report["connections"] if c["tls"]]


def told(report):
    return [f"{c['verdict']}/{c['reason']}" for c in https(report)]


def curl(server, *arguments, start=harness.both, host="localhost", **how):
    """Its status is that of its last transfer: where all are to succeed, it ends at the first that does not, and says why."""
    strict = [] if how.get("exits") else ["--fail-early", "--show-error"]
    return start([harness.which("curl"), "--silent", *strict, "--cacert", server.certificate,
                  *(f"https://{host}:{server.port}{a}" if a[0] == "/" else a for a in arguments)], **how)


# ---- six requests -----------------------------------------------------------------------------------------

def test_six_read_to_the_end(tls_server):
    run = curl(tls_server, *["/fixed?size=300000"] * 6)
    connection, = https(run.report)
    assert told(run.report) == ["closed/drained"]
    assert (connection["requests"], connection["responses"], connection["reused"]) == (6, 6, 5)
    assert connection["host"] == "localhost"
    assert (connection["protocol"], connection["evidence"]) == ("http/1.1", "framing")
    assert connection["bytes_in"] > 6 * 300000
    assert connection["alpn"] is None  # curl offers, Python's server chooses none
    nothing_left(run)


def test_six_given_up(tls_server):
    """Each body is larger than allowed: curl closes in the middle, and each request needs its own connection."""
    run = curl(tls_server, "--max-filesize", "1000", *["/fixed?size=300000"] * 6, exits=63)
    assert told(run.report) == ["closed-early/undrained"] * 6
    assert {c["host"] for c in https(run.report)} == {"localhost"}
    assert {(c["requests"], c["responses"], c["body_expected"]) for c in https(run.report)} == {(1, 0, 300000)}
    nothing_left(run)


# ---- ends and protocols -------------------------------------------------------------------------------------

CASES = {
    "chunked": (["/chunked?size=5000"], 0, "closed/drained", 1, 1),
    "head": (["--head", "/fixed?size=5000"], 0, "closed/drained", 1, 1),
    "post": (["--data", "a=1", "/fixed", "/fixed"], 0, "closed/drained", 2, 2),
    "the server ends it": (["/last"], 0, "closed/drained", 1, 1),
    "no answer": (["--speed-limit", "100", "--speed-time", "1", "/mute"], 28, "closed-early/unread", 1, 0),
    "stalled": (["--speed-limit", "100", "--speed-time", "4", "/stall?size=1000&sent=10"], 28, "closed-early/undrained", 1, 0),
    "tls 1.2": (["--tls-max", "1.2", "/fixed?size=70000", "/fixed"], 0, "closed/drained", 2, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_one_connection(tls_server, name):
    arguments, status, expected, requests, responses = CASES[name]
    run = curl(tls_server, *arguments, exits=status)
    assert told(run.report) == [expected]
    summary = run.report["summary"]
    assert (summary["requests"], summary["responses"]) == (requests, responses)
    nothing_left(run)


def test_without_a_name_the_host_field_tells(tls_server):
    """An address is no server name (RFC 6066 section 3)."""
    run = curl(tls_server, "/fixed", host="127.0.0.1")
    assert [c["host"] for c in https(run.report)] == [f"127.0.0.1:{tls_server.port}"]


def test_a_handshake_that_fails(tls_server):
    run = harness.both([harness.which("curl"), "--silent", f"https://localhost:{tls_server.port}/fixed"],
                       exits=60)  # the certificate is nobody's
    connection, = https(run.report)
    assert (connection["verdict"], connection["protocol"], connection["requests"]) == ("closed", "tls", 0)
    nothing_left(run)


def test_http2_chosen_in_the_handshake():
    """ALPN says h2; the framing finds HTTP/2 inside."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        cert, key = certificate(folder)
        with open(f"{folder}/file", "wb") as file:
            file.write(b"x" * 100000)
        url = f"https://localhost:{port}/file"
        with Service([harness.which("nghttpd"), "-d", folder, str(port), key, cert], port):
            run = harness.both([harness.which("curl"), "--silent", "--cacert", cert, "-o", "/dev/null", "-o",
                                "/dev/null", url, url])
    connection, = https(run.report)
    assert (connection["protocol"], connection["verdict"], connection["reason"]) == ("h2", "closed", "drained")
    assert (connection["requests"], connection["responses"], connection["host"]) == (2, 2, "localhost")
    assert connection["alpn"] == "h2"


# ---- proxies ----------------------------------------------------------------------------------------------------

class Proxy:
    """Answers one CONNECT with a tunnel; with a certificate it speaks TLS itself."""

    def __init__(self, context=None):
        self.context = context
        self.accepting = Accepting(socket.create_server(("127.0.0.1", 0)), self.serve)
        self.port = self.accepting.listener.getsockname()[1]

    def serve(self, sock, _):
        try:
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                byte = sock.recv(1)
                if not byte:
                    raise ConnectionError("ended within its request")
                request += byte
            host, _, port = request.split()[1].decode().partition(":")
            target = socket.create_connection((host, int(port)))
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.tunnel(sock, target)
        except (OSError, ssl.SSLError):
            pass
        sock.close()

    @staticmethod
    def tunnel(sock, target):
        """In one thread: two must not use a session at once."""
        while True:
            held_back = sock.pending() if isinstance(sock, ssl.SSLSocket) else 0
            ready = [sock] if held_back else select.select([sock, target], [], [], 20)[0]
            for one in ready:
                data = one.recv(65536)
                if not data:
                    return
                (target if one is sock else sock).sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.accepting.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("given_up", [False, True])
def test_through_a_proxy(tls_server, scheme, given_up):
    """A tunnel, and with an HTTPS proxy a session inside a session: what is innermost is followed."""
    with Proxy(tls_server.context if scheme == "https" else None) as proxy:
        run = curl(tls_server, "--proxy", f"{scheme}://localhost:{proxy.port}", "--proxy-insecure",
                   *(["--max-filesize", "1000"] if given_up else []), *["/fixed?size=300000"] * (1 if given_up else 3),
                   exits=63 if given_up else 0)
    connection, = https(run.report)
    assert told(run.report) == ["closed-early/undrained" if given_up else "closed/drained"]
    assert (connection["requests"], connection["responses"]) == ((1, 0) if given_up else (3, 3))
    assert connection["body_expected"] == 300000
    nothing_left(run)


# ---- the openssl command -------------------------------------------------------------------------------------------

def test_s_client(tls_server):
    """Its end: the server closes; both sides say close_notify."""
    run = harness.both([harness.which("openssl"), "s_client", "-quiet", "-connect", f"127.0.0.1:{tls_server.port}",
                        "-servername", "localhost", "-CAfile", tls_server.certificate],
                       stdin="GET /last?size=50000 HTTP/1.1\r\nHost: localhost\r\n\r\n", same_output=False, exits=1)
    assert run.out.endswith("x" * 50000)
    assert told(run.report) == ["closed/drained"]
    assert [c["host"] for c in https(run.report)] == ["localhost"]


def test_s_server_reads_through_a_bio_of_its_own(tls_server):
    """s_server -www reads and writes inside libssl (BIO_f_ssl): not seen into, and nothing is guessed."""
    port = free_port()
    command = [harness.which("openssl"), "s_server", "-accept", str(port), "-cert", tls_server.certificate, "-key",
               tls_server.certificate.replace("cert.pem", "key.pem"), "-www", "-naccept", "2", "-quiet"]
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(harness.run(command)))
    thread.start()
    # Whether it listens is asked of the kernel: a connection to try it would be one of its two.
    harness.until(lambda: not thread.is_alive() or any(
        local == port and state == rest.LISTEN for local, _, state, _, _ in rest.tcp()))
    for _ in range(2):
        assert "HTML" in harness.execute([harness.which("curl"), "--silent", "--show-error", "--cacert",
                                          tls_server.certificate, f"https://localhost:{port}/"], check=True).stdout
    thread.join()
    accepted = [c for c in https(outcome[0].report) if c["role"] == "server"]
    assert [(c["protocol"], c["requests"], c["verdict"], c["host"]) for c in accepted] == [
        ("tls", 0, "closed", "localhost")] * 2  # the name that curl's ClientHello asks for, however it is read
