# SPDX-License-Identifier: Apache-2.0
"""Java's HttpClient made anew for each request: each one's connection, selector and worker stay behind."""
import pytest

import harness


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    sources = [harness.ROOT / "tests" / path for path in ("victims/NewClients.java", "clients/Rest.java")]
    harness.execute([harness.which("javac"), "-d", str(folder), *map(str, sources)], check=True)
    return str(folder)


def clients(classes, server, how):
    # Its selector looks up every three seconds, which it might do as the program ends.
    command = [harness.which("java"), "-Xshare:auto", "-Djdk.internal.httpclient.selectorTimeout=600000", "-cp", classes,
               "NewClients", how,
               f"http://127.0.0.1:{server.port}/fixed?size=20000"]
    run = harness.both(command)
    assert run.out == "20000\n" * 6
    return run, [c for c in run.connections if c["responses"]]


def serving(run, connection, what):
    """Threads of the HttpClient that this connection pins: its "SelectorManager" or its "Worker"s, as far as
    a name of 15 bytes says."""
    return [t for t in run.report["threads"] if t["pins"] and t["serves"] == [connection["id"]]
            and t["name"].startswith("HttpClient-") and f"-{what}" in t["name"]]


def test_a_new_client_for_each_request(classes, server):
    run, connections = clients(classes, server, "new")
    assert [(c["verdict"], c["reason"], c["evidence"]) for c in connections] == [("leaked", "abandoned", "reuse")] * 6
    workers = 0
    for c in connections:
        (selector,) = serving(run, c, "Se")
        assert (selector["waiting_in"], selector["waiting_on"]) == ("epoll_wait", c["id"])
        assert selector["role"] in ("reader", "reader-writer")
        # The request is written by a worker; now and then by who called send(), where that is quicker.
        assert serving(run, c, "Wo") or c["threads"] == [c["opened_by"], selector["id"]]
        workers += len(serving(run, c, "Wo"))
    pinned = [t for t in run.report["threads"] if t["pins"]]
    assert len(pinned) == len(connections) + workers and workers >= 1
    assert all(t["name"].startswith("HttpClient-") for t in pinned)


def test_one_client_for_all(classes, server):
    run, connections = clients(classes, server, "one")
    assert [(c["verdict"], c["reason"], c["reused"]) for c in connections] == [("drained", "kept-alive", 5)]
    (selector,) = serving(run, connections[0], "Se")
    assert (selector["waiting_in"], selector["waiting_on"]) == ("epoll_wait", connections[0]["id"])
