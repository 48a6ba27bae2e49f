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
# Why they fail without the recorder, too; and their parts, behind a slash.
EXPIRED = "its certificates have expired"
FAILING = {"TestResumptionKeepsOCSPAndSCT": EXPIRED, "TestVerifyConnection": EXPIRED,
           "TestTimeVDSO": "it wants samples of a profile in time.now, which 1.24 has given another name",
           "TestCmdGoNoHTTPServer": "it reads the symbols of Go's own command, from which Debian has stripped them"}
FOLLOW = "(all that follow)"
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
        # In Go's own module: outside of it a package counts as one of an old Go, with that one's behaviour (GODEBUG).
        env = os.environ | {"GOFLAGS": "-mod=vendor", "GOCACHE": str(STORE / "golang" / "cache"), "PWD": f"{root}/src",
                            "CGO_ENABLED": "0" if static else "1"}
        if subprocess.run(["go", "test", "-vet=off", "-c", "-o", program, package], cwd=f"{root}/src", env=env, capture_output=True).returncode:
            raise Unavailable(f"the tests of {package} cannot be built")
    return program, f"{root}/src/{package}"


def run(package, env, place, only=()):
    static = env.get("CGO_ENABLED") == "0"
    program, folder = build(package, static)
    names = sorted({name.split("/")[0] for name in only}) if FOLLOW not in only else []
    chosen = [f"-test.run=^({'|'.join(map(re.escape, names))})$"] if names else []
    # The launcher itself is nobody's victim.
    launch = ["env", "-u", "LD_PRELOAD", CONNLEAK, "run", "--output", place.dumps, "--report-file", os.devnull, "--"]
    command = [program, "-test.short", "-test.v", *chosen]
    if static and place.recorded:
        command = launch + command
    # By a shell: net's tests open a terminal, which would be that of whoever leads a session, and hang it up.
    command = ["/bin/sh", "-c", '"$@"; exit $?', "sh", *command]
    end = place.execute(command, 400, cwd=folder, env=env | {"PWD": folder})
    outcomes = {name: OUTCOMES[outcome] for outcome, name in OUTCOME.findall(place.log())}
    if end not in ("exit 0", "exit 1"):
        outcomes[FOLLOW] = FAILED  # a panic ends the whole program, and is no test's outcome
    return end, outcomes


def parts(subset):
    if not shutil.which("go"):
        raise Unavailable("go is not installed")
    return [Part("golang", " ".join([package.replace("/", "-"), *(f"{k}={v}" for k, v in env.items())]),
                 functools.partial(run, package, env), seconds, subset=wanted, failing=FAILING)
            for package, seconds, wanted, env in PACKAGES if wanted or not subset]
