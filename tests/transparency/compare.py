# SPDX-License-Identifier: Apache-2.0
"""Runs a part of a suite without the recorder and with it, and tells in what they differ.

Each difference counts as ours until the test was seen to waver without us. So each test that differs
is run again, AGAIN times without and with the recorder (AGAIN_ALL times when that takes the whole part), and one that
then came with it now and then, and never without it, up to FURTHER times more (FURTHER_ALL): a test that wavers once in
thirty runs, or in a hundred, does so without us as well, and what is ours has its chance to show it, too.

    different       it came again with the recorder, and without it the outcome was always the same
    wavers          without the recorder, too, the outcome is not always the same
    once            it did not come again. Shown, since it may be a rare race of ours; not counted
"""
import collections
import dataclasses
import shutil

from dumps import Count, check
from suite import FAILED, TIMED_OUT, Part, Place

AGAIN, FURTHER = 10, 19
AGAIN_ALL, FURTHER_ALL = 3, 4
SURELY = 7  # times with the recorder and never without it: by chance once in 128
DIFFERENT, WAVERS, ONCE = "different", "wavers", "once"
END, LEFT = "(how it ended)", "(files left behind)"
MANY = 5  # beyond that a file of tests is run again as a whole, not test by test
MISSING = "not run"


@dataclasses.dataclass
class Difference:
    test: str
    native: str
    recorded: str
    kind: str = DIFFERENT
    seen: str = ""

    def __str__(self):
        return f"{self.test}: {self.native} natively, {self.recorded} with the recorder; {self.seen}"


@dataclasses.dataclass
class Result:
    part: Part
    outcomes: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # natively
    differences: list = dataclasses.field(default_factory=list)
    dumps: Count = dataclasses.field(default_factory=Count)
    seconds: tuple = (0, 0)  # without, with
    failed: list = dataclasses.field(default_factory=list)  # tests, natively
    cut: list = dataclasses.field(default_factory=list)     # runs that had to be stopped

    def count(self, kind):
        return sum(d.kind == kind for d in self.differences)


def once(part, folder, recorded, only=()):
    """All that is compared of one run."""
    place = Place(folder, recorded)
    end, outcomes = part.run(place, only)
    return {**outcomes, END: end, LEFT: ", ".join(place.left_behind()) or "none"}, place


def differing(native, recorded):
    return [Difference(test, native.get(test, MISSING), recorded.get(test, MISSING))
            for test in sorted(native.keys() | recorded.keys())
            if native.get(test, MISSING) != recorded.get(test, MISSING)]


def single(tests):
    """Those that can be run alone, when they are few: how a run ends follows from the tests that differ."""
    named = [t for t in tests if t not in (END, LEFT)]
    return named if len(named) <= MANY else []


def run_again(part, folder, tests, seen):
    """Adds to {test: outcomes}, of runs without and of runs with the recorder, those of several more of each."""
    only = single(tests)
    for _ in range(AGAIN if only else AGAIN_ALL):
        for recorded in (False, True):
            number = max(map(len, seen[recorded].values()), default=0)
            where = folder / f"again-{number}-{'recorded' if recorded else 'native'}"
            outcomes, _ = once(part, where, recorded, only)
            for test in tests:
                seen[recorded][test].append(outcomes.get(test, MISSING))
            if number:
                shutil.rmtree(where, ignore_errors=True)


def judge(difference, native, recorded):
    other = sum(o != difference.native for o in native)
    came = sum(o != difference.native for o in recorded)
    difference.seen = f"again: {other} of {len(native)} natively, {came} of {len(recorded)} with the recorder"
    difference.kind = WAVERS if other else DIFFERENT if came else ONCE
    return difference.kind == DIFFERENT and came < min(len(recorded), SURELY)


def judge_all(part, folder, differences):
    """Until of none it is in doubt whether it is ours."""
    doubtful, seen, rounds = differences, [collections.defaultdict(list), collections.defaultdict(list)], 0
    while doubtful and rounds <= (FURTHER if single(d.test for d in doubtful) else FURTHER_ALL):
        run_again(part, folder, [d.test for d in doubtful], seen)
        doubtful = [d for d in doubtful if judge(d, seen[False][d.test], seen[True][d.test])]
        rounds += 1


def compare(part, folder):
    """Runs the part twice (and again where it differs). Folders of what differs are kept."""
    result = Result(part)
    native, place = once(part, folder / "native", False)
    recorded, place_recorded = once(part, folder / "recorded", True)
    result.seconds = (place.seconds, place_recorded.seconds)
    result.outcomes.update(outcome for test, outcome in native.items() if test not in (END, LEFT))
    result.failed = sorted(test for test, outcome in native.items() if outcome == FAILED)
    result.cut = [name for name, run in (("without", native), ("with", recorded)) if TIMED_OUT in run[END]]
    result.differences = differing(native, recorded)
    result.dumps = check(place_recorded.dumps)
    if result.differences:
        judge_all(part, folder, result.differences)
    elif not result.dumps.faults:
        shutil.rmtree(folder, ignore_errors=True)
    return result
