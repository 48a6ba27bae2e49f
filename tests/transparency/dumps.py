# SPDX-License-Identifier: Apache-2.0
"""The dumps that a suite left: each can be read, its report is JSON, and its figures agree with each other."""
import dataclasses
import json
import subprocess

from suite import CONNLEAK

VERDICTS = ("closed", "closed_early", "active", "drained", "leaked", "listening", "open")
LISTED = VERDICTS[2:]  # closed ones may have left the history, and are then only counted


@dataclasses.dataclass
class Count:
    dumps: int = 0
    sockets: int = 0
    faults: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.dumps += other.dumps
        self.sockets += other.sockets
        self.faults += other.faults


def disagreements(report):
    """What cannot be true of any program."""
    summary, connections = report["summary"], report["connections"]
    if sum(summary[v] for v in VERDICTS) != summary["sockets"]:
        yield f"verdicts do not add up to {summary['sockets']} sockets: {summary}"
    for verdict in LISTED:
        listed = sum(c["verdict"] == verdict for c in connections)
        if listed != summary[verdict]:
            yield f"{summary[verdict]} {verdict}, but {listed} are listed"
    if len({c["id"] for c in connections}) != len(connections):
        yield "two connections have one id"
    for c in connections:
        if c["stack"] is not None and c["stack"] not in report["stacks"]:
            yield f"connection {c['id']} has a stack that is not there"
        if c["closed_s"] is not None and c["opened_s"] is not None and c["closed_s"] < c["opened_s"]:
            yield f"connection {c['id']} was closed before it was opened"
    if sum(s["opened"] for s in report["call_sites"]) > summary["sockets"]:
        yield "the call sites opened more sockets than there were"


def begun(dump):
    """Not so where its process was killed while it made it, as some tests kill what they have just started: it is empty, or
    begins with zeroes, and tells nothing."""
    with open(dump, "rb") as file:
        return any(file.read(8))


def check(folder):
    dumps = sorted(filter(begun, folder.glob("*.dump")))
    count = Count(dumps=len(dumps))
    if not dumps:
        return count
    shown = subprocess.run([CONNLEAK, "report", "--format", "json", *dumps], capture_output=True, timeout=300)
    if shown.returncode not in (0, 1):
        count.faults.append(f"report exits with {shown.returncode}: {shown.stderr.decode(errors='replace')}")
    lines = shown.stdout.decode("utf-8").splitlines()
    if len(lines) != count.dumps:
        count.faults.append(f"{count.dumps} dumps, but {len(lines)} reports")
    for line in lines:
        report = json.loads(line)
        count.sockets += report["summary"]["sockets"]
        pid = report["process"]["pid"]
        count.faults += [f"{folder}, pid {pid}: {what}" for what in disagreements(report)]
    return count
