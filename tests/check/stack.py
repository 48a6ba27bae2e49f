# SPDX-License-Identifier: Apache-2.0
"""How deep the recorder goes on somebody else's stack: stack.py LIBRARY [NAME...]

Read from the library as it is: the unwind tables say how far the stack reaches at each instruction, the disassembly
who calls whom, and the deepest way from each wrapper is a sum. Where the real function begins the sum ends: the
program would be there without us, too. With NAMEs it prints their deepest ways.
"""
import bisect
import os
import re
import subprocess
import sys

# Bytes that a wrapper may take with all that it calls, the making of the dump included.
# A handler on the smallest alternate stack has 2,048 (tests/cases/test_rules_stacks.py).
MOST = 1600
LEAST = 1000
# The functions of TLS libraries, which take ten times as much themselves, and have to be found whatever is left.
TLS = re.compile(r"(SSL|BIO|gnutls)_|dlclose$")
# Not counted: what is only done after here/bounds.h was asked, and what is done before the program begins.
ASKED = {"unwind", "unwind_load", "module_refresh"}
BEFORE = {"options_read", "process_begin", "hook_resolve"}
# What has a stack of its own (64 KiB, in preload/follower.c).
APART = {"follower_main"}
# Once at most: the framing of the first bytes, from which the protocol is known.
CALLS_ITSELF = {"feed_all", "sniff"}
# What a libc function that is not the real one may take; none but these is called.
SMALL, LEAF = re.compile(r"__errno_location|mem(cpy|move|set|chr|cmp)|str(len|nlen|n?cmp|n?cpy|r?chr|n?cat)|stpcpy|pthread_self"), 160
LIBC = re.compile(r"__errno_location|mem\w+|str\w+|stpcpy|getenv|getauxval|fileno_unlocked|__fpending|pthread_(attr|getattr|self)\w*|"
                  r"_*dl_iterate_phdr|__pthread_(un)?register_cancel|__sigsetjmp|__pthread_unwind_next|__register_atfork|on_exit")
# What is called through a pointer, and is not the real function or the clock.
CALLBACKS = {
    r"conn_each_open|process_end|process_exec_begin|conn_before_exec": r"ask|assume_closed|unless_kept",
    r"feed_all|framing_feed|sniff\w*": r"feed_(http1|http2|mysql|postgresql|redis|tls)",
    r"framing_eof": r"eof_\w+",
    r"take_fields|tell_\w+|start_feed|feed_http1|tls_hello|feed_tls|http1_\w+": r"follow_host|framing_fields\w*",
    r"message_\w+|answer|feed_http2|streams_(?!made|there|drop)\w+": r"follow_streams",
    r"file_(create|complain)": r"options_complain",
}


# A prefix for other machines' tools: aarch64-linux-gnu-
TOOLS = os.environ.get("CONNLEAK_BINUTILS", "")


class Function:
    def __init__(self, name):
        self.name, self.at_entry, self.own, self.calls, self.outside, self.pointers = name, 0, 0, [], set(), 0


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
    all_of_them, f, hidden = {}, None, 0
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
            f.at_entry = distance if ".cold" in f.name else 0
        f.own = max(f.own, distance)
        call = re.match(r"(callq?|jmpq?|bl?|blr|br|j[a-z]+|b\.[a-z]+|cbn?z|tbn?z)\s+(.*)", text)
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
    return all_of_them


class Graph:
    def __init__(self, library):
        self.functions = functions(library)
        for f in self.functions.values():
            for users, called in CALLBACKS.items():
                if re.fullmatch(f"({users})(\\.[a-z]+.*)?", f.name):
                    f.calls += [(f.own, name) for name in self.functions if re.fullmatch(f"({called})(\\.[a-z]+.*)?", name)]
        self.faults = set()

    def way(self, name, above=()):
        """How deep it goes, and by whom."""
        f = self.functions[name]
        best = (f.own, (name,))
        if f.outside or f.pointers:
            best = max(best, (max([at + (16 if SMALL.fullmatch(to) else LEAF) for at, to in f.outside] +
                                  [f.pointers + 64]), (name, "libc")))
        for at, to in f.calls:
            plain = re.sub(r"\.(part|constprop|isra|cold).*", "", to)
            part = plain == re.sub(r"\..*", "", name)  # a function and what the compiler has put apart from it
            if to in above or plain in ASKED | BEFORE | APART or to not in self.functions:
                if to in above and plain not in CALLS_ITSELF and not part:
                    self.faults.add(f"{to} and {name} call each other: how deep they go nobody knows")
                continue
            depth, rest = self.cached(to, above + (name,))
            best = max(best, (at + depth - self.functions[to].at_entry, (name,) + rest))
        return best

    def cached(self, name, above):
        if name not in self.known:
            self.known[name] = self.way(name, above)
        return self.known[name]

    known = {}


def exports(library):
    for line in run(TOOLS + "nm", "-D", "--defined-only", library).splitlines():
        yield line.split()[-1]


def main(library, names):
    graph = Graph(library)
    deepest = {}
    for name in exports(library):
        label = name if name in graph.functions else name.split("@")[0]
        if label in graph.functions and not TLS.match(label):
            deepest[label] = graph.way(label)
    faults = [f"{name} takes {depth} bytes of stack, more than {MOST}" for name, (depth, _) in deepest.items()
              if depth > MOST]
    if len(deepest) < 100:
        faults.append(f"only {len(deepest)} wrappers: nothing was read from {library}")
    elif max(depth for depth, _ in deepest.values()) < LEAST:
        faults.append(f"no wrapper takes {LEAST:,} bytes of stack: it is not read right who calls whom")
    faults += sorted(graph.faults)
    for depth, name in sorted(((d, n) for n, (d, _) in deepest.items() if n in names or names == ["all"]), reverse=True):
        print(depth, " > ".join(f"{f} ({graph.functions[f].own})" if f != "libc" else f
                                for f in deepest[name][1]))
    if not re.search(r"\(FLAGS_1\).*NOW|BIND_NOW", run(TOOLS + "readelf", "-W", "-d", library)):
        faults.append("bound lazily: the dynamic linker takes 2.7 KiB of stack at a first call (AVX-512)")
    print("\n".join(faults) or f"{len(deepest)} wrappers, the deepest {max(d for d, _ in deepest.values())} bytes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
