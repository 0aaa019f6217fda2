"""The sheets of a workbook that hold a log, as columns of text: one sheet, or several with the same headings, as of a month each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from sim.records.refusal import Refusal
from sim.tables.headings import plain
from sim.tables.sheets import Cell, Sheet, read_sheets
from sim.traffic.log.headings import columns_of, known
from sim.traffic.log.reading import Reading

MOST_ABOVE = 20
"""Lines or rows in which headings are looked for."""
_MOST_BYTES = 1 << 30
"""Of a workbook's parts, unpacked: three million rows of eight columns."""
_REFUNDS = re.compile(r"退货|退款|\b(refund|return)s?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Rows:
    """The rows of the sheets that were read, one after another."""

    table: pa.Table
    """Of texts."""
    line: np.ndarray
    """int64[rows], as the spreadsheet counts."""
    sheet: np.ndarray
    """int64[rows], index into `sheets`."""
    sheets: tuple[str, ...]
    notes: tuple[str, ...]


def read_rows(path: Path, reading: Reading) -> Rows:
    """The rows of each sheet with the headings of a log, or of the sheet that is named.

    Raises `Refusal` where there is none, or where sheets with other headings, or of refunds, could be meant too.
    """
    sheets = read_sheets(path, most_bytes=_MOST_BYTES)
    if reading.sheet:
        listed = [sheet.name for sheet in sheets]
        sheets = [sheet for sheet in sheets if sheet.name.strip() == reading.sheet.strip()]
        if not sheets:
            raise Refusal("--sheet", "", f"a sheet of {path}: {', '.join(listed[:20])}", reading.sheet)
    read: list[tuple[Sheet, int, dict[str, tuple[str, ...]]]] = []
    left: list[tuple[int, Sheet, Refusal]] = []
    for sheet in sheets:
        at, count = _heading_row(sheet, known(reading))
        try:
            read.append((sheet, at, columns_of(sheet.where, _names(sheet, at), reading)))
        except Refusal as refusal:
            left.append((count, sheet, refusal))
    if not read:
        raise max(left, key=lambda each: each[0])[2]
    first, others = read[0][0], [sheet for sheet, _, _ in read[1:]]
    if others and any(_REFUNDS.search(sheet.name) for sheet, _, _ in read):
        names = ", ".join(sheet.name for sheet, _, _ in read)
        raise Refusal(path, "", "--sheet with the sheet of sales, as one seems to hold refunds", names)
    for sheet, _, fields in read[1:]:
        if fields != read[0][2]:
            expected = f"the headings of sheet {first.name} (--sheet NAME reads one alone)"
            found = sorted({name for names in fields.values() for name in names} - set(sum(read[0][2].values(), ())))
            raise Refusal(sheet.where, "", expected, found)
    notes = [f"headings in row {sheet.first_row + at} of sheet {sheet.name}" for sheet, at, _ in read if at]
    if others:
        notes.append(f"{len(read)} sheets: {', '.join(sheet.name for sheet, _, _ in read)}")
    if left:
        notes.append(
            f"without the sheets {', '.join(sheet.name for _, sheet, _ in left)}, which have no headings of a log"
        )
    below = [len(sheet.rows) - at - 1 for sheet, at, _ in read]
    return Rows(
        table=pa.concat_tables([_table(sheet, at) for sheet, at, _ in read], promote_options="default"),
        line=np.concatenate(
            [sheet.first_row + at + 1 + np.arange(n) for (sheet, at, _), n in zip(read, below, strict=True)]
        ),
        sheet=np.repeat(np.arange(len(read)), below),
        sheets=tuple(sheet.name for sheet, _, _ in read),
        notes=tuple(notes),
    )


def _heading_row(sheet: Sheet, names: frozenset[str]) -> tuple[int, int]:
    """Index of the row with most known headings, the first of several, and how many they are."""
    counts = [len({plain(_text(cell) or "") for cell in row} & names) for row in sheet.rows[:MOST_ABOVE]] or [0]
    return counts.index(max(counts)), max(counts)


def _names(sheet: Sheet, at: int) -> list[str]:
    """The headings; the second of one name is called NAME (2), and a column without a name has an empty one."""
    names: list[str] = []
    for cell in sheet.rows[at] if sheet.rows else []:
        name = (_text(cell) or "").strip()
        seen = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({seen + 1})" if name and seen else name)
    return names


def _table(sheet: Sheet, at: int) -> pa.Table:
    rows = sheet.rows[at + 1 :]
    columns = {name: n for n, name in enumerate(_names(sheet, at)) if name}
    return pa.table(
        {name: pa.array([_text(row[n]) for row in rows], pa.string()) for name, n in columns.items()},
    )


def _text(cell: Cell) -> str | None:
    """A cell as the text that a CSV would hold; instants to the second."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return (cell + timedelta(milliseconds=500)).replace(microsecond=0, tzinfo=None).isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, timedelta):
        return repr(cell / timedelta(days=1))
    return str(cell)
