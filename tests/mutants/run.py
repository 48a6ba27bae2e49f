# SPDX-License-Identifier: Apache-2.0
"""Mutation testing: breaks each of the recorder's rules on purpose, and expects a test to notice.

    run.py [--list | --markdown] [--jobs N] [RULE | WORD]...

Without arguments all of them (mutations.py), else those of the rules named by number, or with WORD in their
description. Each mutant is built in a copy of the tree under build-mutants/, where a later run goes on from;
victims are those of the build folder. Exits with 1 when a mutant survives, 2 when one could not be tried.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from mutations import MUTANTS, RULES, NotApplied, apply, markdown  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build-mutants"
PATIENCE = 120  # seconds for the tests of one mutant; who takes longer hangs


class Untested(Exception):
    """Whether the mutant lives cannot be said."""


def execute(command, env=None, patience=900):
    """Exit status (None: it hung) and output; whatever it started is gone with it."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
                                   env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            status = process.wait(patience)
        except subprocess.TimeoutExpired:
            status = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        out.seek(0)
        return status, out.read()


class Tree:
    """A copy of the sources with builds of its own; one mutant at a time lives in it."""

    def __init__(self, name):
        self.source, self.build, self.tsan = (SCRATCH / name / part for part in ("source", "build", "tsan"))
        for path in self.files():
            self.put(path, (ROOT / path).read_bytes())

    @staticmethod
    def files():
        for top in ("include", "preload", "analyzer", "doc", "goimage", "beside", "tests"):
            for path in (ROOT / top).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path.relative_to(ROOT)
        yield from (pathlib.Path(name) for name in ("meson.build", "meson_options.txt", "LICENSE", "README.md", "NEWS"))

    def put(self, path, content):
        """Only if it differs: what is older than the build is not built again."""
        to = self.source / path
        if not to.exists() or to.read_bytes() != content:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(content)

    @contextlib.contextmanager
    def mutated(self, mutant):
        texts = apply(mutant, ROOT)
        for path, text in texts.items():
            self.put(path, text.encode())
        try:
            yield
        finally:
            for path in texts:
                self.put(path, (ROOT / path).read_bytes())

    def make(self, folder, options, targets):
        if not (folder / "build.ninja").exists():
            self.must(["meson", "setup", folder, self.source, *options])
        self.must(["ninja", "-C", folder, *targets])

    @staticmethod
    def must(command):
        status, output = execute(command)
        if status != 0:
            raise Untested("does not build: " + "\n".join(re.findall(r".*error.*", output)[:3] or output.splitlines()[-3:]))

    def build_for(self, tests):
        kinds = sorted(set(map(kind, tests)))
        units = [f"tests/unit/test_{name}" for k, name in kinds if k == "unit"]
        if any(k in ("pytest", "exports") for k, _ in kinds):
            units += ["preload/libconnleak.so", "analyzer/connleak"]
        if units:
            self.make(self.build, ["--buildtype=release"], units)
        races = [f"tests/unit/test_{name}" for k, name in kinds if k == "tsan"]
        if races:
            self.make(self.tsan, ["--buildtype=debugoptimized", "-Db_sanitize=thread", "-Db_lundef=false"], races)

    # ---- running tests: the names of those that failed -------------------------------------------------------

    def run(self, tests, patience=PATIENCE):
        found = [n for t in tests for n in self.run_program(*kind(t), patience)]
        cases = [t for t in tests if kind(t)[0] == "pytest"]
        return found + (self.run_pytest(cases, patience) if cases else [])

    def run_program(self, what, name, patience):
        if what == "exports":
            command, env = ["/usr/bin/python3", "tests/check/exports.py", self.build / "preload/libconnleak.so"], None
        elif what == "unit":
            command, env = [self.build / f"tests/unit/test_{name}"], None
        elif what == "tsan":
            command = ["setarch", "-R", self.tsan / f"tests/unit/test_{name}"]
            env = {"TSAN_OPTIONS": f"suppressions={ROOT}/tests/tsan.supp"}
        else:
            return []
        status, output = execute(command, env, patience // 4)
        if status == 0:
            return []
        failed = re.findall(r"^\[  FAILED  \] test_(\w+)$" if what != "exports" else r"^(\w+):", output, re.M)
        called = f"{what} {name}".strip()
        return [f"{called}: {one}" for one in dict.fromkeys(failed)] or [called + (" hangs" if status is None else "")]

    def run_pytest(self, cases, patience):
        temporary = tempfile.mkdtemp(prefix="connleak-mutant-")
        os.chmod(temporary, 0o711)  # some tests write there without rights
        env = {"CONNLEAK_ANALYZER": str(self.build / "analyzer/connleak"), "TMPDIR": temporary,
               "CONNLEAK_LIBRARY": str(self.build / "preload/libconnleak.so"), "CONNLEAK_TEST_TIMEOUT": "20"}
        try:
            status, output = execute(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                                      "-rfE", "--tb=no", *(f"{ROOT}/tests/{c}" for c in cases)], env, patience)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        if status is None:
            return ["a test that hangs"]
        if status not in (0, 1):
            raise Untested("no such test: " + output.strip().splitlines()[-1])
        return [re.sub(r"^.*/|\.py", "", one) for one in re.findall(r"^(?:FAILED|ERROR) (\S+)", output, re.M)]


