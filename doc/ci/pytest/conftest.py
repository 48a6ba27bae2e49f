# SPDX-License-Identifier: Apache-2.0
"""The server that is tested runs under connleak; the tests fail at their end when it has leaked a connection."""
import pathlib
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("connleak")
    server = subprocess.Popen(
        ["connleak", "run", "--no-keep", "--output", folder, "--report-file", folder / "report", "--error-exitcode", "99",
         "--", sys.executable, pathlib.Path(__file__).with_name("server.py")], stdout=subprocess.PIPE, text=True)
    yield int(server.stdout.readline())
    server.terminate()  # connleak hands it on
    if server.wait(timeout=30) == 99:
        pytest.fail((folder / "report").read_text(), pytrace=False)
