"""Tables that stand for long lists in a scenario: a row is a record, a column a field, and a cell what its field says it is.

Headings are the names of fields, or what people call them (`sim.scenario.sections.headings`); titles may stand above them. A column named
`lead_time_days.mean` is the field `mean` inside `lead_time_days`. An empty cell says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.records.refusal import Refusal
from sim.scenario.fields import fields as known_fields
from sim.scenario.layers import nearest
from sim.scenario.sections import cells
from sim.scenario.sections.headings import COLUMNS
from sim.tables.faults import Fault, Faults
from sim.tables.headings import Column, Table, find
from sim.tables.sheets import Cell, Sheet, read_sheets

_EXCEL_ERRORS = frozenset(["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR"])


class Rows(list):
    """The records of a table, with where each of their cells stood."""

    def __init__(self, records: list[dict], rows: list[int], table: Table):
        super().__init__(records)
        self.file, self.sheet, self.rows = table.sheet.file, table.sheet.name, rows
        """`rows`: the row that each record stood in, as a spreadsheet counts."""
        self.heading_row = table.heading_row or None
        """None: a Parquet file, whose columns are named but in no row."""
        self.heading = dict(table.heading)
        """By field."""
        self.unread: tuple[str, ...] = ()
        """Headings of columns that were left out."""

    def fault(self, record: int | None, column: str, expected: str, found: object = None) -> Fault:
        """A fault in a record, by its position; None: in the row of headings. `column`: a field, or a heading that is none."""
        row = self.heading_row if record is None else self.rows[record]
        return Fault(self.file, self.sheet, row, self.heading.get(column, column), expected, found)


def read(path: Path, section: str = "", sheet: str | None = None) -> Rows:
    """The records of a table for a section of a scenario, such as `stores`; without one, columns are fields as they are named.

    `sheet` names one of a file that has several. Raises `Refusal` for what is no table, and for a sheet that is not there or not chosen;
    `TableRefusal` for cells that no field could hold.
    """
    faults = Faults()
    rows = records(chosen(path, read_sheets(path, flag=False), sheet), section, faults)
    faults.refuse()
    return rows


def chosen(path: Path, sheets: list[Sheet], name: str | None) -> Sheet:
    """The sheet of that name; without a name the only one that holds anything. Raises `Refusal` that lists them."""
    if name is not None:
        found = next((each for each in sheets if each.name == name), None)
        if found is None:
            names = [each.name for each in sheets]
            known = f"sheet: one of {', '.join(names)}{nearest(name, names)}" if any(names) else "a file with sheets"
            raise Refusal(path, "", known, name)
        return found
    filled = [each for each in sheets if any(cell is not None for row in each.rows for cell in row)]
    if len(filled) > 1:
        listed = ", ".join(each.name for each in filled)
        raise Refusal(path, "", "the sheet that is meant: {table: FILE, sheet: NAME}", listed)
    if not filled:
        raise Refusal(path, "", "a table with a header", "nothing")
    return filled[0]


def records(sheet: Sheet, section: str, faults: Faults, given: Mapping[str, str] | None = None) -> Rows:
    """The records of one sheet. Faults of cells are added to `faults`.

    `given`: headings by field, as `--map` gives them; columns that no field has are then left out. Without it they are kept, to be refused.
    """
    columns = COLUMNS.get(section, ()) or tuple(Column(name) for name in known_fields(section.split(".")) if section)
    table = find(sheet, columns, given, mappable=given is not None)
    sheet = table.sheet
    headings = sheet.rows[table.heading_row - sheet.first_row]
    fields = _fields(sheet, table, headings)
    known = {column.field for column in columns}
    left = [at for at, name in enumerate(fields) if given is not None and (name or "").partition(".")[0] not in known]
    below = table.heading_row - sheet.first_row + 1
    body = [(n, row) for n, row in enumerate(sheet.rows[below:], table.heading_row + 1) if _says(row, left)]
    for n, row in body:
        for at, cell in enumerate(row):
            wrong = sheet.errors.get((n, at)) or (cell if isinstance(cell, str) and cell in _EXCEL_ERRORS else None)
            if at in left:
                continue
            if wrong:
                faults.add(sheet, n, str(headings[at] or ""), "a value, not a formula's error", wrong)
            elif cell is not None and fields[at] is None:
                faults.add(sheet, n, "", "a name above each column", cell)
    named = {name: at for at, name in enumerate(fields) if name is not None and at not in left}
    read = {
        at: cells.read(section, name, [row[at] for _, row in body], str(headings[at])) for name, at in named.items()
    }
    rows = Rows([], [n for n, _ in body], table)
    rows.heading |= {name: str(headings[at]) for name, at in named.items()}
    rows.unread = tuple(str(headings[at]) for at in left if headings[at] is not None)
    for i, (n, _) in enumerate(body):
        rows.append(_record(rows, n, [(name, read[at][i]) for name, at in named.items()], faults))
    return rows


def _says(row: list[Cell], left: list[int]) -> bool:
    return any(cell is not None and at not in left for at, cell in enumerate(row))


def _fields(sheet: Sheet, table: Table, headings: list[Cell]) -> list[str | None]:
    """The field of each column: the one that its heading means, else its heading; None where there is no heading."""
    known = {at: field for field, at in table.place.items()}
    fields = [known.get(at, None if cell is None else str(cell)) for at, cell in enumerate(headings)]
    for at, name in enumerate(fields):
        if name is not None and name in fields[:at]:
            where = f"row {table.heading_row}, column {headings[at]}" if table.heading_row else f"column {name}"
            raise Refusal(sheet.where, where, "each column once", "it again")
    return fields


def _record(rows: Rows, row: int, values: list[tuple[str, object]], faults: Faults) -> dict:
    record: dict = {}
    for name, value in values:
        if isinstance(value, cells.Wrong):
            faults.found.append(Fault(rows.file, rows.sheet, row, rows.heading[name], value.expected, value.found))
        elif isinstance(value, cells.Parts):
            record |= value
            rows.heading |= dict.fromkeys(value, rows.heading[name])
        elif value is not None:
            *sections, field = name.split(".")
            place = record
            for section in sections:
                place = place.setdefault(section, {})
                if not isinstance(place, dict):
                    expected = f"{section} in one column or in parts, not both"
                    faults.found.append(Fault(rows.file, rows.sheet, row, name, expected, value))
                    break
            else:
                place[field] = value
    return record
