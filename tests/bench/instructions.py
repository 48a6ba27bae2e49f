# SPDX-License-Identifier: Apache-2.0
"""What the recorder costs in instructions and system calls of its own, per operation of
micro.c and tls.c.

    instructions.py            prints them, beside the baseline
    instructions.py --write    makes them the baseline (baseline.json)

Counted by callgrind, so they do not depend on how busy the machine is: the difference between a run
with and one without us. Behind both is a libc whose calls return at once (null.c).
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("CONNLEAK_BUILD", ROOT / "build")).resolve()
BASELINE = pathlib.Path(__file__).with_name("baseline.json")
PROFILED = 512  # as micro.c and tls.c have it


def profiles(folder, program):
    """{operation: (instructions, system calls)}, whole, as callgrind wrote them."""
    result = {}
    for path in pathlib.Path(folder).glob(f"callgrind.out.{program}*"):
        text = path.read_text(errors="replace")
        trigger = re.search(r"^desc: Trigger: Client Request: (\S+)$", text, re.M)
        events = re.search(r"^events: (.+)$", text, re.M)
        summary = re.search(r"^summary: (.+)$", text, re.M) or re.search(r"^totals: (.+)$", text, re.M)
        if trigger and events and summary:
            counts = dict(zip(events[1].split(), map(int, summary[1].split())))
            result[trigger[1]] = (counts["Ir"], counts.get("sysCount", 0))
    return result


def profile(program, preload, keep=None):
    with tempfile.TemporaryDirectory(prefix="connleak-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CONNLEAK_")}
        subprocess.run(["valgrind", "--tool=callgrind", "--collect-systime=yes", "-q", "--trace-children=yes",
                        f"--callgrind-out-file={keep or folder}/callgrind.out.{program}",
                        # valgrind itself is to read with the real read()
                        "/usr/bin/env", "LD_PRELOAD=" + " ".join(preload), f"CONNLEAK_OUTPUT={folder}",
                        str(BUILD / "tests/bench" / program), "--profile"],
                       env=environment, check=True, timeout=1200, stderr=subprocess.PIPE)
        return profiles(keep or folder, program)


def difference(program, behind, keep):
    """{operation: {"instructions": of ours per operation, "system calls": the same}}"""
    alone = profile(program, behind)
    with_us = profile(program, [os.environ.get("CONNLEAK_LIBRARY") or str(BUILD / "preload/libconnleak.so"), *behind], keep)
    assert alone and alone.keys() == with_us.keys(), (alone, with_us)
    return {name: {"instructions": round((with_us[name][0] - alone[name][0]) / PROFILED),
                   "system calls": round((with_us[name][1] - alone[name][1]) / PROFILED, 1)}
            for name in sorted(alone)}


def measure(keep=None):
    """All operations. Inside TLS there is a real connection: OpenSSL wants an answer."""
    return {**difference("bench-micro", [str(BUILD / "tests/bench/libnull.so")], keep),
            **difference("bench-tls", [], keep)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="make what is measured the baseline")
    parser.add_argument("--keep", metavar="DIR", help="keep the profiles there, for callgrind_annotate")
    options = parser.parse_args()
    now = measure(options.keep)
    before = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    print(f"{'operation':<24}{'instructions':>14}{'baseline':>10}{'system calls':>14}")
    for name, cost in now.items():
        print(f"{name:<24}{cost['instructions']:>14}"
              f"{before.get(name, {}).get('instructions', '-'):>10}{cost['system calls']:>14}")
    if options.write:
        BASELINE.write_text(json.dumps(now, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
