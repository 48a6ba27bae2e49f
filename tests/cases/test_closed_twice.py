# SPDX-License-Identifier: Apache-2.0
"""A number that was a socket's when it was last seen, and is closed again (EBADF): both stacks are told, and who closes
all numbers that there may be is not accused. It is no leak: no verdict and no exit status changes."""
import sys

import pytest

import golang
import harness

# For each entry of "closed_twice": the functions that closed it, and that closed it again, and how often.
TWICE = {
    "plain": [("closes", "closes_again", 1)],
    "other_sockets": [("closes", "closes_again", 1), ("closes", "closes_again", 1)],
    "copied": [("closes", "closes_again", 1)],
    "another_thread": [("closes", "closes_again", 1)],
    "by_syscall": [("closes", "by_syscall", 1)],
    "first_by_syscall": [("first_by_syscall", "closes_again", 1)],
    "stream_closed_late": [("closes", "stream_closed_late", 1)],
    "stream_closed_early": [("stream_closed_early", "closes_again", 1)],
    "hits_another": [("owner_of_first_closes", "closes_again", 1)],
    "hit_by_thread": [("owner_of_first_closes", "closes_again", 1)],
    "same_place": [("gives_up", "gives_up", 1)],
    "pair": [("pair", "pair", 1), ("pair", "pair", 1)],
    "neighbours": [("closes", "closes_again", 1), ("closes", "neighbours", 1)],
}
ONCE = ["daemon_loop", "daemon_loop_down", "short_loop", "unrolled", "unrolled_to_its_end", "loop_by_syscall", "ranges",
        "child_closes_its_parents", "vforked", "file_twice", "stream_twice", "folder_twice", "pipe_of_stdio_twice", "replaced", "never_one", "once", "at_the_end"]


def innermost(report, stack):
    return report["stacks"][stack][0]["function"]


def of(run):
    r = run.report
    return [(innermost(r, t["closed_stack"]), innermost(r, t["stack"]), t["count"]) for t in r["closed_twice"]]


@pytest.mark.parametrize("how", TWICE)
def test_closed_twice(how):
    run = harness.both([harness.victim("twice"), how])
    assert of(run) == TWICE[how]
    for t in run.report["closed_twice"]:
        c = next(c for c in run.report["connections"] if c["id"] == t["connection"])
        assert c["verdict"] == "closed" and (t["fd"] in c["fds"] or how == "copied")
        assert c["closed_stack"] == t["closed_stack"] and c["stack"] == t["opened_stack"]
    assert harness.report(*run.dumps()).status == 0


@pytest.mark.parametrize("how", ONCE)
def test_closed_once_or_in_a_loop(how):
    run = harness.both([harness.victim("twice"), how])
    assert all(r["closed_twice"] == [] for r in run.reports)


def test_the_connection_that_was_hit():
    """The number was given to another meanwhile, whose user is told EBADF."""
    [t] = harness.run([harness.victim("twice"), "hits_another"]).report["closed_twice"]
    assert t["before"] == t["connection"] - 1 and t["before_closed_stack"] and t["meant_before"] and not t["by_another"]
    run = harness.run([harness.victim("twice"), "hit_by_thread"])
    [t] = run.report["closed_twice"]
    assert t["before"] == t["connection"] - 1 and t["meant_before"] and t["by_another"]
    assert t["closed_by"] == t["before_closed_by"] == 2 and t["thread"] == 1
    text = harness.execute([harness.CONNLEAK, "report", *map(str, run.dumps())]).stdout
    words = " ".join(text.split())
    assert "thread 2, which closed it, had nothing else to do with it; thread 1, which had, was told EBADF" in words
    assert "nothing was left behind" not in words


def test_of_a_child_and_of_many():
    run = harness.both([harness.victim("twice"), "child"])
    assert [len(r["closed_twice"]) for r in run.reports] == [0, 1]
    run = harness.both([harness.victim("twice"), "many"])
    found = run.report["closed_twice"]
    # From the first one on stacks are whole: those before have the innermost frame only.
    assert sum(t["count"] for t in found) == 100 and {innermost(run.report, t["closed_stack"]) for t in found} == {"closes"}
    assert [len(run.report["stacks"][t["closed_stack"]]) for t in found][0] == 1
    assert max(t["count"] for t in found) == 99


CLEAN = {
    "close": "s.close(); s.close()",
    "with": "with s: s.close()",
    "subprocess": "s.close(); subprocess.run(['true'], close_fds=True)",
    "preexec": "s.close(); subprocess.run(['true'], preexec_fn=lambda: os.closerange(3, 64))",
    "closerange": "s.close(); os.closerange(3, 64)",
}


@pytest.mark.parametrize("how", CLEAN)
def test_clean_python(how):
    script = f"import os, socket, subprocess\ns = socket.socket()\n{CLEAN[how]}\n"
    assert all(r["closed_twice"] == [] for r in harness.both([sys.executable, "-c", script]).reports)


def test_python_that_closes_twice():
    script = """
import os, socket
def give_up(fd):
    try: os.close(fd)
    except OSError: pass
s = socket.socket()
fd = s.fileno()
s.close()
give_up(fd)
"""
    run = harness.both([sys.executable, "-c", script])
    [t] = run.report["closed_twice"]
    lines = [f["line"] for f in run.report["stacks"][t["stack"]] if f["language"] == "python"]
    assert lines == [4, 9], t


def test_go():
    """The net package never closes twice; who goes past it may."""
    golang.recorded_or_skip()
    victim = harness.victim("go/twice")
    [t] = harness.both([victim, "twice"]).report["closed_twice"]
    assert t["place"].startswith("main.giveUp") and t["closed_place"].startswith("main.giveUp")
    assert harness.both([victim, "loop"]).report["closed_twice"] == []
