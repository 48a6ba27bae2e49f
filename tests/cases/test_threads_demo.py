# SPDX-License-Identifier: Apache-2.0
"""./dev demo: the article's table out of our own reports."""
import sys

import demo
import harness


def test_the_table_is_the_articles():
    run = harness.native([sys.executable, str(harness.ROOT / "tests" / "demo.py")])
    assert run.status == 0, run.out + run.err
    assert "All 8 runs are as in the article." in run.out
    assert "12 pinned by connections that were never closed" in run.out


def test_a_row_that_differs_is_shown_and_counted(server, monkeypatch, capsys):
    monkeypatch.setattr(demo, "RUNS", [("reads the bodies", "read", 1, 1, 3, 2, "leaked/undrained"),
                                       ("closes the bodies", "closed", 1, 6, 1, 0, "closed-early")])
    assert not demo.table([server])
    out = capsys.readouterr().out
    assert "BUT THE ARTICLE SAYS leaked/undrained" in out
    assert "1 of 2 runs are NOT as in the article." in out
