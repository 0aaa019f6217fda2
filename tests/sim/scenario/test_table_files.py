"""Tables as they come out of spreadsheets: encodings, separators, blank rows, dates; and what is wrong with them, by row and column."""

from datetime import date, datetime, time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.sections.section import ClockTime, Day, LocalTime
from sim.scenario.table_files import read
from sim.tables.sheets import MOST_CELLS

STORES = "code,name,region\nSH01,上海 徐汇店,EAST\n007,,EAST\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_a_csv_is_read_in_the_encodings_that_spreadsheets_write(folder, encoding):
    rows = read(folder.write("s.csv", STORES, encoding))
    assert rows == [{"code": "SH01", "name": "上海 徐汇店", "region": "EAST"}, {"code": "007", "region": "EAST"}]
    assert rows.rows == [2, 3]


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_separators_and_line_ends_are_those_of_the_header(folder, separator, newline):
    rows = read(folder.write("s.csv", STORES.replace(",", separator).replace("\n", newline)))
    assert [row["code"] for row in rows] == ["SH01", "007"]


def test_blank_rows_count_but_say_nothing_and_empty_trailing_columns_are_no_fields(folder):
    rows = read(folder.write("s.csv", 'code,name,,\nSH01,"two\nlines",,\n,,,\nSH02,b,,\n'))
    assert rows == [{"code": "SH01", "name": "two\nlines"}, {"code": "SH02", "name": "b"}]
    assert rows.rows == [2, 4]


def test_a_dotted_column_is_a_field_inside_a_field(folder):
    rows = read(folder.write("s.csv", "code,lead_time_days.distribution,lead_time_days.mean\nA,exponential,3\n"))
    assert rows == [{"code": "A", "lead_time_days": {"distribution": "exponential", "mean": "3"}}]


def test_parquet_and_csv_give_the_same_scenario(folder):
    text = "code,region,warehouse,customers_per_day,tills,opens\nSH01,EAST,WSH,10,1,9:30\nSH02,EAST,WSH,12.5,2,\n"
    frame = pd.read_csv(folder.write("s.csv", text))
    frame.to_parquet(folder.path / "s.parquet")
    by_csv, by_parquet = (
        load(folder.path / "shop.yaml", [f"stores={{table: {folder.path}/s.{ext}}}"]) for ext in ("csv", "parquet")
    )
    assert by_csv == by_parquet
    assert by_csv.stores[0].opens == time(9, 30)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("s.csv", "", "s.csv: expected a table with a header, found nothing"),
        ("s.csv", "code,code\n1,2\n", "s.csv: row 1, column code: expected each column once, found 'it again'"),
        ("s.csv", "code,name\n1,2\n1,2,3\n", "s.csv: row 3: expected a name above each column, found '3'"),
        ("s.csv", "code,,name\n1,2,3\n", "s.csv: row 2: expected a name above each column, found '2'"),
        ("s.csv", 'code\n"a"b\n', "s.csv: row 2: expected CSV"),
        (
            "s.csv",
            "a,a.b\n1,2\n",
            "s.csv: row 2, column a.b: expected a in one column or in parts, not both, found '2'",
        ),
        ("s.csv", "code\na\x00b\n", "s.csv: row 2: expected text in UTF-8 or GB18030, found '\\x00'"),
        ("s.csv", f"code\n{'x' * 200_000}\n", "s.csv: row 2: expected CSV"),
        ("s.parquet", "code\n1\n", "s.parquet: expected a Parquet table"),
        ("s.xlsx", "code\n1\n", "s.xlsx: expected a workbook that can be read (.xlsx or .xls)"),
        ("s.pdf", "code\n1\n", "s.pdf: expected a table: .xlsx, .xls, .csv, .csv.gz or .parquet, found '.pdf'"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_in_one_line(folder, name, text, line):
    with pytest.raises(Refusal) as refusal:
        read(folder.write(name, text))
    assert str(refusal.value).replace(f"{folder.path}/", "").startswith(line)
    assert "\n" not in str(refusal.value)


def test_utf_16_is_read_by_its_mark(folder):
    assert len(read(folder.write("s.csv", STORES, "utf-16"))) == 2


def test_a_parquet_table_of_more_cells_than_fit_is_refused_unread(folder):
    table = pa.table({"code": pa.array(["x"]).dictionary_encode().take(np.zeros(MOST_CELLS + 1, dtype=np.int32))})
    pq.write_table(table, folder.path / "s.parquet")
    with pytest.raises(Refusal, match="at most 20,000,000 cells"):
        read(folder.path / "s.parquet")


def test_bytes_that_are_no_text_are_named_by_row(folder):
    file = folder.path / "s.csv"
    file.write_bytes(b"code\nSH01\n\xff\xff\xff\n")
    with pytest.raises(Refusal, match="line 3: expected text in UTF-8 or GB18030, found"):
        read(file)


@pytest.mark.parametrize("cell", ["2026-10-01", "2026/10/1", "2026年10月1日", "2026.10.01", "46296", 46296, 46296.0])
def test_a_day_is_read_as_spreadsheets_write_it(cell):
    assert TypeAdapter(Day).validate_python(cell) == date(2026, 10, 1)


@pytest.mark.parametrize(
    "cell", ["2026-10-01 09:30", "2026/10/1 9:30:00", "46296.395833333", 46296.395833333, "2026-10-01T09:30"]
)
def test_an_instant_is_read_as_spreadsheets_write_it(cell):
    assert TypeAdapter(LocalTime).validate_python(cell) == datetime(2026, 10, 1, 9, 30)


@pytest.mark.parametrize("cell", ["9:30", "09:30:00", "0.395833333", 0.395833333])
def test_a_time_of_day_is_read_as_spreadsheets_write_it(cell):
    assert TypeAdapter(ClockTime).validate_python(cell) == time(9, 30)


@pytest.mark.parametrize(
    ("kind", "cell"), [(Day, "46296.5"), (Day, 0), (ClockTime, 570), (LocalTime, "1/10/2026"), (Day, True)]
)
def test_what_could_mean_something_else_is_refused(kind, cell):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(cell)
