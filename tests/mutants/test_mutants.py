# SPDX-License-Identifier: Apache-2.0
"""The table of mutants still fits the sources and the tests. Whether they are noticed: ./dev mutants"""
import re

import pytest

import harness
import mutations


@pytest.mark.parametrize("rule", mutations.RULES)
def test_mutants_apply(rule):
    """Each old text is there exactly once, or whoever changed the source is told here."""
    mutants = [m for m in mutations.MUTANTS if m.rule == rule]
    assert mutants
    faults = []
    for mutant in mutants:
        try:
            texts = mutations.apply(mutant, harness.ROOT)
            faults += [f"{mutant.what}: changes nothing in {path}" for path, text in texts.items()
                       if text == (harness.ROOT / path).read_text()]
        except mutations.NotApplied as e:
            faults.append(str(e))
    assert not faults


def test_each_is_another():
    assert len({(m.rule, m.what) for m in mutations.MUTANTS}) == len(mutations.MUTANTS)


def test_the_architecture_names_the_tests_of_each_rule():
    """tests/mutants/run.py --markdown prints what it is to say."""
    page = (harness.ROOT / "doc" / "architecture.md").read_text().splitlines()
    assert not [row for row in mutations.markdown() if row not in page]


def is_there(test):
    """Whether a test of that name exists; a parameter's name is pytest's to know."""
    path, _, name = test.partition("::")
    if name:
        return re.search(rf"^def {re.escape(name.partition('[')[0])}\(", (harness.ROOT / "tests" / path).read_text(), re.M)
    return test == "exports" or (harness.ROOT / f"tests/unit/test_{test.split()[-1]}.c").exists()


def test_who_is_to_notice_is_there():
    assert not [t for m in mutations.MUTANTS for t in m.tests if not is_there(t)]
