# SPDX-License-Identifier: Apache-2.0
"""Python's threading servers, each handler in a thread: which are stuck, idle, or done."""
import contextlib
import http.client
import socket
import subprocess

import pytest

import harness
import rest

HTTP = """
import http.server
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
"""
LINES = """
import socketserver
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())
socketserver.ThreadingTCPServer.daemon_threads = True
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
"""
SERVE = """
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Server:
    def __init__(self, script, folder):
        self.stack = contextlib.ExitStack()
        env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder)})
        self.process = subprocess.Popen(["/usr/bin/python3", "-c", script + SERVE], stdout=subprocess.PIPE, text=True,
                                        env=env)
        self.port = int(self.process.stdout.readline())

    def connect(self):
        return self.stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=harness.TIMEOUT))

    def accepted(self, until, alive):
        """What a report of the running server says, as soon as `until` holds for it, it has so many threads, and each has taken
        what its client sent, and waits again."""
        said = []

        def settled():
            report = harness.report(self.process.pid, options=["--idle", "0.1"]).report
            accepted = [c for c in report["connections"] if c["role"] == "server"]
            said[:] = [(c["verdict"], c["reason"]) for c in accepted]
            threads = [t for t in report["threads"] if t["alive"]]
            return until(accepted) and len(threads) == alive and all(t["waiting_in"] for t in threads) and (report, accepted)
        try:
            harness.until(lambda: rest.delivered(self.port) and rest.asleep(self.process.pid))
            return harness.until(settled, every=0.1)
        except AssertionError:
            raise AssertionError(f"it stays at {said}")

    def close(self):
        self.process.kill()
        self.process.communicate(timeout=harness.TIMEOUT)
        self.stack.close()


@pytest.fixture
def serve(tmp_path):
    with contextlib.ExitStack() as stack:
        yield lambda script: stack.enter_context(contextlib.closing(Server(script, tmp_path)))


def no_traffic(accepted):
    return accepted and all((c["verdict"], c["reason"]) != ("active", "traffic") for c in accepted)


def handler_of(report, connection):
    (handler,) = [t for t in report["threads"] if t["serves"] == [connection["id"]] and t["alive"]]
    return handler


def test_curl_leaves_nothing(serve):
    server = serve(HTTP)
    curl = [harness.which("curl"), "-sS", f"http://127.0.0.1:{server.port}/"]
    assert [harness.execute(curl, check=True).stdout for _ in range(3)] == ["hello"] * 3
    report, accepted = server.accepted(lambda a: all(c["verdict"] == "closed" for c in a), 1)
    assert [(c["verdict"], c["reason"], c["responses"]) for c in accepted] == [("closed", "drained", 1)] * 3
    threads = report["summary"]["threads"]
    assert threads["created"] == 3 and threads["pinned"] == 0


def test_idle_and_silent_clients(serve):
    server = serve(HTTP)
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=harness.TIMEOUT)
    for _ in range(2):
        idle.request("GET", "/")
        assert idle.getresponse().read() == b"hello"
    server.connect()
    server.connect().sendall(b"GET / HTTP/1.1\r\n")
    report, accepted = server.accepted(lambda a: no_traffic(a) and len(a) == 3, 4)
    idle.close()
    assert [(c["verdict"], c["reason"], c["reused"]) for c in accepted] == \
        [("drained", "kept-alive", 1), ("active", "waiting", 0), ("active", "waiting", 0)]
    handlers = [handler_of(report, c) for c in accepted]
    assert [t["pins"] for t in handlers] == [True, False, False]
    assert {(t["waiting_in"], t["waiting_on"]) for t in handlers} == {("recv", c["id"]) for c in accepted}
    assert report["summary"]["threads"] == {"created": 3, "alive": 4, "pinned": 1}
    assert [t["waiting_in"] for t in report["threads"] if t["role"] == "main"] == ["poll"]


def test_socketserver_with_a_protocol_of_its_own(serve):
    """Nothing is known of the framing: idle is drained, as a guess that says so."""
    server = serve(LINES)
    client = server.connect()
    client.sendall(b"hello\n")
    assert client.recv(100) == b"HELLO\n"
    gone = server.connect()
    gone.sendall(b"bye\n")
    assert gone.recv(100) == b"BYE\n"
    gone.close()
    report, accepted = server.accepted(lambda a: no_traffic(a) and a[-1]["verdict"] == "closed", 2)
    assert [(c["verdict"], c["reason"], c["evidence"]) for c in accepted] == \
        [("drained", "kept-alive", "heuristic"), ("closed", "peer-closed", "kernel")]
    handler = handler_of(report, accepted[0])
    assert (handler["pins"], handler["role"], handler["waiting_in"]) == (True, "reader-writer", "recv")
    assert report["summary"]["threads"] == {"created": 2, "alive": 2, "pinned": 1}
