# SPDX-License-Identifier: Apache-2.0
"""Rule 10: every way to end that can be seen is, by the recorder itself; the others leave what was known by then."""
import pytest

import harness

SEEN = ["by_exit", "by__exit", "by__Exit", "by_quick_exit", "by_exit_group", "by_exit_in_a_thread"]


def left_by(way, folder):
    """Without the launcher, which would know how it ended."""
    command = [harness.victim("situations/leaves"), way]
    alone = harness.native(command)
    run = harness.native(command, env={"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder)})
    assert (run.status, run.out, run.err) == (alone.status, alone.out, alone.err)
    report = harness.report(*folder.glob("*.dump")).report
    (client,) = [c for c in report["connections"] if c["role"] == "client"]
    assert (client["verdict"], client["reason"], client["evidence"]) == ("leaked", "undrained", "framing")
    return run.status, report["process"], client


@pytest.mark.parametrize("way", SEEN)
def test_ends(tmp_path, way):
    status, process, client = left_by(way, tmp_path)
    assert (status, process["end"], process["exit_status"]) == (7, "exit", 7)
    assert client["queued"] == 2  # only the kernel knows, and only until then


@pytest.mark.parametrize("way", ["by_raw_exit_group", "by_abort", "by_sigkill", "by_sigsegv"])
def test_ends_that_nobody_sees(tmp_path, way):
    _, process, client = left_by(way, tmp_path)
    assert (process["end"], process["exit_status"], client["queued"]) == ("killed", None, None)
