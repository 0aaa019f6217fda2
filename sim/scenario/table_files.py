"""Tables that stand for long lists in a scenario: CSV as spreadsheets write it, or Parquet; a row is a record, a column a field.

A column named `lead_time_days.mean` is the field `mean` inside `lead_time_days`. An empty cell says nothing. Texts stay
texts: what a cell means (a number, a date, a code with leading zeros) is for the field to say.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.records.bounded_yaml import read_bytes
from sim.records.refusal import Refusal

HEADER_ROW = 1
MOST_BYTES = 256 * 2**20
MOST_CELLS = 20_000_000


class Rows(list):
    """The records of a table, with the row that each stood in as a spreadsheet counts them."""

    def __init__(self, records: list[dict], file: Path, rows: list[int]):
        super().__init__(records)
        self.file, self.rows = file, rows


def read(path: Path) -> Rows:
    """Read `.csv` (UTF-8 with or without BOM, else GB18030; `,`, `;` or tab) or `.parquet`; anything else is a `Refusal`."""
    try:
        if path.suffix.lower() == ".csv":
            return _read_csv(path)
        if path.suffix.lower() == ".parquet":
            return _read_parquet(path)
    except OSError as error:
        raise Refusal(path, "", "a table", str(error)) from None
    raise Refusal(path, "", "a table: .csv or .parquet", path.suffix or path.name)


def _read_csv(path: Path) -> Rows:
    text = _decode(path)
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        raise Refusal(path, f"row {row}", "text in UTF-8 or GB18030", "\x00")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] | None = None
    records: list[dict] = []
    rows: list[int] = []
    row = 0
    try:
        for row, cells in enumerate(reader, HEADER_ROW):
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if header is None:
                header = _header(path, cells)
                continue
            if len(rows) * len(header) > MOST_CELLS:
                raise Refusal(path, f"row {row}", f"at most {MOST_CELLS:,} cells")
            if any(cells[len(header) :]):
                raise Refusal(path, f"row {row}", f"{len(header)} cells", len(cells))
            records.append(_record(path, row, header, cells))
            rows.append(row)
    except csv.Error as error:
        raise Refusal(path, f"row {row + 1}", "CSV", str(error)) from None
    if header is None:
        raise Refusal(path, "", "a table with a header", "nothing")
    return Rows(records, path, rows)


def _read_parquet(path: Path) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        held = pq.read_metadata(path)
        if held.num_rows * held.num_columns > MOST_CELLS:
            raise Refusal(path, "", f"a table of at most {MOST_CELLS:,} cells", f"{held.num_rows:,} rows")
        table = pq.read_table(path)
        header = _header(path, table.column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Refusal(path, "", "a Parquet table", str(error)) from None
    values = zip(*(_values(path, name, table.column(n)) for n, name in enumerate(header)), strict=True)
    records = [_record(path, row, header, cells) for row, cells in enumerate(values, 1)]
    return Rows(records, path, list(range(1, len(records) + 1)))


def _values(path: Path, name: str, column: Any) -> list:
    try:
        return column.to_pylist()
    except (ValueError, OverflowError, ArithmeticError) as error:  # no text, or an instant past the calendar
        raise Refusal(path, f"column {name}", "values that can be read", str(error)) from None


def _decode(path: Path) -> str:
    raw = read_bytes(path, "a table", MOST_BYTES)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refusal(path, "", "text in UTF-8 or GB18030", "UTF-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as utf8:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            row = raw.count(b"\n", 0, utf8.start) + 1
            raise Refusal(path, f"row {row}", "text in UTF-8 or GB18030", raw[utf8.start : utf8.start + 4]) from None


def _header(path: Path, names: list[str]) -> list[str]:
    for column, name in enumerate(names):
        if name and name in names[:column]:
            raise Refusal(path, f"row {HEADER_ROW}, column {name}", "each column once", "it again")
    return list(names)


def _record(path: Path, row: int, header: list[str], cells: Iterable[Any]) -> dict:
    record: dict = {}
    for name, cell in zip(header, cells, strict=False):
        if cell is None or cell == "":
            continue
        if not name:
            raise Refusal(path, f"row {row}", "a name above each column", cell)
        *sections, field = name.split(".")
        place = record
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise Refusal(path, f"row {row}, column {name}", f"{section} in one column or in parts, not both", cell)
        place[field] = cell
    return record
