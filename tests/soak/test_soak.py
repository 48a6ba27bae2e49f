# SPDX-License-Identifier: Apache-2.0
"""Threads, signal handlers and forks that open, copy and close at full speed: counters that add up exactly.
For longer: ./dev soak 300"""
import soak


def test_a_few_seconds():
    soak.check(*soak.soak(5, 4))
