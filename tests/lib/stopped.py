# SPDX-License-Identifier: Apache-2.0
"""The analyzer, stopped behind one of its system calls: what happens meanwhile happens while it looks."""
import os
import signal
import subprocess

import harness


def behind(call, number, command, log, meanwhile):
    """Runs the command up to the end of that call of this kind, the first one is 1, does `meanwhile` and lets it go on."""
    log.write_text("")
    # A traced program cannot be looked through for leaks, and LeakSanitizer fails there; the same reports run without this, too.
    env = {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))}
    reader = subprocess.Popen([harness.which("strace"), "-f", "-o", log, "-e", f"trace={call}", "-e",
                               f"inject={call}:signal=STOP:when={number}", *command], stdout=subprocess.PIPE, text=True,
                              env=harness.environment(env))
    try:
        harness.until(lambda: "--- stopped by SIGSTOP ---" in log.read_text())
        meanwhile()
    finally:
        stopped = log.read_text().split()
        if stopped:
            os.kill(int(stopped[0]), signal.SIGCONT)
        out = reader.communicate(timeout=harness.TIMEOUT)[0]
    return subprocess.CompletedProcess(command, reader.returncode, out)
