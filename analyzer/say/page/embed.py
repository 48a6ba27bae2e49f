# SPDX-License-Identifier: Apache-2.0
"""Makes of the page's files the C file that has them: what goes before the first process, and what after the last.

    embed.py OUTPUT FILE.css... FILE.js...
"""
import pathlib
import sys

HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>connleak</title>
<style>
{css}</style>
<h1>connleak</h1>
<noscript><p>Charts, tables and the life of each connection are made by a script in this page, which may not run here.</noscript>
"""
FOOT = """<script>
{js}</script>
</html>
"""


def text(kind, paths):
    parts = [pathlib.Path(p).read_text(encoding="ascii") for p in paths if p.endswith("." + kind)]
    assert parts and not [p for p in parts if "</" in p or "<!--" in p or "<script" in p], f"a part of the page's {kind} would end it"
    return "".join(parts).replace("\t", " ")  # a page of ours has no control character but newlines


def array(name, value):
    numbers = ",".join(map(str, value.encode("ascii")))
    return f"const char {name}[] = {{{numbers},0}};\n"


def main(output, *paths):
    pathlib.Path(output).write_text(
        '/* Made by embed.py of the files in say/page. */\n#include "say/report.h"\n\n' +
        array("report_html_head", HEAD.replace("{css}", text("css", paths))) +
        array("report_html_foot", FOOT.replace("{js}", text("js", paths))))


main(*sys.argv[1:])
