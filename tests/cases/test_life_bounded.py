# SPDX-License-Identifier: Apache-2.0
"""A process that opens and closes for ever keeps a dump of constant size, and exact counters.

CONNLEAK_MILLION=1000000 is the promise in full; CI does fewer."""
import os
import time

import harness

ROUNDS = int(os.environ.get("CONNLEAK_MILLION", "20000"))


def test_open_and_close_for_ever(capsys):
    sizes = []
    for rounds in (5000, ROUNDS):
        started = time.monotonic()
        run = harness.run([harness.victim("situations/million"), str(rounds)], timeout=1200)
        took = time.monotonic() - started
        assert run.status == 0, run.err
        summary = run.report["summary"]
        assert summary["sockets"] == 2 * rounds + 1 and summary["connections"] == 2 * rounds
        assert summary["closed"] == 2 * rounds and summary["closed_early"] == 0 and summary["listening"] == 1
        sites = sorted((s["opened"], s["closed"], s["open_now"], s["open_max"]) for s in run.report["call_sites"])
        assert sites == [(1, 0, 1, 1), (rounds, rounds, 0, 1), (rounds, rounds, 0, 1)]
        sizes.append(os.path.getsize(run.dumps()[0]))
    assert sizes[0] == sizes[1] < 4 << 20
    with capsys.disabled():
        print(f"\n{ROUNDS:,} rounds: {2 * ROUNDS + 1:,} sockets in {took:.1f} s, dump of {sizes[1]:,} bytes")
