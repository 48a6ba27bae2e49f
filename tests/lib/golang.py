# SPDX-License-Identifier: Apache-2.0
"""Programs in Go: the quiz, what it says and what is to be said of it; those that only some tests need, built when they do:
each way to build (race, plugin) takes its own copy of Go's library, and the libraries of others need their packages."""
import contextlib
import ctypes
import fcntl
import os
import re
import subprocess

import harness

KNOWN = (1, 19), (1, 26)  # versions that are recorded
SOURCES = harness.ROOT / "tests/victims/go"
PROGRAMS = ["quiz", "quiz-stripped", "quiz-pie", "quiz-pie-alone", "quiz-static", "quiz-static-stripped"]
# variant: connections, goroutines, pinned, verdict, reason, evidence, reused
QUIZ = {
    ("read", "/big"): (1, 3, 2, "drained", "kept-alive", "framing", 5),
    ("unread", "/big"): (6, 13, 12, "leaked", "undrained", "runtime", 0),
    ("unread", "/small"): (6, 13, 12, "leaked", "undrained", "runtime", 0),
    ("closed", "/big"): (6, 1, 0, "closed-early", "undrained", "framing", 0),
    ("pools", "/big"): (6, 13, 12, "leaked", "abandoned", "reuse", 0),
    ("cancelled", "/big"): (6, 1, 0, "closed-early", "undrained", "framing", 0),
    ("timeout", "/slow"): (6, 1, 0, "closed-early", "unread", "framing", 0),
}
ELSEWHERE = os.environ.get("CONNLEAK_TEST_GO")  # a folder of the same programs made by another version of Go


def program(name):
    return os.path.join(ELSEWHERE, name) if ELSEWHERE else harness.victim(f"go/{name}")


@contextlib.contextmanager
def server():
    """The ports of whom the quiz asks: three of HTTP, one of HTTPS, one of HTTP/2."""
    process = subprocess.Popen([program("server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().split()
    process.stdin.close()
    process.wait(harness.TIMEOUT)


def check(run, connections, goroutines, pinned, verdict, reason, evidence, reused):
    """What is to be said of a variant."""
    assert run.out == f"goroutines {goroutines}\n"
    assert run.report["process"]["runtime"].startswith("go1.")
    assert run.verdicts() == {(verdict, reason): connections}
    assert {c["evidence"] for c in run.connections} == {evidence}
    assert [c["reused"] for c in run.connections] == [reused] * connections
    threads = run.report["summary"]["threads"]
    assert (threads["alive"], threads["pinned"]) == (goroutines, pinned)
    assert {t["kind"] for t in run.report["threads"]} == {"goroutine"}
    assert sum(t["alive"] for t in run.report["threads"]) == goroutines


def version():
    """(1, 19)"""
    said = subprocess.run([harness.which("go"), "version"], check=True, capture_output=True, text=True).stdout
    return tuple(map(int, re.search(r"go(\d+)\.(\d+)", said).groups()))


def pointer_by_instruction():
    """May a program set its thread pointer itself (FSGSBASE)? The kernel says so in AT_HWCAP2, getauxval(3)."""
    return bool(ctypes.CDLL(None).getauxval(26) & 2)


def recorded_or_skip():
    """What follows, a file's tests or one's, is about programs that are recorded."""
    if version() < KNOWN[0]:
        import pytest
        pytest.skip("this release's Go is older than {}.{}: its programs are declined, as test_go_version.py sees".format(*KNOWN[0]),
                    allow_module_level=True)


def built(name, source, *options, env=None):
    """The program `name`, of tests/victims/go/SOURCE. Kept from run to run by Go's own cache."""
    folder = harness.BUILD / "tests/victims/go"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "w") as lock:  # several workers want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run([SOURCES / "build.sh", folder / name, SOURCES / source, *options], env=os.environ | (env or {}),
                              capture_output=True, text=True, timeout=400)
    assert made.returncode == 0, f"{name}: {made.stderr}"
    return str(folder / name)
