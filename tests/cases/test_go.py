# SPDX-License-Identifier: Apache-2.0
"""The quiz itself, as Go programs: what they make of libc is nothing, and they are recorded all the same."""
import os
import signal
import socket
import subprocess

import pytest

import golang
import harness

golang.recorded_or_skip()


@pytest.mark.parametrize("name", golang.PROGRAMS)
@pytest.mark.parametrize("variant,path", golang.QUIZ)
def test_http(go_http, name, variant, path):
    golang.check(harness.both([golang.program(name), variant, go_http + path]), *golang.QUIZ[variant, path])


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-pie-alone", "quiz-static-stripped"])
@pytest.mark.parametrize("variant,path", golang.QUIZ)
def test_https(go_https, name, variant, path):
    """What is inside TLS is seen where crypto/tls hands it over, also in a stripped program."""
    run = harness.both([golang.program(name), variant, go_https + path])
    golang.check(run, *golang.QUIZ[variant, path])
    assert all(c["tls"] and c["protocol"] == "http/1.1" for c in run.connections)


def test_three_hosts(go_ports):
    run = harness.both([golang.program("quiz"), "hosts", *(f"http://127.0.0.1:{port}/big" for port in go_ports[:3])])
    golang.check(run, 3, 7, 6, "drained", "kept-alive", "framing", 1)


# By whom, over what.
KILLED = [("quiz-stripped", "go_http"), ("quiz-static-stripped", "go_https")]


