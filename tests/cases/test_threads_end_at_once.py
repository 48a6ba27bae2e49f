# SPDX-License-Identifier: Apache-2.0
"""The ring of ended threads was made by the first to end, and made anew by whoever met it half-made:
the threads of node spun for ever where they should have ended, one run in three."""
import harness


def test_the_ring_of_ended_threads_is_made_once():
    run = harness.both([harness.victim("ends"), "20"])
    assert (run.status, run.out) == (0, "20 of 20\n")
    assert len(run.reports) == 21
    for report in run.reports:
        assert (report["summary"]["threads"]["created"], report["summary"]["threads"]["alive"]) == (8, 1)
