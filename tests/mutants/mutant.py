# SPDX-License-Identifier: Apache-2.0
"""What a mutant is: a rule of the recorder, a small change of the sources that breaks it, and the tests that are to
notice. Knows nothing of building and running."""
from typing import NamedTuple

# What init.c says in short, one by one. A mutant stands under the rule that it breaks.
RULES = {
    1: "every name by which real programs reach a socket is wrapped: aliases, _chk twins, 64-bit twins",
    2: "whatever closes a socket is seen, or found out: fclose, dup2 over it, close_range, syscall(), exec, io_uring",
    3: "a close is recorded before the real call, an opening after it",
    4: "a connection lives as long as its last descriptor, however that was copied or passed on",
    5: "the child of a vfork runs in our memory, and touches nothing",
    6: "the child of any fork has its own story, and inherits",
    7: "exec begins a new dump, with the sockets that survived it; a failed one changes nothing",
    8: "no lock and no flag is held across the real call; unwinding goes through our frames",
    9: "close is lock-free and async-signal-safe",
    10: "no constructor comes too early, no destructor too late, no end of the process unseen",
    11: "libunwind is loaded, never linked, and is no symbol of the program",
    12: "stacks are taken at birth only, never where libunwind could hang or overflow",
    13: "framing: what is looked at is not taken, what is lost stays lost, what is unknown stays unknown",
    14: "a TLS session is the socket used inside the call, then what was learned, then what the library says",
    15: "after a seccomp filter no system call is ours",
    16: "facts are written when they happen: SIGKILL comes next",
    17: "sockets of the name service are none of our business",
    18: "the kernel's books are believed before ours",
    19: "the program sees no difference: errno, numbers, masks, memory, streams",
    "threads": "among threads: atomics where they are needed, and slots that change hands only when nobody is at them",
    "verdicts": "a clean program is not accused, and what a program's end or a late byte would hide is said all the same",
}


class Mutant(NamedTuple):
    rule: object
    what: str  # is broken
    tests: tuple  # those that are to notice: a unit test program, "tsan" and one, "exports", or pytest's name below tests/
    edits: tuple  # (file, old text, new text); the old text is there exactly once; the file by the end of its path


class NotApplied(Exception):
    """The sources have moved on: the mutation does not fit any more."""


def mutants(*rows):
    """Rows of rule, what, tests (one or a list), and edits."""
    return [Mutant(rule, what, (tests,) if isinstance(tests, str) else tuple(tests), edits)
            for rule, what, tests, *edits in rows]


def find(root, end):
    """The one source whose path ends like that: a mutant outlives the move of a file to another room."""
    files = (str(path.relative_to(root)) for side in ("preload", "analyzer", "include", "goimage") for path in (root / side).rglob("*.*"))
    found = [path for path in files if f"/{path}".endswith("/" + end)]
    if len(found) != 1:
        raise NotApplied(f"{end}: {len(found)} files of that name")
    return found[0]


def apply(mutant, root):
    """The changed files' new texts, by path."""
    texts = {}
    for end, old, new in mutant.edits:
        path = find(root, end)
        text = texts.get(path) or (root / path).read_text()
        if text.count(old) != 1:
            raise NotApplied(f"{mutant.rule} '{mutant.what}': {text.count(old)} times in {path}: {old!r}")
        texts[path] = text.replace(old, new)
    return texts
