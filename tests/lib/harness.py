# SPDX-License-Identifier: Apache-2.0
"""Runs a program with and without the recorder, and hands out its reports.

    native = harness.native([...])         as if we were not there
    run = harness.run([...])               under `connleak run --format json`
    run = harness.both([...])              both; fails unless the program behaved the same
    run.report                             of the process that was started; run.reports: all of them
    run.verdicts()                         {("leaked", "undrained"): 6}, of its TCP and unix connections

Each report is checked against the contract (contract.py) before a test sees it.

CONNLEAK_BUILD names the build folder (default: build), CONNLEAK_ANALYZER another `connleak` (the one built with
sanitizers), which then preloads the build folder's library all the same, or the one that CONNLEAK_LIBRARY names.
CONNLEAK_TEST_TIMEOUT: seconds that a program may take.
CONNLEAK_RUNNER: what runs victims of another machine (qemu-aarch64 and its options, which end in -E); connleak itself,
which is then this machine's, reads the dumps only (tests/arm/run.sh).
"""
import atexit
import collections
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import contract

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CONNLEAK_BUILD", ROOT / "build")).resolve()
CONNLEAK = os.environ.get("CONNLEAK_ANALYZER") or str(BUILD / "analyzer" / "connleak")
LIBRARY = os.environ.get("CONNLEAK_LIBRARY") or str(BUILD / "preload" / "libconnleak.so")
TIMEOUT = int(os.environ.get("CONNLEAK_TEST_TIMEOUT", "300"))
RUNNER = os.environ.get("CONNLEAK_RUNNER", "").split()


def victim(name):
    """The path of a program of tests/victims."""
    path = BUILD / "tests" / "victims" / name
    assert path.exists(), f"{path} was not built"
    return str(path)


def which(name, default=None):
    """The path of an installed program; ./dev test installs all of them, so a missing one is a fault."""
    path = default if default and os.path.exists(default) else shutil.which(name)
    assert path, f"{name} is not installed; ./dev test installs it"
    return path


def lua():
    """The newest for which there are sockets: Debian 11 has them for 5.3 only."""
    return next((path for path in map(shutil.which, ("lua5.4", "lua5.3"))
                 if path and not subprocess.run([path, "-e", "require 'socket'"], capture_output=True).returncode), "lua5.4")


def node_is_known(path="node"):
    """Versions before 18 (Debian 11 has 12) are declined."""
    return int(subprocess.run([path, "--version"], capture_output=True, text=True).stdout[1:].split(".")[0] or 0) >= 18


def until(condition, seconds=TIMEOUT, every=0.01):
    """Waits for a fact, however slow the machine is, and hands it out. How long something takes is no fact: where a test
    needs that something has happened, it asks for it here; where it needs that time goes by, it says why."""
    end = time.monotonic() + seconds
    while not (fact := condition()):
        assert time.monotonic() < end, f"it does not happen: {condition.__doc__ or condition}"
        time.sleep(every)
    return fact


reserved = []


