"""The table of staff trained: a row a person, with the store and whether, or when, the person was trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.records.refusal import Refusal
from sim.tables.headings import Column, Table, find
from sim.tables.moments import date_order
from sim.tables.sheets import Cell, read_sheets
from sim.tables.values import Order, day, text, yes_no

_COLUMNS = (
    Column("store", ("门店", "门店编号", "店号", "store code", "shop", "branch", "location"), needed=True),
    Column(
        "trained",
        (
            "已培训",
            "是否培训",
            "培训完成",
            "培训日期",
            "完成日期",
            "培训",
            "trained on",
            "training",
            "training date",
            "completed",
            "certified",
        ),
        needed=True,
    ),
)


@dataclass(frozen=True)
class Trained:
    """Staff by store, as a table lists them."""

    staff: dict[str, int]
    trained: dict[str, int]

    @property
    def share(self) -> float:
        """Trained of all listed."""
        return sum(self.trained.values()) / max(1, sum(self.staff.values()))


def read_trained(path: Path, as_of: date, stores: Sequence[str]) -> Trained:
    """The staff of some stores, of all where none are named. An empty cell, or a date after `as_of`, is of a person not trained yet.

    Raises `Refusal` with the row of a cell that is neither yes, no nor a date.
    """
    names = {code.casefold(): code for code in stores}
    staff: Counter[str] = Counter()
    trained: Counter[str] = Counter()
    for sheet in read_sheets(path, flag=False):
        if not any(cell is not None for row in sheet.rows for cell in row):
            continue
        table = find(sheet, _COLUMNS, mappable=False)
        rows = list(table.records())
        order = date_order(sheet.where, "trained", [cells.get("trained") for _, cells in rows])
        for row, cells in rows:
            store = text(cells.get("store"))
            code = names.get(store.casefold()) if names else store
            if not store:
                raise Refusal(sheet.where, f"row {row}, column {table.heading['store']}", "a store", "nothing")
            if code is not None:
                staff[code] += 1
                trained[code] += _is_trained(table, row, cells.get("trained"), order, as_of)
    return Trained(dict(staff), dict(trained))


def _is_trained(table: Table, row: int, cell: Cell, order: Order, as_of: date) -> bool:
    if cell is None:
        return False
    try:
        return yes_no(cell)
    except ValueError:
        pass
    try:
        return day(cell, order) <= as_of
    except ValueError:
        where = f"row {row}, column {table.heading['trained']}"
        raise Refusal(table.sheet.where, where, "yes, no or the date of the training", text(cell)) from None
