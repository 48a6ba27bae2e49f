# SPDX-License-Identifier: Apache-2.0
"""curl closes what it opens, whatever happens on it."""
import pytest

import harness
from programs import free_port, nothing_left, tcp, verdicts

SLOW = "--speed-limit 100"  # and for how long it is too slow from its request on, however long it took to get there
# options and paths: exit status, verdicts, requests, responses read to their end, protocol
CASES = {
    "one": ("/fixed?size=10", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
    "three on one connection": ("/fixed /chunked?size=3000 /status?code=304", 0, {"closed/drained": 1}, 3, 3,
                                "http/1.1"),
    "the server ends each": ("/last /last", 0, {"closed/drained": 2}, 2, 2, "http/1.1"),
    "until close": ("/close?size=5000", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
    "interim": ("/interim?size=7", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
    "http/1.0": ("--http1.0 /fixed", 0, {"closed/drained": 1}, 1, 1, "http/1.0"),
    "head": ("--head /fixed?size=1000", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
    "post": ("--data a=1&b=2 /fixed", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
    "range of a large body": ("--range 0-99 /fixed?size=300000", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
    "stalled body": (f"{SLOW} --speed-time 4 /stall?size=1000&sent=10", 28, {"closed-early/undrained": 1}, 1, 0, "http/1.1"),
    "no answer": (f"{SLOW} --speed-time 1 /mute", 28, {"closed-early/unread": 1}, 1, 0, "http/1.1"),
    "too large for us": ("--max-filesize 1000 /fixed?size=300000", 63, {"closed-early/undrained": 1}, 1, 0,
                         "http/1.1"),
    "the server closes a kept one": ("/bye?size=100", 0, {"closed/drained": 1}, 1, 1, "http/1.1"),
}


@pytest.mark.parametrize("name", CASES)
def test_curl(server, name):
    arguments, status, expected, requests, responses, protocol = CASES[name]
    command = [harness.which("curl"), "--silent", *(f"http://127.0.0.1:{server.port}{a}" if a[0] == "/" else a
                                                    for a in arguments.split())]
    run = harness.both(command, exits=status)
    assert verdicts(run.report) == expected
    assert (run.report["summary"]["requests"], run.report["summary"]["responses"]) == (requests, responses)
    assert {c["protocol"] for c in tcp(run.report)} == {protocol}
    nothing_left(run)


def test_nobody_listens():
    run = harness.both([harness.which("curl"), "--silent", f"http://127.0.0.1:{free_port()}/"], exits=7)
    assert verdicts(run.report) == {"closed/connect-failed": 1}
    assert run.report["summary"]["connections"] == 0
    nothing_left(run)


def test_reset_by_the_peer(server):
    run = harness.both([harness.which("curl"), "--silent", f"http://127.0.0.1:{server.port}/reset?sent=1000"],
                       same_output=False, exits=56)
    assert verdicts(run.report) == {"closed/errored": 1}
    nothing_left(run)


def test_bodies_are_counted(server):
    run = harness.both([harness.which("curl"), "--silent", f"http://127.0.0.1:{server.port}/fixed?size=1234567"])
    connection, = tcp(run.report)
    assert (connection["body_received"], connection["body_expected"]) == (1234567, 1234567)
    assert connection["bytes_in"] == 1234567 + len("HTTP/1.1 200 OK\r\nContent-Length: 1234567\r\n\r\n")
    assert connection["host"] == connection["peer"] == f"127.0.0.1:{server.port}"
    assert connection["stack"] is not None


def test_a_name_that_has_two_addresses(server):
    """localhost: the IPv6 address refuses, the IPv4 one answers. getaddrinfo's own sockets are none of ours."""
    run = harness.both([harness.which("curl"), "--silent", f"http://localhost:{server.port}/fixed"])
    assert verdicts(run.report).pop("closed/drained") == 1
    assert set(verdicts(run.report)) <= {"closed/drained", "closed/connect-failed", "closed/never-connected"}
    nothing_left(run)
