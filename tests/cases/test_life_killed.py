# SPDX-License-Identifier: Apache-2.0
"""Rule 16 and the dump's first promise: killed at any moment, it tells the truth up to the last finished call."""
import os
import random
import signal
import subprocess
import time

import pytest

import harness


class Picture:
    """What a program that did these calls left: per socket its descriptors and the bytes it moved."""

    def __init__(self):
        self.table, self.fds, self.sent, self.received = {}, [], [], []

    def apply(self, call, a, b, moved):
        if call == "o":
            for fd in (a, b):
                self.table[fd] = len(self.fds)
                self.fds.append({fd})
                self.sent.append(0)
                self.received.append(0)
        elif call == "d":
            self.table[b] = self.table[a]
            self.fds[self.table[a]].add(b)
        elif call == "c":
            self.fds[self.table.pop(a)].discard(a)
        elif a in self.table:
            (self.sent if call == "w" else self.received)[self.table[a]] += moved


def replay(log):
    """The picture after all finished calls, and the call that was begun but not seen to finish."""
    picture, begun = Picture(), None
    for line in log.splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        if line[0] == "=":
            picture.apply(*begun, int(line[1:]))
            begun = None
        else:
            call, a, b = line[1:].split()
            begun = (call, int(a), int(b))
    return picture, begun


def differences(picture, report, spare_bytes):
    got = {c["id"] - 1: c for c in report["connections"]}
    if sorted(got) != list(range(len(picture.fds))):
        yield f"{len(got)} sockets instead of {len(picture.fds)}"
        return
    for i, fds in enumerate(picture.fds):
        c = got[i]
        if (c["verdict"] == "closed") != (not fds):
            yield f"socket {i + 1} is {c['verdict']}, descriptors {fds}"
        elif fds and len(fds) <= 4 and set(c["fds"]) - fds:
            yield f"socket {i + 1} has {c['fds']} instead of {fds}"
        for key, said in (("bytes_out", picture.sent[i]), ("bytes_in", picture.received[i])):
            if not said <= c[key] <= said + spare_bytes:
                yield f"socket {i + 1} {key} {c[key]} instead of {said}"


@pytest.mark.parametrize("seed", range(1, 9))
def test_killed_at_any_moment(tmp_path, seed):
    chance = random.Random(seed)
    for n in range(3):
        folder = tmp_path / str(n)
        folder.mkdir()
        program = subprocess.Popen(
            [harness.victim("situations/truth"), folder / "log", str(seed * 10 + n)],
            env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder),
                                     "CONNLEAK_HISTORY": "1000000"}))
        harness.until((folder / "log").exists, every=0.001)
        time.sleep(chance.uniform(0.0, 0.15))
        program.send_signal(signal.SIGKILL)
        program.wait()
        picture, begun = replay((folder / "log").read_text())
        dumps = list(folder.glob("*.dump"))
        if not picture.fds:
            continue  # killed before its first socket was there
        assert len(dumps) == 1 and os.stat(dumps[0]).st_mode & 0o777 == 0o600
        report = harness.report(dumps[0]).report
        faults = list(differences(picture, report, 0))
        if faults and begun:
            picture.apply(*begun, 0)
            faults = list(differences(picture, report, begun[2] if begun[0] in "wr" else 0))
            if faults and begun[0] == "o":  # of the pair that was being made, one end is there already
                picture.fds.pop()
                faults = list(differences(picture, report, 0))
        assert not faults, (begun, faults[:5])


def test_addresses_of_a_killed_program():
    """Both ends name each other: nobody could say afterwards."""
    run = harness.run([harness.victim("verdicts"), "asked", "kill"])
    client, server = [c for c in run.connections if c["role"] in ("client", "server") and c["verdict"] != "listening"][-2:]
    assert client["local"] == server["peer"] and client["peer"] == server["local"]
    assert client["local"] != client["peer"] and all(a.startswith("127.") for a in (client["local"], client["peer"]))
