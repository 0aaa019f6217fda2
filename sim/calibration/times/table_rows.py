"""Rows of a user's table on their way into a fit: each is read or left out with the reason, and too many left out are a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sim.records.refusal import Refusal
from sim.tables.faults import Fault, TableRefusal
from sim.tables.headings import Column, Table, find
from sim.tables.sheets import Cell, read_sheets
from sim.tables.values import text

MOST_SKIPPED_SHARE = 0.1
"""Of rows; a table with more skipped is refused unless `--accept-skipped` is given."""
FEW_SKIPPED = 5
"""Rows that may be skipped in any table."""
Value = TypeVar("Value")


@dataclass
class Rows:
    """The rows of all sheets that have the headings."""

    file: Path
    tables: list[Table]
    encoding: str
    """Of a CSV, where it was detected and is not UTF-8."""
    read: int = 0
    skipped: list[Fault] = field(default_factory=list)

    def records(self) -> Iterator[tuple[Table, int, dict[str, Cell]]]:
        """Sheet, row number and cells by field of every row with a cell in one of the fields."""
        for table in self.tables:
            for row, cells in table.records():
                self.read += 1
                yield table, row, cells

    def column(self, name: str) -> Iterator[Cell]:
        """The filled cells of a field over all sheets."""
        return (cells[name] for table in self.tables for _row, cells in table.records() if name in cells)

    def skip(self, table: Table, row: int, column: str, expected: str, found: object = None) -> None:
        """Note a row that cannot be used, under the heading of a field; empty: the whole row."""
        sheet = table.sheet
        self.skipped.append(Fault(sheet.file, sheet.name, row, table.heading.get(column, column), expected, found))

    def value(
        self, table: Table, row: int, cells: Mapping[str, Cell], name: str, read: Callable[[Cell], Value]
    ) -> Value | None:
        """What `read` makes of a cell; None where it cannot, and the row is noted."""
        found = cells.get(name)
        try:
            if found is None:
                raise ValueError(f"a cell with {name}")
            return read(found)
        except (ValueError, OverflowError) as error:
            self.skip(table, row, name, str(error), "nothing" if found is None else found)
            return None

    def check(self, accept_skipped: bool) -> None:
        """Raise `TableRefusal` where too many rows were skipped; `accept_skipped` insists."""
        most = max(FEW_SKIPPED, MOST_SKIPPED_SHARE * self.read)
        if len(self.skipped) > most and not accept_skipped:
            raise TableRefusal(tuple(self.skipped))


def read_rows(path: Path, columns: Sequence[Column], given: Mapping[str, str], encoding: str) -> Rows:
    """The sheets of a table file in which the needed headings stand. Raises `Refusal` where they stand in none."""
    tables: list[Table] = []
    first: Refusal | None = None
    sheets = read_sheets(path, encoding)
    for sheet in sheets:
        try:
            tables.append(find(sheet, columns, given))
        except Refusal as refusal:
            first = first or refusal
    if not tables and first:
        raise Refusal(_by_column(first.where), first.field, _by_column(first.expected), first.found)
    return Rows(path, tables, next((sheet.encoding for sheet in sheets if sheet.encoding), ""))


def _by_column(line: str) -> str:
    """These commands name headings by `--column`."""
    return line.replace("--map", "--column")


def name(cell: Cell) -> str:
    """A code or a name as text."""
    return text(cell).strip()
