# SPDX-License-Identifier: Apache-2.0
"""The quiz itself, as Go programs: what they make of libc is nothing, and they are recorded all the same."""
import contextlib
import os
import signal
import socket
import subprocess

import pytest

import golang
import harness
from seccomp import forbid

golang.recorded_or_skip()
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


# A folder of the same programs made by another version of Go.
ELSEWHERE = os.environ.get("CONNLEAK_TEST_GO")


def program(name):
    return os.path.join(ELSEWHERE, name) if ELSEWHERE else harness.victim(f"go/{name}")


@pytest.fixture(scope="module")
def ports():
    server = subprocess.Popen([program("server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield server.stdout.readline().split()
    server.stdin.close()
    server.wait(10)


@pytest.fixture(scope="module")
def http(ports):
    return f"http://127.0.0.1:{ports[0]}"


@pytest.fixture(scope="module")
def https(ports):
    return f"https://127.0.0.1:{ports[3]}"


def check(run, connections, goroutines, pinned, verdict, reason, evidence, reused):
    assert run.out == f"goroutines {goroutines}\n"
    assert run.report["process"]["runtime"].startswith("go1.")
    assert run.verdicts() == {(verdict, reason): connections}
    assert {c["evidence"] for c in run.connections} == {evidence}
    assert [c["reused"] for c in run.connections] == [reused] * connections
    threads = run.report["summary"]["threads"]
    assert (threads["alive"], threads["pinned"]) == (goroutines, pinned)
    assert {t["kind"] for t in run.report["threads"]} == {"goroutine"}
    assert sum(t["alive"] for t in run.report["threads"]) == goroutines


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("variant,path", QUIZ)
def test_http(http, name, variant, path):
    check(harness.both([program(name), variant, http + path]), *QUIZ[variant, path])


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-pie-alone", "quiz-static-stripped"])
@pytest.mark.parametrize("variant,path", QUIZ)
def test_https(https, name, variant, path):
    """What is inside TLS is seen where crypto/tls hands it over, also in a stripped program."""
    run = harness.both([program(name), variant, https + path])
    check(run, *QUIZ[variant, path])
    assert all(c["tls"] and c["protocol"] == "http/1.1" for c in run.connections)


def test_three_hosts(ports):
    run = harness.both([program("quiz"), "hosts", *(f"http://127.0.0.1:{port}/big" for port in ports[:3])])
    check(run, 3, 7, 6, "drained", "kept-alive", "framing", 1)


def test_http2_read(ports):
    run = harness.both([program("quiz"), "read", f"https://127.0.0.1:{ports[4]}/big"], env={"H2": "1"})
    (one,) = run.connections
    assert (one["verdict"], one["reason"], one["protocol"], one["responses"]) == ("drained", "kept-alive", "h2", 6)


# What is asked for, how often, what is done with it: verdict, reason, evidence, streams that are open and answered.
STREAMS = {
    ("unread", "/huge", 6): ("leaked", "undrained", "framing", 6, 6),
    ("unread", "/stream", 200): ("leaked", "undrained", "framing", 120, 120),  # more than are followed one by one
    ("unread", "/big", 6): ("drained", "kept-alive", "framing", 0, 0),  # the transport has read it ahead, and is done with it
    ("closed", "/huge", 6): ("drained", "kept-alive", "heuristic", 0, 0),
    ("timeout", "/slow", 6): ("drained", "kept-alive", "heuristic", 0, 0),
    ("reading", "/stream", 6): ("active", "waiting", "runtime", 6, 6),
    ("reading-one", "/stream", 6): ("leaked", "undrained", "framing", 6, 6),
    ("posting", "/stuck", 1): ("active", "waiting", "framing", 1, 0),
}


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-static-stripped"])
@pytest.mark.parametrize("variant,path,count", STREAMS)
def test_http2_streams(ports, name, variant, path, count):
    """Who reads the connection is another goroutine than who reads a body: by that one it is known whether anybody does."""
    run = harness.run([program(name), variant, f"https://127.0.0.1:{ports[4]}{path}"], env={"H2": "1", "COUNT": str(count)})
    verdict, reason, evidence, opened, answered = STREAMS[variant, path, count]
    (one,) = run.connections
    assert (one["verdict"], one["reason"], one["evidence"], one["protocol"]) == (verdict, reason, evidence, "h2")
    assert one["streams"]["open"] == opened and one["streams"]["answered"] == answered
    assert one["requests"] == count and run.out == f"goroutines {run.report['summary']['threads']['alive']}\n"


# Accepted, and a handler is at it, whatever that waits for: nobody forgot it.
HANDLED = {
    ("unread", "/huge", 1): ("runtime", "framing"), ("reading", "/stream", 1): ("runtime",),  # as long as the kernel has something
    ("posting", "/stuck", 1): ("framing",), ("unread", "/huge", 0): ("framing",), ("reading", "/stream", 0): ("framing",),
    ("posting", "/stuck", 0): ("runtime",),
}


@pytest.mark.parametrize("variant,path,h2", HANDLED)
def test_handlers_are_at_work(variant, path, h2):
    folder = harness.new_folder()
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": folder})
    server = subprocess.Popen([program("server")], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().split()[3 + h2]
    env = harness.environment({"STAY": "60000", "COUNT": "2"} | ({"H2": "1"} if h2 else {}))
    client = subprocess.Popen([program("quiz"), variant, f"https://127.0.0.1:{port}{path}"], env=env, stdout=subprocess.PIPE)
    client.stdout.readline()
    server.stdin.close()
    server.wait(10)
    client.kill()
    client.wait()
    accepted = [c for c in harness.report(folder).connections if c["role"] == "server" and c["verdict"] != "closed"]
    assert {(c["verdict"], c["reason"]) for c in accepted} == {("active", "waiting")}
    assert {c["evidence"] for c in accepted} <= set(HANDLED[variant, path, h2])


@pytest.mark.parametrize("path,reason,evidence", [("/big", "undrained", "framing"), ("/small", "abandoned", "reuse")])
def test_killed(http, path, reason, evidence):
    """Nobody could be asked where it is parked: framing and reuse have to do."""
    folder = harness.new_folder()
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "STAY": "60000", "CONNLEAK_OUTPUT": folder})
    process = subprocess.Popen([program("quiz-stripped"), "unread", http + path], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "goroutines 13\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    run = harness.report(folder)
    assert run.verdicts() == {("leaked", reason): 6}
    assert {c["evidence"] for c in run.connections} == {evidence}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_line_that_asks(http, name):
    """Through the goroutine that dialled, to the program's own line; with what the compiler put inline."""
    source = (harness.ROOT / "tests/victims/go/quiz/main.go").read_text().splitlines()
    line = next(i for i, text in enumerate(source, 1) if "the line that asks" in text)
    run = harness.run([program(name), "unread", http + "/big"])
    assert len(run.report["call_sites"]) == 1
    (stack,) = {c["stack"] for c in run.connections}
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
    run = harness.run([program(name), "dials", "tcp 127.0.0.1:%d" % listeners[0].getsockname()[1],
                       "unix @" + listeners[1].getsockname()[1:].decode()])
    assert run.status == 0 and sorted(c["kind"] for c in run.connections) == ["tcp", "unix"], run.err
    ways = [[f["function"] for f in run.report["stacks"][c["stack"]]] for c in run.connections]
    assert ways[0] != ways[1]  # or nothing is to be seen
    (place,) = run.report["call_sites"]
    assert place["place"].startswith("main.dial (") and place["opened"] == 2
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("processors,least", [("1", 18), ("8", 1)])
def test_a_crowd_that_asks(http, processors, least):
    """Who made a dialling goroutine is one of many that wait at the same line: it is the same line whichever it was. Where that
    one waits not yet, the place is where Go's library began: among several processors that is the kernel's to say (20 of 20,
    or 7 under load). With one the maker goes on until it waits, and then the made one runs, but where the runtime finds after
    10 ms that the kernel had taken the thread away just between the two."""
    run = harness.run([program("quiz-stripped"), "crowd", http + "/big"],
                      env={"COUNT": "20", "STAY": "2000", "GOMAXPROCS": processors})
    places = {s["place"].split(" (")[0]: s["opened"] for s in run.report["call_sites"]}
    assert set(places) <= {"main.get", "net/http.(*Transport).queueForDial", "net/http.(*Transport).startDialConnForLocked"}
    assert places.get("main.get", 0) >= least and sum(places.values()) == 20


def test_goroutines_by_name(http):
    run = harness.run([program("quiz"), "unread", http + "/big"])
    for c in run.connections:
        serving = [t for t in run.report["threads"] if t["serves"] == [c["id"]] and t["alive"]]
        assert sorted((t["name"], t["role"], t["waiting_in"]) for t in serving) == \
            [("readLoop", "reader", "select"), ("writeLoop", "writer", "select")]
        assert all(t["goid"] and t["pins"] and not t["tid"] for t in serving)
    (main,) = [t for t in run.report["threads"] if t["role"] == "main"]
    assert main["goid"] == 1


def test_idle_reader_is_in_io_wait(http):
    run = harness.run([program("quiz"), "read", http + "/big"])
    (reader,) = [t for t in run.report["threads"] if t["name"] == "readLoop"]
    assert (reader["waiting_in"], reader["waiting_on"]) == ("IO wait", run.connections[0]["id"])


@pytest.mark.parametrize("name", ["quiz", "quiz-static"])
@pytest.mark.parametrize("env", [{"GOGC": "1"}, {"GODEBUG": "clobberfree=1"}, {"GODEBUG": "asyncpreemptoff=1"},
                                 {"GOMAXPROCS": "1"}, {"GOMAXPROCS": "16"}], ids=str)
def test_whatever_the_runtime_does(https, name, env):
    run = harness.both([program(name), "unread", https + "/big"], env=env)
    check(run, *QUIZ["unread", "/big"])


@pytest.mark.parametrize("name", ["storm", "storm-static"])
def test_starts_signals_profile_and_dials_at_once(name):
    """The child of Go's vfork makes its calls in our memory, and starts nothing of ours: no dump but one, and exact counts."""
    run = harness.both([program(name)])
    assert run.out == "bad 0\n"
    assert len(run.dumps()) == 1
    assert run.report["summary"]["sockets"] == 1 + 2 * 600
    assert not run.report["summary"]["leaked"] and not run.report["warnings"]
    assert ("closed", "unused") not in run.verdicts()  # its echo is by splice(2): io.Copy from one TCP connection to another


# ---- live: a running program's goroutines, from outside ------------------------------------------------------

@contextlib.contextmanager
def running(name, *arguments):
    """A recorded program that stays, once it has said how many goroutines it has; and that."""
    folder = harness.new_folder()
    run = subprocess.Popen([harness.CONNLEAK, "run", "-o", folder, "--report-file", "/dev/null", "--", program(name), *arguments],
                           env=harness.environment({"STAY": "60000"}), stdout=subprocess.PIPE, text=True)
    try:
        yield int(run.stdout.readline().split()[1]), int(harness.execute(["pgrep", "-P", str(run.pid)]).stdout)
    finally:
        run.terminate()
        run.wait(20)


@pytest.mark.parametrize("name", PROGRAMS)
def test_goroutines_of_a_running_program(http, name):
    with running(name, "unread", http + "/small") as (goroutines, pid):
        run = harness.report(str(pid), options=["--idle", "0"])
        state = [line for line in open(f"/proc/{pid}/status") if line.startswith("TracerPid")]
    (report,) = run.reports
    assert report["process"]["end"] == "running" and report["summary"]["threads"]["alive"] == goroutines == 13
    assert sum(t["alive"] for t in report["threads"]) == 13
    parked = sorted((t["name"], t["waiting_in"]) for t in report["threads"] if t["alive"])
    assert parked == [("main", "sleep")] + 6 * [("readLoop", "select")] + 6 * [("writeLoop", "select")]
    assert run.verdicts() == {("leaked", "undrained"): 6} and {c["evidence"] for c in run.connections} == {"runtime"}
    assert not report["warnings"] and state == ["TracerPid:\t0\n"]


def test_goroutines_that_ended_and_that_made_no_call(http):
    """The recorder saw six dial, read and write; they are gone. It never saw those that only wait for one another."""
    with running("quiz-static", "closed", http + "/big") as (goroutines, pid):
        closed = harness.report(str(pid)).report
    assert closed["summary"]["threads"]["alive"] == goroutines == 1
    with running("quiz-static", "quiet") as (goroutines, pid):
        quiet = harness.report(str(pid)).report
    waiting = sorted(t["waiting_in"] for t in quiet["threads"] if t["alive"])
    assert goroutines == 41 and waiting == 40 * ["chan receive"] + ["sleep"]
    (main,) = [t for t in quiet["threads"] if t["goid"] == 1]
    assert {t["created_by"] for t in quiet["threads"] if t["alive"] and t is not main} <= {main["id"], None}


def test_goroutines_that_may_not_be_asked_for(http):
    with running("quiz", "unread", http + "/small") as (goroutines, pid):
        run = subprocess.run([harness.CONNLEAK, "report", str(pid)], capture_output=True, text=True, timeout=60,
                             preexec_fn=lambda: forbid(310))
    assert "goroutines are as they were" in run.stdout and "not permitted" in run.stdout


def broken(name, folder, change):
    path = os.path.join(folder, name)
    data = bytearray(open(program(name), "rb").read())
    change(data)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o755)
    return path


def renamed(data):
    """No function of that name: as where an obfuscator, or a future version, calls it otherwise."""
    for name in (b"runtime/internal/syscall.Syscall6\0", b"internal/runtime/syscall.Syscall6\0",
                 b"internal/runtime/syscall/linux.Syscall6\0"):
        at = data.find(name)
        if at >= 0:
            data[at + len(name) - 2] = ord("7")


def filled(data):
    """Behind the system call that ends a process the linker leaves room, which is not the same as ever."""
    ends = bytes.fromhex("b8e70000000f05c3cc")
    assert ends in data
    data[:] = data.replace(ends, ends[:-1] + b"\x90")


@pytest.mark.parametrize("change", [renamed, filled])
def test_unknown_version_is_declined(http, tmp_path, change):
    """Nothing is patched, the program runs, and a line says so."""
    path = broken("quiz-stripped", tmp_path, change)
    run = harness.run([path, "unread", http + "/big"])
    assert (run.status, run.out) == (0, "goroutines 13\n")
    assert "Go program" in run.err
    assert not run.connections
    assert any("not recorded" in w for w in run.report["warnings"])


# ---- static: the launcher puts the dynamic linker beside it ---------------------------------------------------

@pytest.mark.parametrize("how", ["0", "7", "panic", "killed"])
def test_static_program_sees_itself_as_ever(how):
    """Its path, arguments, environment, descriptors, signals, children, tracer, auxiliary vector and end."""
    run = harness.both([program("myself-static"), how, "two words", ""],
                       exits={"panic": 3, "killed": -9}.get(how) or int(how))
    assert run.report["summary"]["sockets"] == 1 and not run.report["warnings"]
    assert run.report["process"]["exe"] == program("myself-static")


def test_static_program_without_a_build_id(https):
    """No note says that it is Go's; its line table does."""
    check(harness.both([program("quiz-static-bare"), "unread", https + "/big"]), *QUIZ["unread", "/big"])


def test_static_program_that_may_not_be_traced(http):
    folder = harness.new_folder()
    run = subprocess.run([harness.CONNLEAK, "run", "-o", folder, "--format", "json", "--report-file", f"{folder}/r", "--",
                          program("quiz-static"), "unread", http + "/big"], capture_output=True, text=True, timeout=60,
                         env=harness.environment(), preexec_fn=lambda: forbid(101))
    assert (run.returncode, run.stdout) == (0, "goroutines 13\n")
    assert "ptrace" in run.stderr and "runs without being recorded" in run.stderr
    (report,) = harness.load(f"{folder}/r")
    assert any("not recorded" in w and "ptrace" in w for w in report["warnings"])


# How a recorded program comes to run a static one: a shell's child and itself, programs that are there to run others,
# Python by vfork, a static Go program by its own.
ANOTHER = {
    "child": ["sh", "-c", '"$@"; echo ended', "-"], "exec": ["sh", "-c", 'exec "$@"', "-"], "env": ["env", "A=b"],
    "timeout": ["timeout", "50"],
    "python": ["/usr/bin/python3", "-c", "import subprocess, sys; subprocess._USE_POSIX_SPAWN = False; sys.exit(subprocess.run(sys.argv[1:]).returncode)"],
    "go": [program("myself-static"), "run"],
}


@pytest.mark.parametrize("how", ANOTHER)
def test_static_program_run_by_another(http, how):
    run = harness.both([*ANOTHER[how], program("quiz-static-stripped"), "unread", http + "/big"])
    (found,) = [r for r in run.reports if r["process"]["exe"].endswith("quiz-static-stripped")]
    assert found["summary"]["leaked"] == 6 and found["summary"]["threads"]["alive"] == 13
    assert not [w for r in run.reports for w in r["warnings"]]


@pytest.mark.parametrize("how", ANOTHER)
def test_static_program_run_by_another_sees_itself_as_ever(how):
    """Who put the dynamic linker beside it is no child of its, traces it no more, and has left no signal."""
    run = harness.both([*ANOTHER[how], program("myself-static"), "3"], same_output=how != "env",
                       exits=0 if how in ("child", "go") else 3)
    assert "children 0" in run.out and "traced by 0" in run.out


def test_static_program_run_by_another_that_keeps_its_tracer(http):
    """PR_SET_PTRACER forgets whom the program had named, and is called only where nothing else helps."""
    folder = harness.new_folder()
    run = subprocess.run([harness.CONNLEAK, "run", "-o", folder, "--report-file", f"{folder}/r", "--format", "json", "--", *ANOTHER["exec"],
                          program("quiz-static-stripped"), "unread", http + "/big"], capture_output=True, text=True, timeout=60,
                         env=harness.environment(), preexec_fn=lambda: forbid(157, 0x59616d61))
    assert (run.returncode, run.stdout) == (0, "goroutines 13\n")
    assert harness.load(f"{folder}/r")[-1]["summary"]["leaked"] == 6


def test_static_program_that_another_may_not_trace(http):
    """It is named at the end, as everything that is run and cannot be recorded."""
    folder = harness.new_folder()
    run = subprocess.run([harness.CONNLEAK, "run", "-o", folder, "--", "sh", "-c", f'{program("quiz-static")} unread {http}/big; :'],
                         capture_output=True, text=True, timeout=60, env=harness.environment(), preexec_fn=lambda: forbid(101))
    assert (run.returncode, run.stdout) == (0, "goroutines 13\n")
    assert "quiz-static is statically linked: it cannot be recorded" in run.stderr


def test_unknown_static_version_is_declined(http, tmp_path):
    path = broken("quiz-static-stripped", tmp_path, renamed)
    run = harness.run([path, "unread", http + "/big"])
    assert (run.status, run.out) == (0, "goroutines 13\n")
    assert "Go program" in run.err and not run.connections
    assert any("not recorded" in w for w in run.report["warnings"])


@pytest.mark.parametrize("name", ["quiz-stripped", "quiz-static-stripped"])
def test_unknown_version_run_by_another_is_named(http, tmp_path, name):
    path = broken(name, tmp_path, renamed)
    run = harness.run(["sh", "-c", f"{path} unread {http}/big; :"])
    assert (run.status, run.out) == (0, "goroutines 13\n")
    assert "a Go program" in run.err and path in run.err
    assert [w for w in run.report["warnings"] if "not recorded" in w and path in w]
