# SPDX-License-Identifier: Apache-2.0
"""Rule 3: the moment close() returns, and even before, the number may be another thread's socket."""
import pytest

import harness

LEFT, CLOSED = ("leaked", "never-connected"), ("closed", "never-connected")
WAYS = {"close": "by_close", "__close": "by__close", "fclose": "by_fclose", "close_range": "by_range",
        "closefrom": "by_closefrom", "syscall": "by_syscall", "syscall_range": "by_syscall_range"}


def closed_by(situation, folder, **env):
    """Under a libc in which another thread is very quick (situations/between.c)."""
    command = [harness.victim("situations/closers"), situation]
    between = harness.victim("situations/between.so")
    alone = harness.native(command, env={"LD_PRELOAD": between, **env})
    run = harness.native(command, env={"LD_PRELOAD": f"{harness.LIBRARY}:{between}", "CONNLEAK_OUTPUT": str(folder), **env})
    assert (run.status, run.out, run.err) == (alone.status, alone.out, alone.err)
    return harness.report(*folder.glob("*.dump")).verdicts()


@pytest.mark.parametrize("way", [way for way in WAYS if way != "__close"])
def test_another_thread_gets_the_number(tmp_path, way):
    closed = 2 if way == "close_range" else 1
    assert closed_by(WAYS[way], tmp_path) == {CLOSED: closed, LEFT: 1}


def test_a_failing_close_frees_the_number(tmp_path):
    """close(2): Linux frees it early, whatever it returns in the end."""
    assert closed_by("by_close", tmp_path, FAILS="1") == {CLOSED: 1}
