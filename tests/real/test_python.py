# SPDX-License-Identifier: Apache-2.0
"""Debian's python3: the standard library, requests, urllib3, asyncio; forks and vforks in between."""
import os

import pytest

import harness
from programs import PYTHON, nothing_left, tcp, verdicts

THREE_SESSIONS = """
import os, requests, signal, sys
sessions = [requests.Session() for _ in range(3)]
for s in sessions:
    assert len(s.get(sys.argv[1]).content) == 100
sessions[1].close()
sys.stdout.write("done\\n"); sys.stdout.flush()
"""


def python(script, server, *arguments, path="/fixed?size=100", start=harness.both, **how):
    return start([PYTHON, "-c", script, f"http://127.0.0.1:{server.port}{path}", *arguments], **how)


# Two that idle side by side are no more than bypassed: a pool of three would be needed to say abandoned.
ONE_CLOSED = [("drained", "bypassed"), ("closed", "drained"), ("drained", "kept-alive")]


def check_three_sessions(run, server):
    assert run.out == "done\n"
    assert [(c["verdict"], c["reason"]) for c in tcp(run.report)] == ONE_CLOSED
    for c in tcp(run.report):
        assert c["peer"] == c["host"] == f"127.0.0.1:{server.port}"
        assert (c["role"], c["protocol"], c["evidence"]) == ("client", "http/1.1", "framing")
        assert (c["requests"], c["responses"], c["body_received"], c["body_expected"]) == (1, 1, 100, 100)
        stack = run.report["stacks"][str(c["stack"])]
        assert (stack[-1]["language"], stack[-1]["file"], stack[-1]["line"]) == ("python", "<string>", 5)
        assert c["opened_s"] <= c["connected_s"] <= c["last_write_s"] <= c["last_read_s"]
        assert (c["closed_s"] is not None) == (c["verdict"] == "closed")


def test_three_sessions_one_closed(server):
    run = python(THREE_SESSIONS + "os._exit(0)", server)
    check_three_sessions(run, server)
    assert {c["state"] for c in tcp(run.report)} == {"ESTABLISHED", None}
    assert run.report["process"]["end"] == "exit"


def test_three_sessions_killed(server):
    """SIGKILL: the same facts, but for those that only the kernel had."""
    run = python(THREE_SESSIONS + "os.kill(os.getpid(), signal.SIGKILL)", server, start=harness.run)
    assert run.status == 128 + 9
    check_three_sessions(run, server)
    assert (run.report["process"]["end"], run.report["process"]["signal"]) == ("killed", 9)


def test_three_sessions_that_the_interpreter_closes(server):
    """A python that ends in good order closes what its module still holds: nobody else had."""
    run = python(THREE_SESSIONS, server)
    assert [(c["verdict"], c["reason"]) for c in tcp(run.report)] == ONE_CLOSED
    assert [c["teardown"] for c in tcp(run.report)] == [True, False, True]


HTTP_CLIENT = """
import http.client, os, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1]); kept = []
for n in range(4):
    c = http.client.HTTPConnection(url.netloc); c.request(sys.argv[2], url.path + "?" + url.query)
    r = c.getresponse(); kept += [c, r]
    if sys.argv[3] == "read": r.read()
    if sys.argv[3] == "some": r.read(10)
os._exit(0)
"""


@pytest.mark.parametrize("method, how, path, expected", [
    ("GET", "read", "/fixed?size=100", {"leaked/abandoned": 4}),
    ("GET", "read", "/chunked?size=100", {"leaked/abandoned": 4}),
    ("HEAD", "none", "/fixed?size=100", {"leaked/abandoned": 4}),
    ("GET", "some", "/fixed?size=300000", {"leaked/undrained": 4}),
    ("GET", "none", "/fixed?size=300000", {"leaked/undrained": 4}),
    ("GET", "read", "/last?size=100", {"closed/drained": 4}),  # http.client closes when told to
    ("GET", "read", "/close?size=100", {"closed/drained": 4}),
    ("GET", "none", "/stall?size=9000&sent=10", {"leaked/undrained": 4}),
])
def test_http_client(server, method, how, path, expected):
    run = python(HTTP_CLIENT, server, method, how, path=path)
    assert verdicts(run.report) == expected


URLLIB3 = """
import os, sys, urllib3
pool = urllib3.PoolManager(maxsize=2); kept = []
for n in range(5):
    kept.append(pool.request("GET", sys.argv[1], preload_content=sys.argv[2] == "read"))
    if sys.argv[2] == "released": kept[-1].read(); kept[-1].release_conn()
os._exit(0)
"""


