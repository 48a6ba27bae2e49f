# SPDX-License-Identifier: Apache-2.0
"""curl's tests: a client that everybody uses, against servers of their own for HTTP, FTP, RTSP, IMAP, SMTP, ..."""
import functools
import getpass
import re
import shutil

import source
from suite import FAILED, PASSED, SKIPPED, Part

RESULT = re.compile(r"^(PASS|FAIL|IGNORED): (\d+) - (.*)$", re.M)
CONSIDERED = re.compile(r"^TESTDONE: (\d+) tests were considered", re.M)
# Runs of about equal length, each with servers of its own.
RANGES = ((1, 299), (300, 699), (700, 1399), (1400, 1699), (1700, 9999))


def prepare(tree, folder, work):
    """The working folder as the tests want it: beside what was built, and theirs to write to."""
    (work / "tests").mkdir()
    for name in ("src", "lib", "curl-config"):
        (work / name).symlink_to(folder / name)
    for path in (folder / "tests").iterdir():
        (work / "tests" / path.name).symlink_to(path)


def locales(folder):
    """Some tests want en_US.UTF-8, of which they need no more than its character set."""
    folder.mkdir()
    for name in ("en_US.UTF-8", "C.UTF-8"):
        (folder / name).symlink_to("/usr/lib/locale/C.utf8")
    return {"LOCPATH": str(folder)}


def run(tree, folder, numbers, place, only=()):
    prepare(tree, folder, place.work)
    env = {"USER": getpass.getuser(), **locales(place.work / "locale")}
    tests = [name.split()[0] for name in only] or [str(numbers[0]), "to", str(numbers[1])]
    end = place.execute(["perl", str(tree / "tests" / "runtests.pl"), "-a", "-n", "-am", "!flaky", *tests], 500,
                        cwd=place.work / "tests", env=env)
    outcomes = {f"{number} {name}": PASSED if result == "PASS" else FAILED
                for result, number, name in RESULT.findall(place.log())}
    considered = CONSIDERED.search(place.log())  # those that need what this curl was built without are not named
    for number in range(int(considered[1]) - len(outcomes) if considered and not only else 0):
        outcomes[f"(skipped: {number + 1})"] = SKIPPED
    shutil.rmtree(place.work)
    place.work.mkdir()
    return end, outcomes


def parts(subset):
    if subset:
        return []
    tree = source.fetch("curl")
    folder = source.cmake(tree, ["-DCURL_USE_OPENSSL=ON", "-DUSE_NGHTTP2=ON", "-DBUILD_TESTING=ON"],
                          ["src/curl", "testdeps"])
    return [Part("curl", f"{first} to {last}", functools.partial(run, tree, folder, (first, last)), 120)
            for first, last in RANGES]
