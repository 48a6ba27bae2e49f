# SPDX-License-Identifier: Apache-2.0
"""What the pages for people say is so: against the tables of the command, ./dev and the tree."""
import ast
import re

import pytest

import harness

PAGES = ["README.md", "CONTRIBUTING.md", "doc/architecture.md", "doc/cost.md", "doc/fleet.md"]


def text(page):
    return (harness.ROOT / page).read_text(encoding="utf-8")


def test_the_readme_is_short():
    assert len(text("README.md").encode()) <= 10_240


def test_the_readme_has_five_rows_of_what_was_measured():
    def rows(page):  # without and with us, the ratio, valgrind's, strace's
        found = [(re.findall(r"\| ([0-9.]+ us) ", line), re.findall(r"\| ([0-9.]+)× ", line)) for line in text(page).splitlines()]
        return [times + [f"{float(n):.3g}" for n in ratios[:3]] for times, ratios in found if len(times) == 2 and len(ratios) >= 3]

    assert len(rows("README.md")) == 5
    assert not [row for row in rows("README.md") if row not in rows("doc/cost.md")]


def test_the_readme_has_all_verdicts_in_their_order():
    told = harness.execute([harness.CONNLEAK, "--help"]).stdout.partition("Verdicts:")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", text("README.md"), re.M) == re.findall(r"^  ([a-z-]+)  ", told, re.M) != []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", text(page)):
        path, _, part = link.partition("#")
        target = (harness.ROOT / page).parent / path if path else harness.ROOT / page
        assert target.exists(), link
        headings = [re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", target.read_text(), re.M)]
        assert not part or part in headings, link


@pytest.mark.parametrize("page", PAGES)
def test_files_and_folders_that_are_named_are_there(page):
    """`a/b.c` and `a/b/` in code spans, from the root."""
    tops = {p.name for p in harness.ROOT.iterdir() if not p.name.startswith("build")}
    named = [w for w in re.findall(r"`(?:\./)?([a-z_]+/[\w./-]*)`", text(page)) if w.split("/")[0] in tops]
    assert not [w for w in named if not (harness.ROOT / w).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_dev_are_there(page):
    told = harness.execute([str(harness.ROOT / "dev"), "--help"]).stderr
    known = re.findall(r"^  ([a-z]+)\b", told, re.M)
    rows = re.search(r"^\| `\./dev` \|.*?\n\n", text(page), re.M | re.S)
    used = re.findall(r"\./dev ([a-z]+)", text(page)) + (re.findall(r"^\| `([a-z]+)", rows[0], re.M) if rows else [])
    assert known and not [c for c in used if c not in known]


def test_the_rooms_are_those_that_the_arrows_are_checked_by():
    sides = ast.literal_eval(re.search(r"^SIDES = (\{.*?\n\})", text("tests/check/arrows.py"), re.S | re.M)[1])
    rooms = re.findall(r"^\| `([\w./]+)` \| .*\w", text("doc/architecture.md"), re.M)
    assert rooms == [room for side in sides.values() for room in side]


def test_licences_lines_and_names_of_files():
    """As ./dev check has it."""
    assert harness.execute(["/usr/bin/python3", str(harness.ROOT / "tests" / "check" / "style.py")]).stdout.strip() == ""


def test_the_manual_has_the_limits_in_full():
    limits = text("doc/connleak.1.in").partition(".SH LIMITS")[2].partition(".SH ")[0]
    assert limits.count(".TP") >= 10


def test_the_manual_has_the_size_of_the_tables():
    """All of the recorder that can be written to: address space, whether it is used or not."""
    headers = harness.execute(["readelf", "-lW", harness.LIBRARY]).stdout
    size = sum(int(n, 16) for n in re.findall(r"^ +LOAD(?: +0x[0-9a-f]+){4} +(0x[0-9a-f]+) RW", headers, re.M))
    told = re.search(r"our tables take ([0-9]+) MB", text("doc/connleak.1.in"))[1]
    assert abs(size / 1e6 - int(told)) <= 1
