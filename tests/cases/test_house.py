# SPDX-License-Identifier: Apache-2.0
"""The script that proves the house (tests/check/arrows.py) notices what it is there for: each of its rules, broken in a small tree."""
import importlib
import json
import re
import subprocess
import sys

import harness
import pytest

sys.path.insert(0, str(harness.ROOT / "tests" / "check"))
arrows = importlib.import_module("arrows")
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def faults(tmp_path, monkeypatch, files):
    """What it says of a recorder that consists of these files."""
    entries = []
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LICENCE + text)
    for name in files:
        if name.endswith(".c"):
            output = "preload/libconnleak.so.p/" + name.replace("/", "_") + ".o"
            (tmp_path / "build" / output).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["gcc", "-O1", "-fPIC", "-ftls-model=initial-exec", "-Ipreload", "-c", name, "-o", f"build/{output}"],
                           cwd=tmp_path, check=True)
            entries.append({"directory": str(tmp_path), "file": name, "output": output})
    (tmp_path / "build" / "compile_commands.json").write_text(json.dumps(entries))
    monkeypatch.setattr(arrows, "ROOT", tmp_path)
    build = tmp_path / "build"
    return {*arrows.check_includes("preload", build), *arrows.check_links("preload", build), *arrows.check_pure("preload", build),
            *arrows.check_words("preload")}


SOUND = {"preload/core/a.c": '#include <string.h>\nint a(const char *s);\nint a(const char *s) { return (int)strlen(s); }\n',
         "preload/hooks/h.c": 'int a(const char *s);\n#define HOOK(x) x\nHOOK(int) h(void);\nint h(void) { return a("dlsym("); }\n'}


def test_a_sound_one(tmp_path, monkeypatch):
    assert faults(tmp_path, monkeypatch, SOUND) == set()


@pytest.mark.parametrize("said,files", [
    ("preload/core/a.c wants h", {"preload/core/a.c": "int h(void);\nint a(const char *s) { return h(); }\n"}),
    ("preload/core: a b go round in a circle", {
        "preload/core/a.c": "int b(void);\nint a(const char *s) { return b(); }\n",
        "preload/core/b.c": "int a(const char *s);\nint b(void) { return a(0); }\n"}),
    ("preload/core/a.c includes hooks/h.h", {
        "preload/hooks/h.h": "", "preload/core/a.c": '#include "hooks/h.h"\nint a(const char *s) { return 0; }\n'}),
    ("preload/core/a.c has writable data in .bss", {"preload/core/a.c": "static int n;\nint a(const char *s) { return n++; }\n"}),
    ("preload/core/a.c has writable data in .data", {"preload/core/a.c": "int n = 1;\nint a(const char *s) { return n++; }\n"}),
    ("preload/core/a.c has writable data in .tbss", {"preload/core/a.c": "__thread int n;\nint a(const char *s) { return n++; }\n"}),
    ("preload/core/a.c wants time of others", {"preload/core/a.c": "long time(long *);\nint a(const char *s) { return (int)time(0); }\n"}),
    ("preload/core/a.c: has no business with HOOK", {"preload/core/a.c": "#define HOOK(x) x\nHOOK(int) a(const char *s) { return 0; }\n"}),
    ("preload/here/d.c: has no business with dlsym", {
        "preload/here/d.c": "void *dlsym(void *, const char *);\nvoid *d(void) { return dlsym(0, 0); }\n"}),
    ("preload/core/a.c: has no business with sys_call1", {
        "preload/core/a.c": "static int sys_call1(int n) { return n; }\nint a(const char *s) { return sys_call1(3); }\n"}),
])
def test_a_rule_is_broken(tmp_path, monkeypatch, said, files):
    assert said in faults(tmp_path, monkeypatch, {**SOUND, **files})


def test_what_only_relocation_writes_is_no_variable(tmp_path, monkeypatch):
    table = "static const char *const names[] = {\"one\", \"two\"};\nconst char *const *a(const char *s);\n" \
            "const char *const *a(const char *s) { return names; }\n"
    assert not [f for f in faults(tmp_path, monkeypatch, {**SOUND, "preload/core/a.c": table}) if "writable" in f]


def test_each_protocol_is_fuzzed():
    protocols = re.findall(r"= &protocol_(\w+),", (harness.ROOT / "preload/core/framing/sniff.c").read_text())
    rows = re.findall(r"^\t(\w+) +\d+ +fuzz_", (harness.ROOT / "tests/fuzz/run.sh").read_text(), re.M)
    assert protocols and not set(protocols) - set(rows)
    assert not [row for row in rows if not any((harness.ROOT / "tests/fuzz/corpus" / row).iterdir())]
