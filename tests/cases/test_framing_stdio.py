# SPDX-License-Identifier: Apache-2.0
"""A socket that stdio closes is closed as it was: when the kernel has counted no byte that we have not, stdio moved none."""
import pytest

import harness

ANSWER = len("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
READS = {ANSWER: ("closed", "drained"), ANSWER - 1: ("closed-early", "undrained"), 0: ("closed-early", "unread")}
UNFRAMED = ("closed", "unframed")


@pytest.fixture(scope="module")
def streams(tmp_path_factory):
    path, source = tmp_path_factory.mktemp("streams") / "streams", harness.ROOT / "tests" / "victims" / "streams.cpp"
    harness.execute([harness.which("g++"), "-g", "-O1", "-o", path, source], check=True)
    return str(path)


def client(streams, reads, how):
    run = harness.both([streams, str(reads), how])
    (connection,) = [c for c in run.connections if c["role"] == "client"]
    return run, connection


@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("how", ["close", "fclose", "two", "dup", "freopen"])
def test_closed_by_a_stream(streams, reads, how):
    run, connection = client(streams, reads, how)
    assert (connection["verdict"], connection["reason"]) == READS[reads]
    assert (connection["protocol"], connection["requests"]) == ("http/1.1", 1)
    site, = [s for s in run.report["call_sites"] if s["stack"] == connection["stack"]]
    assert site["closed_early"] == (reads < ANSWER)


def test_read_by_a_buffer_of_cplusplus(streams):
    """libstdc++ reads by itself, and stdio closes."""
    _, connection = client(streams, ANSWER, "filebuf")
    assert (connection["verdict"], connection["reason"]) == ("closed", "drained")


@pytest.mark.parametrize("reads, how", [(ANSWER, "through"), (5, "through"), (5, "after"), (ANSWER, "late"), (0, "late")])
def test_what_stdio_moves_is_not_known(streams, reads, how):
    """Its twin: bytes went by that nobody saw, or go by in the very close."""
    _, connection = client(streams, reads, how)
    assert (connection["verdict"], connection["reason"], connection["protocol"]) == (*UNFRAMED, None)
