"""A copy of tables with what is wrong written beside the rows: every sheet kept, faulty cells red, a column that says what to correct."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sim.records.atomic_files import whole
from sim.tables.faults import Fault
from sim.tables.headings import plain
from sim.tables.sheets import Cell, Sheet

HEADING = "更正 To correct"
_FORMATS = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd", time: "h:mm", timedelta: "[h]:mm"}
_LONGEST_NAME = 31
"""Characters that Excel allows in the name of a sheet."""


def write(path: Path, sheets: Sequence[Sheet], faults: Sequence[Fault]) -> None:
    """Write an `.xlsx` with the values of all sheets, and the faults of each in a last column. Formulas become their values."""
    import xlsxwriter

    with (
        whole(path) as aside,
        xlsxwriter.Workbook(aside, {"strings_to_numbers": False, "nan_inf_to_errors": True}) as book,
    ):
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        red = book.add_format({"font_color": "#C00000", "bold": True})
        filled = {
            kind: book.add_format({"bg_color": "#FFC7CE", "num_format": text})
            for kind, text in (*_FORMATS.items(), (str, "General"))
        }
        names: set[str] = set()
        for sheet in sheets:
            _copy(
                book.add_worksheet(_name(sheet, names)),
                sheet,
                [f for f in faults if (f.file, f.sheet) == (sheet.file, sheet.name)],
                formats,
                filled,
                red,
            )


def _name(sheet: Sheet, names: set[str]) -> str:
    """A name that Excel takes and no other sheet has."""
    plain_name = "".join("-" if each in r"[]:*?/\\" else each for each in sheet.name or sheet.file.name).strip("'")
    name = plain_name[:_LONGEST_NAME]
    n = 2
    while name.casefold() in names or not name:
        name = f"{plain_name[: _LONGEST_NAME - 4]} {n}"
        n += 1
    names.add(name.casefold())
    return name


def _copy(out: Any, sheet: Sheet, faults: Sequence[Fault], formats: dict, filled: dict, red: Any) -> None:
    by_row: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_row[fault.row if fault.row is not None else sheet.first_row].append(fault)
    width = max((len(row) for row in sheet.rows), default=0)
    for n, row in enumerate(sheet.rows):
        number = n + sheet.first_row
        headings = {plain(part) for fault in by_row[number] for part in (fault.column, *fault.column.split(", "))} - {
            ""
        }
        for at, cell in enumerate(row):
            wrong = bool(headings) and bool(_headings(sheet, number, at) & headings)
            _put(out, n, at, cell, filled if wrong else formats)
        if by_row[number]:
            out.write_string(n, width, "; ".join(_sentence(fault) for fault in by_row[number])[:32_000], red)
    if faults:
        out.write_string(_heading_row(sheet, faults), width, HEADING, red)
        out.set_column(width, width, 80)


def _heading_row(sheet: Sheet, faults: Sequence[Fault]) -> int:
    """Position of the row of headings: the first that holds the heading of a faulty column, else the one above the first fault."""
    wanted = {plain(part) for fault in faults for part in (fault.column, *fault.column.split(", "))} - {""}
    found = (n for n, row in enumerate(sheet.rows) if wanted & {plain(str(cell)) for cell in row if cell is not None})
    above = (
        min((fault.row for fault in faults if fault.row is not None), default=sheet.first_row + 1) - 1 - sheet.first_row
    )
    return next(found, max(above, 0))


def _headings(sheet: Sheet, number: int, at: int) -> set[str]:
    """What stands above a cell, in any of the rows where headings may be."""
    above = sheet.rows[: min(number - sheet.first_row + 1, 20)]
    return {plain(str(row[at])) for row in above if row[at] is not None}


def _sentence(fault: Fault) -> str:
    found = "" if fault.found is None else f", found {fault.found}"
    return f"{fault.column + ': ' if fault.column else ''}expected {fault.expected}{found}"


def _put(out: Any, row: int, at: int, cell: Cell, styles: dict) -> None:
    style = styles.get(type(cell), styles.get(str))
    match cell:
        case None:
            if style is not None:
                out.write_blank(row, at, None, style)
        case bool():
            out.write_boolean(row, at, cell, style)
        case int() | float():
            out.write_number(row, at, cell, style)
        case datetime() | date() | time() | timedelta():
            out.write_datetime(row, at, cell, style)
        case _:
            out.write_string(row, at, str(cell)[:32_000], style)
