# SPDX-License-Identifier: Apache-2.0
"""The quiz from which this project comes: six requests, how many threads are left?"""
import pytest

import harness
from server import Server

# run: connections, threads alive, pinned, verdicts, reused. The threads are counted by the kernel, too.
QUIZ = {
    "read": (1, 3, 2, {("drained", "kept-alive"): 1}, 5),
    "unread": (6, 13, 12, {("leaked", "undrained"): 6}, 0),
    "swallowed": (6, 13, 12, {("leaked", "abandoned"): 6}, 0),
    "closed": (6, 1, 0, {("closed-early", "undrained"): 6}, 0),
    "pools": (6, 13, 12, {("leaked", "abandoned"): 6}, 0),
    "cancelled": (6, 1, 0, {("closed-early", "undrained"): 6}, 0),
    "peer-closes": (6, 1, 0, {("closed", "drained"): 6}, 0),
    "timeout": (6, 1, 0, {("closed-early", "undrained"): 6}, 0),
}


def check(run, connections, alive, pinned, verdicts, reused):
    assert run.out == f"connections {connections} threads {alive}\n"
    threads = run.report["summary"]["threads"]
    assert run.verdicts() == verdicts
    assert (threads["alive"], threads["pinned"]) == (alive, pinned)
    assert threads["created"] == 2 * connections
    assert sum(t["alive"] for t in run.report["threads"]) == alive
    assert sum(t["pins"] for t in run.report["threads"]) == pinned
    assert [c["reused"] for c in run.connections] == [reused] * connections


@pytest.mark.parametrize("name", QUIZ)
def test_one_host(server, name):
    run = harness.both([harness.victim("transport"), "-v", name, f"127.0.0.1:{server.port}"])
    check(run, *QUIZ[name])


@pytest.mark.parametrize("name", ["read", "unread", "swallowed", "pools", "cancelled"])
def test_killed(server, name):
    """SIGKILL leaves the same facts, and each thread where it waits."""
    run = harness.both([harness.victim("transport"), "-v", "-k", name, f"127.0.0.1:{server.port}"], exits=-9)
    assert run.report["process"]["signal"] == 9
    check(run, *QUIZ[name])


@pytest.mark.parametrize("name,call", [("read", "recv"), ("pools", "recv"), ("unread", None)])
def test_reader_and_writer_of_each_connection(server, name, call):
    """The pooled connection's reader waits for the next response; one whose body is held waits for the caller."""
    run = harness.run([harness.victim("transport"), name, f"127.0.0.1:{server.port}"])
    for c in run.connections:
        serving = [t for t in run.report["threads"] if t["serves"] == [c["id"]]]
        assert [(t["name"], t["role"], t["waiting_in"], t["waiting_on"]) for t in serving] == \
            [("http-writer", "writer", None, None), ("http-reader", "reader", call, c["id"] if call else None)]
        assert all(t["created_by"] == 1 and t["pins"] and t["id"] in c["threads"] for t in serving)
        stacks = [[f["function"] for f in run.report["stacks"][t["stack"]]] for t in serving]
        assert all(s[0] == "conn_open" and "transport_get" in s for s in stacks)


def test_three_hosts(server):
    with Server() as second, Server() as third:
        hosts = [f"127.0.0.1:{s.port}" for s in (server, second, third)]
        run = harness.both([harness.victim("transport"), "-v", "hosts", *hosts])
    check(run, 3, 7, 6, {("drained", "kept-alive"): 3}, 1)
