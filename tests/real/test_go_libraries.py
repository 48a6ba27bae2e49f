# SPDX-License-Identifier: Apache-2.0
"""Other people's libraries in Go, and connections of a program's own types: what its parked goroutines say, else framing,
kernel and reuse as for everybody."""
import subprocess

import pytest

import golang
import harness
from programs import free_port
from test_postgresql import cluster, postgres  # noqa: F401: a fixture
from test_redis import redis_server

golang.recorded_or_skip()
TIMES = 4  # as in the program


@pytest.fixture(scope="module")
def libraries():
    return golang.built("libraries", "libraries/main.go", env={"GOPATH": "/usr/share/gocode"})


@pytest.fixture(scope="module")
def web():
    server = subprocess.Popen([harness.victim("go/server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield server.stdout.readline().split()
    server.stdin.close()
    server.wait(harness.TIMEOUT)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    port = free_port()
    with redis_server(tmp_path_factory.mktemp("redis"), port):
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def sql(cluster):  # noqa: F811
    with postgres(cluster, False, free_port()) as service:
        yield f"postgres://u@127.0.0.1:{service.port}/postgres?sslmode=disable"


def summary(run):
    """{(protocol, verdict, reason, evidence): how many}"""
    assert run.out == f"goroutines {run.report['summary']['threads']['alive']}\n" and not run.report["warnings"]
    found = [(c["protocol"], c["verdict"], c["reason"], c["evidence"]) for c in run.connections]
    return {key: found.count(key) for key in found}


def own_line(run, function):
    return {s["place"].split(" (")[0] for s in run.report["call_sites"]} == {f"main.{function}"}


@pytest.mark.parametrize("how,expected", [("lost", {("redis", "leaked", "abandoned", "reuse"): TIMES}),
                                          ("given", {("redis", "drained", "kept-alive", "framing"): 1})])
def test_redigo(libraries, redis, how, expected):
    run = harness.both([libraries, "redis", how, redis])
    assert summary(run) == expected and own_line(run, "ofRedis.func1")


@pytest.mark.parametrize("how,expected", [("lost", {("postgresql", "leaked", "undrained", "framing"): TIMES}),
                                          ("given", {("postgresql", "drained", "kept-alive", "framing"): 1})])
def test_database_sql_and_lib_pq(libraries, sql, how, expected):
    run = harness.both([libraries, "sql", how, sql])
    assert summary(run) == expected and own_line(run, "ofSQL")  # not where a method was made up by the compiler


GRPC = {"answered": ("h2", "drained", "kept-alive", "framing"), "listened": ("h2", "active", "waiting", "runtime"),
        "lost": ("h2", "leaked", "undrained", "framing")}


@pytest.mark.parametrize("how", GRPC)
def test_grpc(libraries, how):
    server = subprocess.Popen([libraries, "grpc", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        run = harness.both([libraries, "grpc", how, server.stdout.readline().strip()])
    finally:
        server.stdin.close()
        server.wait(harness.TIMEOUT)
    assert summary(run) == {GRPC[how]: 1} and run.connections[0]["requests"] == TIMES


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("how,path,expected", [("lost", "/big", ("leaked", "undrained", "runtime")),
                                               ("lost", "/small", ("leaked", "undrained", "runtime")),
                                               ("read", "/big", ("drained", "kept-alive", "framing"))])
def test_connections_of_its_own_types(libraries, web, secure, how, path, expected):
    """Where TLS is not seen into, the goroutine that read the connection last still says what it waits for."""
    url = f"https://127.0.0.1:{web[3]}{path}" if secure else f"http://127.0.0.1:{web[0]}{path}"
    run = harness.both([libraries, "own", how, url])
    if secure and how == "read":
        expected = expected[:2] + ("heuristic",)
    assert summary(run) == {("tls" if secure else "http/1.1", *expected): TIMES if how == "lost" else 1}
    assert own_line(run, "dial")


@pytest.mark.parametrize("how,expected", [("lost", {(None, "leaked", "unread", "kernel"): TIMES}),
                                          ("waiting", {(None, "drained", "bypassed", "heuristic"): TIMES - 1,
                                                       (None, "drained", "kept-alive", "heuristic"): 1})])
def test_plain_connections(libraries, redis, how, expected):
    run = harness.both([libraries, "plain", how, redis])
    assert summary(run) == expected and own_line(run, "ofPlain")
    if how == "waiting":
        readers = {(t["waiting_in"], t["waiting_on"]) for t in run.report["threads"] if t["role"] == "reader-writer" or
                   t["waiting_in"] == "IO wait"}
        assert readers == {("IO wait", c["id"]) for c in run.connections}
