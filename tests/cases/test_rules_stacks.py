# SPDX-License-Identifier: Apache-2.0
"""Rules 12 and 19 on small stacks: of handlers, coroutines, fibers and threads, in which sockets are opened, used and
closed. What the program alone has room for it has room for with us."""
import subprocess
import sys

import pytest

import harness

STACKS = "situations/stacks"
SMALL = "too little stack left"


def run(situation, **how):
    return harness.both([harness.victim(STACKS), situation], **how)


# Each situation, what it prints, and how many sockets it opens.
LIVES = {"on_a_fiber": ("0\n", 5), "on_contexts": ("0\n", 15), "on_a_fiber_in_a_thread": ("0\n", 6),
         "in_the_smallest_thread": ("0\n", 6), "near_the_limit": ("0\n", 6),
         "handler_on_the_smallest": ("3 0\n", 15), "handler_on_the_smallest_later": ("3 0\n", 16),
         "handler_on_a_disarmed_one": ("3 0\n", 15), "handler_on_one_that_grows": ("3 0\n", 16),
         "handler_within_the_stack": ("3 0\n", 16)}


@pytest.mark.parametrize("situation", LIVES)
def test_lives(situation):
    """And all of its sockets are on record; stacks that could not be taken are counted."""
    it = run(situation)
    summary = it.report["summary"]
    assert (it.out, summary["sockets"]) == LIVES[situation] and summary["closed"] == summary["sockets"]
    assert any(SMALL in w for w in it.report["warnings"])


def test_forks_on_a_fiber():
    it = run("forks_on_a_fiber")
    assert it.out == "0\n" and sorted(r["summary"]["sockets"] for r in it.reports) == [1, 5]


def depths(run):
    return [(name, int(size)) for name, size in map(str.split, run.out.splitlines())]


def test_how_deep_each_call_goes():
    """Measured on a painted stack, the first socket of the process, HTTP and TLS among them: no more than the sum of
    the frames allows, however the compiler and libc lay it out."""
    alone = depths(harness.native([harness.victim(STACKS), "depths"]))
    it = harness.run([harness.victim(STACKS), "depths"])
    deeper = [(after - before, name) for (name, before), (_, after) in zip(alone, depths(it))]
    assert len(deeper) == 21 and it.report["summary"]["closed"] == 5
    assert max(deeper)[0] <= 1536, sorted(deeper)
    assert max(deeper)[0] > 200, "nothing was measured"


def test_the_sum_of_the_frames():
    """Of each wrapper with all that it calls, also where no test goes."""
    it = subprocess.run([sys.executable, harness.ROOT / "tests/check/stack.py", harness.LIBRARY], capture_output=True, text=True)
    assert it.returncode == 0, it.stdout + it.stderr


@pytest.mark.parametrize("limit", ["128", "unlimited"])
def test_any_limit_of_the_stack(limit):
    """ulimit -s; and where there is enough, stacks are taken."""
    it = harness.both(["sh", "-c", f"ulimit -s {limit} && exec \"$0\" in_the_smallest_thread", harness.victim(STACKS)])
    (report,) = [r for r in it.reports if r["summary"]["sockets"]]
    assert it.out == "0\n" and report["summary"]["closed"] == 6 and any(c["stack"] for c in report["connections"])