@pytest.mark.parametrize("name,url", KILLED)
@pytest.mark.parametrize("variant,path", golang.QUIZ)
def test_killed(request, name, url, variant, path):
    """Nobody could be asked where it is parked: framing and reuse have to do."""
    folder, goroutines, connections = harness.new_folder(), *golang.QUIZ[variant, path][1::-1]
    verdict, reason, evidence = golang.QUIZ[variant, path][3:6]
    run = subprocess.Popen([harness.CONNLEAK, "run", "-o", folder, "--report-file", "/dev/null", "--", golang.program(name), variant,
                            request.getfixturevalue(url) + path], env=harness.environment({"STAY": "600000"}), stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == f"goroutines {goroutines}\n"
    os.kill(int(harness.execute(["pgrep", "-P", str(run.pid)]).stdout), signal.SIGKILL)
    assert run.wait(harness.TIMEOUT) == 128 + signal.SIGKILL
    if evidence == "runtime":
        reason, evidence = (reason, "framing") if path == "/big" else ("abandoned", "reuse")
    seen = harness.report(folder)
    assert seen.verdicts() == {(verdict, reason): connections} and {c["evidence"] for c in seen.connections} == {evidence}
    assert [w for w in seen.report["warnings"] if "when each made its last call" in w and "killed" in w]


@pytest.mark.parametrize("name", golang.PROGRAMS)
def test_the_line_that_asks(go_http, name):
    """Through the goroutine that dialled, to the program's own line; with what the compiler put inline."""
    source = (harness.ROOT / "tests/victims/go/quiz/main.go").read_text().splitlines()
    line = next(i for i, text in enumerate(source, 1) if "the line that asks" in text)
    run = harness.run([golang.program(name), "unread", go_http + "/big"])
    assert len(run.report["call_sites"]) == 1  # also where main had not come to wait when its goroutine dialled: that stack is cut
    stack = max({c["stack"] for c in run.connections}, key=lambda stack: len(run.report["stacks"][stack]))
    frames = [(f["function"], os.path.basename(f["file"] or ""), f["line"]) for f in run.report["stacks"][stack]]
    assert ("main.get", "main.go", line) in frames
    assert [f for f in frames if f[0] == "net/http.(*Client).Do"] and frames[0][0].startswith("syscall.")
    text = harness.execute([harness.CONNLEAK, "report", run.folder]).stdout
    shown = text.split("calls of Go's own library)\n")[1].splitlines()
    assert "net/http.(*Client).Do" in shown[0] and f"main.go:{line})" in shown[1], shown[:3]


@pytest.mark.parametrize("name", ["quiz", "quiz-static-stripped"])
def test_a_line_is_one_place_whatever_the_library_does(name):
    listeners = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
    listeners[1].bind(f"\0connleak-{os.getpid()}-{name}")
    listeners[1].listen()
    run = harness.run([golang.program(name), "dials", "tcp 127.0.0.1:%d" % listeners[0].getsockname()[1],
                       "unix @" + listeners[1].getsockname()[1:].decode()])
    assert run.status == 0 and sorted(c["kind"] for c in run.connections) == ["tcp", "unix"], run.err
    ways = [[f["function"] for f in run.report["stacks"][c["stack"]]] for c in run.connections]
    assert ways[0] != ways[1]  # or nothing is to be seen
    (place,) = run.report["call_sites"]
    assert place["place"].startswith("main.dial (") and place["opened"] == 2
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("processors,least", [("1", 18), ("8", 1)])
def test_a_crowd_that_asks(go_http, processors, least):
    """Who made a dialling goroutine is one of many that wait at the same line: it is the same line whichever it was. Where that
    one waits not yet, the place is where Go's library began: among several processors that is the kernel's to say (20 of 20,
    or 7 under load). With one the maker goes on until it waits, and then the made one runs, but where the runtime finds after
    10 ms that the kernel had taken the thread away just between the two."""
    run = harness.run([golang.program("quiz-stripped"), "crowd", go_http + "/big"],
                      env={"COUNT": "20", "GOMAXPROCS": processors})
    places = {s["place"].split(" (")[0]: s["opened"] for s in run.report["call_sites"]}
    assert set(places) <= {"main.get", "net/http.(*Transport).queueForDial", "net/http.(*Transport).startDialConnForLocked"}
    assert places.get("main.get", 0) >= least and sum(places.values()) == 20


def test_who_waits_at_the_same_place_made_nobody(go_http):
    """Main waits where those who ask wait, and made none of the two that dial."""
    run = harness.both([golang.built("behind", "behind/main.go"), go_http + "/big", go_http + "/slow"])
    assert len(run.connections) == 2 and run.out == "done\n"
    places = {s["place"].split(" (")[0] for s in run.report["call_sites"]}
    assert not places & {"main.main"} and places <= {"main.get", "main.late", "net/http.(*Transport).queueForDial",
                                                     "net/http.(*Transport).startDialConnForLocked"}


def test_goroutines_by_name(go_http):
    run = harness.run([golang.program("quiz"), "unread", go_http + "/big"])
    for c in run.connections:
        serving = [t for t in run.report["threads"] if t["serves"] == [c["id"]] and t["alive"]]
        assert sorted((t["name"], t["role"], t["waiting_in"]) for t in serving) == \
            [("readLoop", "reader", "select"), ("writeLoop", "writer", "select")]
        assert all(t["goid"] and t["pins"] and not t["tid"] for t in serving)
    (main,) = [t for t in run.report["threads"] if t["role"] == "main"]
    assert main["goid"] == 1


def test_idle_reader_is_in_io_wait(go_http):
    run = harness.run([golang.program("quiz"), "read", go_http + "/big"])
    (reader,) = [t for t in run.report["threads"] if t["name"] == "readLoop"]
    assert (reader["waiting_in"], reader["waiting_on"]) == ("IO wait", run.connections[0]["id"])


@pytest.mark.parametrize("name", ["quiz", "quiz-static"])
@pytest.mark.parametrize("env", [{"GOGC": "1"}, {"GODEBUG": "clobberfree=1"}, {"GODEBUG": "asyncpreemptoff=1"},
                                 {"GOMAXPROCS": "1"}, {"GOMAXPROCS": "16"}], ids=str)
def test_whatever_the_runtime_does(go_https, name, env):
    run = harness.both([golang.program(name), "unread", go_https + "/big"], env=env)
    golang.check(run, *golang.QUIZ["unread", "/big"])


@pytest.mark.parametrize("name", ["storm", "storm-static"])
def test_starts_signals_profile_and_dials_at_once(name):
    """The child of Go's vfork makes its calls in our memory, and starts nothing of ours: no dump but one, and exact counts."""
    run = harness.both([golang.program(name)])
    assert run.out == "bad 0\n"
    assert len(run.dumps()) == 1
    assert run.report["summary"]["sockets"] == 1 + 2 * 600
    assert not run.report["summary"]["leaked"] and not run.report["warnings"]
    assert ("closed", "unused") not in run.verdicts()  # its echo is by splice(2): io.Copy from one TCP connection to another
