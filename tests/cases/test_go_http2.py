# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 of Go's: streams, who reads a body, and handlers that are at work."""
import subprocess

import pytest

import golang
import harness
import rest

golang.recorded_or_skip()


def test_http2_read(go_ports):
    run = harness.both([golang.program("quiz"), "read", f"https://127.0.0.1:{go_ports[4]}/big"], env={"H2": "1"})
    (one,) = run.connections
    assert (one["verdict"], one["reason"], one["protocol"], one["responses"]) == ("drained", "kept-alive", "h2", 6)


# What is asked for, how often, what is done with it: verdict, reason, evidence, streams that are open and answered.
STREAMS = {
    ("unread", "/huge", 6): ("leaked", "undrained", "framing", 6, 6),
    ("unread", "/stream", 200): ("leaked", "undrained", "framing", 120, 120),  # more than are followed one by one
    ("ahead", "/big", 6): ("drained", "kept-alive", "framing", 0, 0),  # the transport has read it ahead, and is done with it
    ("closed", "/huge", 6): ("drained", "kept-alive", "heuristic", 0, 0),
    ("timeout", "/slow", 6): ("drained", "kept-alive", "heuristic", 0, 0),
    ("reading", "/stream", 6): ("active", "waiting", "runtime", 6, 6),
    ("reading-one", "/stream", 6): ("leaked", "undrained", "framing", 6, 6),
    ("posting", "/stuck", 1): ("active", "waiting", "framing", 1, 0),
}


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-static-stripped"])
@pytest.mark.parametrize("variant,path,count", STREAMS)
def test_http2_streams(go_ports, name, variant, path, count):
    """Who reads the connection is another goroutine than who reads a body: by that one it is known whether anybody does."""
    run = harness.run([golang.program(name), variant, f"https://127.0.0.1:{go_ports[4]}{path}"], env={"H2": "1", "COUNT": str(count)})
    verdict, reason, evidence, opened, answered = STREAMS[variant, path, count]
    (one,) = run.connections
    assert (one["verdict"], one["reason"], one["evidence"], one["protocol"]) == (verdict, reason, evidence, "h2")
    assert one["streams"]["open"] == opened and one["streams"]["answered"] == answered
    assert one["requests"] == count and run.out == f"goroutines {run.report['summary']['threads']['alive']}\n"


# Accepted, and a handler is at it, whatever that waits for: nobody forgot it.
HANDLED = {
    ("unread", "/huge", 1): ("runtime", "framing"), ("reading", "/stream", 1): ("runtime",),  # as long as the kernel has something
    ("posting", "/stuck", 1): ("framing",), ("unread", "/huge", 0): ("framing",), ("reading", "/stream", 0): ("framing",),
    ("posting", "/stuck", 0): ("runtime",),
}


@pytest.mark.parametrize("variant,path,h2", HANDLED)
def test_handlers_are_at_work(variant, path, h2):
    folder = harness.new_folder()
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": folder, "TELL": "1"})
    server = subprocess.Popen([golang.program("server")], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().split()[3 + h2]
    env = harness.environment({"STAY": "600000", "COUNT": "2"} | ({"H2": "1"} if h2 else {}))
    client = subprocess.Popen([golang.program("quiz"), variant, f"https://127.0.0.1:{port}{path}"], env=env, stdout=subprocess.PIPE)
    client.stdout.readline()
    assert [server.stdout.readline() for _ in range(2)] == 2 * [f"{path}\n"]

    def rests():
        """All has been sent that will be: in the midst of a write nobody knows how far it has come."""
        return rest.asleep(client.pid) and rest.asleep(server.pid) and (not h2 or rest.delivered(int(port)))
    harness.until(rests)
    server.stdin.close()
    server.wait(harness.TIMEOUT)
    client.kill()
    client.wait()
    accepted = [c for c in harness.report(folder).connections if c["role"] == "server" and c["verdict"] != "closed"]
    assert {(c["verdict"], c["reason"]) for c in accepted} == {("active", "waiting")}
    assert {c["evidence"] for c in accepted} <= set(HANDLED[variant, path, h2])
