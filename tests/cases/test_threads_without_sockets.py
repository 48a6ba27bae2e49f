# SPDX-License-Identifier: Apache-2.0
"""Threads that have nothing to do with sockets are none of our business: no dump, no finding, no output."""
import harness

POOL = """
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(lambda n: n * n, range(1000))))
"""


def check(command, output):
    run = harness.both(command)
    assert run.out == output
    assert run.dumps() == []
    summary = run.report["summary"]
    assert summary["sockets"] == 0 and summary["threads"]["pinned"] == 0
    assert run.report["connections"] == run.report["threads"] == run.report["warnings"] == []


def test_openmp(tmp_path):
    program = str(tmp_path / "openmp")
    harness.execute([harness.which("gcc"), "-O1", "-fopenmp", "-o", program,
                     str(harness.ROOT / "tests" / "victims" / "openmp.c")], check=True)
    check([program], "49999500000\n")


def test_thread_pool():
    check(["/usr/bin/python3", "-c", POOL], "332833500\n")
