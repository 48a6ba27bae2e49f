# SPDX-License-Identifier: Apache-2.0
"""libevent's tests: buffers, HTTP, DNS and TLS over loops of every kind, each test in a process of its own."""
import functools
import re

import source
from suite import FAILED, PASSED, SKIPPED, Part

EOF = "since OpenSSL 3 an end of file without close_notify is an error, unknown to libevent 2.1.12 (its issue 1212)"
FAILING = dict.fromkeys(("http/https_incomplete", "http/https_incomplete_timeout", "http/https_chunk_out",
                         "ssl/bufferevent_socketpair_dirty_shutdown",
                         "ssl/bufferevent_renegotiate_socketpair_dirty_shutdown",
                         "ssl/bufferevent_socketpair_startopen_dirty_shutdown"), EOF)
SUMMARY = re.compile(r"^\d+/\d+ TESTS FAILED.*", re.M)  # behind the last test, and not its own
TEST = re.compile(r"^(\w+/\w+): ", re.M)  # followed by its messages and, somewhere among them, its outcome


def outcome(text):
    return FAILED if "FAILED" in text else SKIPPED if "SKIPPED" in text or "DISABLED" in text else PASSED


def run(program, place, only=()):
    end = place.execute([program, *only], 400)
    parts_of_log = TEST.split(SUMMARY.sub("", place.log()))
    return end, {name: outcome(text) for name, text in zip(parts_of_log[1::2], parts_of_log[2::2])}


def parts(subset):
    if subset:
        return []
    folder = source.cmake(source.fetch("libevent"),
                          ["-DEVENT__DISABLE_BENCHMARK=ON", "-DEVENT__DISABLE_SAMPLES=ON",
                           "-DEVENT__DISABLE_MBEDTLS=ON", "-DEVENT__LIBRARY_TYPE=SHARED"], ["regress"])
    return [Part("libevent", "", functools.partial(run, str(folder / "bin" / "regress")), 100, failing=FAILING)]