def kind(test):
    """"conn", "tsan races", "exports", or what pytest calls it."""
    if "::" in test:
        return "pytest", ""
    if test == "exports":
        return "exports", ""
    what, _, name = test.rpartition(" ")
    return what or "unit", name


# ---- all of them -------------------------------------------------------------------------------------------------


def try_one(tree, mutant):
    """What became of it, and who noticed."""
    try:
        with tree.mutated(mutant):
            tree.build_for(mutant.tests)
            noticed = tree.run(mutant.tests)
    except (Untested, NotApplied) as e:
        return "UNTESTED", [str(e)]
    return ("killed" if noticed else "SURVIVED"), noticed


def show(mutant, fate, noticed):
    names = ", ".join(noticed[:3]) + (f" and {len(noticed) - 3} more" if len(noticed) > 3 else "")
    print(f"{mutant.rule:>4}  {fate:<8}  {mutant.what}\n{'':16}{names or 'nobody noticed: ' + ', '.join(mutant.tests)}", flush=True)


def chosen(words):
    if not words:
        return MUTANTS
    return [m for m in MUTANTS if any(str(m.rule) == w or not w.isdigit() and w in f"{m.rule} {m.what}" for w in words)]


def list_all(mutants):
    for number, rule in RULES.items():
        print(f"{number:>4}  {rule}")
        print("".join(f"        {m.what}\n" for m in mutants if m.rule == number), end="")


class Trees:
    """As many as there are jobs; who has work takes the next one that is free."""

    def __init__(self, jobs):
        self.free = queue.SimpleQueue()
        for number in range(jobs):
            self.free.put(Tree(str(number)))

    def turn(self, work, *with_what):
        tree = self.free.get()
        try:
            return work(tree, *with_what)
        finally:
            self.free.put(tree)


def without_any(tree, mutants):
    """Tests that fail anyway notice nothing."""
    tests = sorted({t for m in mutants for t in m.tests})
    try:
        tree.build_for(tests)
        broken = tree.run(tests, 10 * PATIENCE)
    except Untested as e:
        broken = [str(e)]
    if broken:
        sys.exit("without any mutation: " + ", ".join(broken))


def try_all(mutants, jobs):
    """What became of each."""
    trees, fates = Trees(jobs), []
    trees.turn(without_any, mutants)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        tries = {pool.submit(trees.turn, try_one, m): m for m in mutants}
        for done in concurrent.futures.as_completed(tries):
            fates.append(done.result()[0])
            show(tries[done], *done.result())
    return fates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="the table of rules and tests in doc/architecture.md")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("words", nargs="*", metavar="RULE | WORD")
    arguments = parser.parse_args()
    mutants, started = chosen(arguments.words), time.monotonic()
    if arguments.list:
        return list_all(mutants)
    if arguments.markdown:
        return print("\n".join(markdown()))
    if not mutants:
        sys.exit("no such mutant")
    fates = try_all(mutants, arguments.jobs)
    print(f"{len(mutants)} mutants of {len({m.rule for m in mutants})} rules in {time.monotonic() - started:.0f} s: "
          + ", ".join(f"{fates.count(f)} {f}" for f in ("killed", "SURVIVED", "UNTESTED") if f in fates))
    return 2 if "UNTESTED" in fates else 1 if "SURVIVED" in fates else 0


if __name__ == "__main__":
    sys.exit(main())
