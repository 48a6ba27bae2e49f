# SPDX-License-Identifier: Apache-2.0
"""What the tests of real programs share: what to ask of a report, and servers to start."""
import collections
import contextlib
import os
import signal
import socket
import subprocess
import time

import harness
from harness import free_port  # noqa: F401: tests have it from here

PYTHON = "/usr/bin/python3"


def tcp(report):
    """Its TCP connections, listening sockets and those that never were one left out."""
    return [c for c in report["connections"] if c["kind"] in ("tcp", "tcp6") and c["peer"]]


def verdicts(*reports):
    """{"leaked/undrained": 6}, of the TCP connections."""
    return dict(collections.Counter(f"{c['verdict']}/{c['reason']}" for r in reports for c in tcp(r)))


def nothing_left(run):
    """No false alarm: a program that closes what it opens has nothing drained, leaked or in use."""
    for report in run.reports:
        left = {v: report["summary"][v] for v in ("active", "drained", "leaked") if report["summary"][v]}
        assert not left, f"{report['process']['exe']}: {left}"


def only(run, exe):
    """The one report of the program whose file has this name."""
    found = [r for r in run.reports if os.path.basename(r["process"]["exe"]).startswith(exe)]
    assert len(found) == 1, [r["process"]["exe"] for r in run.reports]
    return found[0]


def wait_for(port, process):
    """Until somebody listens there. One connection: tests count what the server accepted."""
    end = time.monotonic() + harness.TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), harness.TIMEOUT):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}: {process.args}")


def eventually(ask, answer):
    """Asks again until that is the answer; what a running program is about to do may take a moment."""
    end = time.monotonic() + harness.TIMEOUT
    while (got := ask()) != answer and time.monotonic() < end:
        time.sleep(0.1)
    assert got == answer
    return True


class Service:
    """A server that runs beside the test, under `connleak run` when `recorded`."""

    def __init__(self, command, port, recorded=False, stop=signal.SIGTERM, options=(), **how):
        self.folder = harness.new_folder()
        self.path = os.path.join(self.folder, "report.json")
        self.stop_signal, self.reports, self.status = stop, [], None
        if recorded:
            command = [harness.CONNLEAK, "run", "--format", "json", "--report-file", self.path, "--output",
                       self.folder, *options, "--", *command]
        self.log = open(os.path.join(self.folder, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, env=harness.environment(how.pop("env", None)), stdout=self.log,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **how)
        try:
            wait_for(port, self.process)
        except AssertionError:
            self.stop()
            raise AssertionError(self.output())

    def output(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """Sends the signal to the server as its parent would, waits, and reads the reports."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.status = self.process.wait(harness.TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not end: " + self.output())
        if os.path.exists(self.path):
            self.reports = harness.load(self.path)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.log.close()
