# SPDX-License-Identifier: Apache-2.0
"""User-mode Linux: a kernel of our own, with this machine's files and all the rights of root. For what this one forbids.

    run([command, ...], nofile=1_000_000)      what it printed; fails unless it exited with 0

Files can be read only; TMPDIR is a new folder in memory. For x86 only.
"""
import contextlib
import os
import platform
import shlex
import signal
import subprocess
import tempfile

import pytest

import harness

INIT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/mnt TMPDIR=/mnt
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /mnt
ip link set lo up
export CONNLEAK_TEST_TIMEOUT={limit} CONNLEAK_TEST_UML=1
cd {folder} && ulimit -Hn {nofile} && ulimit -n {nofile} && {command}
echo "$0: exit status $?"
echo o >/proc/sysrq-trigger
sleep 60
"""


INSIDE = "CONNLEAK_TEST_UML" in os.environ
LIMIT = 12 * harness.TIMEOUT  # for all of it, and for each program inside
MEMORY = 1 << 30  # in a file below /dev/shm, where that is in memory (arch/um/os-Linux/mem.c)


def run(command, nofile):
    if platform.machine() != "x86_64":
        pytest.skip("there is User-mode Linux for x86 only")
    if os.path.ismount("/dev/shm") and (shm := os.statvfs("/dev/shm")).f_bavail * shm.f_frsize < MEMORY:  # a container's 64 MiB
        pytest.skip("User-mode Linux has its memory in /dev/shm, which has no room for a GiB")
    with tempfile.TemporaryDirectory(prefix="connleak-test-") as folder:
        init = os.path.join(folder, "init")
        with open(init, "w", encoding="utf-8") as file:
            file.write(INIT.format(folder=shlex.quote(str(harness.ROOT)), nofile=nofile, limit=LIMIT,
                                   command=shlex.join(command)))
        os.chmod(init, 0o755)
        # In a session of its own: what it starts to wait for its consoles stays behind when it ends.
        uml = subprocess.Popen([harness.which("linux.uml"), f"mem={MEMORY >> 20}M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
                                f"init={init}", "con=null", "con0=null,fd:1", "quiet"], stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", start_new_session=True,
                               env={**os.environ, "LD_PRELOAD": str(harness.BUILD / "tests/uml_registers.so")})
        try:
            out = uml.communicate(timeout=LIMIT)[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(uml.pid, signal.SIGKILL)
            uml.wait()
    assert f"{init}: exit status 0" in out, out
    return out
