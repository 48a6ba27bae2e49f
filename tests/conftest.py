# SPDX-License-Identifier: Apache-2.0
"""Fixtures that all tests share."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness  # noqa: E402
import server as integration_server  # noqa: E402


def pytest_sessionfinish():
    harness.remove_folders()  # a worker of xdist may end without its atexit handlers


@pytest.fixture(scope="session")
def server():
    with integration_server.Server() as s:
        yield s


@pytest.fixture(scope="session")
def tls_server():
    with integration_server.Server(tls=True) as s:
        yield s
