"""A forecast from outside is read as its rows say, or refused by the file, the row and the column that cannot be."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.records.refusal import Refusal
from sim.stock.forecast_table import read

LOCATIONS = {"S1": 0, "S2": 1, "S3": 2, "WE": 3, "WS": 4, "C": 5}
SKUS = ["0012", "A-1", "茶"]
SOURCE = np.repeat([[3], [3], [4], [5], [-1], [-1]], len(SKUS), axis=1)
"""C feeds WE, WE feeds S1 and S2, WS feeds S3; but a supplier delivers A-1 to S1 itself."""
SOURCE[0, 1] = -1
INWARDS = [3, 4, 5]
HEADER = "location,sku,day,units\n"


def told(path):
    return read(path, LOCATIONS, SKUS, SOURCE, INWARDS)


def by_rows(rows):
    """The reference: one row after the other."""
    table = np.zeros((max(day for _, _, day, _ in rows) + 1, len(LOCATIONS), len(SKUS)))
    for location, sku, day, units in rows:
        table[day, LOCATIONS[location], SKUS.index(sku)] += units
    for code in ("WE", "WS", "C"):
        if code not in {location for location, *_ in rows}:
            for location, sku in np.argwhere(LOCATIONS[code] == SOURCE).tolist():
                table[:, LOCATIONS[code], sku] += table[:, location, sku]
    return table


@given(
    st.lists(
        st.tuples(st.sampled_from(list(LOCATIONS)), st.sampled_from(SKUS), st.integers(0, 9), st.floats(0, 1e6)),
        min_size=1,
        max_size=30,
    )
)
def test_columns_say_what_rows_say(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("told")
    with (folder / "f.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER.strip().split(","), *rows])
    pd.DataFrame(rows, columns=HEADER.strip().split(",")).to_parquet(folder / "f.parquet")
    expected = by_rows(rows)
    for name in ("f.csv", "f.parquet"):
        np.testing.assert_allclose(told(folder / name), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "location,sku,day,units\nS1,0012,0,1.5\nS2,茶,2,4\n".encode(),
        "\ufefflocation,sku,day,units\r\nS1,0012,0,1.5\r\nS2,茶,2,4\r\n".encode(),
        "location;sku;day;units;note\nS1;0012;0;1.5;\nS2;茶;2;4;x\n".encode(),
        'units,"day", sku ,location\n 1.5 ,0, 0012,"S1"\n4,2,茶,S2 \n'.encode(),
        "location,sku,day,units\n\nS1,0012,0,1.5\n,,,\nS2,茶,2,4\n\n".encode(),
        "location,sku,day,units\nS1,0012,0,1.5\nS2,茶,2,4\n".encode("gb18030"),
    ],
    ids=["plain", "bom", "semicolons", "spaces and quotes", "blank rows", "gb18030"],
)
def test_files_as_spreadsheets_write_them(tmp_path, text):
    (tmp_path / "f.csv").write_bytes(text)
    np.testing.assert_array_equal(told(tmp_path / "f.csv"), by_rows([("S1", "0012", 0, 1.5), ("S2", "茶", 2, 4)]))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("S1,0012,0,1\nS9,0012,0,1\n", r"row 3, column location.*the code of a location.*S9"),
        ("S1,12,0,1\n", r"row 2, column sku.*12"),
        ("S1,0012,0,1\nS1,0012,0,1\nS1,0012,-1,1\n", r"row 4, column day.*-1"),
        ("S1,0012,1.5,1\n", r"row 2, column day.*1\.5"),
        ("S1,0012,0,1\nS1,0012,0,many\n", r"row 3, column units.*many"),
        ("S1,0012,0,-1\n", r"row 2, column units.*-1"),
        ("S1,0012,0,inf\n", r"row 2, column units.*inf"),
        ("S1,0012,0,nan\n", r"row 2, column units.*nan"),
        ("S1,0012,0\n", r"row 2, column units"),
        ("\nS1,0012,0,1\n\nS9,0012,0,1\n", r"row 5, column location.*S9"),
        ("S1,0012,0,1,9\n", r"row 2.*a name above each column.*9"),
        ("", "no rows"),
    ],
)
def test_what_cannot_be_is_refused_by_file_row_and_column(tmp_path, rows, said):
    file = tmp_path / "f.csv"
    file.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(Refusal, match=rf"f\.csv.*{said}"):
        told(file)


def test_a_parquet_table_is_refused_alike(tmp_path):
    file = tmp_path / "f.parquet"
    for day, units, said in ((0.5, 1.0, "row 2, column day"), (1.0, np.nan, "row 2, column units")):
        rows = {"location": ["S1", "S1"], "sku": ["A-1", "A-1"], "day": [0.0, day], "units": [1.0, units]}
        pd.DataFrame(rows).to_parquet(file)
        with pytest.raises(Refusal, match=said):
            told(file)


def test_a_column_is_there_once_and_the_file_a_table(tmp_path):
    file = tmp_path / "f.csv"
    file.write_text("location,sku,day\nS1,0012,0\n")
    with pytest.raises(Refusal, match=r"row 1.*one column units"):
        told(file)
    file.write_text("location,sku,day,units,units\nS1,0012,0,1,1\n")
    with pytest.raises(Refusal, match=r"row 1.*column for units"):
        told(file)
    with pytest.raises(Refusal, match="no such file"):
        told(tmp_path / "g.csv")
    with pytest.raises(Refusal, match=r"\.csv\.gz or \.parquet"):
        told(tmp_path / "f.pdf")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("S1,0012,1000000000000,1", "row 2, column day: expected a whole day from 0 to 36,600"),
        ("S1,0012,1e400,1", "row 2, column day: expected a whole day"),
        ("S1,0012,0,1e300", "row 2, column units: expected a number of units from 0 to 1,000,000,000, found '1e300'"),
        ("S1,0012,0,nan", "row 2, column units: expected a number of units"),
    ],
)
def test_a_day_or_a_number_that_cannot_be_is_refused_by_its_cell(tmp_path, row, said):
    (tmp_path / "f.csv").write_text(f"{HEADER}{row}\n")
    with pytest.raises(Refusal) as refused:
        told(tmp_path / "f.csv")
    assert said in str(refused.value)


def test_a_forecast_that_would_fill_the_memory_is_refused(tmp_path):
    (tmp_path / "f.csv").write_text(f"{HEADER}S1,0,36600,1\n")
    with pytest.raises(Refusal, match="row 2, column day: expected at most"):
        read(tmp_path / "f.csv", LOCATIONS, [str(n) for n in range(100_000)], SOURCE, INWARDS)


def test_a_column_of_lists_is_refused(tmp_path):
    rows = {"location": ["S1"], "sku": [["0012"]], "day": [0], "units": [1.0]}
    pd.DataFrame(rows).to_parquet(tmp_path / "f.parquet")
    with pytest.raises(Refusal, match="column sku: expected texts or numbers"):
        told(tmp_path / "f.parquet")
