# SPDX-License-Identifier: Apache-2.0
"""Programs in Go that only some tests need, built when they do: each way to build (race, plugin) takes its own copy of
Go's library, and the libraries of others need their packages."""
import fcntl
import os
import re
import subprocess

import harness

KNOWN = (1, 19), (1, 26)  # versions that are recorded
SOURCES = harness.ROOT / "tests/victims/go"


def version():
    """(1, 19)"""
    said = subprocess.run([harness.which("go"), "version"], check=True, capture_output=True, text=True).stdout
    return tuple(map(int, re.search(r"go(\d+)\.(\d+)", said).groups()))


def recorded_or_skip():
    """What follows, a file's tests or one's, is about programs that are recorded."""
    if version() < KNOWN[0]:
        import pytest
        pytest.skip("this release's Go is older than {}.{}: its programs are declined, as test_go_version.py sees".format(*KNOWN[0]),
                    allow_module_level=True)


def built(name, source, *options, env=None):
    """The program `name`, of tests/victims/go/SOURCE. Kept from run to run by Go's own cache."""
    folder = harness.BUILD / "tests/victims/go"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "w") as lock:  # several workers want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run([SOURCES / "build.sh", folder / name, SOURCES / source, *options], env=os.environ | (env or {}),
                              capture_output=True, text=True, timeout=400)
    assert made.returncode == 0, f"{name}: {made.stderr}"
    return str(folder / name)
