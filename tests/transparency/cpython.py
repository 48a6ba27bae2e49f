# SPDX-License-Identifier: Apache-2.0
"""CPython's own tests, as Debian packages them for /usr/bin/python3."""
import functools
import subprocess
import xml.etree.ElementTree

from suite import FAILED, PASSED, Part, Unavailable, of_junit

PYTHON = "/usr/bin/python3"
TIMEOUT = 1800  # and half of it for one file: for what hangs. Alone test_subprocess takes 39 s, on a slow machine 15 times that

VSOCK = {"*VSOCK*": "talks to the hypervisor, and waits for ever for one that does not answer (natively, too)"}
# name: seconds, in the subset, excluded, resources (only such as need no other machine)
FILES = {
    "test_asyncio": (85, False, {}, ""),
    "test_signal": (47, False, {}, ""),
    "test_ssl": (30, False, {}, ""),
    "test_socket": (27, True, VSOCK, ""),
    "test_subprocess": (25, True, {}, ""),
    "test_selectors": (15, True, {}, ""),
    "test_threading": (11, True, {}, ""),
    "test_socketserver": (3, True, {}, "network"),  # loopback only; without it the file skips itself
    "test_urllib2_localnet": (3, True, {}, ""),
    "test_imaplib": (15, False, {}, ""),
    "test_httpservers": (10, False, {}, ""),
    "test_xmlrpc": (8, False, {}, ""),
    "test_ftplib": (8, False, {}, ""),
    "test_smtplib": (6, False, {}, ""),
    "test_poplib": (5, False, {}, ""),
    "test_urllib": (2, True, {}, ""),
    "test_httplib": (2, True, {}, ""),
    "test_os": (2, True, {}, ""),
    "test_posix": (2, True, {}, ""),
}


def parse(path):
    """A test that was run twice (a mixin's name, say) has the worse of its outcomes."""
    outcomes = {}
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        name, this = case.get("name"), of_junit(case)
        if FAILED not in (this, outcomes.get(name)):
            outcomes[name] = outcomes[name] if outcomes.get(name) == PASSED else this
        else:
            outcomes[name] = FAILED
    return outcomes


def run(file, place, only=()):
    seconds, _, excluded, resources = FILES[file]
    results = place.folder / "results.xml"
    command = [PYTHON, "-m", "test", "--junit-xml", str(results), "--timeout", str(TIMEOUT // 2)]
    for pattern in excluded:
        command += ["--ignore", pattern]
    for test in only:
        command += ["--match", test]
    if resources:
        command += ["--use", resources]
    end = place.execute([*command, file], TIMEOUT)
    try:
        return end, parse(results)
    except (OSError, xml.etree.ElementTree.ParseError):
        return end, {}


def version():
    shown = subprocess.run([PYTHON, "-c", "import sys, test.test_socket; print('%d.%d' % sys.version_info[:2])"],
                           capture_output=True, text=True)
    if shown.returncode:
        raise Unavailable("its tests are not installed (package libpython3.11-testsuite)")
    return shown.stdout.strip()


def parts(subset):
    suite = f"CPython {version()}"
    return [Part(suite, file, functools.partial(run, file), seconds, small, excluded)
            for file, (seconds, small, excluded, _) in FILES.items() if small or not subset]
