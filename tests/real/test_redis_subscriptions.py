# SPDX-License-Identifier: Apache-2.0
"""Publish and subscribe against redis-server: messages are no answers, to wait for one is use, and a connection whose last
subscription was given up is asked and answers again. Each situation with its clean twin."""
import sys

import pytest

import harness
import rest
from test_redis import redis  # noqa: F401

# A step: a command in capitals is sent, "reads N" reads N bytes of what comes, "reads to END" up to a line that ends so, "unread" waits
# until something is there, "published" has another connection publish to channel a, "waits" ends the process while a thread reads.
CLIENT = rest.IN_CALLS + """
import os, select, socket, sys, threading, time
to = ("127.0.0.1", int(sys.argv[1]))

def send(s, words):
    s.sendall(b"".join([b"*%d\\r\\n" % len(words)] + [b"$%d\\r\\n%s\\r\\n" % (len(w), w) for w in words]))

def publish():
    with socket.create_connection(to) as other:
        send(other, [b"PUBLISH", b"a", b"news"])
        other.recv(100)
        send(other, [b"SPUBLISH", b"a", b"news"])
        other.recv(100)

s = socket.create_connection(to)
for step in sys.argv[2:]:
    if step.startswith("reads to "):
        got = b""
        while not got.endswith(step[9:].encode() + b"\\r\\n"):
            got += s.recv(1000)
    elif step.startswith("reads "):
        want = int(step[6:])
        while want > 0:
            want -= len(s.recv(want))
    elif step == "unread":
        select.select([s], [], [])
        time.sleep(0.02)
    elif step == "published":
        publish()
    elif step == "waits":
        reader = threading.Thread(target=s.recv, args=(100,), daemon=True)
        reader.start()
        in_calls(reader)
    else:
        send(s, step.encode().split())
print("done", flush=True)
os._exit(0)
"""

SUBSCRIBED, UNSUBSCRIBED = "reads %d" % len("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"), "reads %d" % len("*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n")
PATTERNS = "reads %d" % (2 * len("*3\r\n$10\r\npsubscribe\r\n$1\r\na\r\n:1\r\n"))
NO_PATTERNS = "reads %d" % (2 * len("*3\r\n$12\r\npunsubscribe\r\n$1\r\na\r\n:1\r\n"))
MESSAGE = "reads %d" % len("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\nnews\r\n")

UNREAD, ANSWERED, WAITS = ("leaked", "unread"), ("drained", "kept-alive"), ("active", "waiting")
BYPASSED = ("drained", "bypassed")  # who publishes has opened another since it was asked: a ping asks nothing


@pytest.mark.parametrize("verdict, steps", [
    (UNREAD, ["SUBSCRIBE a", SUBSCRIBED, "UNSUBSCRIBE a", UNSUBSCRIBED, "GET long", "unread"]),
    (("leaked", "undrained"), ["SUBSCRIBE a", SUBSCRIBED, "UNSUBSCRIBE", UNSUBSCRIBED, "GET long", "reads 100"]),
    (ANSWERED, ["SUBSCRIBE a", SUBSCRIBED, "UNSUBSCRIBE a", UNSUBSCRIBED, "GET no", "reads 5"]),
    (UNREAD, ["PSUBSCRIBE a b", PATTERNS, "PUNSUBSCRIBE", NO_PATTERNS, "GET no", "unread"]),
    (ANSWERED, ["PSUBSCRIBE a b", PATTERNS, "PUNSUBSCRIBE", NO_PATTERNS, "GET no", "reads 5"]),
    (UNREAD, ["SUBSCRIBE a", SUBSCRIBED, "published", MESSAGE, "RESET", "reads 8", "PING", "unread"]),
    (BYPASSED, ["SUBSCRIBE a", SUBSCRIBED, "published", MESSAGE, "RESET", "reads 8", "PING", "reads 7"]),
    (ANSWERED, ["SUBSCRIBE a", SUBSCRIBED, "published", MESSAGE, "RESET", "reads 8", "GET no", "reads 5"]),
    (UNREAD, ["HELLO 3", "reads to *0", "SUBSCRIBE a", SUBSCRIBED, "published", "GET long", "reads 34", "unread"]),
    (ANSWERED, ["HELLO 3", "reads to *0", "SUBSCRIBE a", SUBSCRIBED, "published", "GET no", "reads to _"]),
    (WAITS, ["SUBSCRIBE a", SUBSCRIBED, "waits"]),
    (WAITS, ["SUBSCRIBE a", SUBSCRIBED, "published", MESSAGE, "waits"]),
    (ANSWERED, ["SUBSCRIBE a", SUBSCRIBED, "published", MESSAGE]),
    (("leaked", "undrained"), ["SUBSCRIBE a", SUBSCRIBED, "published", "unread"]),
    (UNREAD, ["SUBSCRIBE a", "unread"]),
    (WAITS, ["MONITOR", "reads 5", "waits"]),
], ids=lambda value: "/".join(value) if isinstance(value, tuple) else ", ".join(s.replace(" ", "-").lower() for s in value))
def test_subscriptions(redis, verdict, steps):  # noqa: F811
    run = harness.both([sys.executable, "-c", CLIENT, str(redis.port), *steps])
    mine = [c for c in run.connections if c["verdict"] != "closed"]
    assert [(c["verdict"], c["reason"]) for c in mine] == [verdict]
    assert mine[0]["protocol"] == "redis"


def test_three_that_listen_are_not_abandoned(redis):  # noqa: F811
    """Polled now and then, as a game's server does: none is asked again, and all are in use."""
    script = CLIENT.replace("s = socket", "for i in range(3):\n  keep = globals().setdefault('keep', [])\n  s = socket", 1).replace(
        "\nfor step in", "\n  send(s, [b'SUBSCRIBE', b'a'])\n  s.recv(100)\n  keep.append(s)\nfor step in", 1)
    run = harness.both([sys.executable, "-c", script, str(redis.port)])
    assert {c["reason"] for c in run.connections} <= {"kept-alive", "bypassed"}
    assert run.report["summary"]["leaked"] == 0
