# SPDX-License-Identifier: Apache-2.0
"""Every way to move bytes counts: the body is followed to its last byte, whoever moved it and how."""
import pytest

import harness

READ = ["bytes", "recv", "recvfrom", "waitall", "readv", "preadv2", "recvmsg", "recvmmsg", "peek", "trunc", "splice"]
WRITE = ["bytes", "send", "sendto", "writev", "sendmsg", "sendmmsg", "sendfile", "splice"]
BODY = 30000


def read(server, how, wanted):
    run = harness.both([harness.victim("io"), "read", str(server.port), how, str(BODY), str(wanted)])
    (connection,) = run.connections
    return connection


def brief(connection):
    return tuple(connection[k] for k in ("verdict", "reason", "evidence", "responses", "body_received"))


@pytest.mark.parametrize("how", READ)
def test_read_to_the_end(server, how):
    connection = read(server, how, BODY)
    assert brief(connection) == ("drained", "kept-alive", "framing", 1, BODY)
    assert connection["bytes_in"] > BODY


@pytest.mark.parametrize("how", READ)
def test_all_but_one_byte(server, how):
    connection = read(server, how, BODY - 1)
    assert brief(connection) == ("leaked", "undrained", "framing", 0, BODY - 1)
    assert connection["body_expected"] == BODY
    assert connection["queued"] == 1


def test_peek_takes_nothing(server):
    """Only the length of the head is looked at, by MSG_PEEK."""
    connection = read(server, "recv", 0)
    assert brief(connection) == ("leaked", "undrained", "framing", 0, 0)
    assert connection["queued"] == BODY


def written(how, sent):
    run = harness.both([harness.victim("io"), "write", how, str(BODY), str(sent)])
    return [c for c in run.connections if c["role"] == "server" and c["verdict"] != "listening"]


@pytest.mark.parametrize("how", WRITE)
def test_written_to_the_end(how):
    (connection,) = written(how, BODY)
    assert brief(connection) == ("drained", "kept-alive", "framing", 1, BODY)


@pytest.mark.parametrize("how", WRITE)
def test_written_all_but_one_byte(how):
    (connection,) = written(how, BODY - 1)
    assert brief(connection) == ("leaked", "unanswered", "framing", 0, BODY - 1)
