# SPDX-License-Identifier: Apache-2.0
"""Fixtures that all tests share."""
import json
import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import golang  # noqa: E402
import harness  # noqa: E402
import server as integration_server  # noqa: E402

# Where Debian has servers, and where who is not root does not look.
os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"

# A shell lets its background jobs ignore these, nohup the last one, and what the tests start would, too.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL),
                        (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


def pytest_sessionstart():
    """What was not built is the build's fault, not a test's."""
    options = harness.BUILD / "meson-info" / "intro-buildoptions.json"
    if options.exists() and {o["name"]: o["value"] for o in json.loads(options.read_text())}.get("tests") != "enabled":
        pytest.exit(f"{harness.BUILD} was set up without the tests; ./dev test WORD... sets it up with them", 2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """A client that fails may have been left by its server: which connections of this worker's ended last, and why."""
    report = (yield).get_result()
    if report.failed and integration_server.ENDED:
        report.sections.append(("Connections that the test's servers ended", "\n".join(integration_server.ENDED)))


def pytest_sessionfinish():
    harness.remove_folders()  # a worker of xdist may end without its atexit handlers


@pytest.fixture(scope="session")
def server():
    with integration_server.Server() as s:
        yield s


@pytest.fixture(scope="session")
def go_ports():
    with golang.server() as ports:
        yield ports


@pytest.fixture(scope="session")
def go_http(go_ports):
    return f"http://127.0.0.1:{go_ports[0]}"


@pytest.fixture(scope="session")
def go_https(go_ports):
    return f"https://127.0.0.1:{go_ports[3]}"


@pytest.fixture(scope="session")
def tls_server():
    with integration_server.Server(tls=True) as s:
        yield s
