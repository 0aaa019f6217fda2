"""The sheets of a table file as cells with addresses: `.xlsx`, `.xls`, `.csv`, `.csv.gz` or `.parquet`."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sim.records.bounded_yaml import read_bytes
from sim.records.refusal import Refusal
from sim.tables import KINDS
from sim.tables.text import decode
from sim.tables.workbook_xml import Extent, extents

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""An empty cell is None; a cell of a CSV is a text."""

MOST_BYTES = 256 * 2**20
"""Of a file, and of what is packed in one."""
MOST_CELLS = 20_000_000


@dataclass(frozen=True)
class Sheet:
    """One rectangle of cells. `rows` begin with the row whose number, as a spreadsheet counts, is `first_row`."""

    file: Path
    name: str
    """Of the sheet; empty where a file has one table without a name."""
    rows: list[list[Cell]]
    first_row: int = 1
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row number, column from 0) of cells that hold a spreadsheet's error, such as #N/A; in `rows` they are that text."""
    encoding: str = ""
    """Of a CSV, where it was detected and is not UTF-8; else empty."""
    delimiter: str = ""
    """Of a CSV; else empty."""

    @property
    def where(self) -> str:
        """The file, and the sheet where it has a name: the place that a refusal names."""
        return f"{self.file} [{self.name}]" if self.name else str(self.file)


def read_sheets(path: Path, encoding: str = "", flag: bool = True, most_bytes: int = MOST_BYTES) -> list[Sheet]:
    """The sheets of a table file, at least one; hidden sheets too. Rows are as wide as the widest. A workbook unpacks to `most_bytes` at most.

    `flag`: whether the user can name another encoding of a CSV with `--encoding`.

    Raises `Refusal` for a file that is no table, is damaged, is encrypted, or holds more than `MOST_CELLS` cells.
    """
    kind = path.name.lower()
    try:
        if kind.endswith((".xlsx", ".xlsm", ".xls")):
            return _workbook(path, most_bytes)
        if kind.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
            return [_csv(path, encoding, flag)]
        if kind.endswith(".parquet"):
            return [_parquet(path)]
    except OSError as error:
        raise Refusal(path, "", "a table", error.strerror or str(error)) from None
    raise Refusal(path, "", f"a table: {KINDS}", path.suffix or path.name)


def _workbook(path: Path, most_bytes: int) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    raw = read_bytes(path, "a table", most_bytes)
    known = extents(path, raw, most_bytes) if zipfile.is_zipfile(io.BytesIO(raw)) else {}
    for name, extent in known.items():
        if extent.rows * extent.columns > MOST_CELLS:
            raise Refusal(
                path, name, f"at most {MOST_CELLS:,} cells (delete what stands far from the table)", extent.corner
            )
    sheets = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for name in book.sheet_names:
            read = book.get_sheet_by_name(name)
            rows = [[_cell(value) for value in row] for row in read.to_python(skip_empty_area=False)]
            _fill_merged(rows, read.merged_cell_ranges or ())
            sheets.append(Sheet(path, name, rows, errors=_errors(rows, known.get(name))))
    except PasswordError:
        raise Refusal(path, "", "a workbook without a password", "one with a password") from None
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise Refusal(path, "", "a workbook that can be read (.xlsx or .xls)", str(error)) from None
    if not sheets:
        raise Refusal(path, "", "a workbook with a sheet", "nothing")
    return sheets


def _fill_merged(rows: list[list[Cell]], ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Repeat a text that stands in cells of one column merged over several rows in each of them; a number may be their sum and stays alone."""
    for (first, left), (last, right) in ranges:
        if left != right or first >= len(rows) or left >= len(rows[first]) or not isinstance(rows[first][left], str):
            continue
        for row in rows[first + 1 : last + 1]:
            row[left] = rows[first][left]


def _errors(rows: list[list[Cell]], extent: Extent | None) -> dict[tuple[int, int], str]:
    """Write the errors of a sheet's formulas into its rows, where the reader leaves empty cells."""
    errors = extent.errors if extent else {}
    for (row, column), text in errors.items():
        if row <= len(rows) and column < len(rows[row - 1]):
            rows[row - 1][column] = text
    return errors


def _cell(value: Any) -> Cell:
    """As it was typed: a whole float is a whole number, an empty text is nothing, spaces around a text go."""
    if isinstance(value, str):
        return value.strip(" \t\r\n\u00a0\u3000") or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def _csv(path: Path, encoding: str, flag: bool) -> Sheet:
    raw = read_bytes(path, "a table", MOST_BYTES)
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(path, raw)
    text, detected = decode(path, raw, encoding, flag)
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        raise Refusal(path, f"row {row}", "text in UTF-8 or GB18030", "\x00")
    delimiter = delimiter_of(text)
    rows: list[list[Cell]] = []
    width = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            width = max(width, len(cells))
            if len(rows) * width > MOST_CELLS:
                raise Refusal(path, f"row {len(rows) + 1}", f"at most {MOST_CELLS:,} cells")
            rows.append([_cell(cell) for cell in cells])
    except csv.Error as error:
        raise Refusal(path, f"row {len(rows) + 1}", "CSV", str(error)) from None
    return Sheet(path, "", _rectangle(rows, width), encoding=detected, delimiter=delimiter)


def delimiter_of(text: str) -> str:
    """The delimiter of a CSV: of `,`, `;` and tab the one that stands most often in the first line that has any."""
    line = next((line for line in text.splitlines() if any(mark in line for mark in ",;\t")), "")
    return max(",;\t", key=line.count)


def _unpacked(path: Path, raw: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as packed:
            text = packed.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, OSError) as error:
        raise Refusal(path, "", "a whole gzip file", str(error)) from None
    if len(text) > MOST_BYTES:
        raise Refusal(path, "", f"at most {MOST_BYTES:,} bytes unpacked", "more")
    return text


def _rectangle(rows: list[list[Cell]], width: int) -> list[list[Cell]]:
    for row in rows:
        row.extend([None] * (width - len(row)))
    return rows


def _parquet(path: Path) -> Sheet:
    """Column names are the first row, with number 0: rows of a Parquet file are counted without a heading."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        held = pq.read_metadata(path)
        if held.num_rows * held.num_columns > MOST_CELLS:
            raise Refusal(path, "", f"a table of at most {MOST_CELLS:,} cells", f"{held.num_rows:,} rows")
        table = pq.read_table(path)
        names = list(table.column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Refusal(path, "", "a Parquet table", str(error)) from None
    columns = [_values(path, name, table.column(n)) for n, name in enumerate(names)]
    return Sheet(path, "", [list(names), *([_cell(cell) for cell in row] for row in zip(*columns, strict=True))], 0)


def _values(path: Path, name: str, column: Any) -> list:
    try:
        return column.to_pylist()
    except (ValueError, OverflowError, ArithmeticError) as error:  # no text, or an instant past the calendar
        raise Refusal(path, f"column {name}", "values that can be read", str(error)) from None
