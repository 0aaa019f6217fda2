"""What is wrong in a table, gathered by cell, so that one reading says up to twenty things to correct."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from sim.records.refusal import Refusal
from sim.tables.sheets import Sheet

MOST_LISTED = 20


@dataclass(frozen=True)
class Fault:
    """One cell, row or sheet that cannot be used."""

    file: Path
    sheet: str
    """Empty where the file has one table without a name."""
    row: int | None
    """As a spreadsheet counts; None: the whole sheet."""
    column: str
    """Its heading; empty: the whole row."""
    expected: str
    found: object = None

    def refusal(self) -> Refusal:
        """The fault alone, as a line: file [sheet], row, column, what was expected and what stood there."""
        where = f"{self.file} [{self.sheet}]" if self.sheet else str(self.file)
        parts = [f"row {self.row}"] if self.row is not None else []
        parts += [f"column {self.column}"] if self.column else []
        return Refusal(where, ", ".join(parts), self.expected, self.found)


class TableRefusal(Refusal):
    """A table with faults: its text is a line a fault, at most `MOST_LISTED`, and how many more there are."""

    def __init__(self, faults: tuple[Fault, ...], more: int = 0):
        """`more`: of further faults that were only counted."""
        first = faults[0].refusal()
        super().__init__(first.where, first.field, first.expected, first.found, len(faults) - 1 + more)
        self.faults = faults
        self.args = (faults, more)

    def __str__(self) -> str:
        lines = [str(fault.refusal()) for fault in self.faults[:MOST_LISTED]]
        more = self.more + 1 - len(lines)
        return "\n".join([*lines, *([f"and {more:,} more to correct"] if more > 0 else [])])


class Faults:
    """Gathers the faults of one reading, over all its sheets."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, sheet: Sheet, row: int | None, column: str, expected: str, found: object = None) -> None:
        """Note a fault; the reading goes on. `row` as a spreadsheet counts."""
        found = str(found) if isinstance(found, date | time | timedelta) else found
        self.found.append(Fault(sheet.file, sheet.name, row, column, expected, found))

    def refuse(self) -> None:
        """Raise `TableRefusal` if there is any fault."""
        if self.found:
            raise TableRefusal(tuple(self.found))
