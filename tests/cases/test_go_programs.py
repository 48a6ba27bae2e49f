# SPDX-License-Identifier: Apache-2.0
"""Programs that are more than Go: C and its threads, plugins, the race detector, system calls of their own."""
import collections
import json
import subprocess

import pytest

import golang
import harness

golang.recorded_or_skip()


def test_threads_of_c_call_go_and_go_calls_c():
    """Sockets of libc's and of Go's, in threads that either made."""
    run = harness.both([golang.built("threads", "threads/main.go")])
    assert run.out == "bad 0\n" and len(run.dumps()) == 1
    assert run.report["summary"]["sockets"] == 1 + 2 * 400
    assert run.verdicts() == {("closed", "unframed"): 400, ("closed", "peer-closed"): 400}
    assert {t["kind"] for t in run.report["threads"]} == {"goroutine", "thread"}
    (main,) = [t for t in run.report["threads"] if t["role"] == "main"]
    assert main["goid"] == 1


def test_sockets_that_c_opens():
    """By the goroutine that asked; what a thread of C's own opens is nobody's, though it has called Go before."""
    run = harness.both([golang.built("asked", "asked/main.go")])
    assert run.out == "0 0 0 0 2\n"
    opened = {s["place"].split(" (")[0]: s["opened"] for s in run.report["call_sites"]}
    after_a_call_back = "main.askAround" if golang.version() >= (1, 24) else "an unknown place"
    expected = collections.Counter(["main.main", *2 * ["main.ask"], "main.askAround", *2 * ["main.dial"], "opens", after_a_call_back])
    assert opened == expected


@pytest.mark.parametrize("options", [{}, {"CGO_ENABLED": "0"}], ids=["dynamic", "static"])
def test_system_calls_of_its_own(go_ports, options):
    run = harness.both([golang.built("raw-static" if options else "raw", "raw/main.go", env=options), go_ports[0]])
    assert run.verdicts() == {("closed-early", "undrained"): 1, ("leaked", "undrained"): 1}
    assert not run.report["warnings"]  # of TLS, which it does not have
    (place,) = {s["place"] for s in run.report["call_sites"]}
    assert place.startswith("main.call ")
    assert all(c["local"] for c in run.connections)  # though nobody asked for it


def test_what_go_asks_is_not_asked_again(tmp_path):
    """Both addresses of a connection; and whose call it is takes a system call for a socket only."""
    number = 200

    def calls(*launcher):
        log = tmp_path / "calls"
        subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=getpid,getsockname,getpeername,rt_sigprocmask", *launcher,
                        harness.BUILD / "tests/bench/go/bench-go", "close", str(number)], check=True,
                       timeout=harness.TIMEOUT, capture_output=True)
        return sum(" resumed>" not in line for line in log.read_text().splitlines())  # of one call there may be two lines

    report = tmp_path / "r"
    ours = calls(harness.CONNLEAK, "run", "-o", tmp_path, "--report-file", report, "--format", "json", "--") - calls()
    connections = json.loads(report.read_text())["connections"]
    assert len(connections) > 2 * number and all(c["local"] for c in connections if c["peer"])
    assert ours < 3 * number, ours


def test_a_plugin_that_dials():
    plugin = golang.built("plugin.so", "plugged/plugin.go", "-buildmode=plugin")
    run = harness.both([golang.built("plugged", "plugged/main.go"), plugin])
    assert run.out == 5 * "0123456789 " + "\n"
    assert run.report["summary"]["sockets"] == 1 + 2 * 5
    assert run.verdicts() == {("drained", "stale"): 5, ("closed", "unframed"): 5}


def test_a_plugin_that_has_all_of_net():
    """It brings its own way to the kernel: what goes by it is not seen, which is said, and nothing is made of the rest."""
    plugin = golang.built("plugin.so", "plugged/plugin.go", "-buildmode=plugin")
    run = harness.both([golang.built("alone", "plugged/alone.go"), plugin])
    assert run.out == 3 * "0123456789 " + "\n"
    assert run.report["summary"]["leaked"] == 0
    assert any("nobody saw being opened" in w for w in run.report["warnings"]), run.report["warnings"]


def test_race_detector():
    """It watches all memory of goroutines and of cgo's threads; it would tell, and end with 66."""
    run = harness.both([golang.built("storm-race", "storm/main.go", "-race")])
    assert (run.out, run.err) == ("bad 0\n", "") and run.report["summary"]["sockets"] == 1 + 2 * 600
