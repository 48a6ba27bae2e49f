# SPDX-License-Identifier: Apache-2.0
"""The house, proved: what is below knows nothing of what is above.

Reads the sources and the built objects (a folder that meson built) and checks, for each side:
  1  a symbol that an object wants is defined in a room of the same or a lower rank;
  2  inside a room no objects go round in a circle;
  3  an include points to the same or a lower rank;
  4  the room of the core has no writable data, and wants of others nothing but what moves and compares memory;
  5  words that belong to a room (a hook's, a system call's) are used there only.
A room is a folder, or a file that is named here. Lower rooms first."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SIDES = {
    "preload": ["include", "beside", "goimage", "preload/core/framing", "preload/core", "preload/here", "preload/stacks", "preload/threads",
                "preload/sockets", "preload", "preload/golang", "preload/scripts", "preload/hooks", "preload/init.c"],
    "analyzer": ["include", "beside", "goimage", "analyzer/base", "analyzer/read", "analyzer/model", "analyzer/name", "analyzer/judge",
                 "analyzer/say", "analyzer/program", "analyzer/command", "analyzer/main.c"],
}
# Where the objects of a side are, by the beginning of the output's name.
OUTPUTS = {"preload": ("preload/libconnleak.so.p/", "preload/libconnleak-core.a.p/"), "analyzer": ("analyzer/connleak.p/",)}

# Rule 4: who has no variable, no thread-local and no clock, and what it may want of the C library.
PURE = ("preload/core",)
WANTS = re.compile(r"(mem|str)[a-z]+|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(asan|ubsan|tsan|gcov|llvm)_\w*")

# Rule 5: a word, as it stands in the code, and the files or rooms where it may.
WORDS = {
    r"\b(HOOK|REAL)\(": ("preload/hooks",),
    r"\bRTLD_NEXT\b": ("preload/hooks",),
    # In the victim nothing is allocated, and nothing printed: neither is async-signal-safe.
    r"\b([mc]alloc|realloc|free|strn?dup|v?([fd]|sn?|as)?printf|[fs]?scanf|f(open|puts|write))\(": ("analyzer",),
    # Beside the hooks: the kernel's own clock, and libunwind, which is never linked.
    r"\bdlsym\(": ("preload/hooks", "preload/here/clock.c", "preload/stacks/ending.c", "preload/stacks/unwind.c"),
    # The file and the lock of the core; what this process asks about itself and its sockets.
    r"\bsys_call[0-6]\(": ("preload/core/file.c", "preload/core/arena.c", "preload/here", "preload/stacks", "preload/golang", "preload/threads",
                           "preload/sockets", "preload/process.c", "preload/process_facts.c", "preload/unrecorded.c",
                           "preload/follower.c", "preload/hooks/syscall.c"),
    r"\bsys6\(": ("preload/hooks/syscall.c", "preload/golang/calls.c"),  # which passes a call on as it is
}


def room_of(side, path):
    """The rank of a file, or None when it is not of this side."""
    rooms = SIDES[side]
    for candidate in (path, *path.parents):
        if str(candidate) in rooms:
            return rooms.index(str(candidate))
    return None


def objects(side, build):
    """Source file (from the root) -> object file."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["output"].startswith(OUTPUTS[side]):
            source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
            if build not in source.parents:  # what a tool has made has no room
                yield source.relative_to(ROOT), build / entry["output"]


def printed(paths, *tool):
    """What a tool of binutils prints of these objects: one run for all, since ./dev check has no time to lose."""
    for path in paths:
        if not path.is_file():
            sys.exit(f"arrows.py: {path} is not built: ninja -C {path.parents[2]}")
    return subprocess.run([*tool, *paths], check=True, capture_output=True, text=True).stdout.splitlines() if paths else []


def symbols(table):
    """What each source's object defines for others, and what it wants."""
    found = {str(path): (set(), set()) for path in table.values()}
    for line in printed(table.values(), "nm", "--format=posix", "--print-file-name"):
        path, _, rest = line.partition(": ")
        name, kind = rest.split()[:2]
        if kind in "TDBRVWC":
            found[path][0].add(name)
        elif kind == "U":
            found[path][1].add(name)
    return {source: found[str(path)] for source, path in table.items()}


