# SPDX-License-Identifier: Apache-2.0
"""What each thread waits in and on is written down before it waits: also SIGKILL leaves it to be read."""
import contextlib
import subprocess
import tempfile

import pytest

import harness
import rest

READERS = ["read", "readv", "preadv2", "recv", "recvfrom", "recvmsg", "recvmmsg", "splice", "poll", "ppoll", "select",
           "pselect", "epoll_wait", "epoll_pwait", "epoll_pwait2", "__read_chk", "__recv_chk", "__recvfrom_chk",
           "__poll_chk", "__ppoll_chk"]
WRITERS = ["write", "writev", "pwritev2", "send", "sendto", "sendmsg", "sendmmsg", "sendfile"]
OTHERS = ["accept", "accept4", "connect"]


def waiter(report):
    (thread,) = [t for t in report["threads"] if t["role"] != "main"]
    return thread


def check(run, call):
    thread, fd = waiter(run.report), int(run.out.split()[-1])
    (on,) = [c for c in run.report["connections"] if c["id"] == thread["waiting_on"]]
    assert thread["alive"] and thread["waiting_in"] == call.removeprefix("__").removesuffix("_chk")
    assert on["fds"] == [fd]
    assert thread["id"] in on["threads"]
    assert thread["created_s"] <= thread["waiting_since_s"] <= run.report["process"]["duration_s"]
    return thread, on


@pytest.mark.parametrize("call", READERS + WRITERS + OTHERS)
def test_killed_in(call):
    run = harness.both([harness.victim("waits"), call, "kill"], exits=-9)
    assert run.report["process"]["signal"] == 9
    thread, on = check(run, call)
    if call in OTHERS:
        assert (thread["role"], thread["pins"]) == ("worker", False)
    else:
        assert (thread["role"], thread["pins"]) == ("writer" if call in WRITERS else "reader", call in READERS)
        assert thread["serves"] == [on["id"]]


@pytest.mark.parametrize("call", ["recv", "send", "poll", "epoll_wait"])
def test_in_a_call_at_exit(call):
    check(harness.both([harness.victim("waits"), call, "exit"]), call)


# ---- who waits decides whether a request is lost ------------------------------------------------------------

WAITS, LOST = ("active", "waiting"), ("leaked", "unread")
# way: what the thread waits in, the number of sockets, on the only one, the verdicts of the connections
ASKS = {
    "nobody": (None, 0, False, [LOST]),
    "recv": ("recv", 1, True, [WAITS]),
    "poll-wake-up": ("poll", 1, True, [WAITS]),
    "poll-two": ("poll", 2, False, [WAITS, WAITS, LOST]),
    "poll-many": ("poll", 7, False, [WAITS] * 6),  # and the socketpair: more than are written down one by one
    "epoll-two": ("epoll_wait", 2, False, [WAITS, WAITS, LOST]),
    "epoll-removed": ("epoll_wait", 1, True, [WAITS, LOST]),
    "epoll-other": ("epoll_wait", 1, False, [LOST]),  # it waits for the socketpair
    "epoll-nested": ("epoll_wait", 0, False, [WAITS]),
}


@contextlib.contextmanager
def asking(server, way, folder):
    process = subprocess.Popen([harness.victim("asks"), way, str(server.port)], stdout=subprocess.PIPE, text=True,
                               env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(folder)}))
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=harness.TIMEOUT)


@pytest.mark.parametrize("way", ASKS)
def test_running_then_killed(server, tmp_path, way):
    call, count, only, verdicts = ASKS[way]
    with asking(server, way, tmp_path) as process:
        harness.until(lambda: rest.arrived(server.port) and rest.asleep(process.pid))
        running = harness.report(process.pid, options=["--idle", "0"]).report
        assert running["process"]["end"] == "running"
    killed = harness.report(*tmp_path.glob("*.dump")).report
    assert killed["process"]["end"] == "killed"
    for report in (running, killed):
        thread = waiter(report)
        asked = [c for c in report["connections"] if c["kind"] == "tcp"]
        assert (thread["waiting_in"], thread["waiting_count"]) == (call, count)
        assert [(c["verdict"], c["reason"]) for c in asked] == verdicts
        assert (thread["waiting_on"] == asked[0]["id"]) == only


def test_a_running_process_is_active_while_there_is_traffic(server, tmp_path):
    with asking(server, "nobody", tmp_path) as process:
        report = harness.report(process.pid, options=["--idle", "60"]).report
    assert [(c["verdict"], c["reason"]) for c in report["connections"] if c["kind"] == "tcp"] == [("active", "traffic")]


def test_how_long_a_killed_program_waited(server):
    """run was there when it was killed, and knows how long its threads had waited by then."""
    command = [harness.victim("transport"), "-w", "1", "-k", "read", f"127.0.0.1:{server.port}"]
    text = harness.execute([harness.CONNLEAK, "run", "--no-keep", "--output", tempfile.gettempdir(), "--", *command]).stderr
    (line,) = [line for line in text.splitlines() if "waits in recv" in line]
    assert line.startswith("  thread 3 'http-reader' started at transport_conn.c:")
    assert line.partition(", ")[2].startswith("waits in recv on connection 1 (drained/kept-alive, 127.0.0.1:")
    assert 1 <= float(line.rpartition(" for ")[2].removesuffix(" s")) < 60


def test_thread_dump_in_the_text_report(server, tmp_path):
    with asking(server, "recv", tmp_path) as process:
        def waits():
            text = harness.execute([harness.CONNLEAK, "report", "--idle", "0", str(process.pid)]).stdout
            lines = [line for line in text.splitlines() if "waits in recv" in line]
            return len(lines) == 1 and " for 0." not in lines[0] and lines[0]
        line = harness.until(waits, every=0.2)  # it counts
    start, _, seconds = line.rpartition(" for ")
    assert start.startswith("  thread 2 'asks' started at asks.c:")
    assert start.endswith(f", waits in recv on connection 3 (active/waiting, 127.0.0.1:{server.port})")
    assert 1 <= float(seconds.removesuffix(" s")) < 60
