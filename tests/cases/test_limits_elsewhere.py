# SPDX-License-Identifier: Apache-2.0
"""A million descriptors: more than the hard limit of most machines, so the tests that take as many as they may have
run once more where they may."""
import uml

TESTS = ["tests/cases/test_hostile_places.py::test_nofile_a_million", "tests/cases/test_cost_scaling.py::test_many_sockets_open_at_once"]


def test_under_a_limit_of_a_million_descriptors():
    out = uml.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS], nofile=1_000_000)
    assert f"{len(TESTS)} passed" in out, out
