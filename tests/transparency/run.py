# SPDX-License-Identifier: Apache-2.0
"""Other people's test suites, with and without the recorder: the same results, or it is a bug of ours.

    run.py [--subset] [--only NAME]... [--folder DIR]

--subset: what fits into the continuous integration. --only: parts whose name contains NAME. Logs and dumps
of what differs stay in DIR (default: a new temporary folder). Exits with 1 when something differs.
"""
import argparse
import concurrent.futures
import os
import pathlib
import resource
import signal
import sys
import tempfile

import compare
import cpython
import curl
import golang
import libevent
import libuv
import programs
import redis
import ws
from suite import Unavailable

SUITES = (cpython, curl, golang, libuv, libevent, redis, programs, ws)


def parts(subset, names):
    """All parts that can be had here, the longest first, and what cannot be had."""
    found, lacking = [], []
    named = [s for s in SUITES if any(s.__name__ in n.lower() for n in names)]
    for suite in named or SUITES:
        try:
            found += suite.parts(subset)
        except Unavailable as why:
            lacking.append(f"{suite.__name__}: {why}")
    found = [p for p in found if not names or any(n in str(p) for n in names)]
    return sorted(found, key=lambda p: -p.seconds), lacking


def run_all(parts_, folder):
    """Two at a time for each processor: most tests wait for a clock."""
    with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:
        jobs = {pool.submit(compare.compare, part, folder / str(part).replace(" ", "-")): part for part in parts_}
        for job in concurrent.futures.as_completed(jobs):
            yield job.result()


ROW = "{:34} {:>6} {:>7} {:>6} {:>11} {:>7} {:>5} {:>6} {:>8} {:>13}"


def row(name, r_outcomes, differences, wavers, once, count, seconds):
    return ROW.format(name, sum(r_outcomes.values()), r_outcomes["skipped"], r_outcomes["failed"], differences,
                      wavers, once, count.dumps, count.sockets, f"{seconds[0]:.0f} / {seconds[1]:.0f} s")


def table(results):
    print(ROW.format("suite", "tests", "skipped", "failed", "differences", "wavers", "once", "dumps", "sockets",
                     "time"))
    for r in sorted(results, key=lambda r: str(r.part)):
        print(row(str(r.part), r.outcomes, r.count(compare.DIFFERENT), r.count(compare.WAVERS),
                  r.count(compare.ONCE), r.dumps, r.seconds) + (" CUT OFF" if r.cut else ""))
    total = compare.Result(None)
    for r in results:
        total.outcomes += r.outcomes
        total.differences += r.differences
        total.dumps.add(r.dumps)
        total.seconds = tuple(a + b for a, b in zip(total.seconds, r.seconds))
    print(row("all", total.outcomes, total.count(compare.DIFFERENT), total.count(compare.WAVERS),
              total.count(compare.ONCE), total.dumps, total.seconds))


def remarks(results, lacking):
    for r in results:
        for d in r.differences:
            print(f"{d.kind}: {r.part}: {d}")
        for fault in r.dumps.faults:
            print(f"fault: {r.part}: {fault}")
        for run in r.cut:
            print(f"cut off by time: {r.part}: {run} the recorder")
        for test in r.failed:
            why = r.part.failing.get(test) or r.part.failing.get(test.split("/")[0], "nobody has looked why")
            print(f"fails natively: {r.part}: {test}: {why}")
        for pattern, why in r.part.excluded.items():
            print(f"left out: {r.part}: {pattern}: {why}")
    for what in lacking:
        print(f"not run: {what}")


def good(result):
    wrong = result.count(compare.DIFFERENT) or result.dumps.faults or result.cut
    return not wrong and sum(result.outcomes.values()) > 0


def be_usual():
    """What a suite inherits: SIGINT, which a shell ignores in the background, and a limit that some tests reach."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))


def main():
    be_usual()
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--subset", action="store_true")
    options.add_argument("--only", action="append", default=[])
    options.add_argument("--folder", type=pathlib.Path)
    options = options.parse_args()
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="connleak-transparency-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    wanted, lacking = parts(options.subset, options.only)
    results = []
    for result in run_all(wanted, folder.resolve()):
        results.append(result)
        print(f"{'PASS' if good(result) else 'FAIL'} {result.part}: {sum(result.outcomes.values())} tests, "
              f"{result.count(compare.DIFFERENT)} differences{', cut off by time' if result.cut else ''}", flush=True)
    print()
    table(results)
    print("wavers: the outcome is not always the same without the recorder either; "
          f"once: not seen again in {compare.AGAIN} runs (in {compare.AGAIN_ALL} of a whole part)")
    remarks(results, lacking)
    if any(r.differences or r.dumps.faults for r in results):
        print(f"logs and dumps of what differs: {folder}")
    else:
        folder.rmdir()
    return 0 if results and all(map(good, results)) else 1


if __name__ == "__main__":
    sys.exit(main())
