#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration: the quiz from which this project comes, answered by our own reports.

Each row of the table is one run of tests/victims/transport under `connleak run`, against a server in
this process. Exits with 1 when a row does not say what the article says.
"""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import demo_go  # noqa: E402
import harness  # noqa: E402
from server import Server  # noqa: E402

INTRODUCTION = """
Six HTTP requests, one after the other, to a server that never closes a connection.
The client is built like the HTTP transport of Go's standard library: a pool of connections,
and for each connection a thread that reads and a thread that writes. The quiz: how many
threads are alive at the end? The program is not changed and not recompiled; connleak
preloads a library into it, and its report has the answer.
"""

LESSON = """
lsof and valgrind see descriptors that were never closed in the drained rows and in the leaked
ones. But a drained connection is one however many requests are made; a leaked one is one more
with every request, and two more threads with it.
"""

# What the client does with its six responses: the run's name, servers, then what the article says:
# connections opened, threads alive, pinned, verdict.
RUNS = [
    ("reads the bodies to the end", "read", 1, 1, 3, 2, "drained/kept-alive"),
    ("leaves the bodies unread", "unread", 1, 6, 13, 12, "leaked/undrained"),
    ("leaves small ones, read ahead", "swallowed", 1, 6, 13, 12, "leaked/abandoned"),
    ("closes the bodies early", "closed", 1, 6, 1, 0, "closed-early"),
    ("reads, two each of 3 hosts", "hosts", 3, 3, 7, 6, "drained/kept-alive"),
    ("reads, a new pool each time", "pools", 1, 6, 13, 12, "leaked/abandoned"),
    ("cancels the requests", "cancelled", 1, 6, 1, 0, "closed-early"),
    ("lets the requests time out", "timeout", 1, 6, 1, 0, "closed-early"),
]

HEAD = """
                                 connections     threads      pinned
The client ...                    here article  here article  here article  verdict
"""
ROW = "  {:<31} {:>5} {:>7}  {:>4} {:>7}  {:>4} {:>7}  {}"

colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if colour else text


def short(path):
    return os.path.relpath(path, harness.ROOT)


def command(run, servers, *options):
    return [short(harness.victim("transport")), *options, run, *(f"127.0.0.1:{s.port}" for s in servers)]


def verdict_of(report):
    """The one verdict of all connections; where they differ, all of them."""
    found = sorted({f"{c['verdict']}/{c['reason']}" for c in report["connections"]})
    return ", ".join(found) or "none"


def row(title, run, servers, *article):
    report = harness.run(command(run, servers)).report
    threads = report["summary"]["threads"]
    verdict, expected = verdict_of(report), article[3]
    here = (report["summary"]["connections"], threads["alive"], threads["pinned"])
    agrees = here == article[:3] and (verdict == expected or verdict.startswith(expected + "/"))
    pairs = [n for pair in zip(here, article) for n in pair]
    shown = "drained" in verdict and "33" or "leaked" in verdict and "31" or "32"
    line = ROW.format(title, *pairs, paint(shown, verdict))
    print(line if agrees else f"{line}  {paint('1;31', f'BUT THE ARTICLE SAYS {expected}')}", flush=True)
    return agrees


def table(servers):
    print(paint("1", HEAD.strip("\n")))
    agree = [row(title, run, servers[:count], *article) for title, run, count, *article in RUNS]
    if all(agree):
        print(paint("1;32", f"\nAll {len(RUNS)} runs are as in the article."))
    else:
        print(paint("1;31", f"\n{agree.count(False)} of {len(RUNS)} runs are NOT as in the article."))
    return all(agree)


def show(title, run, servers):
    """One report as a user sees it: `connleak run` prints it when the program ends."""
    argv = command(run, servers, "-w", "1")
    print(paint("1", f"\n{title}\n"))
    print(f"$ {short(harness.CONNLEAK)} run -- {' '.join(argv)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="connleak-demo-") as folder:
        subprocess.run([harness.CONNLEAK, "run", "--no-keep", "--output", folder, "--", *argv],
                       env=harness.environment(), stderr=sys.stdout, timeout=harness.TIMEOUT, check=True)


def main():
    os.chdir(harness.ROOT)
    print(INTRODUCTION)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server()) for _ in range(3)]
        good = table(servers)
        print(LESSON)
        show("The full report of the first row, where nothing is wrong:", "read", servers[:1])
        show("And of the second, which would end in \"Too many open files\":", "unread", servers[:1])
    if demo_go.there():
        good = demo_go.table() and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
