"""Workbooks, read back as a spreadsheet would: values by type, formats, and nothing that computes."""

import datetime
import re
import zipfile

import pandas as pd
from python_calamine import CalamineWorkbook

from sim.report.exports import workbook
from sim.report.exports.result import Table
from sim.report.exports.workbook import write_workbook

from .conftest import INJECTED, result


def sheets(path):
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def xml(path, name):
    with zipfile.ZipFile(path) as parts:
        return parts.read(name).decode()


def style_of(path, cell, sheet="xl/worksheets/sheet2.xml"):
    """The number format of a cell, by way of the workbook's table of styles."""
    styles = xml(path, "xl/styles.xml")
    number = int(re.search(rf'<c r="{cell}" s="(\d+)"', xml(path, sheet))[1])
    form = re.findall(r'<xf numFmtId="(\d+)"', styles[styles.index("<cellXfs") :])[number]
    own = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    return own.get(form, {"10": "0.00%", "3": "#,##0", "4": "#,##0.00", "49": "@"}.get(form))


def test_numbers_dates_and_truth_values_stay_what_they_are(tmp_path):
    write_workbook(result(), tmp_path / "r.xlsx")
    head, first, second, *_ = sheets(tmp_path / "r.xlsx")["days"]
    assert head == ["date", "store", "customers", "mean wait (s)", "stockout rate (share of SKU-days)", "open"]
    assert first == [datetime.date(2026, 10, 1), "=1+1", 1234.0, 12.25, 0.0125, True]
    assert second[3] == ""  # nothing is known: no cell


def test_shares_are_shown_in_per_cent_where_the_column_or_the_row_says_so(tmp_path):
    write_workbook(result(), path := tmp_path / "r.xlsx")
    assert style_of(path, "E2") == "0.00%"
    assert style_of(path, "A2") == "yyyy-mm-dd"
    assert style_of(path, "C2") == "#,##0"
    fill, sales, wait = (style_of(path, f"B{row}", "xl/worksheets/sheet3.xml") for row in (2, 3, 4))
    assert (fill, sales, wait) == ("0.00%", "#,##0", "#,##0.00")
    kpis = sheets(path)["kpis"]
    assert kpis[1][:3] == ["fill_rate", 0.9871, "share of units"]
    assert kpis[2][1:3] == [1_234_567.891, "CNY/day"]


def test_no_name_is_a_formula_or_a_link(tmp_path):
    names = pd.Series([*INJECTED, "http://example.org", "{=1+1}", "0123", "\ud800\x07"], dtype=object)
    frame = pd.DataFrame({"store": names})
    write_workbook(result(title="=2+2", tables=(Table("names", "=3+3", frame),)), path := tmp_path / "r.xlsx")
    with zipfile.ZipFile(path) as parts:
        worksheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in worksheets)
    found = sheets(path)
    assert [row[0] for row in found["names"][1:]] == [
        *INJECTED,
        "http://example.org",
        "{=1+1}",
        "0123",
        "\ufffd\ufffd",
    ]
    assert found["about"][0][0] == "=2+2"


def test_the_first_sheet_says_what_it_is_and_what_it_rests_on(tmp_path):
    write_workbook(result(), tmp_path / "r.xlsx")
    about = sheets(tmp_path / "r.xlsx")["about"]
    facts = {row[0]: row[1] for row in about}
    assert about[0][0] == "golden-week"
    assert facts["seed"] == 7
    assert facts["first day"] == datetime.date(2026, 10, 1)
    assert facts["scenario hash"] == "ab" * 32
    assert facts["trading.patience_s"] == "gamma(mean 660)"
    assert facts["traffic"] == "tickets of 2025"
    assert "assumed, with no data behind them (1)" in facts
    assert facts["kpis"] == "Key figures"


def test_headings_stay_in_view(tmp_path):
    write_workbook(result(), path := tmp_path / "r.xlsx")
    sheet = xml(path, "xl/worksheets/sheet2.xml")
    assert re.search(r'<pane [^>]*ySplit="1"[^>]*state="frozen"', sheet)
    assert "<cols>" in sheet
    assert "<autoFilter" in sheet


def test_rows_beyond_a_sheet_are_left_out_and_the_first_sheet_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "ROWS", 3)
    write_workbook(result(), tmp_path / "r.xlsx")
    found = sheets(tmp_path / "r.xlsx")
    assert len(found["days"]) == 4
    assert ["days", "By day (the first 3 of 4 rows; a CSV has all)"] in found["about"]


def test_sheets_with_long_or_like_names_have_names_of_their_own(tmp_path):
    frame = pd.DataFrame({"x": [1]})
    tables = tuple(Table(name, "", frame) for name in ("a" * 40, "a" * 40 + "b", "About"))
    write_workbook(result(tables=tables), tmp_path / "r.xlsx")
    names = list(sheets(tmp_path / "r.xlsx"))
    assert len({name.lower() for name in names}) == 4
    assert max(map(len, names)) <= 31


def test_the_same_result_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_workbook(result(), tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert "2026-10-01T00:00:00Z" in xml(tmp_path / "a.xlsx", "docProps/core.xml")
