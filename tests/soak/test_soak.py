# SPDX-License-Identifier: Apache-2.0
"""Threads, signal handlers and forks that open, copy and close at full speed: counters that add up exactly.
For longer: ./dev soak 300, ./dev soak go 300"""
import pytest

import golang
import soak
import soak_go


def test_a_few_seconds():
    soak.check(*soak.soak(5, 4))


@pytest.mark.parametrize("whole", [True, False])
def test_goroutines(whole):
    """That open, read, close early, cancel and time out: no socket is missed, and where all is read, no request."""
    golang.recorded_or_skip()
    soak_go.check(*soak_go.soak(1.5, 150, whole))
