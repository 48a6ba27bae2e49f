# SPDX-License-Identifier: Apache-2.0
"""Interpreters that fork, begin and end threads, finalize and collect garbage while sockets are opened, again and again:
what they print is what they print without us, and each dump can be read.
Run by soak.py.
"""
import shutil
import tempfile
import time

import harness

VICTIMS = harness.ROOT / "tests" / "victims"


def commands(folder):
    """Name: command. Each says how much it has done, which is the same each time."""
    harness.execute([harness.which("javac"), "--release", "17", "-d", folder, str(VICTIMS / "Churn.java")], check=True)
    java = [harness.which("java"), "-Xmx96m", "-cp", folder]
    return {
        "CPython": ["/usr/bin/python3", str(VICTIMS / "scripts" / "churn.py"), "10", "4"],
        "Java, G1": [*java, "-XX:+UseG1GC", "Churn", "10", "4"],
        "Java, ZGC": [*java, "-XX:+UseZGC", "Churn", "10", "4"],
        "Java, -Xcheck:jni": [*java, "-Xcheck:jni", "Churn", "5", "2"],
        "Node": [harness.which("node"), "--expose-gc", str(VICTIMS / "churn.cjs"), "12", "3"],
    }


def look_at(run, alone, name):
    """How many sockets there were, and how many of the clients' have lines of the script."""
    assert (run.status, run.out, run.err) == (alone.status, alone.out, alone.err), (name, run.status, run.out, run.err)
    assert not run.report["warnings"], (name, run.report["warnings"])
    stacks = [run.report["stacks"][str(c["stack"])] for c in run.connections if c["role"] == "client"]
    named = sum(any(f["language"] != "native" for f in s) for s in stacks)
    assert stacks and named == len(stacks), (name, named, len(stacks))
    return run.report["summary"]["sockets"]


def soak(seconds):
    """Name: (times, sockets)."""
    folder = tempfile.mkdtemp(prefix="connleak-soak-")
    counts, end = {}, time.monotonic() + seconds
    try:
        every = commands(folder)
        alone = {name: harness.native(command) for name, command in every.items()}
        assert all(a.status == 0 and a.out.strip().isdigit() for a in alone.values()), alone
        while not counts or time.monotonic() < end:
            for name, command in every.items():
                dumps = tempfile.mkdtemp(prefix="dumps-", dir=folder)
                sockets = look_at(harness.run(command, folder=dumps), alone[name], name)
                times, before = counts.get(name, (0, 0))
                counts[name] = times + 1, before + sockets
                shutil.rmtree(dumps)
        return counts
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(seconds):
    for which, (n, opened) in soak(seconds).items():
        print(f"{which}: {n} times the same as without us, {opened:,} sockets")
