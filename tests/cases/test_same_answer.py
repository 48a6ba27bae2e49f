# SPDX-License-Identifier: Apache-2.0
"""The same program run fifty times gets one answer, also where what decides comes at another moment each time."""
import concurrent.futures
import subprocess

import pytest

import harness

RUNS = 50

# The program (its {} is the number of the run, PORT the server's), and what becomes of its connections.
SCENARIOS = {
    "late tails": (["tails", "{}"], [("leaked", "abandoned")] * 6),
    "accepted, and nobody looks": (["verdicts", "unused", "exit"], [("drained", "unused"), ("leaked", "unwatched")]),
    "told of the end, and ended": (["verdicts", "end_was_read", "exit"], [("closed", "by-exit")]),
    "queued at the end": (["verdicts", "unframed_undrained", "exit"], [("leaked", "undrained"), ("leaked", "unwatched")]),
    "a thread waits for its answer": (["asks", "recv", "PORT"], [("active", "waiting")]),
}
ASIDE = {("closed", "unframed"), ("closed", "unused"), ("open", "pair")}  # a listener, and what else was needed on the way


def run(command, number, folder):
    """The number of the process. One that waits says so, and is killed."""
    with subprocess.Popen([harness.victim(command[0]), *(word.format(number) for word in command[1:])],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": f"{folder}/%p.dump"})) as victim:
        if command[0] == "asks":
            assert victim.stdout.readline() == "ready\n"
            victim.kill()
        said = victim.communicate(timeout=harness.TIMEOUT)[1]
    assert victim.returncode in (0, -9) and not said, said
    return victim.pid


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_fifty_runs(server, scenario):
    command, expected = SCENARIOS[scenario]
    command = [word.replace("PORT", str(server.port)) for word in command]
    folder = harness.new_folder()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        started = list(pool.map(lambda number: run(command, number, folder), range(RUNS)))
    reports = harness.report(*(f"{folder}/{pid}.dump" for pid in started)).reports
    assert len(reports) == RUNS
    if expected == [("closed", "by-exit")]:  # one that others kept from running in between may be one that went on
        reports = [r for r in reports if r["process"]["duration_s"] - max(c["opened_s"] for c in r["connections"]) <= 0.1]
        assert reports
    answers = {tuple(sorted(said for c in r["connections"] if (said := (c["verdict"], c["reason"])) not in ASIDE)) for r in reports}
    assert answers == {tuple(expected)}
