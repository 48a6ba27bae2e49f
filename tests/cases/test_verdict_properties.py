# SPDX-License-Identifier: Apache-2.0
"""Properties of the verdicts, over stories at random (lib/stories.py) of clients and servers of each protocol, told to the
recorder beside the processes (tests/replay): what makes nothing worse never makes anything a leak, and what is missed
accuses nobody."""
import os
import pathlib
import random
import subprocess

import pytest

import harness
import stories
from test_replay import broken

REPLAY = str(harness.BUILD / "tests" / "replay" / "replay")
TOGETHER = 16  # processes that it takes at once
SEEDS = range(24)  # for each protocol


def leaked(report):
    return {c["fds"][0]: c["reason"] for c in report["connections"] if c["verdict"] == "leaked"}


def replayed(told):
    """What leaked in each of these processes, by descriptor; None: it has no report."""
    result = []
    for first in range(0, len(told), TOGETHER):
        folder = harness.new_folder()
        os.chmod(folder, 0o777)
        some = told[first:first + TOGETHER]
        lines = "\n".join(line for lines in some for line in lines) + "\n"
        done = subprocess.run([REPLAY, folder], input=lines, text=True, capture_output=True, timeout=harness.TIMEOUT)
        assert done.returncode == 0, done.stderr
        reports = {r["process"]["pid"]: leaked(r) for r in harness.report(*sorted(pathlib.Path(folder).glob("*.dump"))).reports}
        result += [reports.get(1000 + who) for who in range(len(some))]
    return result


def story(protocol, seed):
    return stories.Story(random.Random(seed), protocol)


@pytest.mark.parametrize("protocol", stories.PROTOCOLS, ids=lambda p: type(p).__name__)
def test_nothing_of_this_makes_it_worse(protocol):
    told = []
    for seed in SEEDS:
        told.append((seed, None, story(protocol, seed)))
        for addition in stories.Story.ADDITIONS:
            other = story(protocol, seed)
            if addition(other):
                told.append((seed, addition.__name__, other))
    found = replayed([s.lines(i % TOGETHER, (-1, 0)[seed % 2]) for i, (seed, _, s) in enumerate(told)])
    before = {seed: leaks for (seed, addition, _), leaks in zip(told, found) if addition is None}
    worse = [(seed, addition, leaks, before[seed]) for (seed, addition, _), leaks in zip(told, found)
             if not leaks.keys() <= before[seed].keys()]
    assert not worse, worse
    assert len(told) > 6 * len(before)
    assert sum(not leaks for leaks in before.values()) > len(before) / 2, "there are clean ones"
    assert any(before.values()), "and others"


@pytest.mark.parametrize("protocol", stories.PROTOCOLS, ids=lambda p: type(p).__name__)
def test_what_was_missed_accuses_nobody(protocol):
    """Left out, cut, doubled, out of order: fewer leaks, and none for another reason."""
    chance = random.Random(3)
    whole = [story(protocol, seed) for seed in SEEDS]
    found = replayed([s.lines(i % TOGETHER, -1) for i, s in enumerate(whole)])
    for _ in range(4):
        told = [broken(s.lines(i % TOGETHER, -1), chance) for i, s in enumerate(whole)]
        for before, leaks, lines in zip(found, replayed(told), told):
            assert (leaks or {}).items() <= before.items(), "\n".join([str((before, leaks)), *lines])
