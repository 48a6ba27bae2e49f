# SPDX-License-Identifier: Apache-2.0
"""connleak-dump(5) is the header, and nothing else: each name, and each field where the compiler puts it."""
import re
import subprocess

import harness

HEADER = harness.ROOT / "include" / "connleak" / "dump.h"
PAGE = (harness.BUILD / "doc" / "connleak-dump.5")


def test_every_name_is_there():
    page = PAGE.read_text()
    tables = set(re.findall(r"#define (DUMP_\w+)\(X\)", HEADER.read_text()))
    names = {n for n in re.findall(r"\bDUMP_\w+", HEADER.read_text()) if not n.endswith(("_COUNT", "_"))} - tables
    assert len(names) > 80 and [n for n in sorted(names) if not re.search(rf"\b{n}\b", page)] == []
    rows = re.findall(r"X\((\w+)", re.sub(r"#define X.*", "", HEADER.read_text()))
    assert len(rows) > 80 and [r for r in rows if r != "X" and not re.search(rf"DUMP_\w*_{r}\b", page)] == []


def test_offsets_and_values_are_the_compilers():
    page = PAGE.read_text()
    checks = []
    for name, body in re.findall(r"^\.SS struct (\w+)\n(.*?\n)(?=\.S[SH])", page, re.M | re.S):
        size = re.search(r"^(\d+) bytes\.$", body, re.M)[1]
        checks.append(f"sizeof(struct {name}) == {size}")
        for at, field in re.findall(r"^\.B \\fI(\d+)\\fP .*?(\w+)(?:\[\w+\])?$", body, re.M):
            checks.append(f"__builtin_offsetof(struct {name}, {field}) == {at}")
    checks += [f"{name} == {value}" for name, value in re.findall(r"^\.B (DUMP_\w+) = (.+)$", page, re.M)]
    assert len(checks) > 300
    source = f'#include "{HEADER}"\n' + "".join(f'_Static_assert({c}, "");\n' for c in checks)
    done = subprocess.run(["gcc", "-fsyntax-only", "-xc", "-"], input=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_it_is_a_manual_page():
    assert subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGE], capture_output=True, text=True).stdout == ""
    wrong = HEADER.read_text().replace("uint32_t ppid;", "uint32_t ppid, more;", 1)
    made = subprocess.run(["/usr/bin/python3", harness.ROOT / "doc" / "dump_man.py", "/dev/stdin", "0"], input=wrong, capture_output=True, text=True)
    assert made.returncode and "struct dump_process" in made.stderr  # it does not agree with what the header asserts
