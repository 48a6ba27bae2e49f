#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""man.py TEMPLATE CONNLEAK VERSION: the man page. Lines @PART@ are replaced by `CONNLEAK --man-part PART`."""
import os
import re
import subprocess
import sys
import textwrap

RUNNER = os.environ.get("CONNLEAK_RUNNER", "").split("|") if os.environ.get("CONNLEAK_RUNNER") else []  # of a cross build


def part(connleak, name):
    if name == "protocols":
        names = subprocess.run([*RUNNER, connleak, "--man-part", name], check=True, capture_output=True, text=True).stdout
        return ", ".join(n for n in names.split() if n not in ("unknown", "none")) + "\n"
    return subprocess.run([*RUNNER, connleak, "--man-part", name], check=True, capture_output=True, text=True).stdout


def put(text):
    """Text lines of at most 80 bytes; a line must not begin with what roff takes for a request."""
    for line in text.splitlines():
        if len(line) <= 80 or line.startswith("."):
            print(line)
            continue
        for piece in textwrap.wrap(line, 78, break_long_words=False, break_on_hyphens=False):
            print(("\\&" if piece[0] in ".'" else "") + piece)


def main(template, connleak, version):
    with open(template, encoding="utf-8") as file:
        for line in file:
            line = line.replace("@VERSION@", version)
            hit = re.fullmatch(r"@([a-z]+)@\n", line)
            put(part(connleak, hit[1]) if hit else line)


main(*sys.argv[1:])
