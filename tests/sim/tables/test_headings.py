"""Headings are found under titles, in Chinese and English, and a column that could be two things is asked about."""

from pathlib import Path

import pytest

from sim.records.refusal import Refusal
from sim.tables.headings import Column, find, parse_map
from sim.tables.sheets import Sheet

COLUMNS = (Column("code", ("编码", "门店编码"), needed=True), Column("price", ("单价", "售价")), Column("tills"))


def sheet(*rows):
    return Sheet(Path("chain.xlsx"), "门店", [list(row) for row in rows])


def test_headings_are_found_under_a_title_and_records_keep_their_row_numbers():
    table = find(
        sheet(["2025 年门店表", None], [None, None], ["门店编码*", "单价（元）"], ["007", 3], [None, None], [8, None]),
        COLUMNS,
    )
    assert (table.heading_row, table.place) == (3, {"code": 0, "price": 1})
    assert list(table.records()) == [(4, {"code": "007", "price": 3}), (6, {"code": 8})]


def test_a_heading_that_no_field_has_is_listed_and_may_be_given():
    named = sheet(["门店编码", "零售价"], ["1", 2])
    assert find(named, COLUMNS).unread == ("零售价",)
    assert find(named, COLUMNS, parse_map(["price=零售价"])).place == {"code": 0, "price": 1}


def test_a_needed_column_that_is_missing_is_named_with_what_stands_there():
    with pytest.raises(
        Refusal, match=r"chain.xlsx \[门店\]: row 1: expected a column code or 编码 .* --map code=HEADING.*tills, x"
    ):
        find(sheet(["tills", "x"]), COLUMNS)


def test_two_columns_for_one_field_are_refused():
    with pytest.raises(Refusal, match="one column for price"):
        find(sheet(["编码", "单价", "售价"]), COLUMNS)


def test_a_map_of_an_unknown_field_is_refused():
    with pytest.raises(Refusal, match=r"--map: colour: expected one of code, price, tills"):
        find(sheet(["编码"]), COLUMNS, {"colour": "x"})


@pytest.mark.parametrize("text", ["price", "=x", "price="])
def test_a_map_is_a_field_and_a_heading(text):
    with pytest.raises(Refusal, match="FIELD=HEADING"):
        parse_map([text])


def test_parts_below_one_heading_for_both_are_headings():
    hours = (
        Column("code", ("Store",)),
        Column("hours", ("Trading hours",)),
        Column("opens", ("Open",)),
        Column("closes", ("Close",)),
    )
    table = find(sheet(["Store", "Trading hours", None], [None, "Open", "Close"], ["A", "9:00", "22:00"]), hours)
    assert (table.heading_row, table.place) == (2, {"code": 0, "opens": 1, "closes": 2})
    assert list(table.records()) == [(3, {"code": "A", "opens": "9:00", "closes": "22:00"})]
