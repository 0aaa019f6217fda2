"""A forecast from outside, read whole: a vendor's figures for a chain are millions of rows, so columns are read, never rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from sim.records.refusal import Refusal
from sim.scenario import table_files
from sim.tables.sheets import Cell
from sim.tables.values import number

COLUMNS = ("location", "sku", "day", "units")
LAST_DAY = 36_600
MOST_UNITS = 10**9
MOST_CELLS = 2**27
"""Days × locations × SKUs of a forecast, 1 GB."""


def read(
    path: Path, locations: Mapping[str, int], skus: Sequence[str], source: np.ndarray, warehouses: Sequence[int]
) -> np.ndarray:
    """Units forecast, float64[days, locations, skus]; rows of one cell add up, a warehouse without rows has the sum of what it feeds.

    locations: number by code. source: int64[locations, skus], the location that feeds a SKU at a location, −1: a supplier. warehouses: location
    numbers, those first that are furthest from the suppliers. Raises `Refusal` with the file, the row and the column of a location, SKU, day or
    number that cannot be.
    """
    columns, rows = _columns(path)
    if not len(rows):
        raise Refusal(path, "", "columns location, sku, day and units", "no rows")
    numbers = {code: n for n, code in enumerate(skus)}
    parsed = (
        _parsed(columns["location"], lambda code: locations.get(str(code).strip(), np.nan)),
        _parsed(columns["sku"], lambda code: numbers.get(str(code).strip(), np.nan)),
        _parsed(columns["day"], _day),
        _parsed(columns["units"], _units),
    )
    expected = (
        "the code of a location",
        "the code of a sku",
        f"a whole day from 0 to {LAST_DAY:,}",
        f"a number of units from 0 to {MOST_UNITS:,}",
    )
    wrong = np.isnan(parsed)
    if wrong.any():
        at = int(np.argmax(wrong.any(axis=0)))
        which = int(np.argmax(wrong[:, at]))
        found = columns[COLUMNS[which]][at].as_py()
        raise Refusal(path, f"row {rows[at]}, column {COLUMNS[which]}", expected[which], found)
    location, sku, day = (column.astype(np.int64) for column in parsed[:3])
    shape = (int(day.max()) + 1, len(locations), len(skus))
    if np.prod(shape, dtype=float) > MOST_CELLS:
        row = rows[int(day.argmax())]
        raise Refusal(
            path, f"row {row}, column day", f"at most {MOST_CELLS // np.prod(shape[1:]):,} days", int(day.max())
        )
    table = np.bincount(np.ravel_multi_index((day, location, sku), shape), parsed[3], np.prod(shape)).reshape(shape)
    given = set(np.unique(location).tolist())
    for warehouse in [each for each in warehouses if each not in given]:
        fed = np.flatnonzero((source == warehouse).any(axis=1))
        table[:, warehouse] = np.where(source[fed] == warehouse, table[:, fed], 0.0).sum(axis=1)
    return table


def _columns(path: Path) -> tuple[dict[str, pa.Array], Sequence[int]]:
    """The four columns, each value once and an index a row, and the rows as a spreadsheet counts them.

    A file with other headings, titles, blank lines, ragged rows or another encoding is read as any table of a scenario is, row by row.
    """
    table = _whole(path)
    if table is None or any(table.column_names.count(name) != 1 for name in COLUMNS):
        read = table_files.read(path, "replenishment.forecast")
        if wrong := [name for name in COLUMNS if name not in read.heading]:
            there = ", ".join(read.heading.values())
            raise Refusal(path, f"row {read.heading_row or 1}", f"one column {wrong[0]}", there)
        cells = {name: [_text(row.get(name)) for row in read] for name in COLUMNS}
        return {name: pa.array(column, pa.string()).dictionary_encode() for name, column in cells.items()}, read.rows
    first = 1 if path.suffix.lower() == ".parquet" else 2
    columns = {}
    for name in COLUMNS:
        try:
            columns[name] = table.column(name).combine_chunks().dictionary_encode()
        except pa.ArrowException:
            raise Refusal(path, f"column {name}", "texts or numbers", str(table.column(name).type)) from None
    return columns, range(first, first + len(table))


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)


def _whole(path: Path) -> pa.Table | None:
    """The whole table; None for a file that must be parsed, or refused, row by row."""
    try:
        match path.suffix.lower():
            case ".parquet":
                return pq.read_table(path)
            case ".csv":
                table = _csv(path)
                blank = any("" in chunk.dictionary.to_pylist() for chunk in table.columns[0].chunks)
                return None if blank else table
    except (pa.ArrowException, OSError):
        pass
    return None


def _csv(path: Path) -> pa.Table:
    """Every column as texts, each kept once."""
    with path.open("rb") as file:
        header = file.readline().decode("utf-8-sig", "replace")
    delimiter = max(",;\t", key=header.count)
    names = [name.strip(' "\r\n') for name in header.split(delimiter)]
    return pa_csv.read_csv(
        path,
        pa_csv.ReadOptions(column_names=names, skip_rows=1),
        pa_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
        pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))),
    ).unify_dictionaries()


def _parsed(column: pa.DictionaryArray, parse: Callable[[object], float]) -> np.ndarray:
    """float64[rows]: each distinct value parsed once; NaN for what cannot be, or is not there."""
    values = np.array([*(parse(value) for value in column.dictionary.to_pylist()), np.nan])
    return values[column.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)]


def _day(cell: Any) -> float:
    try:
        day = -1 if isinstance(cell, bool) else int(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan
    return day if 0 <= day <= LAST_DAY and day == float(cell) else np.nan


def _units(cell: Any) -> float:
    try:
        units = np.nan if isinstance(cell, bool) else _number(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan
    return units if 0 <= units <= MOST_UNITS else np.nan


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except ValueError:
        return number(cell)
