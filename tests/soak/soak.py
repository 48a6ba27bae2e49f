# SPDX-License-Identifier: Apache-2.0
"""Runs soak.c under the recorder, and compares what it says it did with what was recorded.

    soak.py [SECONDS]      (5)
    soak.py go [SECONDS]   the same with goroutines: soak_go.py
    soak.py scripts [SECONDS]   interpreters, again and again: soak_scripts.py
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import harness  # noqa: E402
import soak_go  # noqa: E402
import soak_scripts  # noqa: E402


def soak(seconds, threads):
    """What soak.c said of itself, the report of its process, those of its children, the dump's size."""
    folder = tempfile.mkdtemp(prefix="connleak-soak-")
    try:
        run = harness.run([str(harness.BUILD / "tests/soak/soak"), str(seconds), str(threads)],
                          options=["--history", "100"], folder=folder, timeout=2 * seconds + 300)
        assert run.status == 0, (run.status, run.err)
        said = dict((what, int(n)) for n, what in re.findall(r"(\d+) (\w+)", run.out))
        dump = next(d for d in run.dumps() if d.endswith(f".{run.report['process']['pid']}.dump"))
        return said, run.report, run.reports[1:], os.path.getsize(dump)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(said, report, children, size):
    summary, sites = report["summary"], report["call_sites"]
    unseen = [c for c in report["connections"] if c["reason"] == "unseen"]
    assert summary["sockets"] == said["sockets"], (summary, said)
    assert summary["closed"] == said["sockets"] - said["left"] and summary["leaked"] == said["left"], summary
    assert summary["closed_early"] == summary["open"] == 0 and unseen == []
    assert sum(s["opened"] for s in sites) == said["sockets"] and sum(s["open_now"] for s in sites) == said["left"]
    own = [c for c in children if not all(connection["inherited"] for connection in c["connections"])]
    assert len(own) == (said["children"] + 99) // 100
    odd = [c["summary"] for c in own if c["summary"]["closed"] != 1 or c["summary"]["leaked"]]
    assert not odd, odd[:3]
    # Those that hold what was open as they were forked, and do nothing else: the first of them say so.
    odd = [c for report in children if report not in own for c in report["connections"] if c["verdict"] != "open"]
    assert len(children) - len(own) <= 64 and not odd, odd[:3]
    assert size < 1 << 20, size


def main():
    if sys.argv[1:2] == ["go"]:
        soak_go.main(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
        return
    if sys.argv[1:2] == ["scripts"]:
        soak_scripts.main(int(sys.argv[2]) if len(sys.argv) > 2 else 20)
        return
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    said, report, children, size = soak(seconds, 2 * (os.cpu_count() or 2))
    check(said, report, children, size)
    print(f"{seconds} s: {said['sockets']:,} sockets, {said['handlers']:,} in signal handlers, {said['children']:,} "
          f"children; {report['summary']['closed']:,} closed, {report['summary']['leaked']} left: exact; dump of "
          f"{size:,} bytes")
    for warning in report["warnings"]:
        print("  " + warning)


if __name__ == "__main__":
    main()
