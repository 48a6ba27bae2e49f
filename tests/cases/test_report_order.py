# SPDX-License-Identifier: Apache-2.0
"""What a report lists is in the order of time: of the starts of processes, and of the execs of each. Not in that of pids,
which wrap, nor of the names of files, which anybody may change."""
import datetime
import os
import re
import struct
import time

import pytest

import harness

PID = 64 + 64  # in a dump: header, chunk, dump_process.pid

# Six children, as fast as they come: within a tick of each clock but the exact one. The third becomes another program
# three times.
FAMILY = """if 1:
    import os, socket, sys
    AGAIN = '''if 1:
        import os, socket, sys
        socket.socket()
        if left := int(sys.argv[2]):
            os.execv(sys.executable, [sys.executable, "-S", "-c", sys.argv[1], sys.argv[1], str(left - 1)])'''
    s = socket.socket()
    for i in range(6):
        if os.fork() == 0:
            c = socket.socket()
            if i == 2:
                os.execv(sys.executable, [sys.executable, "-S", "-c", AGAIN, AGAIN, "2"])
            os._exit(0)
    for i in range(6): os.wait()"""
IMAGES = [1, 1, 1, 4, 1, 1, 1]  # of each process, in the order in which they were started


@pytest.fixture(scope="module")
def family():
    """The run, its pids in the order in which they were started, and its dumps by pid and number of the exec."""
    run = harness.run(["/usr/bin/python3", "-S", "-c", FAMILY])
    assert run.status == 0, run.err
    dumps = {}
    for path in run.dumps():
        pid, number = re.fullmatch(r"connleak\.(\d+)(?:\.(\d+))?\.dump", os.path.basename(path)).groups()
        with open(path, "rb") as file:
            dumps[int(pid), int(number or 0)] = file.read()
    pids = sorted({pid for pid, _ in dumps})
    after = [pid for pid in pids if pid > run.report["process"]["pid"]]
    pids = [run.report["process"]["pid"], *after, *pids[:len(pids) - 1 - len(after)]]  # they may have wrapped just now
    assert [sum(pid == p for p, _ in dumps) for pid in pids] == IMAGES
    return run, pids, dumps


def in_order(pids):
    return [pid for pid, images in zip(pids, IMAGES) for _ in range(images)]


def execs(reports):
    """The last argument of the images of the process that has several."""
    pids = [r["process"]["pid"] for r in reports]
    return [r["process"]["cmdline"][-1] for r in reports if pids.count(r["process"]["pid"]) > 1][1:]


def test_run(family):
    run, pids, _ = family
    assert [r["process"]["pid"] for r in run.reports] == in_order(pids)
    assert execs(run.reports) == ["2", "1", "0"]


def in_turn(some, everything):
    rest = iter(everything)
    return all(one in rest for one in some)


@pytest.mark.parametrize("wrapped", range(7))
def test_pids_that_wrap_and_files_of_other_names(family, tmp_path, wrapped):
    """The last ones' pids are below the first one's; the files' names say the contrary of what was."""
    _, pids, dumps = family
    new = {pid: 30000 + i if i < 7 - wrapped else 1000 - i for i, pid in enumerate(pids)}
    for n, ((pid, number), data) in enumerate(sorted(dumps.items(), key=lambda it: (pids.index(it[0][0]), it[0][1]), reverse=True)):
        data = bytearray(data)
        struct.pack_into("<I", data, PID, new[pid])
        (tmp_path / f"{n:02}.dump").write_bytes(data)
    order = in_order([new[pid] for pid in pids])
    reports = harness.report(tmp_path).reports
    assert [r["process"]["pid"] for r in reports] == order
    assert execs(reports) == ["2", "1", "0"]
    started = {}
    for r in reports:
        started.setdefault(r["process"]["pid"], r["process"]["started_at"])
    assert list(started.values()) == sorted(started.values())
    said = harness.execute([harness.CONNLEAK, "report", "--format", "html", str(tmp_path)]).stdout
    assert [int(pid) for pid in re.findall(r"<h2[^>]*>Process (\d+):", said)] == order
    text = harness.execute([harness.CONNLEAK, "report", "-v", str(tmp_path)]).stdout
    quiet, said = (list(map(int, re.findall(head, text, re.M))) for head in (r"^  process (\d+):", r"^connleak: process (\d+):"))
    assert said and sorted(quiet + said) == sorted(order) and all(in_turn(pids, order) for pids in (quiet, said))


def test_a_recorder_that_is_kept_from_running_between_two_clocks(tmp_path):
    """When it began by the time of day is told by two clocks, one after the other; strace keeps it half a second between them."""
    before = time.time()
    harness.execute([harness.which("strace"), "-qq", "-o", tmp_path / "log", "-e", "inject=clock_gettime:delay_exit=500000:when=1",
                     "-E", f"LD_PRELOAD={harness.LIBRARY}", "-E", f"CONNLEAK_OUTPUT={tmp_path}/%p.dump",
                     "/usr/bin/python3", "-S", "-c", "import socket; socket.socket()"], check=True)
    (report,) = harness.report(tmp_path).reports
    began = datetime.datetime.fromisoformat(report["process"]["started_at"].replace("Z", "+00:00")).timestamp()
    assert before <= began <= time.time()
