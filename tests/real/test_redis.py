# SPDX-License-Identifier: Apache-2.0
"""redis-cli and redis-benchmark against redis-server, each of them recorded."""
import signal
import subprocess

import pytest

import harness
from programs import Service, free_port, nothing_left, tcp, verdicts


def redis_server(folder, port, **how):
    return Service(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder),
                    "--unixsocket", str(folder / "redis.sock"), "--daemonize", "no"], port, **how)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    with redis_server(folder, port) as service:
        service.port, service.socket = port, str(folder / "redis.sock")
        subprocess.run(["redis-cli", "-p", str(port), "set", "long", "v" * 5000], check=True, capture_output=True)
        yield service


def cli(redis, *arguments, **how):
    return harness.both(["redis-cli", "-p", str(redis.port), *arguments], **how)


@pytest.mark.parametrize("arguments, answer", [
    (("ping",), "PONG\n"), (("set", "k", "v"), "OK\n"), (("get", "long"), "v" * 5000 + "\n"),
    (("get", "nothing"), "\n"), (("-3", "config", "get", "port"), None),
], ids=["ping", "set", "get", "nothing", "resp3"])
def test_redis_cli(redis, arguments, answer):
    run = cli(redis, *arguments)
    assert run.status == 0 and answer in (None, run.out)
    # It leaves the connection to its exit: answered, and never closed.
    assert verdicts(run.report) == {"drained/kept-alive": 1}
    connection, = tcp(run.report)
    assert (connection["protocol"], connection["evidence"]) == ("redis", "framing")
    assert connection["requests"] == connection["responses"] >= 1


def test_redis_cli_many_commands(redis):
    run = cli(redis, stdin="".join(f"set k{n} {n}\n" for n in range(200)))
    connection, = tcp(run.report)
    # and COMMAND DOCS before the first, a large answer of many arrays
    assert (connection["requests"], connection["responses"]) == (201, 201)


def test_redis_cli_over_a_unix_socket(redis):
    run = harness.both(["redis-cli", "-s", redis.socket, "ping"])
    connection, = [c for c in run.report["connections"] if c["kind"] == "unix"]
    assert (connection["verdict"], connection["protocol"], connection["peer"]) == ("drained", "redis", redis.socket)


def test_redis_cli_and_nobody_listens():
    run = harness.both(["redis-cli", "-p", str(free_port()), "ping"], exits=1)
    assert run.status == 1
    assert set(verdicts(run.report)) == {"closed/connect-failed"}
    nothing_left(run)


def test_redis_benchmark_against_a_recorded_server(tmp_path):
    port = free_port()
    with redis_server(tmp_path, port, recorded=True, stop=signal.SIGTERM) as service:
        run = harness.run(["redis-benchmark", "-p", str(port), "-n", "3000", "-c", "20", "-t", "set,get", "-q"])
        assert run.status == 0, run.err
        out = subprocess.run(["redis-cli", "-p", str(port), "info", "stats"], capture_output=True, text=True,
                             check=True, timeout=harness.TIMEOUT).stdout
        service.stop()
    assert service.status == 0, service.output()
    stats = dict(line.split(":", 1) for line in out.splitlines() if ":" in line)
    served = service.reports[0]
    # The server's own count of connections and commands, and ours.
    assert served["summary"]["connections"] == int(stats["total_connections_received"])
    answered = sum(c["responses"] for c in tcp(served) if c["protocol"] == "redis")
    assert answered == served["summary"]["responses"] == int(stats["total_commands_processed"]) + 1
    # redis closes its clients' connections on shutdown only where they did not go first
    assert served["summary"]["leaked"] == 0, verdicts(served)
    assert run.report["summary"]["leaked"] == 0, verdicts(run.report)
    assert run.report["summary"]["responses"] >= 6000
