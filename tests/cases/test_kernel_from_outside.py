# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of a running process's sockets: asked one by one, and where that is not permitted, from its tables."""
import json
import os
import socket
import subprocess

import pytest

import harness
import stopped

# Each with another state or another queue. Who is not dumpable may be traced by nobody but root.
SERVER = """if 1:
    import ctypes, fcntl, socket, struct, sys, termios, time
    ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE
    family, any = (socket.AF_INET6, "::1") if sys.argv[1] == "tcp6" else (socket.AF_INET, "127.0.0.1")
    listener = socket.socket(family); listener.bind((any, 0)); listener.listen()
    def pair():
        client = socket.socket(family); client.connect(listener.getsockname())
        return client, listener.accept()[0]
    _, unread, ended, gone, full = kept = [pair() for _ in range(5)]
    unread[1].sendall(b"x" * 123)
    ended[1].sendall(b"x" * 45); ended[1].shutdown(socket.SHUT_WR)
    gone[1].sendall(b"x"); gone[0].recv(1); gone[1].shutdown(socket.SHUT_WR); gone[0].recv(1)
    waiting = socket.socket(family); waiting.connect(listener.getsockname())  # in the listener's queue
    full[0].setblocking(False)
    try:
        while True: full[0].send(b"x" * 65536)
    except BlockingIOError: pass
    def queued(s): return struct.unpack("i", fcntl.ioctl(s, termios.FIONREAD, bytes(4)))[0]
    while queued(unread[0]) < 123 or queued(full[1]) < 4096: time.sleep(0.01)  # it arrives when the kernel gets to it
    print("ready", flush=True)
    sys.stdin.read()"""

# Root is permitted, but for what it gives away.
UNPERMITTED = ["setpriv", "--bounding-set", "-sys_ptrace"] if os.geteuid() == 0 else []


@pytest.fixture(params=["tcp", "tcp6"])
def process(request, tmp_path):
    if request.param == "tcp6":
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as e:
            pytest.skip(f"there is no IPv6 here: {e}")
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)})
    with subprocess.Popen(["/usr/bin/python3", "-S", "-c", SERVER, request.param], env=env, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        yield next(tmp_path.glob("*.dump"))
        process.stdin.close()


def seen(report):
    return {c["id"]: (c["state"], c["queued"], c["verdict"], c["reason"]) for c in report["connections"]}


def report(dump, before):
    return json.loads(harness.execute([*before, harness.CONNLEAK, "report", "--idle", "1000", "-f", "json", str(dump)]).stdout)


def test_the_tables_say_the_same(process):
    looks = []

    def settled():
        """acknowledgements are under way"""
        looks[:] = [report(process, before) for before in ([], UNPERMITTED)]
        return seen(looks[0]) == seen(looks[1]) and "FIN_WAIT1" not in json.dumps(looks)
    harness.until(settled)
    asked, read = looks
    warning, = [w for w in read["warnings"] if "one by one" in w]
    assert f"state and queues are those of /proc/{read['process']['pid']}/net/tcp" in warning
    assert asked["warnings"] == ([] if os.geteuid() == 0 else [warning])
    states = sorted((c["state"], c["queued"]) for c in read["connections"] if c["state"])
    full = max(states, key=lambda s: s[1] or 0)
    assert full[0] == "ESTABLISHED" and full[1] >= 4096  # how many a kernel takes for who does not read is its own affair
    assert [s for s in states if s != full and s[1] != 0] == [("CLOSE_WAIT", 45), ("ESTABLISHED", 123), ("LISTEN", None)]
    assert sorted(s[0] for s in states) == sorted(["LISTEN", "CLOSE_WAIT", "CLOSE_WAIT", "FIN_WAIT2", "FIN_WAIT2"] +
                                                  ["ESTABLISHED"] * (len(states) - 5))


# Ids from 256 on have no inode: their first connection is asked under a number alone.
GOES_ON = """if 1:
    import ctypes, socket, sys
    ctypes.CDLL(None).prctl(4, 0)
    for _ in range(int(sys.argv[1])): socket.socket().close()
    listener = socket.create_server(("127.0.0.1", 0))
    def pair():
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]
    asked, asks = pair()
    asked.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    asks.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello")
    number, port = asked.fileno(), asked.getsockname()[1]
    print(port, flush=True)
    sys.stdin.readline()
    asked.close()
    if sys.argv[2] == "reused":
        other, peer = pair()
        peer.sendall(b"seven b")
        assert other.fileno() == number
    print("done", flush=True)
    sys.stdin.read()"""


@pytest.mark.parametrize("form, before", [("json", []), ("json", UNPERMITTED), ("text", [])], ids=["asked", "tables", "kept"])
@pytest.mark.parametrize("number", ["closed", "reused"])
@pytest.mark.parametrize("sockets", [0, 300], ids=["inode", "number"])
def test_what_is_closed_before_it_is_asked_is_told_as_it_was_read(sockets, number, form, before, tmp_path):
    """The reader is stopped between the dump and the kernel: an answer is outstanding, and the connection is closed."""
    env = harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)})
    with subprocess.Popen(["/usr/bin/python3", "-S", "-c", GOES_ON, str(sockets), number], env=env, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        port = int(process.stdout.readline())

        def go_on():
            os.write(process.stdin.fileno(), b"\n")
            assert process.stdout.readline() == b"done\n"
        try:
            run = stopped.behind("pidfd_open", 1, [*before, harness.CONNLEAK, "report", "--idle", "0.000001", "-f", form,
                                                   tmp_path], tmp_path / "log", go_on)
        finally:
            process.kill()
    if form == "text":
        assert ": 1 leaked, unread\n" in run.stdout
        return
    one, = [c for c in json.loads(run.stdout)["connections"] if (c["local"] or "").endswith(f":{port}")]
    assert (one["verdict"], one["reason"], one["state"], one["queued"]) == ("leaked", "unread", None, None)
