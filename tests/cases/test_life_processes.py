# SPDX-License-Identifier: Apache-2.0
"""Rules 5, 6 and 7: vfork, every kind of fork, exec, and who answers for which descriptor."""
import json

import pytest

import harness

LEFT, CLOSED = ("leaked", "never-connected"), ("closed", "never-connected")


def family(situation, **how):
    return harness.both([harness.victim("situations/family"), situation], **how)


def verdicts(report):
    return sorted((c["verdict"], c["reason"], c["inherited"]) for c in report["connections"])


def test_vfork_child_closes_its_own_table():
    run = family("vfork_closes_all")
    assert len(run.reports) == 1 and run.verdicts() == {LEFT: 1}


def test_vfork_child_opens_into_its_own_table():
    run = family("vfork_opens_and_copies")
    assert len(run.reports) == 1 and run.verdicts() == {CLOSED: 1}


def test_vfork_child_execs():
    """Not the parent's exec: that one is killed, with its socket open."""
    run = family("vfork_execs", exits=-9)
    assert len(run.reports) == 1 and run.report["process"]["end"] == "killed" and run.verdicts() == {LEFT: 1}


def test_vfork_in_a_forked_child_leaves_that_one_its_story():
    parent, child = family("fork_then_vfork").reports
    assert verdicts(parent) == [(*CLOSED, False)]
    assert verdicts(child) == [(*LEFT, False), ("open", "inherited", True)]


@pytest.mark.parametrize("asks", ["names", "detaches", "joins"])
def test_forked_child_asks_for_its_own_thread_first(asks):
    """Before it has a dump: the handles that are known are those of the parent's threads."""
    parent, child = family(f"forked_child_{asks}_itself").reports
    assert verdicts(parent) == [(*CLOSED, False)] and child["process"]["exit_status"] == 0
    assert verdicts(child) == [(*LEFT, False), ("open", "inherited", True)]


def test_an_end_of_a_pair_that_a_child_reads_to_its_end():
    """As ssh below sftp: standard input is a socketpair's, which after an exec has no name to tell it by."""
    child = "import os, socket; socket.socket().close(); print(len(os.read(0, 9)), len(os.read(0, 9)), flush=True)"
    parent = f"""if True:
        import socket, subprocess, sys
        ours, theirs = socket.socketpair()
        process = subprocess.Popen([sys.executable, "-c", {child!r}], stdin=theirs)
        theirs.close(); ours.send(b"ab"); ours.close(); process.wait()"""
    run = harness.both(["/usr/bin/python3", "-c", parent])
    assert run.out == "2 0\n"
    (left,) = [c for r in run.reports if r["process"]["pid"] != run.report["process"]["pid"] for c in r["connections"]
               if c["verdict"] != "closed"]
    assert (left["verdict"], left["reason"], left["bytes_in"], left["fds"]) == ("open", "pair", 2, [0])


def test_posix_spawn_closes_in_the_child():
    run = family("spawn")
    assert len(run.reports) == 1 and run.verdicts() == {LEFT: 1}


@pytest.mark.parametrize("way", ["by_fork", "by__Fork", "by_raw_clone", "by_syscall_clone", "by_libc_clone"])
def test_fork(way):
    parent, child = family(way).reports
    assert verdicts(parent) == [(*LEFT, False)]  # what the child closed was the child's
    assert verdicts(child) == [(*LEFT, False)]  # what it closed before it had a dump is nobody's
    assert child["process"]["ppid"] == parent["process"]["pid"] and child["process"]["exit_status"] == 5


def test_a_child_that_uses_what_it_inherited():
    parent, child = family("serves_what_was_accepted").reports
    assert {c["verdict"] for c in parent["connections"]} == {"closed"}
    (it,) = child["connections"]
    assert (it["inherited"], it["bytes_in"]) == (True, 1)
    assert (it["verdict"], it["reason"]) in harness.by_exit(child, ("leaked", "peer-closed"))


def test_a_child_that_touches_nothing_leaves_no_dump():
    run = family("touches_nothing")
    assert len(run.dumps()) == 1 and run.verdicts() == {CLOSED: 1}


