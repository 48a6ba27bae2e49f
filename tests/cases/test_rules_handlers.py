# SPDX-License-Identifier: Apache-2.0
"""Rules 8, 9 and 12 where they bite: signal handlers that use sockets in the midst of calls, of the recorder and of
malloc, or do not return; forks in the midst of other threads' openings; threads that a timer makes."""
import re

import pytest

import harness
import unwinder

LISTENED, CLOSED = ("closed", "unframed"), ("closed", "never-connected")
UNUSED_CLOSED = ("closed", "unused")


def handlers(situation, **how):
    return harness.both([harness.victim("situations/handlers"), situation], **how)


def test_closes_in_the_midst_of_a_call():
    run = handlers("closes_in_the_midst_of_a_call")
    assert run.out == "-1 4\n" and run.verdicts() == {CLOSED: 1, LISTENED: 1, UNUSED_CLOSED: 2}


def test_leaves_a_call_by_longjmp():
    """And goes on using the very connection."""
    run = handlers("leaves_a_call_by_longjmp")
    assert run.verdicts() == {CLOSED: 1, LISTENED: 3} and not run.report["warnings"]
    assert sorted(c["bytes_in"] for c in run.connections) == [0, 0, 0, 1]


def test_reads_in_the_midst_of_a_read():
    """The handler takes one of three bytes, the read that it interrupted the other two."""
    run = handlers("reads_in_the_midst_of_a_read")
    (client,) = [c for c in run.connections if c["role"] == "client"]
    assert run.out == "2\n" and client["bytes_in"] == 3 and not run.report["warnings"]


def test_forks_in_the_midst_of_a_call():
    """Parent and child return into the same recv(): a byte each, and only the parent's is in the parent's dump. The
    child's was begun by its parent: it only says what it was left."""
    run = handlers("forks_in_the_midst_of_a_call")
    (client,) = [c for c in run.connections if c["role"] == "client"]
    assert run.out == "p\n" and client["bytes_in"] == 1
    child, = run.reports[1:]
    assert {(c["verdict"], c["reason"], c["inherited"]) for c in child["connections"]} == {("open", "inherited", True)}


def test_closes_in_the_midst_of_a_close():
    run = handlers("closes_in_the_midst_of_a_close", same_output=False)
    sockets, interrupted = map(int, re.findall(r"\d+", run.err))
    assert interrupted > 100
    assert run.report["summary"]["sockets"] == run.report["summary"]["closed"] == sockets
    assert all(c["reason"] == "never-connected" for c in run.connections)


def test_opens_in_the_midst_of_an_opening(tmp_path):
    """Under a libunwind that is interrupted, and does not bear to be entered twice."""
    env = unwinder.instead(tmp_path, "if (inside++) raise(SIGKILL); if (before++ == 1) raise(SIGUSR1); inside--;")
    run = handlers("opens_in_the_midst_of_an_opening", same_output=False, env=env)
    assert run.err == "1 handlers\n" and run.verdicts() == {CLOSED: 3}


def test_forks_in_the_midst_of_an_opening():
    """Whatever lock another thread held, nobody holds it in the child, which inherits what was open just then."""
    run = handlers("forks_in_the_midst_of_an_opening")
    assert run.out == "0 of 100 failed\n" and len(run.reports) == 101
    for report in run.reports:
        own = [c for c in report["connections"] if not c["inherited"]]
        assert all(c["verdict"] == "closed" for c in own) and (report is run.report or len(own) == 1)
        assert all(c["verdict"] == "open" for c in report["connections"] if c["inherited"])


def test_forks_while_another_thread_is_in_libunwind(tmp_path):
    """A copy of its memory in which somebody is inside for ever, who is not there: it must not be entered."""
    env = unwinder.instead(tmp_path, "int me = getpid(); if (me != pid) { if (pid && inside) raise(SIGKILL); pid = me; }"
                           "__atomic_fetch_add(&inside, 1, 5); usleep(1000); __atomic_fetch_sub(&inside, 1, 5);")
    run = handlers("forks_in_the_midst_of_an_opening", env=env)
    assert run.out == "0 of 100 failed\n" and any("stacks not taken" in w for r in run.reports for w in r["warnings"])


def test_first_socket_of_all_in_the_midst_of_malloc():
    run = handlers("first_socket_of_all_in_the_midst_of_malloc")
    assert run.out == "0\n" and run.verdicts() == {CLOSED: 1}
    assert "a signal handler" in "\n".join(run.report["warnings"])  # and not that there is no libunwind


def test_first_socket_of_a_thread_in_the_midst_of_malloc():
    run = handlers("first_socket_of_a_thread_in_the_midst_of_malloc")
    assert run.out == "0\n" and run.verdicts() == {CLOSED: 2}


@pytest.mark.parametrize("which, sockets", [("first_socket", 3), ("later_sockets", 4)])
def test_on_an_alternate_stack(which, sockets):
    """Of 8 KiB, as SIGSTKSZ was, with nothing mapped below."""
    run = handlers(f"{which}_on_an_alternate_stack")
    assert run.out == "3\n" and run.verdicts() == {CLOSED: sockets}


def test_the_mask_of_a_forked_child():
    """That of its parent, as ever, also after the child has begun a dump of its own."""
    run = handlers("the_mask_of_a_forked_child")
    assert len(run.reports) == 2 and run.out.startswith("0" * 11 + "1" + "0" * 52 + "\n")


def test_the_mask_of_libcs_own_signals():
    """Which libunwind's way to the kernel would unblock."""
    run = handlers("the_mask_of_libcs_own_signals")
    assert run.out == "1\n" and run.verdicts() == {CLOSED: 2} and all(c["stack"] for c in run.connections)


def test_a_timers_thread():
    """SIGEV_THREAD: libc makes the thread without any call of the program's. What it does on connections of its own,
    and on one that main writes on in turn with it, adds up."""
    run = handlers("a_timers_thread")
    assert run.out == "40\n" and not [w for w in run.report["warnings"] if "not counted" in w]
    (ours,) = [c for c in run.connections if c["role"] == "client" and c["verdict"] == "drained"]
    assert (ours["bytes_out"], run.report["summary"]["sockets"]) == (40, 3 + 3 * 20)
    assert run.verdicts()[("closed", "unframed")] == 1 + 3 * 20


def test_a_handler_that_was_only_set_costs_no_stack():
    run = handlers("accepts_where_a_handler_was_set")
    accepted = [c for c in run.connections if c["role"] == "server"]
    assert len(accepted) == 64 and all(c["stack"] for c in accepted) and not run.report["warnings"]
