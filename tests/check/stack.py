# SPDX-License-Identifier: Apache-2.0
"""How deep the recorder goes on somebody else's stack: stack.py LIBRARY [NAME...]

Read from the library as it is: the unwind tables say how far the stack reaches at each instruction, the disassembly
who calls whom, and the deepest way from each wrapper is a sum. Where the real function begins the sum ends: the
program would be there without us, too. With NAMEs it prints their deepest ways.
"""
import bisect
import collections
import functools
import os
import re
import subprocess
import sys

# Bytes that a wrapper may take with all that it calls, the making of the dump included.
MOST = 1024
# Wrappers of which the program knows that they need stack, and which no signal handler may call.
MORE = {}
# They need much: called only after here/bounds.h was asked, or before the program begins.
ASKED = {"unwind_take": "libunwind", "unwind_load": "dlopen", "module_refresh": "dl_iterate_phdr"}
# What libc's small functions may take.
LEAF = 128


class Function:
    def __init__(self, name):
        self.name, self.entry, self.own, self.calls, self.outside, self.pointers = name, 0, 0, [], set(), 0


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def frames(library):
    """Sorted starts of ranges, and the distance of the stack pointer from the caller's frame in each; None: the
    frame pointer is used, and the distance is not known here."""
    starts, distances, initial, begin = [], [], {}, None
    for line in run(TOOLS + "readelf", "-W", "--debug-dump=frames-interp", library).splitlines():
        head = re.match(r"([0-9a-f]{8}) [0-9a-f]+ [0-9a-f]+ (?:CIE|FDE cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.)", line)
        if head:
            is_cie, cie, begin = head[2] is None, head[2] or head[1], head[3] and int(head[3], 16)
            if not is_cie:
                starts.append(begin)
                distances.append(initial.get(cie, 0))
            continue
        row = re.match(r"([0-9a-f]{16}) (\w+)(?:\+(\d+))? ", line)
        if row:
            distance = int(row[3] or 0) if row[2] in ("rsp", "sp") else None
            if is_cie:
                initial[cie] = distance
            else:
                starts.append(int(row[1], 16))
                distances.append(distance)
    order = sorted(range(len(starts)), key=lambda i: (starts[i], i))
    return [starts[i] for i in order], [distances[i] for i in order]


def pushed(text):
    """How much further the stack reaches after an instruction, where the frame pointer hides it."""
    found = re.match(r"sub\s+\$0x([0-9a-f]+),%rsp", text)
    return int(found[1], 16) if found else 8 if text.startswith("push") else 0


def functions(library):
    starts, distances = frames(library)
    all_of_them, f, hidden, taken = {}, None, 0, set()
    for line in run(TOOLS + "objdump", "-d", "--no-show-raw-insn", library).splitlines():
        label = re.match(r"([0-9a-f]+) <(.+)>:$", line)
        if label:
            f = all_of_them.setdefault(label[2], Function(label[2]))
            f.at, hidden, known = int(label[1], 16), 0, 0
            continue
        code = re.match(r"\s*([0-9a-f]+):\t(.*)", line)
        if not code or not f:
            continue
        at, text = int(code[1], 16), re.sub(r"^(addr32|notrack|bnd) ", "", code[2])
        i = bisect.bisect_right(starts, at) - 1
        distance = distances[i] if i >= 0 else 0
        if distance is None:
            distance = known + hidden
            hidden += pushed(text)
        else:
            known, hidden = distance, 0
        if at == f.at:
            f.entry = distance
        f.own = max(f.own, distance)
        call = re.match(r"(call|jmp|bl?|blr|br|j[a-z]+|b\.[a-z]+|cbn?z|tbn?z)\s+(.*)", text)
        address = re.match(r"(?:lea|adr[p]?|add)\s.*<([^+>@]+)>$", text)
        if address:
            taken.add(address[1])
        if not call:
            continue
        to = re.search(r"<([^+>]+)(\+0x[0-9a-f]+)?>", call[2])
        if "*" in call[2] or call[1] in ("blr", "br"):
            if to and "@" in to[1]:
                f.outside.add((distance, to[1].split("@")[0]))
            else:
                f.pointers = max(f.pointers, distance)
        elif to and to[1].endswith("@plt"):
            f.outside.add((distance, to[1][:-4]))
        elif to and to[1] != f.name:
            f.calls.append((distance, to[1]))
    return all_of_them, taken


TOOLS = os.environ.get("CONNLEAK_BINUTILS", "")

if __name__ == "__main__":
    fs, taken = functions(sys.argv[1])
    sys.setrecursionlimit(10000)
    onway = []
    @functools.lru_cache(None)
    def depth(name):
        f = fs[name]
        best, way = f.own, (name,)
        onway.append(name)
        for at, to in f.calls:
            if to in onway or to not in fs:
                if to in onway: print("circle", name, to)
                continue
            if to in ASKED: continue
            d, w = depth(to)
            d = at + d - (fs[to].entry if fs[to].entry > 16 else 0) if True else 0
            if d > best: best, way = d, (name,) + w
        onway.pop()
        return best, way
    ex = sys.argv[2:] or [l.split()[-1].split("@")[0] for l in run(TOOLS+"nm", "-D", "--defined-only", sys.argv[1]).splitlines()]
    for d, n, w in sorted(((*depth(n)[:1], n, depth(n)[1]) for n in ex if n in fs), reverse=True)[:400 if not sys.argv[2:] else 9]:
        print(d, n, " > ".join(f"{x}({fs[x].own})" for x in w))
