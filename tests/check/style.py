# SPDX-License-Identifier: Apache-2.0
"""What a reader relies on, in every file that git knows: a licence line, lines that fit beside another file, no blanks at their
ends, files and functions of one story, and no comment or document that names a source file which is not there any more."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NO_LICENCE_LINE = re.compile(r"^(LICENSE|NEWS|.*\.md|.*\.json|\.gitignore|tests/fuzz/corpus/.*|debian/(?!rules|tests/demo).*)$")
LONGEST = 110  # of the C that ships; a tab is one
LINES = {"file": 400, "function": 40}
ONE_FILE = {"include/connleak/dump.h"}  # however long: who reads dumps takes it and nothing else
# Files that are named, and are not ours.
ELSEWHERE = {"tcp.h", "segment.h", "client.c", "fetch.py"}
NAMED = re.compile(r"\b([a-z][a-z0-9_]*\.(?:c|h|py|sh))\b(?!\()")


def files():
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in out.split("\0") if name and (ROOT / name).is_file()]


def comments(text):
    """C comments, as they stand."""
    return re.findall(r"/\*.*?\*/", text, re.S)


def sizes(name, lines):
    if len(lines) > LINES["file"] and name not in ONE_FILE:
        yield f"{name}: {len(lines)} lines, {LINES['file']} are one story"
    for number, line in enumerate(lines):
        if line == "{" and lines.index("}", number) - number - 1 > LINES["function"]:
            yield f"{name}:{number}: a function of more than {LINES['function']} lines"


def guard(name, text):
    found = re.search(r"^#ifndef (\w+)\n#define \1$", text, re.M)
    if pathlib.Path(name).stem.upper() not in (found[1] if found else ""):
        yield f"{name}: its include guard has another name"


def prose(name, text, shipped):
    if name.endswith("meson.build"):
        return re.findall(r"#.*", text)
    return comments(text) if shipped or name.endswith(".map") else [text] if name.endswith(".md") else []


def faults(name, text, known):
    lines = text.splitlines()
    if not NO_LICENCE_LINE.match(name) and "SPDX-License-Identifier: Apache-2.0" not in text[:400]:
        yield f"{name}: no SPDX line"
    shipped = name.startswith(("preload/", "analyzer/", "include/", "goimage/", "beside/")) and name.endswith((".c", ".h", ".S"))
    for number, line in enumerate(lines, 1):
        if shipped and len(line) > LONGEST:
            yield f"{name}:{number}: {len(line)} characters, {LONGEST} fit"
        if line != line.rstrip():
            yield f"{name}:{number}: blanks at the end"
    if shipped:
        yield from sizes(name, lines)
        yield from guard(name, text) if name.endswith(".h") else ()
    for word in {w for part in prose(name, text, shipped) for w in NAMED.findall(part)} - known - ELSEWHERE:
        yield f"{name}: names {word}, which is not there"


def main():
    names = files()
    known = {pathlib.Path(n).name for n in names}
    found = []
    for name in names:
        if name.startswith("tests/fuzz/corpus/"):
            continue
        try:
            found += faults(name, (ROOT / name).read_text(encoding="utf-8"), known)
        except UnicodeDecodeError:
            found.append(f"{name}: is no text")
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