def free_port():
    """Of 127.0.0.1, for a server that is told its port; nobody listens there until then. A socket that does not listen stays
    bound to it: nobody else is given the port, while servers, which set SO_REUSEADDR, may bind to it all the same (ip(7))."""
    reserved.append(socket.socket())
    reserved[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved[-1].bind(("127.0.0.1", 0))
    return reserved[-1].getsockname()[1]


class Run:
    """What a program did, and what was reported of it."""

    def __init__(self, status, out, err, reports=(), folder=None):
        self.status, self.out, self.err, self.folder = status, out, err, folder
        self.reports = list(reports)

    @property
    def report(self):
        assert self.reports, f"no report; standard error was:\n{self.err}"
        return self.reports[0]

    @property
    def connections(self):
        return [c for c in self.report["connections"] if c["kind"] in ("tcp", "tcp6", "unix")]

    def verdicts(self):
        """How many connections have each verdict and reason, listening and open ones left out."""
        return dict(collections.Counter((c["verdict"], c["reason"]) for c in self.connections
                                        if c["verdict"] not in ("listening", "open")))

    def dumps(self):
        return sorted(str(p) for p in pathlib.Path(self.folder).glob("*.dump"))


folders = []


def new_folder():
    """One that is gone when the tests are over."""
    folders.append(tempfile.mkdtemp(prefix="connleak-test-"))
    return folders[-1]


@atexit.register
def remove_folders():
    while folders:
        shutil.rmtree(folders.pop(), ignore_errors=True)


def environment(extra=None):
    """Ours, without what would reach a recorder in the program under test, and the width that newer workers of xdist have."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("CONNLEAK_") and k not in ("LD_PRELOAD", "COLUMNS")}
    if os.environ.get("CONNLEAK_ANALYZER"):
        env["CONNLEAK_LIBRARY"] = LIBRARY
    env.update(extra or {})
    return env


def execute(command, env=None, stdin=None, stdin_ends=True, timeout=TIMEOUT, cwd=None, check=False):
    """`stdin`: text, at whose end the program sees the end of its input unless `stdin_ends` is false."""
    with contextlib.ExitStack() as held:
        given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        if stdin and not stdin_ends:
            ends = [held.enter_context(open(fd, mode, buffering=0)) for fd, mode in zip(os.pipe(), ("rb", "wb"))]
            ends[1].write(stdin.encode())
            given = {"stdin": ends[0]}
        result = subprocess.run(command, env=environment(env), capture_output=True, text=True, errors="replace",
                                timeout=timeout, cwd=cwd, **given)
    if check:
        assert result.returncode == 0, f"{command} exited with {result.returncode}:\n{result.stderr}"
    return result


def machine(path):
    """For what processor a program is, as ELF numbers them."""
    with open(path, "rb") as file:
        return int.from_bytes(file.read(20)[18:], "little")


def elsewhere(command, variables=(), env=None, **how):
    """Runs a program of another machine, with variables for it alone."""
    theirs = pathlib.Path(f"{RUNNER[RUNNER.index('-L') + 1]}{command[0]}")  # of their packages, else a test's own
    command = [str(theirs if theirs.exists() else command[0]), *command[1:]]
    if machine(command[0]) == machine(sys.executable):
        import pytest  # not there for who only wants to see the demonstration
        pytest.skip(f"{command[0]} is of this machine")
    words = [f"{name}={value}" for name, value in [*variables, *(env or {}).items()]]
    # /proc/self/environ, which sanitizers read, is the runner's there.
    how["env"] = {name: value for name, value in (env or {}).items() if not name.startswith("LD_")}
    return execute([*RUNNER, *(word for pair in zip(["-E"] * len(words), words) for word in pair), *command], **how)


def run_elsewhere(command, options, folder, **how):
    """As `connleak run` would: what of its options the recorder has to know are variables."""
    names = [f"CONNLEAK_{name.lstrip('-').replace('-', '_').upper()}" for name in options[::2]]
    assert not set(names) - {"CONNLEAK_STACK_DEPTH"}, options
    result = elsewhere(command, [("LD_PRELOAD", LIBRARY), ("CONNLEAK_OUTPUT", folder), *zip(names, options[1::2])], **how)
    reports = report(folder).reports if list(pathlib.Path(folder).glob("*.dump")) else []
    status = result.returncode if result.returncode >= 0 else 128 - result.returncode
    return Run(status, result.stdout, result.stderr, reports, folder)


def native(command, **how):
    result = elsewhere(command, **how) if RUNNER else execute(command, **how)
    return Run(result.returncode, result.stdout, result.stderr)


def parse(text):
    """The reports in a JSON output, one a line, each kept to its contract."""
    reports = [json.loads(line, parse_constant=lambda name: 1 / 0) for line in text.splitlines() if line.strip()]
    for one in reports:
        contract.check(one)
    return reports


def load(path):
    with open(path, encoding="utf-8") as file:
        return parse(file.read())


def run(command, options=(), folder=None, **how):
    """The reports, one per process image that recorded, the started one first."""
    folder = folder or new_folder()
    if RUNNER:
        return run_elsewhere(command, options, folder, **how)
    path = os.path.join(folder, "report.json")
    result = execute([CONNLEAK, "run", "--format", "json", "--report-file", path, "--output", folder, *options,
                      "--", *command], **how)
    reports = load(path) if os.path.exists(path) else []
    return Run(result.returncode, result.stdout, result.stderr, reports, folder)


def report(*dumps, options=()):
    """`connleak report` on dumps, a folder or a pid: its exit status and reports."""
    result = execute([CONNLEAK, "report", "--format", "json", *options, *map(str, dumps)])
    return Run(result.returncode, result.stdout, result.stderr,
               parse(result.stdout))


def by_exit(report, otherwise, within=1.0):
    """The verdicts that may be on the connection whose end a program is told right before its own. One that was kept from
    running in between, for longer than it may take (judge/told.c; 1 s with one connection, 0.1 s with more), may be one that
    went on, and is judged as if it had."""
    process = report["process"]["duration_s"]
    kept = process - max(c["opened_s"] for c in report["connections"]) > within
    return [("closed", "by-exit"), otherwise] if kept else [("closed", "by-exit")]


def agree(one, other):
    return len(os.path.commonprefix([one, other]))


def both(command, options=(), same_output=True, exits=0, **how):
    """Natively first, so that a test that is wrong about the program fails without us, too: one that crashes where it
    begins does so in the same way with us. `exits`: the status that the test expects of it (-9: killed), or several."""
    alone = native(command, **how)
    assert alone.status in (exits if isinstance(exits, tuple) else (exits,)), \
        f"natively it exited with {alone.status} instead of {exits}; standard error:\n{alone.err}"
    with_us = run(command, options, **how)
    expected = alone.status if alone.status >= 0 else 128 - alone.status  # killed
    assert with_us.status == expected, \
        f"exit status {with_us.status} instead of {expected}; standard error:\n{with_us.err}"
    if same_output:
        assert with_us.out == alone.out, \
            f"of {len(alone.out)} characters natively, {len(with_us.out)} with us, the first {agree(alone.out, with_us.out)} agree"
        assert with_us.err == alone.err
    return with_us
