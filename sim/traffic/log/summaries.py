"""Rows of an export that are no records: totals under a table, and headings that stand again on every page."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SUMMARY = re.compile(
    r"^\W*(本页|本日|当日|本月|全部)?(合计|总计|小计|汇总|累计|共计|总合计)|^\W*(grand |sub-?)?totals?\b|^\W*(summe|gesamt|somme|suma)\b",
    re.IGNORECASE,
)


def repeated_headings(table: pa.Table) -> np.ndarray:
    """bool[rows]: rows in which at least two cells, and half of those that are filled, are their columns' headings."""
    rows = table.num_rows
    same, filled = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_string(column.type) and pc.index(column, name).as_py() >= 0:
            same += pc.fill_null(pc.equal(column, name), False).to_numpy()
    at = np.flatnonzero(same >= 2)
    for name in table.column_names if at.size else ():
        filled[at] += [bool(str(cell or "").strip()) for cell in table.column(name).take(at).to_pylist()]
    return (same >= 2) & (2 * same >= filled)


def totals(table: pa.Table, doubtful: np.ndarray) -> np.ndarray:
    """bool[rows]: of the rows that are no records anyway, those in which a cell says that it is a total."""
    at = np.flatnonzero(doubtful)
    found = np.zeros(table.num_rows, dtype=bool)
    for name in table.column_names if at.size else ():
        column = table.column(name)
        if pa.types.is_string(column.type):
            texts = column.take(at).to_pylist()
            found[at] |= np.array([text is not None and SUMMARY.search(text) is not None for text in texts], dtype=bool)
    return found
