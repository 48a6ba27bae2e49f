# SPDX-License-Identifier: Apache-2.0
"""Programs that are more than Go: C and its threads, plugins, the race detector, system calls of their own."""
import subprocess

import pytest

import golang
import harness

golang.recorded_or_skip()


@pytest.fixture(scope="module")
def port():
    server = subprocess.Popen([harness.victim("go/server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield server.stdout.readline().split()[0]
    server.stdin.close()
    server.wait(10)


def test_threads_of_c_call_go_and_go_calls_c():
    """Sockets of libc's and of Go's, in threads that either made."""
    run = harness.both([golang.built("threads", "threads/main.go")])
    assert run.out == "bad 0\n" and len(run.dumps()) == 1
    assert run.report["summary"]["sockets"] == 1 + 2 * 400
    assert run.verdicts() == {("closed", "unframed"): 400, ("closed", "peer-closed"): 400}
    assert {t["kind"] for t in run.report["threads"]} == {"goroutine", "thread"}
    (main,) = [t for t in run.report["threads"] if t["role"] == "main"]
    assert main["goid"] == 1


@pytest.mark.parametrize("options", [{}, {"CGO_ENABLED": "0"}], ids=["dynamic", "static"])
def test_system_calls_of_its_own(port, options):
    run = harness.both([golang.built("raw-static" if options else "raw", "raw/main.go", env=options), port])
    assert run.verdicts() == {("closed-early", "undrained"): 1, ("leaked", "undrained"): 1}
    (place,) = {s["place"] for s in run.report["call_sites"]}
    assert place.startswith("main.call ")


def test_a_plugin_that_dials():
    plugin = golang.built("plugin.so", "plugged/plugin.go", "-buildmode=plugin")
    run = harness.both([golang.built("plugged", "plugged/main.go"), plugin])
    assert run.out == 5 * "0123456789 " + "\n"
    assert run.report["summary"]["sockets"] == 1 + 2 * 5
    assert run.verdicts() == {("drained", "stale"): 5, ("closed", "unframed"): 5}


def test_race_detector():
    """It watches all memory of goroutines and of cgo's threads; it would tell, and end with 66."""
    run = harness.both([golang.built("storm-race", "storm/main.go", "-race")])
    assert (run.out, run.err) == ("bad 0\n", "") and run.report["summary"]["sockets"] == 1 + 2 * 600