@pytest.mark.parametrize("how, size, expected", [
    ("read", 300000, {"drained/kept-alive": 1}),
    ("released", 300000, {"drained/kept-alive": 1}),
    ("unread", 300000, {"leaked/undrained": 5}),
])
def test_urllib3(server, how, size, expected):
    run = python(URLLIB3, server, how, path=f"/fixed?size={size}")
    assert verdicts(run.report) == expected


ASYNCIO = """
import asyncio, os, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
async def one(kept):
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(b"GET %s HTTP/1.1\\r\\nHost: h.example\\r\\n\\r\\n" % sys.argv[2].encode())
    await reader.readuntil(b"\\r\\n\\r\\n")
    await reader.readexactly(100)
    if sys.argv[3] == "close": writer.close(); await writer.wait_closed()
    kept.append(writer)
async def main():
    kept = []; await asyncio.gather(*(one(kept) for _ in range(5)))
    if sys.argv[3] != "close": os._exit(0)
asyncio.run(main())
"""


def test_asyncio_streams_closed(server):
    run = python(ASYNCIO, server, "/fixed?size=100", "close")
    assert verdicts(run.report) == {"closed/drained": 5}
    nothing_left(run)


def test_asyncio_streams_left(server):
    """The stall never ends: five answers begun, and a loop that is gone with the process."""
    run = python(ASYNCIO, server, "/stall?size=200&sent=100", "leave")
    assert verdicts(run.report) == {"leaked/undrained": 5}


SUBPROCESS = """
import os, requests, subprocess, sys
s = requests.Session(); s.get(sys.argv[1])
for n in range(4):  # by vfork, in our memory: closes every descriptor there, and is none of our closes
    subprocess.run(["/bin/true"], check=True, close_fds=n % 2 == 0)
    s.get(sys.argv[1])
r = os.fork()
if r == 0: os._exit(0)
os.waitpid(r, 0)
s.get(sys.argv[1])
os._exit(0)
"""


def test_children_close_nothing_of_ours(server):
    run = python(SUBPROCESS, server)
    assert verdicts(run.report) == {"drained/kept-alive": 1}
    connection, = tcp(run.report)
    assert (connection["requests"], connection["responses"]) == (6, 6)
    # Of the children that open no socket only the forked one leaves a dump: it was left the session's connection, which
    # /bin/true, spawned without its descriptors or with them closed by exec, was not.
    child, = run.reports[1:]
    assert [(c["verdict"], c["reason"]) for c in child["connections"]] == [("open", "inherited")]


CHILD_WORKS = """
import os, socket, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
s = socket.create_connection((url.hostname, url.port))
s.sendall(b"GET /fixed?size=100 HTTP/1.1\\r\\nHost: h.example\\r\\n\\r\\n")
pid = os.fork()
if pid == 0:
    while len(s.recv(4096)) == 4096: pass
    os._exit(0)
os.waitpid(pid, 0)
os._exit(0)
"""


def test_each_process_answers_for_its_own_descriptors(server):
    """The child reads what its parent asked for. The parent cannot know, and its kernel sees nothing left."""
    run = python(CHILD_WORKS, server)
    assert len(run.reports) == 2
    child = next(r for r in run.reports if r["process"]["ppid"] == run.report["process"]["pid"])
    inherited, = tcp(child)
    assert inherited["inherited"] and inherited["verdict"] == "drained"
    parents, = tcp(run.report)
    assert (parents["verdict"], parents["evidence"]) == ("drained", "heuristic")


def test_a_program_without_sockets_leaves_no_file():
    run = harness.both([PYTHON, "-c", "print(sum(range(1000)))"])
    assert run.dumps() == []
    assert run.report["summary"]["sockets"] == 0


def test_a_program_without_sockets_pays_next_to_nothing():
    """In page faults, which do not depend on how busy a machine is (time: tests/bench): some 30 for the library; the
    unwinder and a dump, which only a socket needs, are 150 more."""
    def faults(env):
        child = os.posix_spawn("/bin/true", ["true"], {**os.environ, **env})
        _, status, used = os.wait4(child, 0)
        assert status == 0
        return used.ru_minflt

    alone, with_us = (min(faults(env) for _ in range(5)) for env in ({}, {"LD_PRELOAD": harness.LIBRARY}))
    assert 0 < with_us - alone <= 60
