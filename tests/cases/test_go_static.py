# SPDX-License-Identifier: Apache-2.0
"""Static Go: the launcher, or who is recorded and runs it, puts the dynamic linker beside it."""
import subprocess

import pytest

import golang
import harness
from seccomp import END, forbid

golang.recorded_or_skip()


@pytest.mark.parametrize("how", ["0", "7", "panic", "killed"])
def test_static_program_sees_itself_as_ever(how):
    """Its path, arguments, environment, descriptors, signals, children, tracer, auxiliary vector and end."""
    run = harness.both([golang.program("myself-static"), how, "two words", ""],
                       exits={"panic": 3, "killed": -9}.get(how) or int(how))
    assert run.report["summary"]["sockets"] == 1
    assert [w for w in run.report["warnings"] if how != "killed" or "when each made its last call" not in w] == []
    assert run.report["process"]["exe"] == golang.program("myself-static")


def test_static_program_without_a_build_id(go_https):
    """No note says that it is Go's; its line table does."""
    golang.check(harness.both([golang.program("quiz-static-bare"), "unread", go_https + "/big"]), *golang.QUIZ["unread", "/big"])


def test_static_program_that_may_not_be_traced(go_http):
    folder = harness.new_folder()
    run = subprocess.run([harness.CONNLEAK, "run", "-o", folder, "--format", "json", "--report-file", f"{folder}/r", "--",
                          golang.program("quiz-static"), "unread", go_http + "/big"], capture_output=True, text=True,
                         timeout=harness.TIMEOUT, env=harness.environment(), preexec_fn=lambda: forbid(101))
    assert (run.returncode, run.stdout) == (0, "goroutines 13\n")
    assert "ptrace" in run.stderr and "runs without being recorded" in run.stderr
    (report,) = harness.load(f"{folder}/r")
    assert any("not recorded" in w and "ptrace" in w for w in report["warnings"])


# How a recorded program comes to run a static one: a shell's child and itself, programs that are there to run others,
# Python by vfork, a static Go program by its own.
ANOTHER = {
    "child": ["sh", "-c", '"$@"; echo ended', "-"], "exec": ["sh", "-c", 'exec "$@"', "-"], "env": ["env", "A=b"],
    "timeout": ["timeout", "500"],
    "python": ["/usr/bin/python3", "-c", "import subprocess, sys; subprocess._USE_POSIX_SPAWN = False; sys.exit(subprocess.run(sys.argv[1:]).returncode)"],
    "go": [golang.program("myself-static"), "run"],
}


@pytest.mark.parametrize("how", ANOTHER)
def test_static_program_run_by_another(go_http, how):
    run = harness.both([*ANOTHER[how], golang.program("quiz-static-stripped"), "unread", go_http + "/big"])
    (found,) = [r for r in run.reports if r["process"]["exe"].endswith("quiz-static-stripped")]
    assert found["summary"]["leaked"] == 6 and found["summary"]["threads"]["alive"] == 13
    assert not [w for r in run.reports for w in r["warnings"]]


@pytest.mark.parametrize("how", ANOTHER)
def test_static_program_run_by_another_sees_itself_as_ever(how):
    """Who put the dynamic linker beside it is no child of its, traces it no more, and has left no signal."""
    run = harness.both([*ANOTHER[how], golang.program("myself-static"), "3"], same_output=how != "env",
                       exits=0 if how in ("child", "go") else 3)
    assert "children 0" in run.out and "traced by 0" in run.out


def test_static_program_run_by_another_that_keeps_its_tracer(go_http):
    """PR_SET_PTRACER forgets whom the program had named, and is called only where nothing else helps."""
    folder = harness.new_folder()
    run = subprocess.run([harness.CONNLEAK, "run", "-o", folder, "--report-file", f"{folder}/r", "--format", "json", "--", *ANOTHER["exec"],
                          golang.program("quiz-static-stripped"), "unread", go_http + "/big"], capture_output=True, text=True,
                         timeout=harness.TIMEOUT, env=harness.environment(), preexec_fn=lambda: forbid(157, 0, 0x59616d61, END))
    assert (run.returncode, run.stdout) == (0, "goroutines 13\n")
    assert harness.load(f"{folder}/r")[-1]["summary"]["leaked"] == 6


def test_static_program_that_another_may_not_trace(go_http):
    """It is named at the end, as everything that is run and cannot be recorded."""
    folder = harness.new_folder()
    run = subprocess.run([harness.CONNLEAK, "run", "-o", folder, "--", "sh", "-c", f'{golang.program("quiz-static")} unread {go_http}/big; :'],
                         capture_output=True, text=True, timeout=harness.TIMEOUT, env=harness.environment(), preexec_fn=lambda: forbid(101))
    assert (run.returncode, run.stdout) == (0, "goroutines 13\n")
    assert "quiz-static is statically linked: it cannot be recorded" in run.stderr


@pytest.fixture(params=["as it is", "by a call"])
def machine(request):
    """The environment of one that lets no program set its thread pointer by an instruction (FSGSBASE), for it is old, or a
    guest's; where this one is such, both are."""
    return {"LD_PRELOAD": harness.victim("unpointed.so")} if request.param == "by a call" else {}


@pytest.mark.parametrize("name", ["quiz-static-stripped", "quiz-pie-alone"])
def test_thread_pointer_set_by_a_call(go_https, name, machine):
    golang.check(harness.both([golang.program(name), "unread", go_https + "/big"], env=machine), *golang.QUIZ["unread", "/big"])


def test_sandboxed(go_ports, machine):
    """Behind a filter that kills whoever sets a thread's pointer by a system call: nobody of ours does."""
    program = golang.built("sandboxed-static", "sandboxed/main.go", env={"CGO_ENABLED": "0"})
    run = harness.both([program, f"127.0.0.1:{go_ports[0]}"], env=machine)
    assert run.out == "ended\n" and {c["verdict"] for c in run.connections} == {"closed"}
    (lost,) = [w for w in run.report["warnings"] if "thread" in w and "seccomp" in w] or [None]
    by_call = bool(machine) or not golang.pointer_by_instruction()
    assert (lost is not None) == by_call and (by_call or len(run.connections) == 9)
