# SPDX-License-Identifier: Apache-2.0
"""Plug-ins that are loaded with RTLD_DEEPBIND find libc's functions before ours, and are recorded all the same."""
import pytest

import harness

DEEP = {"PLUGGED_DEEPBIND": "1"}


def plugged(name, *words, **how):
    return harness.both([harness.victim("plugged"), harness.victim(name + ".so"), *words], **how)


@pytest.mark.parametrize("env", [{}, DEEP, {**DEEP, "PLUGGED_LAZY": "1"}], ids=["not", "deep", "deep-lazy"])
@pytest.mark.parametrize("name", ["bound_lazy", "bound_now"])
def test_a_plug_in_is_recorded(name, env):
    assert sorted(plugged(name, "5", env=env).verdicts().items()) == [(("closed", "unframed"), 11)]  # with the listener
    kept = plugged(name, "5", "keep", env=env)
    assert sum(n for (verdict, _), n in kept.verdicts().items() if verdict != "closed") == 5
