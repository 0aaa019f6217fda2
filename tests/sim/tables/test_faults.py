"""One reading says up to twenty things to correct, each by sheet, row and column."""

from pathlib import Path

import pytest

from sim.tables.faults import MOST_LISTED, Faults, TableRefusal
from sim.tables.sheets import Sheet

SHEET = Sheet(Path("chain.xlsx"), "商品", [])


def test_no_fault_is_no_refusal():
    Faults().refuse()


@pytest.mark.parametrize("count", [1, MOST_LISTED, MOST_LISTED + 3])
def test_a_line_a_fault_and_how_many_more_there_are(count):
    faults = Faults()
    for row in range(count):
        faults.add(SHEET, row + 2, "单价", "a number", "abc")
    with pytest.raises(TableRefusal) as refused:
        faults.refuse()
    lines = str(refused.value).splitlines()
    assert lines[0] == "chain.xlsx [商品]: row 2, column 单价: expected a number, found 'abc'"
    assert len(lines) == min(count, MOST_LISTED) + (count > MOST_LISTED)
    assert (lines[-1] == "and 3 more to correct") == (count > MOST_LISTED)
