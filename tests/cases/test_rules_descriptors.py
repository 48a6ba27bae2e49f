# SPDX-License-Identifier: Apache-2.0
"""Rules 2, 3 and 4: how a descriptor is copied and closed, seen and unseen."""
import pytest

import harness

LEFT, CLOSED, UNSEEN = ("leaked", "never-connected"), ("closed", "never-connected"), ("closed", "unseen")

COPIES = {
    "dup2_itself": {CLOSED: 1},
    "dup2_itself_left": {LEFT: 1},
    "dup2_over": {CLOSED: 1, LEFT: 1},
    "dup2_file_over": {CLOSED: 1},
    "dup2_fails": {LEFT: 1},
}
for way in ("by_dup", "by_dup2", "by__dup2", "by_dup3", "by_dupfd", "by_dupfd_cloexec", "by_fcntl64",
            "by_syscall_dup", "by_syscall_dup3", "by_syscall_fcntl", "by_pidfd_getfd"):
    COPIES[way + "_left"] = {LEFT: 1}
    COPIES[way + "_closed"] = {CLOSED: 1}
COPIES["passed_left"] = {LEFT: 1}  # SCM_RIGHTS to itself; the socketpair it went through is "open"
COPIES["passed_closed"] = {CLOSED: 1}

CLOSERS = {name: {CLOSED: 1} for name in (
    "by_close", "by__close", "by_syscall", "by_syscall_range", "by_fclose", "by_freopen", "by_freopen_null",
    "by_freopen_failing", "by_range_unshared", "by_closefrom", "by_dup2", "used_after_close",
    "closed_twice_by_threads_of_one_number")}
CLOSERS |= {name: {LEFT: 1} for name in ("not_by_cloexec_range", "not_by_wrong_flags", "not_by_wrong_order")}
CLOSERS["by_range"] = {CLOSED: 2}
CLOSERS |= {
    "unseen_then_reused": {UNSEEN: 1, LEFT: 1},
    "unseen_then_a_file": {UNSEEN: 1},
    "unseen_then_a_file_is_written": {UNSEEN: 1},
    "unseen_then_a_pipe_is_written": {UNSEEN: 1},
    "unseen_at_the_end": {UNSEEN: 1},
    "unseen_but_a_copy_is_left": {LEFT: 1},
    "unseen_with_its_copy": {UNSEEN: 1},
    "unseen_by_deepbind": {CLOSED: 1},  # which is pointed at our close
    "unseen_copy_is_reused": {CLOSED: 1},
}


@pytest.mark.parametrize("situation", COPIES)
def test_copies(situation):
    assert harness.both([harness.victim("situations/copies"), situation]).verdicts() == COPIES[situation]


@pytest.mark.parametrize("situation", CLOSERS)
def test_closers(situation):
    run = harness.both([harness.victim("situations/closers"), situation], env={"PLUGIN": harness.victim("situations/plugin.so")})
    assert run.verdicts() == CLOSERS[situation]
    assert not [c for c in run.connections if c["bytes_in"] or c["bytes_out"]]  # whatever its number was used for


@pytest.mark.parametrize("situation, expected", [
    ("then_reused", {UNSEEN: 1, LEFT: 1}), ("then_a_file", {UNSEEN: 1}), ("at_the_end", {UNSEEN: 3, LEFT: 3})])
def test_closed_by_io_uring(situation, expected):
    command = [harness.victim("situations/uring"), situation]
    alone = harness.native(command)
    if alone.status == 77:
        pytest.skip(f"the kernel refuses io_uring: {alone.out.strip()}")
    assert harness.both(command).verdicts() == expected


@pytest.mark.parametrize("call", ["recvmsg", "recvmmsg", "syscall_recvmsg", "syscall_recvmmsg"])
def test_what_was_received_is_listed_where_it_was_received(call):
    left = harness.both([harness.victim("situations/copies"), call + "_left"])
    got = [c for c in left.report["connections"] if c["kind"] == "tcp"]
    assert [(c["verdict"], c["reason"], c["inherited"]) for c in got] == [("open", "inherited", True)] * 4
    text = " ".join(harness.execute([harness.CONNLEAK, "report", *left.dumps()]).stdout.split())
    assert "4 tcp sockets, inherited: this place received 4 and closed 0; it grows at pass (" in text
    closed = harness.both([harness.victim("situations/copies"), call + "_closed"])
    assert {(c["verdict"], c["reason"]) for c in closed.report["connections"] if c["kind"] == "tcp"} == {("closed", "unused")}


def test_a_socket_passed_to_another_process_is_its_own_there():
    run = harness.both([harness.victim("situations/copies"), "passed_to_child"])
    parent, child = run.reports
    assert run.verdicts() == {("closed", "unused"): 1, ("closed", "unframed"): 2}
    got = [c for c in child["connections"] if c["kind"] == "tcp"]
    assert [(c["verdict"], c["reason"], c["inherited"], c["bytes_in"]) for c in got] == \
        [("closed", "by-exit", True, 1)]
    assert parent["process"]["pid"] == child["process"]["ppid"]


def test_the_report_names_the_descriptor_that_is_left():
    """Not the first, which was closed after it was copied."""
    program = "import os, socket; s = socket.socket(); n = os.dup(s.fileno()); s.close(); print(n)"
    run = harness.execute([harness.CONNLEAK, "run", "--output", harness.new_folder(), "--", "/usr/bin/python3", "-c", program], check=True)
    assert f", descriptor {run.stdout.split()[0]}\n" in run.stderr
