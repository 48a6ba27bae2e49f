# SPDX-License-Identifier: Apache-2.0
"""The goroutines of a running program, from outside and without stopping it."""
import contextlib
import os
import subprocess

import pytest

import golang
import harness
import rest
from seccomp import forbid

golang.recorded_or_skip()


@contextlib.contextmanager
def running(name, *arguments):
    """A recorded program that stays, once it has said how many goroutines it has; and that."""
    folder = harness.new_folder()
    run = subprocess.Popen([harness.CONNLEAK, "run", "-o", folder, "--report-file", "/dev/null", "--", golang.program(name), *arguments],
                           env=harness.environment({"STAY": "600000"}), stdout=subprocess.PIPE, text=True)
    try:
        goroutines = int(run.stdout.readline().split()[1])
        pid = int(harness.execute(["pgrep", "-P", str(run.pid)]).stdout)
        harness.until(lambda: rest.asleep(pid))  # who says it is awake
        yield goroutines, pid
    finally:
        run.terminate()
        run.wait(harness.TIMEOUT)


@pytest.mark.parametrize("name", golang.PROGRAMS)
def test_goroutines_of_a_running_program(go_http, name):
    with running(name, "unread", go_http + "/small") as (goroutines, pid):
        run = harness.report(str(pid), options=["--idle", "0"])
        state = [line for line in open(f"/proc/{pid}/status") if line.startswith("TracerPid")]
        text = harness.execute([harness.CONNLEAK, "report", str(pid)]).stdout
    (report,) = run.reports
    assert report["process"]["end"] == "running" and report["summary"]["threads"]["alive"] == goroutines == 13
    assert sum(t["alive"] for t in report["threads"]) == 13
    parked = sorted((t["name"], t["waiting_in"]) for t in report["threads"] if t["alive"])
    assert parked == [("main", "sleep")] + 6 * [("readLoop", "select")] + 6 * [("writeLoop", "select")]
    assert run.verdicts() == {("leaked", "undrained"): 6} and {c["evidence"] for c in run.connections} == {"runtime"}
    assert "'main' (main), waits in sleep" in text  # nobody's line started it
    assert not report["warnings"] and state == ["TracerPid:\t0\n"]


def test_goroutines_that_ended_and_that_made_no_call(go_http):
    """The recorder saw six dial, read and write; they are gone. It never saw those that only wait for one another."""
    with running("quiz-static", "closed", go_http + "/big") as (goroutines, pid):
        closed = harness.report(str(pid)).report
    assert closed["summary"]["threads"]["alive"] == goroutines == 1
    with running("quiz-static", "quiet") as (goroutines, pid):
        quiet = harness.report(str(pid)).report
    waiting = sorted(t["waiting_in"] for t in quiet["threads"] if t["alive"])
    assert goroutines == 41 and waiting == 40 * ["chan receive"] + ["sleep"]
    (main,) = [t for t in quiet["threads"] if t["goid"] == 1]
    assert {t["created_by"] for t in quiet["threads"] if t["alive"] and t is not main} <= {main["id"], None}


def test_goroutines_that_may_not_be_asked_for(go_http):
    with running("quiz", "unread", go_http + "/small") as (goroutines, pid):
        run = subprocess.run([harness.CONNLEAK, "report", str(pid)], capture_output=True, text=True, timeout=harness.TIMEOUT,
                             preexec_fn=lambda: forbid(310))
    assert "goroutines are as they were" in run.stdout and "not permitted" in run.stdout


@pytest.mark.parametrize("name", ["quiz", "quiz-static"])
def test_goroutines_of_a_container(go_http, name):
    """It has a number of its own there, and another one here, by which the kernel and its memory are asked."""
    folder, launcher = harness.new_folder(), None
    users = ["--user", "--map-root-user"] if os.getuid() else []
    if subprocess.run(["unshare", *users, "true"], capture_output=True).returncode:
        pytest.skip("only root makes namespaces here")
    # In a chroot / is no mount point, which could be made private: only /proc is.
    run = subprocess.Popen(["unshare", *users, "--pid", "--mount", "--propagation", "unchanged", "--fork", "--mount-proc", harness.CONNLEAK, "run",
                            "-o", folder, "--report-file", "/dev/null", "--", golang.program(name), "unread", go_http + "/small"],
                           env=harness.environment({"STAY": "600000"}), stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout.readline() == "goroutines 13\n"
        launcher = harness.execute(["pgrep", "-P", str(run.pid)]).stdout.strip()
        pid = harness.execute(["pgrep", "-P", launcher]).stdout.strip()
        harness.until(lambda: rest.asleep(pid))
        for asked in (pid, folder):
            seen = harness.report(asked, options=["--idle", "0"])
            (report,) = seen.reports
            assert report["process"]["end"] == "running" and report["process"]["pid"] != int(pid)
            assert report["summary"]["threads"]["alive"] == 13 and not report["warnings"]
            assert seen.verdicts() == {("leaked", "undrained"): 6} and {c["evidence"] for c in seen.connections} == {"runtime"}
    finally:
        subprocess.run(["kill", "-9", launcher or str(run.pid)])
        run.wait(harness.TIMEOUT)
    assert harness.report(folder).report["process"]["end"] == "killed"
