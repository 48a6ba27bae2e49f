# SPDX-License-Identifier: Apache-2.0
"""Rows: what is born under an interpreter, whose lines are looked for each time."""
import pathlib
import subprocess
import tempfile

from measure import Row, pairs, run

HERE = pathlib.Path(__file__).parent

PYTHON = """
import asyncio, socket, sys, time
def births(count):
    since = time.process_time_ns()
    for _ in range(count):
        socket.socket().close()
    return time.process_time_ns() - since
def deep(frames, count):
    return births(count) if frames < 2 else deep(frames - 1, count)
async def task(count):
    return deep(int(sys.argv[2]), count)
births(100)
count = int(sys.argv[1])
print((asyncio.run(task(count)) if sys.argv[3:] else deep(int(sys.argv[2]), count)) / count)
"""


def row(name, command, count, target):
    """The program prints what one cost it in ns of processor time, its own loop included."""
    def measure(quick, repeat):
        with tempfile.TemporaryDirectory(prefix="connleak-bench-") as folder:
            line = command(folder, str(count // 5 if quick else count))
            return Row(name, "us", pairs(lambda ours: float(run(line, ours)[0]) / 1e3, repeat), {}, target)
    return measure


def java(folder, count):
    subprocess.run(["javac", "-d", folder, str(HERE / "Births.java")], check=True)
    return ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", folder, "Births", count]


# 20 frames of each: these, the module's or main's, and the library's own.
python_births = row("Python socket+close, 20 frames deep", lambda _, n: ["/usr/bin/python3", "-c", PYTHON, n, "18"], 10_000, "+5 us")
python_tasks = row("the same in an asyncio task", lambda _, n: ["/usr/bin/python3", "-c", PYTHON, n, "9", "task"], 10_000, "+5 us")
java_births = row("Java open+close of a channel, 20 frames deep", java, 20_000, "+20 us")
node_births = row("Node connect+close, 20 frames deep", lambda _, n: ["node", str(HERE / "births.js"), n], 5_000, "+20 us")
