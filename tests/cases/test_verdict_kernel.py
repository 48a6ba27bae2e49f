# SPDX-License-Identifier: Apache-2.0
"""The rows of the verdicts that need a kernel: each situation ends by exit, by SIGKILL, and not at all."""
import os
import subprocess

import pytest

import harness

# What becomes of the connected end, and of the accepted one. After SIGKILL the kernel cannot be asked:
# where that makes a difference, a second row says which.
IDLE, UNUSED = "drained/kept-alive heuristic", "drained/unused heuristic"
READ, STALE = "drained/kept-alive framing", "drained/stale kernel"
UNWATCHED = "leaked/unwatched kernel"
UNANSWERED, LISTENS = "leaked/unanswered framing", "listening/listening kernel"
SITUATIONS = {
    "never": (["leaked/never-connected kernel"],),
    "pair": (["open/pair kernel", "open/pair kernel"],),
    "datagram": (["open/datagram kernel"],),
    "netlink": (["open/netlink kernel"],),
    "listening": ([LISTENS],),
    "bound": (["leaked/never-connected kernel"],),
    "refused": (["leaked/connect-failed kernel"],),
    "refused_later": (["leaked/connect-failed kernel"],),
    "refused_and_never_asked": (["leaked/never-connected kernel"],),
    # The first fills the listener's queue, and sits idle while the second is opened.
    "still_connecting": ([LISTENS, "drained/bypassed heuristic", "leaked/never-connected kernel"],),
    # epoll says that it is connected, and not of which socket: nobody but the kernel knows.
    "probed": ([LISTENS, UNUSED], [LISTENS, "leaked/never-connected kernel"]),
    "probed_and_closed": ([LISTENS, "closed/unused kernel"],),
    "end_was_read": (["leaked/peer-closed kernel"],),
    "end_was_peeked_at": (["leaked/peer-closed kernel"],),
    "end_was_not_read": ([STALE], [UNUSED]),
    "reset_was_read": (["leaked/errored kernel"],),
    "broken_pipe": (["leaked/errored kernel"],),
    "unused": ([UNUSED, UNWATCHED],),
    "unframed": ([IDLE, IDLE],),
    "unframed_unread": (["leaked/unread kernel", UNWATCHED], [UNUSED, UNWATCHED]),
    "unframed_undrained": (["leaked/undrained kernel", UNWATCHED], [IDLE, UNWATCHED]),
    "asked": (["leaked/unread framing", UNANSWERED],),
    "unread": (["leaked/unread framing", READ],),
    "undrained": (["leaked/undrained framing", UNANSWERED],),
    "answered": ([READ, READ],),
    "asked_twice": (["leaked/unread framing", UNANSWERED],),
    "last": (["leaked/peer-closed framing", "leaked/peer-closed framing"],),
    "client_gone": (["closed/drained framing", "leaked/peer-closed kernel"], ["closed/drained framing", READ]),
    "client_gone_and_watched": (["closed/drained framing", STALE], ["closed/drained framing", READ]),
    "closed_early_unread": (["closed-early/unread framing", "leaked/peer-closed kernel"],
                            ["closed-early/unread framing", READ]),
    "closed_early_undrained": (["closed-early/undrained framing", UNANSWERED],),
    "closed_answered": (["closed/drained framing", "closed/drained framing"],),
    "closed_unframed": (["closed/unframed kernel", "closed/unframed kernel"],),
    "closed_at_the_end": (["closed/peer-closed kernel", "closed-early/unread framing"],),
    "closed_after_reset": (["closed/errored kernel"],),
}
# Told of the end, or of an error, and ended right then: the exit closed it. One that was kept from running between the two
# for that long, by other processes, may be one that went on.
RIGHT_THEN = 0.1  # seconds, as judge/told.c has it
BY_EXIT = {"end_was_read", "end_was_peeked_at", "reset_was_read", "broken_pipe", "last"}
# Sockets that a situation needed on the way, and put away again.
ASIDE = {"closed/unframed kernel", "closed/unused kernel"}


def found(run, situation):
    """In the order of opening, which is: connected, accepted; without the listener of the pair."""
    said = [f"{c['verdict']}/{c['reason']} {c['evidence']}" for c in run.report["connections"]]
    wanted = SITUATIONS[situation][0]
    while len(said) > len(wanted) and set(said) & ASIDE:
        said.remove(next(v for v in said if v in ASIDE))
    return said


