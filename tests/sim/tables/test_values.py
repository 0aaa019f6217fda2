"""A cell means what the person who typed it meant; where it may mean two things, neither is taken."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.tables.values import ORDERS, clock, day, day_order, has_decimal_comma, number, whole, yes_no


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,200.5", 1200.5), ("１，２００", 1200), ("￥12.50", 12.5), ("12 元", 12), ("$1,200", 1200), ("€3", 3), ("(1,200)", -1200),
        ("35%", 0.35), ("３５％", 0.35), ("1.2e3", 1200), ("-7", -7), ("−7", -7), (".5", 0.5), (3, 3), (0.25, 0.25),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(cell, value):
    assert number(cell) == pytest.approx(value)


@pytest.mark.parametrize("cell", ["", "abc", "1,2", "1.200,50", "12 or 13", True, None, "#N/A", "1,2,3", "--", "%"])
def test_what_is_no_number_is_not_made_one(cell):
    with pytest.raises(ValueError, match="a number"):
        number(cell)


def test_a_decimal_comma_needs_a_cell_that_can_be_read_in_no_other_way():
    assert has_decimal_comma(["1.200,50", "3"])
    assert has_decimal_comma(["12,5"])
    assert not has_decimal_comma(["1,200", "3"])
    assert not has_decimal_comma([1200, 3.5])
    assert number("1.200,50", decimal_comma=True) == 1200.5
    with pytest.raises(ValueError, match="in every row"):
        has_decimal_comma(["12,5", "12.5"])


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)))
def test_a_number_with_thousands_apart_is_itself(x):
    assert number(f"{x:,.2f}") == x
    assert number(f"{x:,.2f}".translate(str.maketrans(",.", ".,")), decimal_comma=True) == x


def test_a_whole_number_has_no_fraction():
    assert whole("1,200") == whole(1200.0) == 1200
    with pytest.raises(ValueError, match="a whole number"):
        whole("1.5")


@pytest.mark.parametrize(("cells", "yes"), [(["是", "Y", "TRUE", "1", 1, True, "√", "有"], True), (["否", "no", 0, False, "无"], False)])  # fmt: skip
def test_yes_and_no_in_several_languages(cells, yes):
    assert {yes_no(cell) for cell in cells} == {yes}


def test_what_is_neither_yes_nor_no_is_refused():
    with pytest.raises(ValueError, match="yes or no"):
        yes_no("maybe")


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_a_day_is_itself_in_every_form(d):
    assert day(d) == day(datetime(d.year, d.month, d.day, 9)) == day(d.isoformat()) == day(f"{d:%Y%m%d}") == d
    assert day(f"{d.year}/{d.month}/{d.day}") == day(f"{d.year}年{d.month}月{d.day}日") == d
    assert day(f"{d.day}/{d.month}/{d.year}", "dmy") == day(f"{d.month}/{d.day}/{d.year}", "mdy") == d
    serial = (d - date(1899, 12, 30)).days
    if 20_000 <= serial < 80_000:
        assert day(serial) == d


def test_an_order_of_day_and_month_is_found_or_left_open_but_never_guessed():
    assert day_order(["03/04/2025", "13/04/2025"]) == "dmy"
    assert day_order(["03/04/2025", "04/13/2025"]) == "mdy"
    assert day_order(["03/04/2025", "04/03/2025"]) is None
    assert day_order(["2025-04-03", date(2025, 4, 3)]) == "ymd"
    with pytest.raises(ValueError, match="one order"):
        day_order(["13/04/2025", "04/13/2025"])
    assert set(ORDERS) == {"ymd", "dmy", "mdy"}


@pytest.mark.parametrize("cell", ["30/02/2025", "2025-13-01", "1/1/1", "soon", 3, True, "2025-10-01 09:30"])
def test_what_is_no_day_is_not_made_one(cell):
    with pytest.raises(ValueError, match="a date"):
        day(cell)


@pytest.mark.parametrize(
    "cell", ["21:30", "9:30 PM", "下午9:30", "21点30分", "21：30", "21:30:00", 21.5 / 24, time(21, 30), timedelta(hours=21.5)]
)  # fmt: skip
def test_a_time_of_day_in_every_form(cell):
    assert clock(cell) == time(21, 30)


@pytest.mark.parametrize("cell", ["25:00", "9:75", "noon", 1.5, None, True])
def test_what_is_no_time_of_day_is_not_made_one(cell):
    with pytest.raises(ValueError, match="a time of day"):
        clock(cell)
