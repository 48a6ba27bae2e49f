# SPDX-License-Identifier: Apache-2.0
"""Rows: the analyzer on dumps of many connections."""
import os
import subprocess
import time

from measure import CONNLEAK, Plain, environment, folder, tool


def report(dump, form):
    """(wall time in s, peak memory in MiB)"""
    since = time.monotonic()
    process = subprocess.Popen([str(CONNLEAK), "report", "-f", form, dump], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.monotonic() - since, usage.ru_maxrss / 1024


def analyzer(quick, _repeat):
    for count in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        with folder() as path:
            dump = os.path.join(path, "many.dump")
            subprocess.run([tool("dumps"), str(count)], check=True,
                           env=environment(False, path, {"CONNLEAK_OUTPUT": dump, "CONNLEAK_HISTORY": "1000000"}))
            for form in ("text", "json", "rows"):
                seconds, memory = min(report(dump, form) for _ in range(3 if count < 1_000_000 else 1))
                yield Plain(f"report of {count:,} connections, {form}", f"{seconds:.2f} s, {memory:,.0f} MiB",
                            "2 s" if (form, count) == ("json", 1_000_000) else None)
