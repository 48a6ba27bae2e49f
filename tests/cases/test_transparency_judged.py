# SPDX-License-Identifier: Apache-2.0
"""When the suites of others differ: what wavers without the recorder, too, is told apart from what only it does."""
import importlib.util
import random
import sys

import pytest

import harness

sys.path.append(str(harness.ROOT / "tests/transparency"))
spec = importlib.util.spec_from_file_location("transparency_compare", harness.ROOT / "tests/transparency/compare.py")
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)


def judged(tmp_path, natively, recorded):
    """What is said of a test that fails first with the recorder, then in such parts of all runs."""
    chance, first = random.Random(1), {False: False, True: True}

    def run(place, only):
        fails = first.pop(place.recorded, None)
        if fails is None:
            fails = chance.random() < (recorded if place.recorded else natively)
        return f"exit {int(fails)}", {"TestClock": compare.FAILED if fails else "passed", "TestOther": "passed"}

    result = compare.compare(compare.Part("made up", "", run), tmp_path)
    return {d.test: (d.kind, d.seen) for d in result.differences}


# Every run, now and then, never: without the recorder and with it.
@pytest.mark.parametrize("natively,recorded,kind", [(0.08, 0.08, compare.WAVERS), (0.02, 0.02, compare.WAVERS), (0.5, 0.5, compare.WAVERS),
                                                    (0, 0.3, compare.DIFFERENT), (0, 1, compare.DIFFERENT), (0, 0, compare.ONCE)])
def test_what_wavers_is_no_difference_and_is_told(tmp_path, natively, recorded, kind):
    found = judged(tmp_path, natively, recorded)
    assert {name: what for name, (what, _) in found.items()} == {"TestClock": kind, compare.END: kind}
    assert all(seen.startswith("again: ") for _, seen in found.values())


@pytest.mark.parametrize("recorded,runs", [(0.015, 200), (1, 10), (0, 10)])
def test_what_is_in_doubt_is_run_further_and_what_is_not_is_not(tmp_path, recorded, runs):
    assert judged(tmp_path, 0, recorded)["TestClock"][1].endswith(f" of {runs} with the recorder")
