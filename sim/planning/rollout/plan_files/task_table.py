"""Tasks as a table: CSV, or a workbook that may have sheets of roles and of holidays beside it, with English or Chinese headings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sim.planning.rollout.plan_files import cells, notes
from sim.planning.rollout.plan_files.columns import (
    AFTER,
    COST,
    DAYS,
    HOLIDAYS,
    ID,
    LEAST,
    LEVEL,
    LIKELY,
    MOST,
    NAME,
    NOT_BEFORE,
    PEOPLE,
    PHASE,
    ROLE,
    ROLES,
    START,
    STORES,
    TASKS,
)
from sim.planning.rollout.plan_files.imported import Imported, Line, People
from sim.planning.rollout.plan_files.store_cells import stores
from sim.planning.rollout.sections.amounts import WEEKDAYS
from sim.records.refusal import Refusal
from sim.tables import headings
from sim.tables.faults import Faults
from sim.tables.headings import Column, Table
from sim.tables.moments import date_order
from sim.tables.sheets import Cell, Sheet, read_sheets
from sim.tables.spans import weekdays
from sim.tables.values import Order, day, number, text

MOST_ROWS = 2_000
_NUMBER, _COST, _WORKS = ROLES[1:]
_HOLIDAY, _FIRST, _LAST = HOLIDAYS


def read_table(path: Path) -> Imported:
    """The tasks of a table. Raises `TableRefusal` with every cell that cannot be used, `Refusal` for a file without tasks."""
    faults, tasks, found = Faults(), None, Imported(path, [])
    roles: dict[str, People] = {}
    for sheet in read_sheets(path, flag=False):
        if not any(cell is not None for row in sheet.rows for cell in row):
            continue
        if tasks is None and (table := _table(sheet, TASKS, {NAME.field}, {DAYS.field, LEAST.field})):
            tasks = table
        elif table := _table(sheet, ROLES, {ROLE.field}, {_NUMBER.field, _COST.field}):
            roles |= _Sheet(table, faults).roles()
        elif table := _table(sheet, HOLIDAYS, {_FIRST.field, _LAST.field}, {_FIRST.field}):
            found.holidays += _Sheet(table, faults).holidays()
    if tasks is None:
        raise Refusal(path, "", "a table with columns task and duration (任务名称, 工期)", "none")
    found.lines = _Sheet(tasks, faults).tasks()
    faults.refuse()
    if not found.lines:
        raise Refusal(path, "", "a row with a task", "none")
    named = {role for line in found.lines for role in line.needs}
    found.people = {role: roles.get(role, People(0)) for role in sorted(named)}
    if bare := [role for role, people in found.people.items() if not people.number]:
        found.notes.append(notes.unnumbered(len(bare)))
    if unread := [heading for heading in tasks.unread if heading]:
        found.notes.append(notes.unread(unread))
    days = [line.planned for line in found.lines if line.planned]
    found.start = min(days, default=None)
    found.outline()
    return found


def _table(sheet: Sheet, columns: tuple[Column, ...], all_of: set[str], one_of: set[str]) -> Table | None:
    """The sheet by its headings, where it has those that make it of a kind."""
    free = tuple(Column(each.field, each.names) for each in columns)
    found = headings.find(sheet, free, mappable=False)
    return found if all_of <= found.place.keys() and one_of & found.place.keys() else None


class _Sheet:
    """One sheet as it is read."""

    def __init__(self, table: Table, faults: Faults):
        self.table, self.sheet, self._faults = table, table.sheet, faults
        self._orders: dict[str, Order] = {}

    def roles(self) -> dict[str, People]:
        """People by role."""
        found = {}
        for row, held in self.table.records():
            if (role := text(held.get(ROLE.field))) == "":
                continue
            people = People(self._amount(row, held, _NUMBER, 1), self._amount(row, held, _COST, 0))
            if _WORKS.field in held:
                on = self._read(row, held, _WORKS, weekdays)
                people.works = tuple(WEEKDAYS[each - 1] for each in on) if on else None
            found[role] = people
        return found

    def holidays(self) -> list[tuple[date, date, str]]:
        """First and last day with a name."""
        found = []
        for row, held in self.table.records():
            first, last = self._day(row, held, _FIRST), self._day(row, held, _LAST)
            if first and last and not 0 <= (last - first).days < 3_660:
                self._fault(row, _LAST, "a last day from the first on, within ten years", str(last))
            elif first and last:
                found.append((first, last, text(held.get(_HOLIDAY.field))))
        return found

    def tasks(self) -> list[Line]:
        """A line a row."""
        rows = [(row, held) for row, held in self.table.records() if held.get(NAME.field) is not None]
        if len(rows) > MOST_ROWS:
            raise Refusal(self.sheet.where, "", f"at most {MOST_ROWS:,} tasks", len(rows))
        keys = [text(held[ID.field]) if ID.field in held else f"{n + 1}" for n, (_, held) in enumerate(rows)]
        for n, (row, _) in enumerate(rows):
            if keys[n] in keys[:n]:
                self._fault(row, ID, "a number of its own", keys[n])
        names = [text(held[NAME.field]) for _, held in rows]
        numbered = {key: key for key in keys}
        by_name = {name: key for name, key in zip(names, keys, strict=True) if names.count(name) == 1}

        def known(given: str) -> str | None:
            given = given.strip()
            return numbered.get(given) or by_name.get(given)

        return [self._task(row, held, key, known) for (row, held), key in zip(rows, keys, strict=True)]

    def _task(self, row: int, held: Mapping[str, Cell], key: str, known: Callable[[str], str | None]) -> Line:
        line = Line(key, text(held[NAME.field]), f"row {row}", phase=text(held.get(PHASE.field)))
        if LEVEL.field in held:
            line.level = int(min(self._amount(row, held, LEVEL, 1), 1_000))
        if DAYS.field in held:
            line.days = self._read(row, held, DAYS, cells.length) or 0.0
        points = [self._read(row, held, column, cells.length) for column in (LEAST, LIKELY, MOST)]
        least, likely, most = points
        if least is not None and most is not None:
            line.three = least, line.days if likely is None else likely, most
        elif (least is None) != (most is None):
            self._fault(row, MOST if most is None else LEAST, "least and most, or neither", "nothing")
        elif likely is not None:
            line.days = likely
        if AFTER.field in held:
            line.waits = self._read(row, held, AFTER, lambda cell: cells.waits(_as_text(cell), known)) or []
        for need in (self._read(row, held, PEOPLE, cells.needs) or []) if PEOPLE.field in held else []:
            line.needs[need.role] = line.needs.get(need.role, 0.0) + need.number
        line.cost = self._amount(row, held, COST, 0)
        line.not_before, line.planned = self._day(row, held, NOT_BEFORE), self._day(row, held, START)
        if STORES.field in held:
            line.stores = stores(text(held[STORES.field]))
            if line.stores is None:
                self._fault(row, STORES, "a number of stores, or their codes", text(held[STORES.field]))
        return line

    def _read(self, row: int, held: Mapping[str, Cell], column: Column, read: Callable) -> Any:
        """A cell's value; None where it is empty, or cannot be read."""
        cell = held.get(column.field)
        if cell is None:
            return None
        try:
            return read(cell)
        except ValueError as error:
            self._fault(row, column, str(error), text(cell))
            return None

    def _amount(self, row: int, held: Mapping[str, Cell], column: Column, default: float) -> float:
        found = self._read(row, held, column, number)
        if found is not None and not 0 <= found <= 1e12:
            self._fault(row, column, "a number from 0 on", text(held[column.field]))
            return default
        return default if found is None else found

    def _day(self, row: int, held: Mapping[str, Cell], column: Column) -> date | None:
        if column.field not in held:
            return None
        if column.field not in self._orders:
            of = [each.get(column.field) for _, each in self.table.records()]
            try:
                self._orders[column.field] = date_order(self.sheet.where, self.table.heading[column.field], of)
            except Refusal as refusal:
                expected = "dates whose order is plain in every row, such as 2026-07-31"
                raise Refusal(self.sheet.where, refusal.field, expected, refusal.found) from None
        order = self._orders[column.field]
        return self._read(row, held, column, lambda cell: _day_of(cell, order))

    def _fault(self, row: int, column: Column, expected: str, found: object) -> None:
        self._faults.add(self.sheet, row, self.table.heading.get(column.field, column.field), expected, found)


def _day_of(cell: Cell, order: Order) -> date:
    """A day; Microsoft Project writes one with its weekday and time, such as `Mon 2027/3/1 8:00`."""
    if isinstance(cell, str):
        words = [word for word in cell.replace("T", " ").split() if any(sign.isdecimal() for sign in word)]
        cell = words[0] if words else cell
    return day(cell, order)


def _as_text(cell: Cell) -> Cell:
    """A number of a task as it was typed."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else cell
