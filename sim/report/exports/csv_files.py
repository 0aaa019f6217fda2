"""Tables as CSV: UTF-8 with a byte-order mark, so that a spreadsheet reads every script."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from sim.records.atomic_files import whole
from sim.report.exports.headings import heading, localised
from sim.report.exports.result import Cell, Result

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet compute a text."""


def write_csv(result: Result, path: Path | str) -> None:
    """Write every table of a result, numbers with a decimal point and all their digits, dates as 2026-10-01, shares between 0 and 1.

    A `path` that ends in `.csv` takes the main table, and others stand beside it as `NAME-TABLE.csv`; any other is a folder, with a file a table.
    Texts that a spreadsheet would compute begin with an apostrophe. Headings are the names of columns; in Chinese, words with their units.
    """
    path = Path(path)
    for at, table in enumerate(result.tables):
        file = path / f"{table.name}.csv"
        if path.suffix.lower() == ".csv":
            file = path if not at else path.with_name(f"{path.stem}-{table.name}.csv")
        columns = list(map(str, table.frame.columns))
        head = columns if result.lang == "en" else [heading(table, column, result) for column in columns]
        with whole(file) as aside, open(aside, "w", newline="", encoding="utf-8-sig") as out:
            rows = csv.writer(out, lineterminator="\r\n")
            rows.writerow(head)
            rows.writerows(_texts(cell for cell, _ in row) for row in localised(table, result))


def _texts(row: Iterable[Cell]) -> list[Cell]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else _number(cell) for cell in row]


def _number(cell: Cell) -> Cell:
    return f"{cell:.12g}" if isinstance(cell, float) else cell
