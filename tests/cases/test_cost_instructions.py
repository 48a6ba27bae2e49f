# SPDX-License-Identifier: Apache-2.0
"""What we cost in instructions and system calls, against the committed baseline.

After a change that is worth its price: tests/bench/instructions.py --write, and say in the commit
what the price is for.
"""
import json
import sys

import pytest

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "bench"))
import instructions  # noqa: E402

BASELINE = json.loads(instructions.BASELINE.read_text())
# The promise made to users (doc/cost.md), whatever the baseline says.
PROMISED = {"read-file": 25, "write-file": 25}


def release_build():
    options = json.loads((harness.BUILD / "meson-info" / "intro-buildoptions.json").read_text())
    return next(o["value"] for o in options if o["name"] == "buildtype") == "release"


@pytest.fixture(scope="module")
def measured():
    harness.which("valgrind")
    if not release_build():
        pytest.skip("instructions are counted in a release build only")
    return instructions.measure()


def test_every_operation_has_a_baseline(measured):
    assert measured.keys() == BASELINE.keys()


@pytest.mark.parametrize("name", BASELINE)
def test_instructions_grow_by_a_tenth_at_most(measured, name):
    before, now = BASELINE[name]["instructions"], measured[name]["instructions"]
    assert now <= max(before * 1.1, before + 2), f"{name}: {now} instructions instead of {before}"


@pytest.mark.parametrize("name", BASELINE)
def test_no_system_call_is_added(measured, name):
    before, now = BASELINE[name]["system calls"], measured[name]["system calls"]
    assert now <= before, f"{name}: {now} system calls and clock readings instead of {before}"


@pytest.mark.parametrize("name", PROMISED)
def test_descriptors_that_are_no_sockets_cost_what_is_promised(measured, name):
    assert measured[name]["instructions"] <= PROMISED[name]
