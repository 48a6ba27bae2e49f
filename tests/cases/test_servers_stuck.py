# SPDX-License-Identifier: Apache-2.0
"""The server's side: handlers that are stuck, idle, or done, in each way to serve many clients.

One client a test. What a server says of it depends on who waits for whom:

    its request is read, and nobody works on the answer         leaked/unanswered
    the answer is begun, and does not fit: the client's turn    active/waiting, the handler waits in send
    half a request: the client's turn                           active/waiting, the handler waits in recv
    answered, or nothing was asked                              drained, whoever waits for the next request
"""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess

import pytest

import harness
import rest

MODELS = ["thread", "pool", "prefork", "epoll"]


class Server:
    """A server under the recorder (or not), in a process group of its own."""

    def __init__(self, model, folder=None):
        self.model, self.folder, self.clients = model, folder, []
        env = {"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder)} if folder else {}
        self.process = subprocess.Popen([harness.victim("servers"), model], stdout=subprocess.PIPE, text=True,
                                        env=harness.environment(env), start_new_session=True)
        self.port = int(self.process.stdout.readline())

    def connect(self):
        self.clients.append(socket.create_connection(("127.0.0.1", self.port), timeout=harness.TIMEOUT))
        return self.clients[-1]

    def ask(self, path):
        client = self.connect()
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return client

    def settle(self):
        """Until all that its clients sent is there, and all its threads sleep, the new ones under their names."""
        harness.until(lambda: rest.arrived(self.port) and self.named() and
                      all(rest.states(self.process.pid) == {"S"} for _ in range(5)))

    def named(self):
        """Who starts a thread gives it its name, and may do so after the thread has answered."""
        names = list(rest.of_threads(self.process.pid, "comm"))
        return None not in names and names.count("servers\n") == 1

    def reports(self):
        """Of the processes that accepted clients, once nothing happens any more. The server has ended then."""
        self.settle()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(harness.TIMEOUT)
        harness.until(lambda: not rest.states(self.process.pid) - {"Z"})  # its children
        return [r for r in harness.report(self.folder).reports if accepted(r)]

    def report(self):
        (mine,) = self.reports()
        return mine

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=harness.TIMEOUT)
        for client in self.clients:
            client.close()


@pytest.fixture(params=MODELS)
def server(request, tmp_path):
    with contextlib.closing(Server(request.param, tmp_path)) as it:
        yield it


@pytest.mark.parametrize("error", [FileNotFoundError, ProcessLookupError])
def test_a_thread_that_ends_between_the_list_and_the_look(monkeypatch, error):
    """Then the process is not yet at rest: it is asked again."""
    with contextlib.closing(Server("pool")) as server:
        harness.until(server.named)
        harness.until(lambda: rest.asleep(server.process.pid))
        read = pathlib.Path.read_text

        def ended(path, **how):
            if path.parts[3:4] == ("task",) and path.parts[4] != str(server.process.pid):
                raise error
            return read(path, **how)
        monkeypatch.setattr(pathlib.Path, "read_text", ended)
        assert not server.named() and not rest.asleep(server.process.pid)


def read_answer(client):
    data = b""
    while not data.endswith(b"\r\n\r\nxx"):
        data += client.recv(1000)


def accepted(report):
    return [c for c in report["connections"] if c["role"] == "server"]


def check(server, verdict, call, pins=False):
    """The one connection's verdict; what its handler waits in; and whether it is pinned, where the client has a
    thread for itself (main is there for all)."""
    report = server.report()
    (c,) = accepted(report)
    handlers = [t for t in report["threads"] if t["id"] in c["threads"] and t["waiting_in"] != "accept"]
    (handler,) = handlers
    assert (c["verdict"], c["reason"]) == verdict
    if server.model == "epoll":
        assert (handler["waiting_in"], handler["waiting_count"]) == ("epoll_wait", 2)  # and the listening socket
    else:
        assert handler["waiting_in"] == call
        assert handler["waiting_on"] == (c["id"] if call else None)
    own = server.model in ("thread", "pool")
    assert handler["serves"] == ([c["id"]] if own else [])
    assert report["summary"]["threads"]["pinned"] == (1 if pins and own else 0)
    if own:
        assert handler["name"] == ("handler" if server.model == "thread" else "worker")
    return report, c


def test_client_that_sent_nothing(server):
    server.connect()
    check(server, ("drained", "unused") if server.model == "epoll" else ("active", "waiting"), "recv")


def test_client_that_sent_half_a_request(server):
    server.connect().sendall(b"GET /ok HTTP/1.1\r\nHost:")
    check(server, ("active", "waiting"), "recv")


def test_idle_keep_alive(server):
    read_answer(server.ask("/ok"))
    _, c = check(server, ("drained", "kept-alive"), "recv", pins=True)
    assert (c["requests"], c["responses"], c["evidence"]) == (1, 1, "framing")


def test_client_that_does_not_drain(server):
    server.ask("/big")
    _, c = check(server, ("active", "waiting"), "send")
    assert c["unsent"] > 100000


def test_handler_that_hangs(server):
    """In an event loop nobody can say that it is lost: the loop waits, and may answer yet."""
    server.ask("/hang")
    verdict = ("active", "waiting") if server.model == "epoll" else ("leaked", "unanswered")
    check(server, verdict, None, pins=True)


def test_handler_that_hangs_while_its_client_leaves(tmp_path):
    with contextlib.closing(Server("thread", tmp_path)) as server:
        server.ask("/hang").shutdown(socket.SHUT_WR)
        _, c = check(server, ("leaked", "unanswered"), None, pins=True)
    assert c["state"] == "CLOSE_WAIT"


def test_nobody_takes_the_connection(tmp_path):
    """All four workers hang. Of those that wait for one, one has asked, one is silent, one has left."""
    with contextlib.closing(Server("pool", tmp_path)) as server:
        for _ in range(4):
            server.ask("/hang")
        server.settle()
        server.ask("/ok")
        server.connect()
        server.connect().shutdown(socket.SHUT_WR)
        report = server.report()
    assert [(c["verdict"], c["reason"], c["evidence"]) for c in accepted(report)] == \
        [("leaked", "unanswered", "framing")] * 4 + [("leaked", "unread", "kernel"), ("leaked", "unwatched", "kernel"),
                                                     ("leaked", "peer-closed", "kernel")]
    assert report["summary"]["threads"]["pinned"] == 4


@pytest.mark.parametrize("model", MODELS)
def test_clean(model, tmp_path):
    """Five clients ask twice each, and leave. The same without us."""
    for folder in (None, tmp_path):
        with contextlib.closing(Server(model, folder)) as server:
            for _ in range(5):
                client = server.ask("/ok")
                read_answer(client)
                client.sendall(b"GET /ok HTTP/1.1\r\n\r\n")
                read_answer(client)
                client.close()
            reports = server.reports() if folder else []
    all_of_them = [c for r in reports for c in accepted(r)]
    assert [(c["verdict"], c["reason"], c["requests"]) for c in all_of_them] == [("closed", "drained", 2)] * 5
    assert all(r["summary"]["threads"]["pinned"] == 0 for r in reports)
    assert all(r["summary"]["leaked"] + r["summary"]["drained"] == 0 for r in reports)
