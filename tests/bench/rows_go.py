# SPDX-License-Identifier: Apache-2.0
"""Rows: programs in Go. Client and server are in one process, on one processor, so that each connection is
recorded at both of its ends; and what it takes longer until a program begins whose functions have to be found."""
import os
import subprocess

from measure import BUILD, CONNLEAK, LIBRARY, ROOT, TOOLS, Row, environment, folder, pairs, run, tool, tools
from rows_programs import processor

# name: (mode, requests in one run, target)
MODES = {
    "keep-alive": ("keep-alive", 20_000, "1.03x"),
    "a connection per request": ("close", 4_000, "1.12x"),
    "keep-alive in TLS": ("tls", 15_000, "1.05x"),
}
FUNCTIONS = 95_000  # and the runtime's
WATCHERS = ("strace", "seccomp")  # valgrind does not run Go


def program(name):
    return str(BUILD / "tests" / "bench" / "go" / name)


def cost(path, mode, count, ours=False, how=None):
    """(processor, wall) of a request, in us. Without cgo the program is static: the launcher's business."""
    with folder() as dumps, processor(-1):
        launcher = [str(CONNLEAK), "run", "-o", dumps, "--"] if ours and path.endswith("static") else []
        out, _, _ = run([*launcher, path, mode, str(count)], ours and not launcher, how, {"GOMAXPROCS": "1"})
    cpu, wall = map(float, out.splitlines()[0].split())
    return cpu, wall


def request(name):
    mode, count, target = MODES[name]

    def measure(quick, repeat):
        repeat = repeat if quick else 3 * repeat
        number = count // (4 if quick else 1)
        for what, path in {"Go": program("bench-go"), "Go, static": program("bench-go-static")}.items():
            measured = pairs(lambda ours: cost(path, mode, number, ours)[0], repeat)
            native = cost(path, mode, number)[1]
            others = {how: cost(path, mode, max(number // 10, 100), how=how)[1] / native
                      for how in tools() if how in WATCHERS}
            yield Row(f"{what}: {name}", "us", measured, others, target)
    return measure


def from_start_to_end(name, path, quick, repeat, target):
    count = 20 if quick else 60

    def one(ours):
        with folder() as dumps:
            extra = {"CONNLEAK_OUTPUT": dumps, **({"LD_PRELOAD_CHILD": str(LIBRARY)} if ours else {})}
            return float(run([tool("start"), str(count), path], extra=extra)[0]) / 1e3
    measured = pairs(one, repeat)
    native = sorted(a for a, _ in measured)[len(measured) // 2]
    others = {how: float(run([tool("start"), "5", *TOOLS[how], path])[0]) / 1e3 / native
              for how in tools() if how in WATCHERS}
    return Row(name, "ms", measured, others, target)


def start_small(quick, repeat):
    size = os.path.getsize(program("bench-go")) / 1e6
    return from_start_to_end(f"Go: a program of {size:.0f} MB, from start to end", program("bench-go"), quick, repeat, "+1 ms")


def large(path):
    """A program with that many functions, which asks for libc."""
    with open(f"{path}/main.go", "w", encoding="utf-8") as source:
        print('package main\nimport "C"\nimport "os"', file=source)
        for i in range(FUNCTIONS):
            print(f"//go:noinline\nfunc handlerOfRequest{i}(a int) int {{ return a + {i} }}", file=source)
        print(f"var all = [...]func(int) int{{{','.join(f'handlerOfRequest{i}' for i in range(FUNCTIONS))}}}\n"
              f"func main() {{ if all[len(os.Args)](1) == 0 {{ os.Exit(1) }} }}", file=source)
    subprocess.run([ROOT / "tests/victims/go/build.sh", f"{path}/large", f"{path}/main.go"], check=True, timeout=600,
                   env=environment(False, path), stdout=subprocess.DEVNULL)
    return f"{path}/large"


def start_large(quick, repeat):
    with folder() as path:
        return from_start_to_end("Go: one with 100,000 functions, from start to end", large(path), quick, repeat, "+5 ms")
