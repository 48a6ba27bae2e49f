# SPDX-License-Identifier: Apache-2.0
"""Coverage proved: nothing that these programs open or close goes behind the recorder's back."""
import pytest

import subjects

# What strace makes slow, and what others here open and close in the same ways, is for run.py.
HERE = [name for name in subjects.ALL if name not in ("node_closes", "wget", "redis_cli")]


@pytest.mark.parametrize("name", HERE)
def test_coverage(name):
    result = subjects.measure(subjects.ALL[name])
    assert result.differences == []
    assert result.created == result.created_seen > 0
    assert result.closed == result.closed_seen


def test_what_goes_behind_its_back_is_found_out():
    """The control: one socket closed and one opened by system calls that pass no library."""
    result = subjects.measure(subjects.raw_system_calls)
    assert len(result.differences) == 2
    assert (result.created, result.created_seen, result.closed, result.closed_seen) == (2, 1, 1, 0)
