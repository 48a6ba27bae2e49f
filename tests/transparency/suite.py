# SPDX-License-Identifier: Apache-2.0
"""What a foreign test suite is: parts that can be run, each telling the outcome of each test by name.

Knows neither any suite nor how outcomes are compared.
"""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("CONNLEAK_BUILD", ROOT / "build")).resolve()
CONNLEAK = str(BUILD / "analyzer" / "connleak")
LIBRARY = str(BUILD / "preload" / "libconnleak.so")
# Sources and what is built of them; kept, so that the second run begins at once.
STORE = ROOT / "build-transparency"

PASSED, SKIPPED, FAILED = "passed", "skipped", "failed"
TIMED_OUT = "timed out"


def of_junit(case):
    """The outcome that a <testcase> of JUnit's format has."""
    tags = {child.tag for child in case}
    if tags & {"failure", "error"}:
        return FAILED
    return SKIPPED if "skipped" in tags else PASSED


class Unavailable(Exception):
    """A suite cannot be had on this machine now, and why."""


@dataclasses.dataclass
class Place:
    """Where one run of a part happens: a folder of its own, with the recorder or without."""
    folder: pathlib.Path
    recorded: bool
    seconds: float = 0  # how long execute() took

    def __post_init__(self):
        for name in ("work", "tmp", "dumps"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def work(self):
        return self.folder / "work"

    @property
    def dumps(self):
        return self.folder / "dumps"

    def environment(self, extra=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("CONNLEAK_") and k != "LD_PRELOAD"}
        env.update(TMPDIR=str(self.folder / "tmp"), LC_ALL="C.UTF-8", **(extra or {}))
        if self.recorded:
            env.update(LD_PRELOAD=LIBRARY, CONNLEAK_OUTPUT=str(self.dumps))
        return env

    def execute(self, command, timeout, cwd=None, env=None):
        """Runs to its end, or to `timeout` seconds; standard output and error go to the file `log`.
        Returns how it ended: "exit 0", "signal 11", "timed out". Nothing of it runs on."""
        began = time.monotonic()
        with open(self.folder / "log", "wb") as log:
            process = subprocess.Popen(command, cwd=cwd or self.work, env=self.environment(env), stdout=log,
                                       stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                status = process.wait(timeout)
                end = f"exit {status}" if status >= 0 else f"signal {-status}"
            except subprocess.TimeoutExpired:
                end = TIMED_OUT
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()
        self.seconds += time.monotonic() - began
        return end

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def left_behind(self):
        """What lies in the working and the temporary folder, numbers in names aside."""
        return sorted({re.sub(r"tmp\w{8}|\d+", "#", str(p.relative_to(self.folder)))
                       for name in ("work", "tmp") for p in (self.folder / name).iterdir()})


@dataclasses.dataclass
class Part:
    """One program of a suite, or one file of its tests.

    run(place, only) returns how it ended, and {test: outcome}; `only` names tests to which it may
    confine itself.
    """
    suite: str
    name: str
    run: callable
    seconds: int = 10   # about how long it takes, so that the longest begins first
    subset: bool = False
    excluded: dict = dataclasses.field(default_factory=dict)  # pattern of test names: why not
    failing: dict = dataclasses.field(default_factory=dict)   # test: why it fails without the recorder, too

    def __str__(self):
        return f"{self.suite} {self.name}" if self.name else self.suite
