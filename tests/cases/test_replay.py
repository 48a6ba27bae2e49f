# SPDX-License-Identifier: Apache-2.0
"""A second recorder, beside the processes (tests/replay): told by a file of events what three programs do at once, one process
without rights keeps three dumps, whose verdicts are those of the preloaded recorder. Of the same runs: a victim runs with the
recorder and with a library before it that tells the events."""
import os
import pathlib
import random
import subprocess

import harness
import pytest

REPLAY, TELL = (str(harness.BUILD / "tests" / "replay" / name) for name in ("replay", "libtell.so"))
FACTS = ("verdict", "reason", "evidence", "kind", "role", "protocol", "fds", "peer", "requests", "responses", "reused",
         "body_expected", "body_received", "bytes_in", "bytes_out", "host")


def preloaded(situation, who):
    """What connleak says of a victim that is killed in the end, and the events of that run."""
    folder = harness.new_folder()
    events = os.path.join(folder, "events")
    result = subprocess.run([harness.victim("verdicts"), situation, "kill"], capture_output=True, timeout=harness.TIMEOUT,
                            env={**harness.environment(None), "LD_PRELOAD": f"{TELL} {harness.LIBRARY}", "EVENTS": events,
                                 "WHO": str(who), "CONNLEAK_OUTPUT": os.path.join(folder, "it.dump"), "CONNLEAK_STACK_DEPTH": "1"})
    assert result.returncode == -9, result.stderr
    lines = pathlib.Path(events).read_text().splitlines()
    words = lines[-1].split()
    lines.append(f"{int(words[0]) + 1} {who} {words[2]} {words[3]} end -1 ;")  # who waits for it sees it
    report = harness.report(os.path.join(folder, "it.dump")).report
    return report, lines


def replayed(lines):
    """The reports of those processes, by their number."""
    folder = harness.new_folder()
    os.chmod(folder, 0o777)
    result = subprocess.run([REPLAY, folder], input="\n".join(lines) + "\n", text=True, capture_output=True, timeout=harness.TIMEOUT)
    assert result.returncode == 0, result.stderr
    dumps = sorted(pathlib.Path(folder).glob("*.dump"))
    return {int(str(path).split(".")[-2]): harness.report(path).report for path in dumps}


def said(report):
    return [{key: c[key] for key in FACTS} for c in sorted(report["connections"], key=lambda c: c["id"])]


def together(*streams):
    """The events of several processes, as they would come: each in its order, one beside the other."""
    streams, lines, chance = [list(s) for s in streams], [], random.Random(11)
    while any(streams):
        lines.append(chance.choice([s for s in streams if s]).pop(0))
    return lines


@pytest.mark.parametrize("situations", [
    ("unread", "undrained", "answered"), ("asked_twice", "last", "never"), ("end_was_read", "reset_was_read", "unframed"),
    ("refused", "listening", "pair"), ("closed_answered", "closed_early_undrained", "client_gone"),
    ("unframed_undrained", "broken_pipe", "unused"), ("closed_early_unread", "closed_at_the_end", "closed_after_reset")])
def test_three_processes_in_one(situations):
    reports, streams = zip(*(preloaded(situation, who) for who, situation in enumerate(situations)))
    again = replayed(together(*streams))
    assert [said(again[who]) for who in range(3)] == [said(report) for report in reports]


def broken(lines, chance):
    """Some left out, cut, doubled, and out of their order."""
    result = []
    for line in lines:
        what = chance.random()
        if what < 0.04:
            continue
        if what < 0.08:
            line = line[:chance.randrange(len(line))]
        result += [line, line] if what > 0.96 else [line]
    for _ in range(chance.randrange(3)):
        i, j = chance.randrange(len(result)), chance.randrange(len(result))
        result[i], result[j] = result[j], result[i]
    return result[:chance.randrange(len(result))] if chance.random() < 0.2 else result


def leaks(report):
    """By what tells a socket: its descriptor, and when it was opened (its number, where all were seen)."""
    return {(tuple(c["fds"]), c["opened_s"], c["reason"]) for c in report["connections"] if c["verdict"] == "leaked"}


@pytest.mark.parametrize("situation", ["unread", "undrained", "answered", "asked_twice", "end_was_read", "closed_answered",
                                       "refused", "client_gone", "unframed"])
def test_what_was_missed_accuses_nobody(situation):
    _, lines = preloaded(situation, 0)
    whole = leaks(replayed(lines)[0])
    chance = random.Random(situation)
    for _ in range(60):
        events = broken(lines, chance)
        for report in replayed(events).values():
            assert leaks(report) <= whole, "\n".join(events)


def test_it_leaks_only_what_it_is_told(tmp_path):
    """And what comes whole is not weakened: the property above is not kept by silence."""
    _, lines = preloaded("undrained", 0)
    doubled = [line for line in lines for _ in range(2)]
    assert said(replayed(doubled)[0]) == said(replayed(lines)[0])
    assert {reason for *_, reason in leaks(replayed(doubled)[0])} >= {"undrained"}
