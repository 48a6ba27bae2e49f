# SPDX-License-Identifier: Apache-2.0
"""Redis's tests of what meets the network, against the Redis that is installed."""
import functools
import re
import shutil

import source
from suite import FAILED, PASSED, SKIPPED, Part, Unavailable

PROGRAMS = ("server", "cli", "benchmark", "check-rdb", "check-aof")
# group: units, all of which one run of the test program works through. Not psync2-reg: it rolls dice for
# as long as its time lasts, and which of its tests are run is never the same.
GROUPS = {
    "server": ("unit/auth", "unit/protocol", "unit/networking", "unit/querybuf", "unit/limits", "unit/shutdown",
               "unit/introspection", "unit/pubsub", "unit/multi", "unit/quit", "unit/tracking", "unit/obuf-limits"),
    "replication": ("integration/redis-cli", "integration/replication-3", "integration/replication-4",
                    "integration/shutdown", "integration/logging", "unit/wait"),
}
COLOUR = re.compile(r"\x1b\[[\d;]*m")
RESULT = re.compile(r"^\[(ok|err|exception|skip|ignore|timeout)\]: (.*?)(?: \(\d+ ms\))?$", re.M)


def prepare(tree, work):
    shutil.copytree(tree / "tests", work / "tests")
    for name in ("runtest", "redis.conf"):
        shutil.copy(tree / name, work)
    (work / "src").mkdir()
    for name in PROGRAMS:
        (work / "src" / f"redis-{name}").symlink_to(shutil.which(f"redis-{name}"))


def run(tree, port, units, place, only=()):
    prepare(tree, place.work)
    command = ["./runtest", "--clients", "2", "--baseport", str(port)]
    for unit in units:
        command += ["--single", unit]
    for test in only:
        command += ["--only", test]
    end, outcomes = place.execute(command, 500), {}
    for result, name in RESULT.findall(COLOUR.sub("", place.log())):
        this = PASSED if result == "ok" else SKIPPED if result in ("skip", "ignore") else FAILED
        name = re.sub(r"\d{4,}", "#", name)  # ports and memory in names
        if this != SKIPPED or name not in outcomes:
            outcomes[name] = FAILED if FAILED in (this, outcomes.get(name)) else this
    return end, outcomes


def parts(subset):
    if subset:
        return []
    for program in ("tclsh", *(f"redis-{name}" for name in PROGRAMS)):
        if not shutil.which(program):
            raise Unavailable(f"{program} is not installed")
    tree = source.fetch("redis")
    return [Part("redis", group, functools.partial(run, tree, 21111 + 2000 * number, units), 90)
            for number, (group, units) in enumerate(GROUPS.items())]