@pytest.mark.parametrize("situation", SITUATIONS)
def test_exit(situation):
    run = harness.both([harness.victim("verdicts"), situation, "exit"])
    assert (run.status, run.out) == (0, "ready\n"), run.err
    told = ["closed/by-exit kernel"] if situation in BY_EXIT else []
    went_on = told and run.report["process"]["duration_s"] > RIGHT_THEN and found(run, situation) == SITUATIONS[situation][0]
    assert went_on or found(run, situation) == told + SITUATIONS[situation][0][len(told):]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_killed(situation):
    run = harness.run([harness.victim("verdicts"), situation, "kill"])
    assert (run.status, run.out) == (137, "ready\n"), run.err
    assert found(run, situation) == SITUATIONS[situation][-1]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_running(situation, tmp_path):
    """Where nothing counts as traffic just now, what it sits there with is judged as at its end."""
    with subprocess.Popen([harness.victim("verdicts"), situation, "pause"], stdout=subprocess.PIPE, text=True,
                          env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)})) as victim:
        try:
            assert victim.stdout.readline() == "ready\n"
            at_once = harness.report(victim.pid, options=["--idle", "1000"])
            idle = harness.report(victim.pid, options=["--idle", "0"])
        finally:
            victim.kill()
    assert idle.report["process"]["end"] == "running"
    assert found(idle, situation) == SITUATIONS[situation][0]
    # Traffic just now is in use, but for what is known to be over, closed, or no connection.
    for now, later in zip(found(at_once, situation), found(idle, situation)):
        over = later.split("/")[0] in ("closed", "closed-early", "open", "listening") or \
            later.split()[0] in ("leaked/connect-failed", "leaked/errored") or \
            (later.split()[0] == "leaked/peer-closed" and situation not in ("client_gone", "closed_early_unread"))
        assert now == (later if over else "active/traffic kernel")


SENDS = """if 1:
    import fcntl, os, socket, sys, termios, threading, time
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    client.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    server = listener.accept()[0]
    server.recv(99)
    server.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 90000000\\r\\n\\r\\n")
    threading.Thread(target=server.sendall, args=(bytes(90000000),), daemon=True).start()
    while int.from_bytes(fcntl.ioctl(client, termios.FIONREAD, bytes(4)), sys.byteorder) < 100000:
        time.sleep(0.01)
    os._exit(0)
"""


def test_who_waits_for_room_to_send_is_at_work():
    """The kernel has counted more than the send has returned: the framing is not believed, and the call is."""
    run = harness.both(["/usr/bin/python3", "-S", "-c", SENDS])
    server, = (c for c in run.report["connections"] if c["role"] == "server")
    assert (server["verdict"], server["reason"], server["evidence"]) == ("active", "waiting", "kernel")


HANDED_ON = """if 1:
    import os, socket, sys
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    if os.fork() == 0:
        s.listen() if sys.argv[1] == "listens" else None
        os._exit(0)
    os.wait()
    os._exit(0)
"""


@pytest.mark.parametrize("child, expected", [("listens", "listening/listening"), ("does not", "leaked/never-connected")])
def test_what_was_bound_for_a_child(child, expected):
    """It is one socket: on what the starter binds and never touches again, its worker listens."""
    bound, = harness.both(["/usr/bin/python3", "-S", "-c", HANDED_ON, child]).report["connections"]
    assert f"{bound['verdict']}/{bound['reason']}" == expected


TOLD_AND = """if 1:
    import os, socket, sys, time
    listener = socket.create_server(("127.0.0.1", 0))
    kept, told = (socket.create_connection(listener.getsockname()) for _ in range(2))
    listener.accept()[0]  # and closed
    other = listener.accept()[0]
    other.close()
    told.recv(1)
    {then}
    os._exit(0)
"""
COMPUTES = "until = time.monotonic() + {seconds}\n    while time.monotonic() < until: pass"


@pytest.mark.parametrize("then, others, expected", [
    (COMPUTES.format(seconds=.2), 6, "closed/by-exit"), (COMPUTES.format(seconds=.7), 20, "closed/by-exit"),
    ("time.sleep(1)", 6, "leaked/peer-closed")], ids=["computes", "computes-long", "sleeps"])
def test_told_and_kept_from_ending(then, others, expected):
    """On a processor that others want, too, it takes longer to end; that it slept is its own doing."""
    allowed = os.sched_getaffinity(0)
    one = {min(allowed)}
    spinners = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"], preexec_fn=lambda: os.sched_setaffinity(0, one))
                for _ in range(others)]
    try:
        os.sched_setaffinity(0, one)
        run = harness.run(["/usr/bin/python3", "-S", "-c", TOLD_AND.format(then=then)])
    finally:
        os.sched_setaffinity(0, allowed)
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
    assert run.status == 0, run.err
    told = run.report["connections"][2]
    assert f"{told['verdict']}/{told['reason']}" == expected
