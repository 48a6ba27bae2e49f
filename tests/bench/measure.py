# SPDX-License-Identifier: Apache-2.0
"""How things are measured: the same work with and without us, in turns, in one run.

What the machine does besides, and how warm it is, hits both alike; the ratio is taken pair by pair,
and the table shows its median and its spread (the middle half of the pairs).
"""
import contextlib
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("CONNLEAK_BUILD", ROOT / "build")).resolve()
LIBRARY = BUILD / "preload" / "libconnleak.so"
CONNLEAK = BUILD / "analyzer" / "connleak"

# Others that watch descriptors or sockets of an unmodified program, where installed.
TOOLS = {
    "valgrind": ["valgrind", "--tool=none", "--track-fds=yes", "-q", "--trace-children=yes", "--log-file=/dev/null"],
    "strace": ["strace", "-f", "-qq", "-e", "trace=network,desc", "-o", "/dev/null"],
    "seccomp": ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=network,desc", "-o", "/dev/null"],
}


def tools():
    return [name for name, command in TOOLS.items() if shutil.which(command[0])]


def tool(name):
    return str(BUILD / "tests" / "bench" / f"bench-{name}")


@contextlib.contextmanager
def folder():
    """A folder that also a server which gives up root can write to."""
    path = tempfile.mkdtemp(prefix="connleak-bench-")
    os.chmod(path, 0o777)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(ours, dumps, extra=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("CONNLEAK_") and k != "LD_PRELOAD"}
    if ours:
        env.update(LD_PRELOAD=str(LIBRARY), CONNLEAK_OUTPUT=dumps)
    env.update(extra or {})
    return env


def run(command, ours=False, how=None, extra=None, timeout=300):
    """Runs it to its end: (what it printed, processor time of it and its children, wall time), in s."""
    with folder() as dumps:
        since = time.monotonic()
        process = subprocess.Popen([*(TOOLS[how] if how else []), *command], env=environment(ours, dumps, extra),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True)
        with _deadline(process, timeout):
            out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} {how or ''}: exit status {process.returncode}")
        return out, usage.ru_utime + usage.ru_stime, time.monotonic() - since


@contextlib.contextmanager
def _deadline(process, seconds):
    def late(*_):
        process.kill()
        raise TimeoutError(f"{process.args} took longer than {seconds} s")
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(int(seconds))
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _tree(pid):
    """The process and its descendants."""
    children = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rsplit(")", 1)[1].split()
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_of_tree(pid):
    """Processor time of a process and of its living descendants, in s, exact (not in ticks)."""
    total = 0
    for one in _tree(pid):
        for path in pathlib.Path(f"/proc/{one}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(path.read_text().split()[0])
    return total / 1e9


# ---- numbers ------------------------------------------------------------------------------------


def pairs(measure, repeat):
    """[(without us, with us)]; measure(ours) returns what the operation costs. The order alternates."""
    result = []
    for i in range(repeat):
        one = {ours: measure(ours) for ours in ((False, True) if i % 2 == 0 else (True, False))}
        result.append((one[False], one[True]))
    return result


def quartiles(values):
    values = sorted(values)
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


class Row:
    """One line of the table. Costs are in `unit`, per operation."""

    def __init__(self, name, unit, measured, others=None, target=None, note=""):
        self.name, self.unit, self.target, self.note = name, unit, target, note
        self.native = statistics.median(a for a, _ in measured)
        self.ours = statistics.median(b for _, b in measured)
        ratios = [b / a for a, b in measured if a]
        self.ratio = statistics.median(ratios) if ratios else None
        self.spread = quartiles(ratios) if ratios else None
        self.others = others or {}  # {tool: ratio}


class Plain:
    """A line that compares nothing: what was measured, in words."""

    def __init__(self, name, text, target=None):
        self.name, self.text, self.target = name, text, target


# ---- the machine -----------------------------------------------------------------------------------


def machine():
    model = re.search(r"^model name\s*: (.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    libc = platform.libc_ver()
    load = os.getloadavg()
    return (f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, "
            f"{libc[0]} {libc[1]}, {time.strftime('%Y-%m-%d %H:%M')}, load {load[0]:.1f} before")
