# SPDX-License-Identifier: Apache-2.0
"""The tests of ws, the WebSocket library of Node.js: a commit of its repository, and the runner from the npm registry."""
import functools
import shutil
import subprocess
import xml.etree.ElementTree

from suite import STORE, Part, Unavailable, of_junit
import source

REPOSITORY = "https://github.com/websockets/ws"
COMMIT = "a2f4e7c046c2112bbce6fef39a083dac77d6f0d2"  # 8.21.0
RUNNER = "mocha@8.4.0"


def parse(path):
    """Some names are there more than once: they are numbered, as they run in the same order each time."""
    outcomes = {}
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        base = name = f"{case.get('classname')} {case.get('name')}"
        number = 1
        while name in outcomes:
            number += 1
            name = f"{base} #{number}"
        outcomes[name] = of_junit(case)
    return outcomes


def run(tree, file, place, only=()):
    """A file as a whole, whatever is asked for: its tests take a second or two."""
    results = place.folder / "results.xml"
    end = place.execute(["node", "node_modules/mocha/bin/_mocha", "--exit", "--reporter", "xunit", "--reporter-option",
                         f"output={results}", f"test/{file}"], 120, cwd=tree)
    try:
        return end, parse(results)
    except (OSError, xml.etree.ElementTree.ParseError):
        return end, {}


@source.alone()
def fetch():
    tree = STORE / "ws" / "source"
    if (tree / ".made").exists():
        return tree
    for program in ("git", "npm", "node"):
        if not shutil.which(program):
            raise Unavailable(f"needs {program}")
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for command in (["git", "init", "-q"], ["git", "fetch", "-q", "--depth", "1", REPOSITORY, COMMIT],
                    ["git", "checkout", "-q", "FETCH_HEAD"],
                    ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--no-package-lock",
                     RUNNER]):
        try:
            done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=600)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{' '.join(command)}: took too long") from None
        if done.returncode:
            raise Unavailable(f"{' '.join(command)}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    (tree / ".made").touch()
    return tree


def parts(subset):
    if subset:
        return []  # the continuous integration asks nobody but Debian
    tree = fetch()
    return [Part("ws", file.name, functools.partial(run, tree, file.name), 10)
            for file in sorted((tree / "test").glob("*.test.js"))]
