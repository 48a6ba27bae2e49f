# SPDX-License-Identifier: Apache-2.0
"""libuv's tests: event loops, threads, signals, processes and descriptors handed from one to another."""
import contextlib
import errno
import functools
import re
import socket
import time

import source
from suite import FAILED, PASSED, SKIPPED, Part

RESULT = re.compile(r"^(not ok|ok) \d+ - (\S+)( # SKIP)?", re.M)
PLAN = re.compile(r"^1\.\.(\d+)$", re.M)
# It refuses to run as root otherwise; the tests that need another user then skip themselves. A test has 5 s, which are
# for what hangs, and too few where much else runs.
ENVIRONMENT = {"UV_RUN_AS_ROOT": "1", "UV_TEST_TIMEOUT_MULTIPLIER": "12"}
OUTSIDE = "a race between a timer of 1 ms and the answer of another machine, 1.2.3.4"
FAILING = {"fs_copyfile": "expects that a file without read permission cannot be opened, which root can"}
EXCLUDED = {"tcp_close_while_connecting": OUTSIDE, "tcp_connect_timeout": OUTSIDE}


@contextlib.contextmanager
def alone():
    """Its tests listen on 9123 and the ports behind it, so that two runs on a machine are in each other's way. This name is
    the network namespace's, as ports are, and goes with who has it."""
    with socket.socket(socket.AF_UNIX) as name:
        while True:
            try:
                name.bind("\0connleak-transparency-libuv")
                break
            except OSError as taken:
                if taken.errno != errno.EADDRINUSE:
                    raise
            time.sleep(0.2)
        yield


@alone()
def run(program, tree, place, only=()):
    """All tests one after the other, or those named; they look for their fixtures in the working folder."""
    (place.work / "test").symlink_to(tree / "test")
    ends, outcomes = set(), {}
    for test in only or [None]:
        end, text = place.execute([program, *([test] if test else [])], 900, env=ENVIRONMENT), place.log()
        results, plan = RESULT.findall(text), PLAN.search(text)
        # Its status is the number of failures, those of what is excluded among them.
        ends.add("complete" if len(results) == int(plan[1] if plan else 1) else end)
        outcomes.update((name, SKIPPED if skipped else PASSED if ok == "ok" else FAILED)
                        for ok, name, skipped in results if name not in EXCLUDED)
    return ", ".join(sorted(ends)), outcomes


def parts(subset):
    tree = source.fetch("libuv1")
    folder = source.cmake(tree, [], ["uv_run_tests"])
    return [Part("libuv", "", functools.partial(run, str(folder / "uv_run_tests"), tree), 45, True,
                 EXCLUDED, FAILING)]
