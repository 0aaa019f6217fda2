"""Quarters are read as people write them, and end where the calendar ends them."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.health.quarters import Quarter, of_cells, of_day

THIRD = Quarter(2026, 3)


@pytest.mark.parametrize(
    "cell",
    [
        *("2026Q3", "2026 Q3", "2026-Q3", "Q3 2026", "3Q2026", "Q3/2026", "q3-2026", "2026年三季度", "2026年第3季度", "2026年第三季"),
        *("2026-07", "2026/8", "202609", "2026年7月", "Jul 2026", "September 2026", "2026-09-30", "30.9.2026", "20260815"),
        *("２０２６Ｑ３", date(2026, 7, 1), datetime(2026, 9, 30, 8, 0), "26年三季度", "2026-08-03 09:15:00"),
    ],
)  # fmt: skip
def test_a_quarter_a_month_or_a_day_is_read_in_every_form(cell):
    assert of_cells(cell, None, None, "dmy")[0] == THIRD


@pytest.mark.parametrize(
    ("quarter", "when", "year"),
    [("Q3", None, "2026"), ("三季度", None, 2026), (3, None, "2026年"), (None, "7月", 2026), (None, 9, "2026")],
)
def test_a_year_may_stand_in_a_column_of_its_own(quarter, when, year):
    assert of_cells(quarter, when, year)[0] == THIRD


@pytest.mark.parametrize("cell", ["Q5 2026", "2026-13", "third", "", 7, True, "Q3", "2026", "99999999"])
def test_what_is_no_quarter_is_refused(cell):
    with pytest.raises(ValueError, match=r"2026Q3|2025-10-01"):
        of_cells(cell, None, None)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_a_day_lies_in_its_quarter_and_the_next_day_after_the_last_in_the_next(day):
    quarter = of_day(day)
    assert quarter.first <= day <= quarter.last
    assert of_day(quarter.last + timedelta(days=1)).index == quarter.index + 1
    assert quarter.index - quarter.year_before.index == 4
    assert of_cells(str(quarter), None, None) == (quarter, quarter.first)
