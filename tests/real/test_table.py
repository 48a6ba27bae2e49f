# SPDX-License-Identifier: Apache-2.0
"""The table of clients and bodies, cell by cell. Without us, as many connections are made."""
import pytest

import harness
import table


@pytest.mark.parametrize("client, situation", table.CELLS)
def test_cell(client, situation):
    alone = table.measure(client, situation, harness.native)
    cell = table.measure(client, situation)
    assert cell.accepted == alone.accepted
    assert table.holds(cell, table.expected(client, situation)), cell
