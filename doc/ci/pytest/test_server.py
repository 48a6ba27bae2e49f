# SPDX-License-Identifier: Apache-2.0
import time
import urllib.request


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        return response.read()


def test_tidy(port):
    assert get(port, "/") == b"ok"


def test_leaky(port):
    for _ in range(3):
        assert get(port, "/leak") == b"ok"
        time.sleep(0.1)