def circles(arrows):
    """Strongly connected parts of more than one node (Tarjan)."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in arrows[node]:
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1:
                found.append(part)

    for node in arrows:
        if node not in number:
            visit(node)
    return found


def check_links(side, build):
    table = symbols(dict(objects(side, build)))
    if not table:
        yield f"{build}: no object of {side} is built there"
        return
    home = {name: source for source, (defined, _) in table.items() for name in defined}
    arrows = {source: set() for source in table}
    for source, (_, wanted) in sorted(table.items()):
        mine = room_of(side, source)
        if mine is None:
            yield f"{source}: is in no room; give it one in {pathlib.Path(__file__).name}"
            continue
        for name in sorted(wanted & home.keys()):
            other = home[name]
            if room_of(side, other) > mine:
                yield f"{source} wants {name}"
            if other.parent == source.parent:
                arrows[source].add(other)
    for part in circles(arrows):
        yield f"{part[0].parent}: " + " ".join(sorted(node.stem for node in part)) + " go round in a circle"


def includes(path):
    return re.findall(r'^\s*#\s*include "([^"]+)"', path.read_text(), re.M)


def check_includes(side, build):
    for path in sorted((ROOT / side).glob("**/*.[chS]")):
        mine = room_of(side, path.relative_to(ROOT))
        for name in includes(path):
            other = next((root for root in ("include", side, "") if (ROOT / root / name).is_file()), None)
            if other is None:
                if not (path.parent / name).is_file() and not (build / side / name).is_file():  # made by a tool
                    yield f"{path.relative_to(ROOT)}: includes {name}, which is nowhere"
                continue
            if room_of(side, pathlib.Path(other) / name) > mine:
                yield f"{path.relative_to(ROOT)} includes {name}"


def pure(source):
    return any(str(source).startswith(room + "/") for room in PURE)


def writable(table):
    """Source and section of what a program could write to. What only relocation writes to is none of it."""
    sources, source = {str(path): source for source, path in table.items()}, None
    for line in printed(table.values(), "objdump", "-h", "-w"):
        source, part = sources.get(line.partition(": ")[0], source), line.split(None, 7)
        if len(part) == 8 and part[0].isdigit() and int(part[2], 16) and "ALLOC" in part[7] and "READONLY" not in part[7] \
                and not part[1].startswith(".data.rel.ro"):
            yield source, part[1]


def check_pure(side, build):
    table = {source: path for source, path in objects(side, build) if pure(source)}
    for source, section in writable(table):
        yield f"{source} has writable data in {section}"
    known = symbols(table)
    inside = {name for defined, _ in known.values() for name in defined}
    for source, (_, wanted) in sorted(known.items()):
        for name in sorted(wanted - inside):
            if not WANTS.fullmatch(name):
                yield f"{source} wants {name} of others"


def code(text):
    """Without comments and literals."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', " ", text, flags=re.S)


def check_words(side):
    for path in sorted((ROOT / side).glob("**/*.[chS]")):
        name, text = str(path.relative_to(ROOT)), re.sub(r"(?m)^#define sys_call\d.*(\\\n.*)*", "", code(path.read_text()))
        for word, rooms in WORDS.items():
            if re.search(word, text) and not any(name == room or name.startswith(room + "/") for room in rooms):
                yield f"{name}: has no business with {re.search(word, text)[0].rstrip('(')}"


def check_licences():
    for path in sorted(ROOT.glob("*/**/*.[ch]")):
        if not path.relative_to(ROOT).parts[0].startswith("build") and \
                "SPDX-License-Identifier: Apache-2.0" not in path.read_text(errors="replace")[:80]:
            yield f"{path.relative_to(ROOT)}: no SPDX line"


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
    faults = list(check_licences())
    for side in SIDES:
        faults += [*check_includes(side, build), *check_links(side, build), *check_pure(side, build), *check_words(side)]
    for fault in sorted(set(faults)):
        print(f"{fault}: not as the house wants it")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
