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
COPIES |= {"flight_left": {LEFT: 1}, "flight_closed": {CLOSED: 1}, "flight_syscall_left": {LEFT: 1}, "flight_mmsg_left": {LEFT: 1}}

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
    (got,) = [c for c in child["connections"] if c["kind"] == "tcp"]
    assert (got["inherited"], got["bytes_in"]) == (True, 1)
    assert (got["verdict"], got["reason"]) in harness.by_exit(child, ("leaked", "peer-closed"))
    assert parent["process"]["pid"] == child["process"]["ppid"]


# Sends its connection away (to itself, or to a child, which reads so many bytes of it and sends it back), closes it meanwhile, and
# goes on asking.
FLIGHT = """
import array, os, socket, sys
port, reads, again = map(int, sys.argv[1:])
ask = b"GET /fixed?size=10 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
connection = socket.create_connection(("127.0.0.1", port))
one, other = socket.socketpair()

def answer(s):
    got = b""
    while not got.endswith(b"\\r\\n\\r\\n" + b"x" * 10):
        got += s.recv(1000)

connection.sendall(ask)
answer(connection)
if reads:
    connection.sendall(ask)
socket.send_fds(one, [b"x"], [connection.fileno()])
connection.close()
if reads and os.fork() == 0:
    fd, = socket.recv_fds(other, 1, 1)[1]
    back = socket.socket(fileno=fd)
    got = b""
    while len(got) < reads:
        got += back.recv(reads - len(got))
    socket.send_fds(other, [b"x"], [fd])
    os._exit(0)
if reads:
    os.wait()
fd, = socket.recv_fds(one if reads else other, 1, 1)[1]
connection = socket.socket(fileno=fd)
if again < 0:
    connection.close()
for i in range(again):
    connection.sendall(ask)
    if i + 1 < again:
        answer(connection)
os._exit(0)
"""


@pytest.mark.parametrize("again, expected", [
    (0, ("drained", "kept-alive", 1, 1)), (1, ("leaked", "unread", 2, 1)), (3, ("leaked", "unread", 4, 3))])
def test_what_was_closed_while_it_was_sent_is_the_same_connection(server, again, expected):
    run = harness.both(["/usr/bin/python3", "-c", FLIGHT, str(server.port), "0", str(again)])
    (c,) = [c for c in run.connections if c["peer"] and c["kind"] == "tcp"]
    assert (c["verdict"], c["reason"], c["requests"], c["responses"]) == expected
    assert c["role"] == "client" and not c["inherited"] and len(c["fds"]) == 1
    (site,) = [s for s in run.report["call_sites"] if s["stack"] == c["stack"]]
    assert (site["opened"], site["closed"], site["open_now"], site["open_max"]) == (1, 0, 1, 1)


def test_what_another_process_used_meanwhile_is_not_followed(server):
    run = harness.both(["/usr/bin/python3", "-c", FLIGHT, str(server.port), "5", "0"])
    (c,) = [c for c in run.reports[0]["connections"] if c["kind"] == "tcp" and c["peer"]]
    assert (c["verdict"], c["reason"], c["evidence"]) == ("leaked", "undrained", "kernel")
    run = harness.both(["/usr/bin/python3", "-c", FLIGHT, str(server.port), "5", "-1"])
    (c,) = [c for c in run.reports[0]["connections"] if c["kind"] == "tcp" and c["peer"]]
    assert (c["verdict"], c["reason"], c["protocol"]) == ("closed", "unframed", None)


# Of nine descriptors the last two are left: all others were closed.
MANY = """
import fcntl, os, socket, sys
s = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(s.getsockname())
copies = [fcntl.fcntl(c.fileno(), fcntl.F_DUPFD, int(sys.argv[1]) * i) for i in range(1, 9)]
c.close()
for n in copies[:6]:
    os.close(n)
print(*copies[6:], flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("apart", ["1", "50"])
def test_the_descriptors_that_are_left_are_named_however_many_there_were(apart):
    run = harness.both(["/usr/bin/python3", "-c", MANY, apart])
    (client,) = [c for c in run.connections if c["role"] == "client"]
    assert sorted(client["fds"]) == [int(n) for n in run.out.split()]


def test_the_report_names_the_descriptor_that_is_left():
    """Not the first, which was closed after it was copied."""
    program = "import os, socket; s = socket.socket(); n = os.dup(s.fileno()); s.close(); print(n)"
    run = harness.execute([harness.CONNLEAK, "run", "--output", harness.new_folder(), "--", "/usr/bin/python3", "-c", program], check=True)
    assert f", descriptor {run.stdout.split()[0]}\n" in run.stderr
