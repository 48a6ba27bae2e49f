# SPDX-License-Identifier: Apache-2.0
"""HTTPS by GnuTLS: wget, git (libcurl-gnutls), gnutls-cli."""
import os
import subprocess

import pytest

import harness
from programs import Service, free_port, nothing_left
from server import Server


def https(*reports):
    return [c for r in reports for c in r["connections"] if c["tls"]]


def told(run):
    return sorted(f"{c['verdict']}/{c['reason']}" for c in https(*run.reports))


def wget(server, *arguments, exits=0):
    return harness.both([harness.which("wget"), "--quiet", "--tries=1", "--ca-certificate", server.certificate, "-O",
                         "/dev/null", *(f"https://localhost:{server.port}{a}" if a[0] == "/" else a for a in arguments)], exits=exits)


# arguments: exit status, verdict, requests, responses. wget does not close what it may use again. Its patience is for the
# handshake, too, which has to be over for there to be a request.
CASES = {
    "two": (["/fixed?size=300000", "/fixed"], 0, "drained/kept-alive", 2, 2),
    "chunked": (["/chunked?size=5000"], 0, "drained/kept-alive", 1, 1),
    "the server ends it": (["/last"], 0, "closed/drained", 1, 1),
    "no answer": (["--read-timeout=3", "/mute"], 4, "closed-early/unread", 1, 0),
    "stalled": (["--read-timeout=3", "/stall?size=1000&sent=10"], 4, "closed-early/undrained", 1, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_wget(tls_server, name):
    arguments, status, expected, requests, responses = CASES[name]
    run = wget(tls_server, *arguments, exits=status)
    assert told(run) == [expected]
    connection, = https(run.report)
    assert (connection["requests"], connection["responses"]) == (requests, responses)
    assert (connection["host"], connection["protocol"]) == ("localhost", "http/1.1")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A bare repository that a server of files can serve (git's dumb protocol)."""
    folder = tmp_path_factory.mktemp("git")

    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder, check=True,
                       capture_output=True, env={**os.environ, "HOME": str(folder)})
    git("init", "-q", "work")
    (folder / "work" / "file").write_bytes(os.urandom(200000))
    git("-C", "work", "add", "file")
    git("-C", "work", "commit", "-q", "-m", "one")
    git("clone", "-q", "--bare", "work", "repository.git")
    git("-C", "repository.git", "update-server-info")
    return folder


def test_git_clone(repository, tmp_path):
    """git-remote-https is a child of git; it closes what it opens."""
    with Server(tls=True, root=str(repository)) as server:
        env = {"GIT_SSL_CAINFO": server.certificate, "HOME": str(tmp_path)}
        run = harness.run([harness.which("git"), "clone", "-q", f"https://localhost:{server.port}/repository.git",
                           str(tmp_path / "clone")], env=env)
    assert run.status == 0, run.err
    assert (tmp_path / "clone" / "file").stat().st_size == 200000
    connections = https(*run.reports)
    assert {f"{c['verdict']}/{c['reason']}" for c in connections} == {"closed/drained"}
    assert {c["protocol"] for c in connections} == {"http/1.1"}
    assert {c["host"] for c in connections} == {"localhost"}
    assert {c["alpn"] for c in connections} == {None}
    assert sum(c["requests"] for c in connections) == sum(c["responses"] for c in connections) > 3
    nothing_left(run)


def test_gnutls_cli(tls_server):
    """Its input stays open until the server has ended the connection: half a second after its end it would wait for nothing."""
    run = harness.both([harness.which("gnutls-cli"), "--x509cafile", tls_server.certificate, "--port",
                        str(tls_server.port), "localhost", "--logfile", "/dev/null"],
                       stdin="GET /last?size=50000 HTTP/1.1\r\nHost: localhost\r\n\r\n", stdin_ends=False, same_output=False, exits=1)
    assert run.out.count("x") >= 50000
    connection, = https(run.report)
    assert (connection["protocol"], connection["requests"], connection["responses"]) == ("http/1.1", 1, 1)
    assert connection["verdict"] == "closed"  # errored when its goodbye came too late


def test_close_notify_ends_a_body(tls_server):
    """gnutls-serv answers in HTTP/1.0, until close, and says close_notify: both sides know that it is all."""
    port = free_port()
    with Service([harness.which("gnutls-serv"), "--http", "--quiet", "--port", str(port), "--x509certfile",
                  tls_server.certificate, "--x509keyfile", tls_server.certificate.replace("cert.pem", "key.pem")], port,
                 True) as service:
        run = harness.both([harness.which("curl"), "--silent", "--cacert", tls_server.certificate,
                            f"https://localhost:{port}/"], same_output=False)
        service.stop()
    assert "GnuTLS" in run.out
    accepted = [c for c in https(*service.reports) if c["role"] == "server" and c["host"]]
    assert told(run) == ["closed/drained"]
    for c in https(run.report) + accepted:
        assert (c["protocol"], c["requests"], c["responses"]) == ("http/1.0", 1, 1)
    assert len(accepted) == 2  # asked natively first
