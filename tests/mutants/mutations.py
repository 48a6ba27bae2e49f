# SPDX-License-Identifier: Apache-2.0
"""All mutants, in the order of the rules."""
from mutant import RULES, Mutant, NotApplied, apply  # noqa: F401
import mutants_descriptors
import mutants_facts
import mutants_manners
import mutants_verdicts

MUTANTS = sorted(mutants_descriptors.MUTANTS + mutants_manners.MUTANTS + mutants_facts.MUTANTS + mutants_verdicts.MUTANTS,
                 key=lambda m: list(RULES).index(m.rule))


def where(test):
    """The file below tests/ without its ending."""
    if test == "exports":
        return "check/exports"
    if test.startswith("tsan "):
        return f"unit/test_{test[5:]} in TSan"
    return test.partition("::")[0].removesuffix(".py") if "::" in test else f"unit/test_{test}"


def markdown():
    """The rows of doc/architecture.md: each rule, the tests that notice when it is broken."""
    for number, rule in RULES.items():
        yield f"| {number} | {rule} | {', '.join(sorted({where(t) for m in MUTANTS if m.rule == number for t in m.tests}))} |"
