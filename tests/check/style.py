# SPDX-License-Identifier: Apache-2.0
"""What a reader relies on, in every file that git knows: a licence line, lines that fit beside another file, no blanks at their
ends, and no comment or document that names a source file which is not there any more."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NO_LICENCE_LINE = re.compile(r"^(LICENSE|NEWS|.*\.md|.*\.json|\.gitignore|tests/fuzz/corpus/.*|debian/(?!rules|tests/demo).*)$")
LONGEST = 110  # of the C that ships; a tab is one
# Files that are named, and are not ours.
ELSEWHERE = {"tcp.h", "segment.h", "client.c", "fetch.py"}
NAMED = re.compile(r"\b([a-z][a-z0-9_]*\.(?:c|h|py|sh))\b(?!\()")


def files():
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in out.split("\0") if name and (ROOT / name).is_file()]


def comments(text):
    """C comments, as they stand."""
    return re.findall(r"/\*.*?\*/", text, re.S)


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
    prose = comments(text) if shipped else [text] if name.endswith(".md") else []
    for word in {w for part in prose for w in NAMED.findall(part)} - known - ELSEWHERE:
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
