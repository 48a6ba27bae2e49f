# SPDX-License-Identifier: Apache-2.0
"""What could not be written whole: one line that says so and exit status 2, never half a report and silence."""
import re

import pytest

import harness

SOCKETS = ["/usr/bin/python3", "-S", "-c", "import os, socket; s = [socket.socket() for _ in range(100)]; os._exit(7)"]
FORMATS = ("text", "json", "html")


def shell(script, *arguments):
    return harness.execute(["bash", "-c", script, harness.CONNLEAK, *map(str, arguments)])


def one_line(result, *words):
    assert result.returncode == 2, result.stderr
    assert re.fullmatch(r"connleak: [^\n]+\n", result.stderr), result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture(scope="module")
def dump():
    return harness.run(SOCKETS).dumps()[0]


@pytest.mark.parametrize("form", FORMATS)
def test_report(dump, form):
    full = "No space left on device"
    one_line(shell('exec "$0" report -f "$@" >/dev/full', form, dump), "standard output: cannot write the report", full, "; name a file with --report-file")
    one_line(shell('exec "$0" report --report-file /dev/full -f "$@"', form, dump), "/dev/full: cannot write", full,
             "; name another file with --report-file")


@pytest.mark.parametrize("form", FORMATS)
def test_run_exits_with_2_and_keeps_the_dump(tmp_path, form):
    """--no-keep, too: without the report the dump is all that is left of the run."""
    result = shell('exec "$0" run --no-keep --report-file /dev/full -f "$@"', form, "-o", tmp_path, "--", *SOCKETS)
    one_line(result, "/dev/full: cannot write the report")
    assert len(list(tmp_path.glob("*.dump"))) == 1
    assert shell('exec "$0" run -f "$@" 2>/dev/full', form, "-o", tmp_path, "--", *SOCKETS).returncode == 2


def test_a_limit_of_file_size_cuts_the_report_off(dump, tmp_path):
    """SIGXFSZ would end us without a word."""
    path = tmp_path / "report.json"
    one_line(shell('ulimit -f 8; exec "$0" report -f json --report-file "$@"', path, dump), str(path), "File too large")
    assert path.stat().st_size == 8 * 1024  # so it really was cut off


def test_suppressions(dump):
    assert shell('exec "$0" report --gen-suppressions "$@" 2>/dev/full', dump).returncode == 2


@pytest.mark.parametrize("arguments", ["--help", "--version", "run --help", "report --help", "watch --help"])
def test_help(arguments):
    one_line(shell(f'exec "$0" {arguments} >/dev/full'), "standard output: cannot write to it", "No space", "; send it elsewhere")


def test_watch(dump):
    one_line(shell('exec "$0" watch "$1" >/dev/full', dump), "standard output")
