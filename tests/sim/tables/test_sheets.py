"""Sheets hold what a spreadsheet shows, and a workbook that would exhaust memory or hide an error is refused or read as it is."""

from datetime import date, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from sim.records.refusal import Refusal
from sim.tables.sheets import read_sheets


def workbook(path: Path, write) -> Path:
    with xlsxwriter.Workbook(path) as book:
        write(book, book.add_worksheet("门店"))
    return path


def test_cells_of_a_workbook_are_what_was_typed(tmp_path):
    def write(book, sheet):
        sheet.write_row("A1", ["编码", "日期", "时刻", "占比", "启用"])
        sheet.write_row("A2", ["007", None, None, 0.35, True])
        sheet.write_datetime("B2", date(2025, 10, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime("C2", time(9, 30), book.add_format({"num_format": "hh:mm"}))
        sheet.write("A3", 12)

    (sheet,) = read_sheets(workbook(tmp_path / "a.xlsx", write))
    assert sheet.where == f"{tmp_path / 'a.xlsx'} [门店]"
    assert sheet.rows[1] == ["007", date(2025, 10, 1), time(9, 30), 0.35, True]
    assert sheet.rows[2][0] == 12
    assert isinstance(sheet.rows[2][0], int)


def test_rows_are_numbered_as_the_spreadsheet_numbers_them_when_the_first_are_empty(tmp_path):
    (sheet,) = read_sheets(workbook(tmp_path / "a.xlsx", lambda _, sheet: sheet.write("C4", "x")))
    assert (sheet.first_row, len(sheet.rows), sheet.rows[3][2]) == (1, 4, "x")


def test_an_error_of_a_formula_is_no_empty_cell(tmp_path):
    def write(_, sheet):
        sheet.write("A1", "价格")
        sheet.write_formula("A2", "=NA()", None, "#N/A")

    (sheet,) = read_sheets(workbook(tmp_path / "a.xlsx", write))
    assert sheet.rows[1] == ["#N/A"]
    assert sheet.errors == {(2, 0): "#N/A"}


def test_one_stray_cell_in_the_corner_is_named_instead_of_filling_memory(tmp_path):
    def write(_, sheet):
        sheet.write(0, 0, "x")
        sheet.write(1_048_575, 16_383, "y")

    with pytest.raises(Refusal, match=r"门店: expected at most 20,000,000 cells .*found 'XFD1048576'"):
        read_sheets(workbook(tmp_path / "a.xlsx", write))


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"no workbook"])
@pytest.mark.parametrize("kind", [".xlsx", ".xls"])
def test_a_damaged_workbook_is_refused(tmp_path, kind, raw):
    (tmp_path / f"a{kind}").write_bytes(raw)
    with pytest.raises(Refusal, match="expected a workbook"):
        read_sheets(tmp_path / f"a{kind}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_in_its_encoding_with_its_delimiter(tmp_path, encoding, delimiter):
    (tmp_path / "a.csv").write_bytes(f"编码{delimiter}名称\n01{delimiter}上海南京路店\n".encode(encoding))
    (sheet,) = read_sheets(tmp_path / "a.csv")
    assert sheet.rows == [["编码", "名称"], ["01", "上海南京路店"]]
    assert (sheet.encoding, sheet.delimiter) == (encoding if encoding in ("gb18030", "utf-16") else "", delimiter)


def test_bytes_of_no_encoding_are_named_by_line(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,\xff\xff\n")
    with pytest.raises(Refusal, match="line 2: expected text in UTF-8 or GB18030"):
        read_sheets(tmp_path / "a.csv")


def test_rows_of_parquet_are_counted_from_one_below_its_names(tmp_path):
    pq.write_table(pa.table({"code": ["007"], "units": [3.0]}), tmp_path / "a.parquet")
    (sheet,) = read_sheets(tmp_path / "a.parquet")
    assert (sheet.first_row, sheet.rows) == (0, [["code", "units"], ["007", 3]])


def test_a_text_merged_over_rows_stands_in_each_and_a_number_in_the_first_alone(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "m.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 2, 0, "华东")
        sheet.merge_range(0, 1, 2, 1, 900)
        sheet.merge_range(3, 0, 3, 1, "title")
    rows = read_sheets(tmp_path / "m.xlsx")[0].rows
    assert rows == [["华东", 900], ["华东", None], ["华东", None], ["title", None]]


def test_a_package_whose_names_are_no_text_is_refused(tmp_path):
    path = workbook(tmp_path / "c.xlsx", lambda _, sheet: sheet.write(0, 0, "code"))
    raw = path.read_bytes()
    name = b"xl/workbook.xml"
    for signature, at_flags, at_name in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = next(
            n
            for n in range(len(raw))
            if raw[n : n + 4] == signature and raw[n + at_name : n + at_name + len(name)] == name
        )
        raw = raw[: at + at_flags] + b"\x00\x08" + raw[at + at_flags + 2 :]  # names in UTF-8
        raw = raw[: at + at_name] + b"\xff" + raw[at + at_name + 1 :]
    path.write_bytes(raw)
    with pytest.raises(Refusal, match="a workbook that can be read"):
        read_sheets(path)
