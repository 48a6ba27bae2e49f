# SPDX-License-Identifier: Apache-2.0
"""A report of a process that goes on opening and closing connections meanwhile does not contradict itself."""
import collections
import json
import re
import subprocess

import pytest

import harness
import stopped

# More than the analyzer keeps in memory (base/spill.h); slots are used again all the time.
CHURN = """
import socket, sys, threading
address, kept, ends = ("127.0.0.1", int(sys.argv[1])), [], []

def churn():
    while not ends:
        s = socket.create_connection(address)
        s.sendall(b"GET /fixed?size=5 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        s.recv(1000)
        s.close()

for _ in range(1500):
    socket.socket().close()
threads = [threading.Thread(target=churn) for _ in range(2)]
for t in threads:
    t.start()
print("ready", flush=True)
sys.stdin.read()
ends.append(1)
for t in threads:
    t.join()
"""
VERDICTS = ["closed", "closed_early", "active", "drained", "leaked", "listening", "open"]


@pytest.fixture
def churning(server, tmp_path):
    process = subprocess.Popen(["/usr/bin/python3", "-S", "-c", CHURN, str(server.port)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, env=harness.environment({
                                   "LD_PRELOAD": str(harness.LIBRARY), "CONNLEAK_OUTPUT": str(tmp_path), "CONNLEAK_HISTORY": "1400"}))
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.communicate(timeout=harness.TIMEOUT)
    assert process.returncode == 0


def test_of_a_process_that_goes_on(churning):
    for _ in range(8):
        report = json.loads(harness.execute([harness.CONNLEAK, "report", "-f", "json", str(churning.pid)], check=False).stdout)
        summary, connections = report["summary"], report["connections"]
        ids = [c["id"] for c in connections]
        listed = collections.Counter(c["verdict"].replace("-", "_") for c in connections)
        listed["closed"] += summary["unlisted"]
        assert report["process"]["end"] == "running" and len(ids) > 1024 and ids == sorted(set(ids))
        assert {v: summary[v] for v in VERDICTS} == {v: listed[v] for v in VERDICTS}
        assert summary["sockets"] == len(connections) + summary["unlisted"]
        assert sum(c["requests"] for c in connections) <= summary["requests"]
        for key in ["closed", "closed_early", "drained", "leaked"]:
            assert sum(site[key] for site in report["call_sites"]) == summary[key], key
        threads = {t["id"] for t in report["threads"]}
        assert all(set(c["threads"]) <= threads for c in connections)
        assert all(c["stack"] in report["stacks"] for c in connections)


ENDS = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))

def pair():
    client = socket.create_connection(listener.getsockname())
    return client, listener.accept()[0]

one = pair()
one[1].sendall(100 * b"x")
print("ready", flush=True)
sys.stdin.read()
two = [pair() for _ in range(3)]
os._exit(3)
"""


def reads(log):
    return re.findall(r"pread64\(.*, (\d+), (\d+)\) = \d+", log.read_text())


@pytest.mark.parametrize("where", ["behind its connections", "behind all of it"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_of_a_process_that_ends_while_it_is_read(where, form, tmp_path):
    """The reader is stopped at one of its reads, and the process ends meanwhile: nothing of the report is from before."""
    log, report = tmp_path / "log", [harness.CONNLEAK, "report", "-f", form, str(tmp_path)]
    process = subprocess.Popen(["/usr/bin/python3", "-S", "-c", ENDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=harness.environment({"LD_PRELOAD": harness.LIBRARY, "CONNLEAK_OUTPUT": str(tmp_path)}))
    assert process.stdout.readline() == b"ready\n"
    harness.execute([harness.which("strace"), "-f", "-o", log, "-e", "trace=pread64", *report])
    connections, its = next(i for i, r in enumerate(reads(log)) if int(r[0]) > 60000), ("512", "128")
    last = len(reads(log)) - 1 - reads(log)[::-1].index(its)
    assert connections + 2 < last
    at = 1 + (last if where == "behind all of it" else connections + 2)

    def end():
        assert len(reads(log)) == at
        process.communicate(timeout=harness.TIMEOUT)
    says, after = stopped.behind("pread64", at, report, log, end), harness.execute(report)
    assert (process.returncode, says.returncode, says.stdout) == (3, after.returncode, after.stdout)
    assert form == "text" or json.loads(says.stdout)["process"]["exit_status"] == 3
