# SPDX-License-Identifier: Apache-2.0
"""Rows: one call or a few of them, over and over (micro.c), and what a call costs however many there are."""
import re

import instructions
from measure import BUILD, LIBRARY, Plain, Row, folder, pairs, run, tool, tools

# row: (operation, count, environment)
OPERATIONS = {
    "read, plain file": ("read-file", 400_000, {}),
    "write, plain file": ("write-file", 200_000, {}),
    "send+recv, unframed": ("send-recv", 200_000, {}),
    "send+recv x2, HTTP": ("http-exchange", 40_000, {}),
    "send+recv x2, HTTP in TLS": ("tls", 15_000, {}),
    "socket+close": ("socket-close", 50_000, {}),
    "socket+connect+close": ("socket-connect-close", 15_000, {}),
    "socket+connect+close, no stacks": ("socket-connect-close", 15_000, {"CONNLEAK_STACK_DEPTH": "0"}),
    "accept+close": ("accept-close", 15_000, {}),
    "pthread_create+join": ("pthread_create-join", 20_000, {}),
    "epoll_wait": ("epoll_wait", 200_000, {}),
}


def cost(operation, count, ours=False, how=None, extra=None):
    """(processor, wall) of one operation, in us."""
    program = [tool("tls")] if operation == "tls" else [tool("micro"), operation]
    out, _, _ = run([*program, str(count)], ours, how, extra)
    cpu, wall = map(float, out.split())
    return cpu / 1e3, wall / 1e3


def micro(name, quick, repeat):
    operation, count, extra = OPERATIONS[name]
    count //= 4 if quick else 1
    measured = pairs(lambda ours: cost(operation, count, ours, extra=extra)[0], repeat)
    alone = cost(operation, count)[1] if not extra else None
    others = {} if extra else {how: cost(operation, max(count // 100, 500), how=how)[1] / alone for how in tools()}
    return Row(name, "us", measured, others)


def own_cost(_quick, _repeat):
    """What is left when the kernel is taken away: null.c behind us."""
    yield from (Plain(f"  ours alone: {name}", f"{c['instructions']:,} instructions, "
                      f"{c['system calls']:g} system calls and clock readings") for name, c in
                instructions.measure().items())


def bulk(piece):
    def measure(quick, repeat):
        size = 256 if quick else 1024
        native = {}

        def one(ours, how=None, mib=size):
            _, cpu, wall = run([tool("bulk"), str(mib), str(piece)], ours, how)
            return (wall if how else cpu) / mib * 1024
        measured = pairs(one, min(repeat, 5))
        if tools():
            native["wall"] = run([tool("bulk"), str(size), str(piece)])[2] / size * 1024
        others = {how: one(False, how, size // 4) / native["wall"] for how in tools()}
        return Row(f"1 GiB in pieces of {piece >> 10} KiB", "s", measured, others)
    return measure


def threads(number):
    def measure(quick, repeat):
        operations = 100_000 if quick else 400_000
        measured = pairs(lambda ours: float(run([tool("threads"), str(number), str(operations)], ours)[0]) / 1e3,
                         min(repeat, 7))
        return Row(f"{number} thread{'s' if number > 1 else ''}, each its connections", "us", measured)
    return measure


def open_at_once(number, extra, what):
    def one(ours):
        out = run([tool("many"), str(number)], ours, extra=extra(ours))[0]
        return {name: float(value) for name, value in re.findall(r"(\w+) ([\d.]+)", out)}
    with_us, alone = one(True), one(False)
    count = f"{int(with_us['count']):,} {what}"
    yield Plain(f"{count}: the last socket", f"{with_us['last'] - alone['last']:+.0f} ns of ours (the first: "
                f"{with_us['first'] - alone['first']:+.0f})")
    yield Plain(f"{count}: a call", f"{with_us['many'] - alone['many']:+.0f} ns of ours (with few: "
                f"{with_us['few'] - alone['few']:+.0f})")
    if with_us["fork"]:
        yield Plain(f"{count}: a fork that uses one", f"{with_us['fork'] - alone['fork']:+.0f} ms of ours, in the child")


def many(quick, _repeat):
    """The limit on descriptors may be lower; then the recorder, at least, is to have as many as were asked for."""
    wanted = 20_000 if quick else 100_000
    real = list(open_at_once(wanted, lambda _ours: None, "sockets open"))
    yield from real
    if not real[0].name.startswith(f"{wanted:,} "):
        null = BUILD / "tests/bench/libnull.so"
        yield from open_at_once(wanted, lambda ours: {
            "LD_PRELOAD": f"{LIBRARY} {null}" if ours else str(null), "BENCH_MADE_UP": "1"}, "made-up sockets open")


def dump_growth(quick, _repeat):
    import os
    from measure import environment
    import subprocess
    sizes = {}
    for count in (10_000, 100_000 if quick else 1_000_000):
        with folder() as dumps:
            subprocess.run([tool("micro"), "socket-close", str(count)], env=environment(True, dumps), check=True,
                           stdout=subprocess.DEVNULL)
            sizes[count] = sum(e.stat().st_size for e in os.scandir(dumps))
    (few, a), (lots, b) = sizes.items()
    return Plain(f"the dump after {lots:,} sockets", f"{b / 1024:,.0f} KiB; after {few:,}: {a / 1024:,.0f} KiB")


def memory_per_connection(quick, _repeat):
    import os
    import subprocess
    from measure import environment
    count = 16_000
    with folder() as dumps:
        subprocess.run([tool("many"), str(count)], env=environment(True, dumps), check=True, stdout=subprocess.DEVNULL)
        size = max(e.stat().st_size for e in os.scandir(dumps))
    return Plain("memory per open connection", f"256 bytes; a dump with {count:,} open: {size / 1024:,.0f} KiB",
                 "256 B")
