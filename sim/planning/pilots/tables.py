"""Histories of stores read: a table of the user's by store and day or week, or the days of a run of the chain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import isfinite
from pathlib import Path

import numpy as np

from sim.planning.pilots.columns import LIVE, OUTCOMES, REGION, STORE, WHEN, outcome_of
from sim.planning.pilots.weeks import History, is_weekly
from sim.records.outcome import outcome_folder, read_manifest, read_outcome
from sim.records.refusal import Refusal
from sim.tables import headings
from sim.tables.faults import Faults
from sim.tables.headings import Table
from sim.tables.moments import date_order
from sim.tables.sheets import Cell, Sheet, read_sheets
from sim.tables.values import Order, day, has_decimal_comma, number, text

_MOST = 1e15
_WEEK = re.compile(r"(20\d\d)[-/ ]?(?:w|年第?)(\d{1,2})周?", re.IGNORECASE)
_RUN = {"sales": ("sales_value", ""), "tickets": ("tickets", ""), "wait_s": ("wait_s", "tickets"), "units": ("sold_units", "")}  # fmt: skip
"""Outcomes of a run: counters of its days, and what they are shared by."""


def read_history(source: Path, outcomes: Sequence[str] = (), dates: str = "") -> History:
    """The history of a table file, or of a run's folder.

    Args:
        source: .xlsx, .csv, .parquet and the like with a row a store and day or week, or the folder of a run.
        outcomes: names or headings; without them all of `columns.OUTCOMES` that are there.
        dates: order of day and month, as `--dates` has it.

    Raises `TableRefusal` with every cell that cannot be used, `Refusal` for anything else.
    """
    if source.is_dir():
        return _of_run(source, outcomes)
    sheet = filled_sheet(source, "a table with a row a store and day")
    asked = [outcome_of(each) for each in outcomes] or list(OUTCOMES)
    if twice := next((each.field for n, each in enumerate(asked) if each.field in [a.field for a in asked[:n]]), ""):
        raise Refusal("--outcome", "", "each outcome once", twice)
    table = headings.find(sheet, [STORE, WHEN, LIVE, REGION, *asked], mappable=False)
    found = [each.field for each in asked if each.field in table.place]
    if not found:
        there = ", ".join(table.unread[:20]) or "nothing"
        names = ", ".join(each.field for each in OUTCOMES)
        raise Refusal(sheet.where, "", f"a column with an outcome ({names}), or its heading as --outcome", there)
    return _Reading(table, found, dates).history()


def filled_sheet(path: Path, what: str) -> Sheet:
    """The first sheet of a table file in which anything stands. Raises `Refusal`."""
    for sheet in read_sheets(path, flag=False):
        if any(cell is not None for row in sheet.rows for cell in row):
            return sheet
    raise Refusal(path, "", what, "nothing")


class _Reading:
    """A sheet as it is read."""

    def __init__(self, table: Table, outcomes: Sequence[str], dates: str):
        self._table, self._outcomes, self._dates = table, outcomes, dates
        self._faults = Faults()
        self._regions: dict[str, str] = {}
        self._live: dict[str, date | None] = {}

    def history(self) -> History:
        rows = list(self._table.records())
        orders = {name: self._order(name, rows) for name in ("date", "go_live") if name in self._table.place}
        comma = self._decimal_comma(rows)
        held: dict[tuple[str, date], dict[str, float]] = {}
        for row, cells in rows:
            store = text(cells.get("store")).strip()
            when = self._day(row, cells, orders["date"])
            if not store:
                self._fault(row, "store", "a store's code", "nothing")
            if not store or when is None:
                continue
            if (store, when) in held:
                self._fault(row, "store", "one row a store and day or week", f"{store} on {when}, twice")
                continue
            held[store, when] = {name: self._number(row, name, cells, comma) for name in self._outcomes}
            self._constant(row, store, cells, orders.get("go_live"))
        self._faults.refuse()
        if not held:
            raise Refusal(self._table.sheet.where, "", "a row a store and day", "nothing")
        stores, days = sorted({store for store, _ in held}), sorted({when for _, when in held})
        place = {store: n for n, store in enumerate(stores)}, {when: n for n, when in enumerate(days)}
        values = {name: np.full((len(stores), len(days)), np.nan) for name in self._outcomes}
        for (store, when), figures in held.items():
            for name, value in figures.items():
                values[name][place[0][store], place[1][when]] = value
        return History(
            source=self._table.sheet.where,
            stores=tuple(stores),
            regions=tuple(self._regions.get(store, "") for store in stores),
            days=tuple(days),
            values=values,
            weekly=is_weekly(days),
            live={store: live for store, live in self._live.items() if live},
        )

    def _order(self, name: str, rows: Sequence[tuple[int, Mapping[str, Cell]]]) -> Order:
        return date_order(self._table.sheet.where, self._table.heading[name], [cells.get(name) for _, cells in rows], self._dates)  # fmt: skip

    def _decimal_comma(self, rows: Sequence[tuple[int, Mapping[str, Cell]]]) -> bool:
        try:
            return has_decimal_comma(cells.get(name) for _, cells in rows for name in self._outcomes)
        except ValueError as error:
            raise Refusal(self._table.sheet.where, "", str(error)) from None

    def _day(self, row: int, cells: Mapping[str, Cell], order: Order) -> date | None:
        cell = cells.get("date")
        try:
            return day_or_week(cell, order)
        except ValueError as error:
            self._fault(row, "date", str(error), text(cell) or "nothing")
            return None

    def _number(self, row: int, name: str, cells: Mapping[str, Cell], comma: bool) -> float:
        cell = cells.get(name)
        if cell is None:
            return float("nan")
        try:
            value = number(cell, comma)
        except ValueError as error:
            self._fault(row, name, str(error), text(cell))
            return float("nan")
        if not (isfinite(value) and abs(value) <= _MOST):
            self._fault(row, name, f"a number up to {_MOST:g}", text(cell))
        return value

    def _constant(self, row: int, store: str, cells: Mapping[str, Cell], order: Order | None) -> None:
        """Region and go-live, which every row of a store repeats."""
        region = text(cells.get("region")).strip()
        if region and self._regions.setdefault(store, region) != region:
            self._fault(row, "region", f"{self._regions[store]}, as in the other rows of {store}", region)
        if order is None:
            return
        try:
            live = None if cells.get("go_live") is None else day(cells["go_live"], order)
        except ValueError as error:
            self._fault(row, "go_live", f"{error}, or nothing", text(cells["go_live"]))
            return
        if self._live.setdefault(store, live) != live:
            expected = f"{self._live[store] or 'nothing'}, as in the other rows of {store}"
            self._fault(row, "go_live", expected, str(live or "nothing"))

    def _fault(self, row: int, field: str, expected: str, found: object) -> None:
        self._faults.add(self._table.sheet, row, self._table.heading.get(field, field), expected, found)


def day_or_week(cell: Cell, order: Order) -> date:
    """A day, or the Monday of a week such as 2026-W31 or 2026年第31周. Raises `ValueError`."""
    if isinstance(cell, str) and (found := _WEEK.fullmatch(unicodedata.normalize("NFKC", cell).strip())):
        try:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            raise ValueError("a week of the year, such as 2026-W31") from None
    if cell is None:
        raise ValueError("a date such as 2025-10-01, or a week such as 2026-W31")
    return day(cell, order)


def _of_run(folder: Path, outcomes: Sequence[str]) -> History:
    """The days of a run's first replication after its warm-up."""
    asked = [outcome_of(each).field for each in outcomes] or ["sales", "tickets", "wait_s"]
    if unknown := next((each for each in asked if each not in _RUN), None):
        raise Refusal("--outcome", "", f"an outcome of a run: {', '.join(_RUN)}", unknown)
    manifest, daily = read_manifest(folder), read_outcome(folder, "daily")
    regions = {each["code"]: str(each.get("region", "")) for each in manifest.scenario["stores"]}
    start = date.fromisoformat(str(manifest.scenario["start"])[:10])
    first = daily["replication"] == daily["replication"].min()
    held = daily[
        first & daily["location_code"].isin(list(regions)) & (daily["day"] >= manifest.scenario["warmup_days"])
    ]
    if held.empty:
        raise Refusal(outcome_folder(folder) / "daily.parquet", "", "days of stores after the warm-up", "nothing")
    wide = held.pivot(index="location_code", columns="day")
    values = {}
    for name in asked:
        counter, per = _RUN[name]
        figures = wide[counter].to_numpy(dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            values[name] = figures / wide[per].to_numpy(dtype=np.float64) if per else figures
    stores = [str(code) for code in wide.index]
    return History(
        source=str(folder),
        stores=tuple(stores),
        regions=tuple(regions[store] for store in stores),
        days=tuple(start + timedelta(days=int(each)) for each in wide["sales_value"].columns),
        values={name: np.where(np.isfinite(each), each, np.nan) for name, each in values.items()},
        weekly=False,
        live={},
        simulated=True,
        notes=("The history is a chain's, simulated: its first replication.",),
    )  # fmt: skip
