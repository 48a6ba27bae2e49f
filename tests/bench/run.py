# SPDX-License-Identifier: Apache-2.0
"""What connleak costs: one table, each row the same work with and without us, in turns, in one run.

    ./dev bench                    all rows; six minutes on two cores
    ./dev bench --quick            less of each
    ./dev bench nginx redis        rows whose names contain one of these
    ./dev bench --markdown         as doc/cost.md has it

Next to ours: valgrind --tool=none --track-fds=yes, strace -e trace=network,desc, and the same with
--seccomp-bpf, where they are installed. Costs are processor time; where another process does the
watching, theirs is what it takes on the clock, or the processor time of both.
"""
import argparse
import sys
import time
import types

import measure
import rows_analyzer
import rows_calls
import rows_go
import rows_programs
import rows_scripts

ROWS = [
    *((name, lambda quick, repeat, name=name: rows_calls.micro(name, quick, repeat)) for name in rows_calls.OPERATIONS),
    ("bulk 64", rows_calls.bulk(64 << 10)),
    ("bulk 1024", rows_calls.bulk(1 << 20)),
    ("nginx keep-alive", rows_programs.nginx_keepalive),
    ("nginx close", rows_programs.nginx_close),
    ("redis", rows_programs.redis),
    ("redis pipelined", rows_programs.redis_pipelined),
    ("python requests", rows_programs.python_requests),
    ("python births", rows_scripts.python_births),
    ("python tasks", rows_scripts.python_tasks),
    ("java births", rows_scripts.java_births),
    ("node births", rows_scripts.node_births),
    ("start without sockets", rows_programs.start_none),
    ("start with a socket", rows_programs.start_socket),
    *((f"go {name}", rows_go.request(name)) for name in rows_go.MODES),
    ("go start", rows_go.start_small),
    ("go start 100,000", rows_go.start_large),
    *((f"threads {n}", rows_calls.threads(n)) for n in (1, 2, 8, 64)),
    ("many open", rows_calls.many),
    ("memory", rows_calls.memory_per_connection),
    ("dump growth", rows_calls.dump_growth),
    ("analyzer", rows_analyzer.analyzer),
    ("instructions", rows_calls.own_cost),
]


class Text:
    """For a terminal."""

    HEAD = f"{'':<46}{'without':>10}{'with us':>10}{'':>4}{'ratio':>7}{'middle half':>15}"

    def begin(self, tools):
        print(self.HEAD + "".join(f"{t:>10}" for t in tools), flush=True)

    def row(self, row, tools):
        line = (f"{row.name:<46}{row.native:>10.2f}{row.ours:>10.2f} {row.unit:<3}{row.ratio:>7.3f}"
                f"{'%.3f to %.3f' % row.spread:>15}")
        line += "".join(f"{'%.1f' % row.others[t] if t in row.others else '':>10}" for t in tools)
        print(line + (f"   target {row.target}" if row.target else ""), flush=True)

    def plain(self, row):
        print(f"{row.name:<46}  {row.text}" + (f"   target {row.target}" if row.target else ""), flush=True)

    def end(self):
        pass


class Markdown:
    """For doc/cost.md."""

    def begin(self, tools):
        print("| | without | with us | ratio | middle half |" + "".join(f" {t} |" for t in tools))
        print("| --- | ---: | ---: | ---: | ---: |" + " ---: |" * len(tools), flush=True)
        self.plains = []

    def row(self, row, tools):
        print(f"| {row.name} | {row.native:.2f} {row.unit} | {row.ours:.2f} {row.unit} | {row.ratio:.2f}× | "
              f"{'%.2f to %.2f' % row.spread} |" +
              "".join(f" {'%.1f×' % row.others[t] if t in row.others else ''} |" for t in tools), flush=True)

    def plain(self, row):
        self.plains.append(row)

    def end(self):
        if self.plains:
            print("\n| | |\n| --- | --- |")
            print("\n".join(f"| {row.name.strip()} | {row.text} |" for row in self.plains))


def main():
    parser = argparse.ArgumentParser(prog="dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="rows whose names contain one of these")
    parser.add_argument("--quick", action="store_true", help="less of each")
    parser.add_argument("--markdown", action="store_true", help="as tables for doc/cost.md")
    parser.add_argument("--repeat", type=int, help="pairs of runs for each row")
    parser.add_argument("--list", action="store_true", help="the rows' names")
    options = parser.parse_args()
    rows = [(n, f) for n, f in ROWS if not options.names or any(part in n for part in options.names)]
    if options.list:
        print("\n".join(n for n, _ in rows))
        return 0
    out, tools, since, failed = (Markdown() if options.markdown else Text()), measure.tools(), time.monotonic(), 0
    print(f"{'Measured on: ' if options.markdown else ''}{measure.machine()}\n")
    out.begin(tools)
    for name, function in rows:
        try:
            result = function(options.quick, options.repeat or (5 if options.quick else 9))
            for row in result if isinstance(result, types.GeneratorType) else [result]:
                out.plain(row) if isinstance(row, measure.Plain) else out.row(row, tools)
        except Exception as error:  # one row's trouble is not the table's
            print(f"{name}: not measured: {error}", file=sys.stderr)
            failed += 1
    out.end()
    print(f"\n{time.monotonic() - since:.0f} s", file=sys.stderr)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
