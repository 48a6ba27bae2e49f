# SPDX-License-Identifier: Apache-2.0
"""Go's own tests of what makes system calls, as each package's test program: the runtime under it is patched. Dynamic ones
are preloaded into, static ones (CGO_ENABLED=0) are run by the launcher."""
import functools
import os
import re
import shutil
import subprocess

from suite import CONNLEAK, FAILED, PASSED, SKIPPED, STORE, Part, Unavailable

# Package, about how many seconds its short tests take, whether in the subset, environment.
PACKAGES = [
    ("net", 15, True, {}), ("net/http", 40, False, {}), ("crypto/tls", 30, False, {}), ("os/exec", 10, True, {}),
    ("os/signal", 20, False, {}), ("syscall", 5, True, {}), ("runtime/pprof", 30, False, {}), ("database/sql", 10, False, {}),
    ("net/rpc", 5, False, {}), ("net/smtp", 5, False, {}),
    ("net/http", 60, False, {"GOGC": "1"}), ("net/http", 40, False, {"GODEBUG": "clobberfree=1"}),
]
# The same, static.
STATIC = [("net", 15, True), ("net/http", 40, False), ("crypto/tls", 30, False), ("os/exec", 10, True), ("os/signal", 20, False),
          ("syscall", 5, True), ("runtime/pprof", 30, False), ("database/sql", 10, False), ("net/rpc", 5, False),
          ("net/smtp", 5, False)]
PACKAGES += [(package, seconds, wanted, {"CGO_ENABLED": "0"}) for package, seconds, wanted in STATIC]
OUTCOME = re.compile(r"^\s*--- (PASS|FAIL|SKIP): (\S+)", re.M)
OUTCOMES = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED}


@functools.cache
def toolchain():
    """Its version ("go1.19.8"), by which what it builds is kept apart, and its folder."""
    return subprocess.run(["go", "env", "GOVERSION", "GOROOT"], check=True, capture_output=True, text=True).stdout.split()


def build(package, static):
    """The test program, and the folder in which it wants to be run."""
    version, root = toolchain()
    program = STORE / "golang" / version / (package.replace("/", "_") + ("_static" if static else ""))
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        env = os.environ | {"GO111MODULE": "off", "GOCACHE": str(STORE / "golang" / "cache"), "CGO_ENABLED": "0" if static else "1"}
        if subprocess.run(["go", "test", "-c", "-o", program, package], env=env, capture_output=True).returncode:
            raise Unavailable(f"the tests of {package} cannot be built")
    return program, f"{root}/src/{package}"


def run(package, env, place, only=()):
    static = env.get("CGO_ENABLED") == "0"
    program, folder = build(package, static)
    names = sorted({name.split("/")[0] for name in only})
    chosen = [f"-test.run=^({'|'.join(map(re.escape, names))})$"] if names else []
    # The launcher itself is nobody's victim.
    launch = ["env", "-u", "LD_PRELOAD", CONNLEAK, "run", "--output", place.dumps, "--report-file", os.devnull, "--"]
    command = [program, "-test.short", "-test.v", *chosen]
    if static and place.recorded:
        command = launch + command
    end = place.execute(command, 400, cwd=folder, env=env | {"PWD": folder})
    return end, {name: OUTCOMES[outcome] for outcome, name in OUTCOME.findall(place.log())}


def parts(subset):
    if not shutil.which("go"):
        raise Unavailable("go is not installed")
    return [Part("golang", " ".join([package.replace("/", "-"), *(f"{k}={v}" for k, v in env.items())]),
                 functools.partial(run, package, env), seconds, subset=wanted)
            for package, seconds, wanted, env in PACKAGES if wanted or not subset]
