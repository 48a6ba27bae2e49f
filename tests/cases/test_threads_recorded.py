# SPDX-License-Identifier: Apache-2.0
"""Threads: every way to be made, named, joined and ended is recorded, and goes on as without us."""
import os
import subprocess

import pytest

import harness


def run(way, **how):
    return harness.both([harness.victim("threads"), way], **how)


def threads(run, number=0):
    return {t["id"]: t for t in run.reports[number]["threads"]}


def counts(run, number=0):
    summary = run.reports[number]["summary"]["threads"]
    listed = run.reports[number]["threads"]
    assert summary["alive"] == sum(t["alive"] for t in listed)
    return summary["created"], summary["alive"]


# way: created, alive, of the others: joined
ENDS = {
    "return": (1, 1, [True]),
    "pthread_exit": (1, 1, [True]),
    "cancel": (1, 1, [True]),
    "exit": (2, 3, [False, False]),
    "exit-in-thread": (2, 3, [False, False]),
    "joins": (4, 1, [True] * 4),
    "fails": (1, 1, [True]),
}


@pytest.mark.parametrize("way", ENDS)
def test_ends(way):
    created, alive, joined = ENDS[way]
    it = run(way, exits=4 if way == "exit-in-thread" else 0)
    assert counts(it) == (created, alive)
    others = [t for t in threads(it).values() if t["role"] != "main"]
    assert [t["joined"] for t in others] == joined
    assert [t["alive"] for t in others] == [not j for j in joined]


def test_cancelled_in_a_call_runs_its_cleanup_handlers():
    assert run("cancel").out == "cleaned up\n"


def test_main_leaves_and_the_process_stays():
    it = run("main-leaves")
    assert counts(it) == (2, 2)
    main = threads(it)[1]
    assert main["role"] == "main" and not main["alive"] and main["joined"]


def test_detaches():
    """At once by the creator, later, by attribute, by itself."""
    it = run("detaches")
    assert counts(it) == (4, 5)
    assert [t["detached"] for t in threads(it).values()] == [False, True, True, True, True]


def test_c11():
    it = run("c11")
    assert counts(it) == (3, 1)
    assert [(t["joined"], t["detached"]) for t in threads(it).values()][1:] == [(True, False)] * 2 + [(False, True)]


def test_names():
    names = [t["name"] for t in threads(run("names")).values()]
    assert names == ["boss", "by-itself", "by-prctl", "by-its-creator", "boss"]


def test_named_and_detached_while_it_starts():
    it = run("named-at-once")
    assert counts(it) == (301, 302)
    others = list(threads(it).values())[1:-1]
    assert [(t["name"], t["detached"]) for t in others] == [(f"thread-{i}", True) for i in range(300)]


def delayed(tmp_path, call, where, *command):
    """The report of a program in which a system call takes longer; and what strace saw of those calls."""
    folder, strace = harness.new_folder(), harness.which("strace")
    harness.execute([strace, "-f", "-qq", "-o", tmp_path / "log", "-e", f"trace={call}", "-e", f"inject={call}:{where}",
                     "-E", f"LD_PRELOAD={harness.LIBRARY}", "-E", f"CONNLEAK_OUTPUT={folder}", *command],
                    env=harness.environment(), timeout=harness.TIMEOUT, check=True)
    (report,) = harness.report(folder).reports
    return report, (tmp_path / "log").read_text()


def test_named_while_it_asks_for_its_name(tmp_path):
    """By its creator, after the kernel has told the thread what it was called before and before it goes by that."""
    report, log = delayed(tmp_path, "prctl", "delay_exit=2000", harness.victim("threads"), "named-at-once")
    assert log.count("prctl(PR_GET_NAME") > 250
    assert {t["name"] for t in report["threads"]} == {"threads", *(f"thread-{i}" for i in range(300))}


# What takes longer: the end of the dump's making, after what was known has been written into it; and a thread's beginning.
@pytest.mark.parametrize("call,where", [("close", "delay_enter=50000"), ("gettid", "delay_exit=20000")])
def test_first_socket_while_threads_come_and_go(tmp_path, call, where):
    """What is known of threads moves from memory into the dump then."""
    report, log = delayed(tmp_path, call, where, harness.victim("threads_first"))
    assert f"{call}(" in log
    assert report["summary"]["threads"] == {"created": 13, "alive": 1, "pinned": 0}
    others = [t for t in report["threads"] if t["role"] != "main"]
    assert len(others) == 13 and all(t["tid"] and t["joined"] and not t["alive"] for t in others)
    assert not report["warnings"]


def function_names(run, stack):
    return [f["function"] for f in run.report["stacks"][stack]]


def test_creator_and_its_stack():
    it = run("creators")
    one, two = threads(it)[2], threads(it)[3]
    assert (one["created_by"], two["created_by"]) == (1, 2)
    assert function_names(it, one["stack"])[:2] == ["creators", "main"]
    assert function_names(it, two["stack"])[:2] == ["receiver", "create_one"]


def test_child_of_a_fork_in_a_thread_has_threads_of_its_own():
    it = run("forks")
    assert counts(it) == (2, 2)
    assert counts(it, 1) == (1, 2)
    child = threads(it, 1)
    assert child[1]["role"] == "main" and child[2]["waiting_in"] == "recv"


def test_no_stack_is_too_small():
    """The smallest there is, with a larger guard, at the program's own address, and as the default."""
    it = run("stacks")
    assert counts(it) == (4, 1)
    assert any("too little stack left" in w for w in it.report["warnings"])


def test_thousands_come_and_go():
    it = run("many")
    assert counts(it) == (10001, 2)
    assert len(it.report["threads"]) <= 1026  # the last 1,024 that ended, main, and the receiver
    assert os.path.getsize(it.dumps()[0]) < 1000000


def test_pthread_create_of_glibc_2_2_5():
    path = harness.victim("threads_old")
    symbols = subprocess.run(["readelf", "-W", "--dyn-syms", path], capture_output=True, check=True, text=True).stdout
    assert "pthread_create@GLIBC_2.2.5" in symbols
    it = harness.both([path])
    assert counts(it) == (1, 1)
    assert threads(it)[2]["joined"]


# ---- C++ ------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def cxx(tmp_path_factory):
    """Built here: the project itself needs no C++ compiler."""
    path = tmp_path_factory.mktemp("cxx") / "threads_cxx"
    source = harness.ROOT / "tests" / "victims" / "threads_cxx.cpp"
    harness.execute([harness.which("g++"), "-g", "-O1", "-pthread", "-o", str(path), str(source)], check=True)
    return lambda way, **how: harness.both([str(path), way], **how)


def test_std_thread(cxx):
    it = cxx("thread")
    assert it.out == "joined\n"
    assert counts(it) == (2, 2)
    assert threads(it)[2]["joined"] and threads(it)[3]["detached"]
    assert threads(it)[3]["waiting_in"] == "recv"


def test_exception_caught_in_the_thread(cxx):
    it = cxx("exception")
    assert it.out == "destructor\nthrown\n"
    assert counts(it) == (1, 1)


def test_cancellation_runs_destructors(cxx):
    it = cxx("cancel")
    assert it.out == "destructor\n"
    assert counts(it) == (1, 1)


def test_exception_that_leaves_a_thread_terminates_before_it_unwinds(cxx):
    it = cxx("terminate", exits=-6)
    assert it.out == "terminated\n"
    assert it.report["process"]["signal"] == 6
    assert counts(it) == (1, 2)
