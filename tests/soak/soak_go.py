# SPDX-License-Identifier: Apache-2.0
"""Runs victims/go/soak under the recorder: goroutines that open, read, close early, cancel and time out, by HTTP and HTTPS,
both ends in one process. Compares what it says it did with what was recorded. See soak.py."""
import json
import os
import shutil
import tempfile

import golang
import harness

MOST = 16 << 20  # bytes of a dump, whatever happens and for however long


def program(name):
    """Of the two the static one is built with everything; the other one only where it is asked for."""
    return golang.built(name, "soak/main.go") if name == "soak" and not golang.ELSEWHERE else golang.program(name)


def soak(seconds, goroutines, whole, name="soak-static"):
    """How many sockets and requests it says there were (requests: with `whole`, where each body is read to its end), its
    report and the dump's size."""
    folder = tempfile.mkdtemp(prefix="connleak-soak-")
    try:
        run = harness.execute([harness.CONNLEAK, "run", "-o", folder, "--format", "json", "--report-file", f"{folder}/r", "--",
                               program(name), str(seconds), str(goroutines), *(["whole"] if whole else [])], timeout=2 * seconds + 100)
        assert run.returncode == 0, run.stderr
        sockets, requests = map(int, run.stdout.split()[-2:])
        with open(f"{folder}/r") as file:
            report = json.load(file)  # not held to its contract: most of those goroutines' slots were used again
        (dump,) = (name for name in os.listdir(folder) if name.endswith(".dump"))
        return sockets, requests if whole else None, report, os.path.getsize(f"{folder}/{dump}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(sockets, requests, report, size):
    summary = report["summary"]
    assert summary["sockets"] == sockets and not summary["leaked"] and not report["warnings"], (sockets, summary, report["warnings"])
    assert requests is None or summary["requests"] == summary["responses"] == requests, (requests, summary)
    assert size < MOST, size


def main(seconds):
    for name in ("soak-static", "soak"):
        for whole in (False, True):
            found = sockets, requests, report, size = soak(seconds, 150, whole, name)
            check(*found)
            print(f"{name}: {seconds} s of 300 goroutines that {'read all' if whole else 'read, close early, cancel and time out'}: "
                  f"{sockets:,} sockets" + (f", {requests:,} requests and responses" if whole else "") + ": exact; at most "
                  f"{max(s['open_max'] for s in report['call_sites']):,} of one place at once; dump of {size:,} bytes", flush=True)