def test_daemon_outlives_its_parent():
    run = family("daemon_by_hand")
    assert verdicts(run.report) == [(*CLOSED, False)]
    daemon = next(r for r in run.reports if r is not run.report)
    assert daemon["process"]["end"] in ("running", "exit")

    def ended():
        later = next(r for r in harness.report(run.folder).reports if r["process"]["pid"] == daemon["process"]["pid"])
        return later["process"]["end"] != "running" and later
    later = harness.until(ended)
    assert later["process"]["end"] == "exit" and verdicts(later) == [(*LEFT, False)] * 2


def test_daemon_of_libc():
    """It ends as soon as it has a socket of its own: after the one it inherited was closed there."""
    parent, daemon = family("by_daemon").reports
    assert verdicts(parent) == verdicts(daemon) == [(*LEFT, False)]


def test_posix_spawn_passes_a_socket_on():
    parent, child = family("spawn_passes_it_on").reports
    assert verdicts(parent) == [(*CLOSED, False)]
    assert verdicts(child) == [(*LEFT, False), ("open", "inherited", True)]


def test_thousands_of_children():
    run = family("many_children")
    assert run.out == "0 of 2000 failed\n"
    assert len(run.dumps()) == 1 and run.verdicts() == {LEFT: 1}


def test_exec_closes_by_flag_and_passes_on():
    run = family("exec_keeps_and_closes")
    before, after = run.reports
    assert run.out == "10100"  # kept, and the copy without the flag; the others were closed
    assert sorted((c["verdict"], c["reason"]) for c in before["connections"]) == \
        [("closed", "exec"), ("open", "passed-on"), ("open", "passed-on")]
    assert verdicts(after) == [(*LEFT, False), ("open", "inherited", True), ("open", "inherited", True)]
    assert before["process"]["end"] == "exec" and before["process"]["pid"] == after["process"]["pid"]


def test_what_exec_closes_was_closed_then(server, tmp_path):
    """In both formats that say when, also where an answer was outstanding."""
    code = f"""import os, socket
a, b, c = [socket.create_connection(('127.0.0.1', {server.port})) for i in range(3)]
a.send(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
b.set_inheritable(True)
os.execv('/bin/true', ['true'])"""
    run = harness.run(["/usr/bin/python3", "-S", "-c", code])
    report, end = run.reports[0], run.reports[0]["process"]["duration_s"]
    expected = [("closed-early", end), ("open", None), ("closed", end)]
    assert [(c["verdict"], c["closed_s"]) for c in report["connections"]] == expected
    rows = harness.execute([harness.CONNLEAK, "report", "-f", "rows", run.dumps()[0]]).stdout.splitlines()
    rows = [row for row in map(json.loads, rows) if row["row"] == "connection"]
    assert [(row["verdict"], row["closed_s"]) for row in rows] == expected


@pytest.mark.parametrize("name", ["execve", "execv", "execvp", "execvpe", "execl", "execlp", "execle", "fexecve", "execveat"])
def test_exec_by_each_of_its_names(name):
    before, after = family("by_" + name).reports
    assert before["process"]["end"] == "exec"
    assert [(c["verdict"], c["reason"]) for c in before["connections"]] == [("open", "passed-on"), ("closed", "exec")]
    assert verdicts(after) == [(*LEFT, False), ("open", "inherited", True)]


def test_exec_chain_numbers_its_dumps():
    run = family("after_exec", env={"LEFT": "4"})
    pid = run.report["process"]["pid"]
    names = [path.rsplit("/", 1)[1] for path in run.dumps()]
    assert names == sorted([f"connleak.{pid}.dump"] + [f"connleak.{pid}.{n}.dump" for n in (1, 2, 3)])
    assert [r["process"]["end"] for r in run.reports] == ["exec"] * 3 + ["exit"]
    assert [r["summary"]["sockets"] for r in run.reports] == [1, 2, 3, 4]


def test_failed_exec_changes_nothing():
    run = family("exec_fails")
    assert run.report["process"]["end"] == "exit"
    assert run.verdicts() == {CLOSED: 1, LEFT: 1}
    run = family("exec_fails_and_is_killed", exits=-9)
    assert run.report["process"]["end"] == "killed"
    assert run.verdicts() == {LEFT: 1}
