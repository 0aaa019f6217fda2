"""Where a goal's figures come from: the replications of a run's folder, or the rows of a table."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.evidence.kpi_days import KpiDays, days_of
from sim.evidence.run_comparison import unpaired
from sim.planning.goals.goal_file import SHARE, Goal, Scope, is_share
from sim.records.kpis import KPIS, Totals
from sim.records.outcome import COUNTERS, KPI_SCHEMA, read_kpis, read_manifest, read_outcome
from sim.records.predictions.timing import read_timing
from sim.records.refusal import Refusal
from sim.report.languages import kpi_name
from sim.scenario.layers import nearest
from sim.tables import headings, units
from sim.tables.headings import Column
from sim.tables.moments import date_order
from sim.tables.sheets import Cell, read_sheets
from sim.tables.values import day, has_decimal_comma, number
from sim.tables.values import text as cell_text

_KPIS = {kpi.name: kpi for kpi in KPIS}
_FIXED = (
    Column("kpi", ("指标", "指标名称", "key figure", "metric", "measure")),
    Column("value", ("数值", "值", "实际值", "figure", "actual")),
    Column("date", ("日期", "统计日期", "day")),
    Column("store", ("门店", "门店编号", "店号", "store code", "shop", "branch")),
    Column("region", ("区域", "大区", "地区", "area")),
)


@dataclass(frozen=True)
class Sampled:
    """Figures of one goal."""

    of: KpiDays
    """A row a replication of a run, with its days where these are independent; or a row a row of a table, which pairs with nothing."""
    as_of: str | None


class RunFigures:
    """The replications of a run's folder: a sample each."""

    grade: Literal["simulated"] = "simulated"

    def __init__(self, path: Path):
        self.path = path
        self.manifest = read_manifest(path)
        self._kpis = read_kpis(path)
        self._by_stores: dict[frozenset[str], dict[str, KpiDays]] = {}

    @cached_property
    def _daily(self) -> pd.DataFrame:
        daily = read_outcome(self.path, "daily")
        return daily[daily["day"] >= self.manifest.scenario["warmup_days"]]

    @cached_property
    def _as_of(self) -> str | None:
        try:
            made = read_timing(self.path).made_at
        except (Refusal, OSError):
            return None
        return made.date().isoformat() if made else None

    def sample(self, goal: Goal) -> Sampled:
        """The key figure of each replication in which there was something to make it from. Raises `Refusal` for one that there is not."""
        if goal.kpi not in _KPIS:
            raise Refusal(
                self.path, f"goal {goal.name}, kpi", f"a key figure{nearest(goal.kpi, list(_KPIS))}", goal.kpi
            )
        codes = frozenset(self._codes(goal, goal.scope) if isinstance(goal.scope, Scope) else ())
        if codes not in self._by_stores:
            self._by_stores[codes] = self._played(codes)
        return Sampled(self._by_stores[codes][goal.kpi], self._as_of)

    def _played(self, codes: frozenset[str]) -> dict[str, KpiDays]:
        """The key figures over some stores alone, or of the chain where none are named."""
        if not codes:
            return days_of(self._kpis, self._daily, self.manifest.scenario)
        here = self._daily[self._daily["location_code"].isin(codes)]
        return days_of(self._made_from(here), here, self.manifest.scenario)

    def _made_from(self, daily: pd.DataFrame) -> pd.DataFrame:
        """A table of `KPI_SCHEMA` from the counters of some stores."""
        days = self.manifest.scenario["days"] - self.manifest.scenario["warmup_days"]
        rows = []
        for replication, of in daily.groupby("replication"):
            counted = dict(zip(COUNTERS, of[list(COUNTERS)].sum().tolist(), strict=True))
            swing = of.groupby("day")[["purchased_units", "demanded_units"]].sum().to_numpy().var(axis=0)
            totals = Totals(counted, counted, days, (float(swing[0]), float(swing[1])))
            rows += [(int(str(replication)), kpi.name, kpi.of(totals), kpi.unit, kpi.better) for kpi in KPIS]
        return pd.DataFrame(rows, columns=KPI_SCHEMA.names)

    def _codes(self, goal: Goal, scope: Scope) -> set[str]:
        scenario = self.manifest.scenario
        of_region = {store["code"]: store["region"] for store in scenario["stores"]}
        if scope.region is None:
            strange = [code for code in scope.stores if code not in of_region]
            if strange:
                expected = f"stores of {scenario['name']}{nearest(strange[0], list(of_region))}"
                raise Refusal(self.path, f"goal {goal.name}, stores", expected, strange[0])
            return set(scope.stores)
        known = {each["code"]: each["code"] for each in scenario["regions"]}
        known |= {each["name"]: each["code"] for each in scenario["regions"]}
        if scope.region not in known:
            expected = f"a region of {scenario['name']}{nearest(scope.region, list(known))}"
            raise Refusal(self.path, f"goal {goal.name}, region", expected, scope.region)
        return {code for code, region in of_region.items() if region == known[scope.region]}


class TableFigures:
    """The rows of a table: a sample each. Either a column `kpi` beside a column `value`, or a column a key figure."""

    grade: Literal["supplied"] = "supplied"

    def __init__(self, path: Path, goals: Sequence[Goal], on: date):
        self.path, self._on = path, on
        names = list(dict.fromkeys(goal.kpi for goal in goals))
        wide = [Column(name, _called(name)) for name in names]
        tables, seen = [], []
        for sheet in read_sheets(path, flag=False):
            if any(cell is not None for row in sheet.rows for cell in row):
                table = headings.find(sheet, [*_FIXED, *wide], mappable=False)
                seen.append(table)
                if {"kpi", "value"} <= table.place.keys() or set(names) & table.place.keys():
                    tables.append(table)
        if not tables:
            there = list(
                dict.fromkeys(heading for table in seen for heading in (*table.heading.values(), *table.unread))
            )
            wanted = f"columns kpi and value, or a column {' or '.join(names[:3])}{nearest(names[0], there)}"
            raise Refusal(path, "", wanted, ", ".join(there[:20]) or "nothing")
        self._tables = tables

    def sample(self, goal: Goal) -> Sampled:
        """The figures of rows in the goal's scope, dated by the day on which it is judged and by the goal's date. Raises `Refusal`."""
        values: list[float] = []
        dates: list[date] = []
        for table in self._tables:
            long = {"kpi", "value"} <= table.place.keys()
            column = "value" if long else goal.kpi
            rows = list(table.records())
            if column not in table.place:
                continue
            self._needs(table, goal)
            comma = self._comma(table, column, [cells.get(column) for _, cells in rows])
            order = date_order(table.sheet.where, "date", [cells.get("date") for _, cells in rows]) if "date" in table.place else "ymd"  # fmt: skip
            for row, cells in rows:
                if column not in cells or not _in_scope(goal, cells):
                    continue
                if long and headings.plain(cell_text(cells.get("kpi"))) not in map(headings.plain, _named(goal.kpi)):
                    continue
                when = _read(table, row, cells, "date", lambda cell, order=order: day(cell, order)) if "date" in cells else None  # fmt: skip
                if when and when > min(self._on, goal.by):
                    continue
                heading = cell_text(cells.get("kpi")) if long else table.heading[column]
                value = _read(table, row, cells, column, lambda cell, comma=comma: number(cell, comma))
                values.append(self._in_unit(goal, table, row, column, cells[column], value, heading))
                dates += [when] if when else []
        latest = max(dates).isoformat() if dates and len(dates) == len(values) else None
        unit = _KPIS[goal.kpi].unit if goal.kpi in _KPIS else ""
        return Sampled(KpiDays(unit, "", pd.DataFrame({0: values}, dtype=np.float64), within=False), latest)

    def _in_unit(
        self, goal: Goal, table: headings.Table, row: int, column: str, cell: Cell, value: float, heading: str
    ) -> float:
        """A value in the unit of its key figure, by the unit of the heading. Raises `Refusal` for a share above 1 without a percent sign."""
        unit = _KPIS[goal.kpi].unit if goal.kpi in _KPIS else ""
        signed = isinstance(cell, str) and "%" in unicodedata.normalize("NFKC", cell)
        if is_share(goal.kpi):
            scale = 1.0 if signed else units.factor(heading, "share") or 1.0
            if abs(value * scale) > 1 and not signed:
                where = f"row {row}, column {table.heading[column]}"
                raise Refusal(table.sheet.where, where, SHARE, cell_text(cell))
            return value * scale
        of_kpi, of_heading = units.factor(f"({unit})", "time"), units.factor(heading, "time")
        return value * of_heading / of_kpi if of_kpi and of_heading else value

    def _needs(self, table: headings.Table, goal: Goal) -> None:
        """Refuse a table without the column that a goal's scope is looked up in."""
        if isinstance(goal.scope, Scope):
            column = "store" if goal.scope.region is None else "region"
            if column not in table.place:
                expected = f"a column {column}, for the scope of goal {goal.name}"
                raise Refusal(table.sheet.where, f"row {table.heading_row}", expected, ", ".join(table.unread) or "nothing")  # fmt: skip

    def _comma(self, table: headings.Table, column: str, cells: list[Cell]) -> bool:
        try:
            return has_decimal_comma(cells)
        except ValueError as error:
            raise Refusal(table.sheet.where, f"column {table.heading[column]}", str(error)) from None


Figures = RunFigures | TableFigures
"""A source of figures."""


def figures(path: Path, goals: Sequence[Goal], on: date) -> Figures:
    """The source that a path is: a run's folder, or a table. Figures dated after `on` are left out. Raises `Refusal`."""
    return RunFigures(path) if path.is_dir() else TableFigures(path, goals, on)


def paired(a: Figures, b: Figures) -> bool:
    """Whether two sources are runs whose replications pair: the same seed, dates and number of replications."""
    if not isinstance(a, RunFigures) or not isinstance(b, RunFigures):
        return False
    return not unpaired(a.manifest.plays, b.manifest.plays)


def _called(kpi: str) -> tuple[str, ...]:
    """Headings under which a table may hold a key figure: its name in English and in Chinese."""
    names = [kpi_name(kpi, "en"), kpi_name(kpi, "zh")] if kpi in _KPIS else []
    return tuple(name for name in dict.fromkeys(names) if headings.plain(name) != headings.plain(kpi))


def _named(kpi: str) -> tuple[str, ...]:
    return (kpi, *_called(kpi))


def _in_scope(goal: Goal, cells: dict[str, Cell]) -> bool:
    if not isinstance(goal.scope, Scope):
        return True
    if goal.scope.region is not None:
        return cell_text(cells.get("region")).casefold() == goal.scope.region.casefold()
    return cell_text(cells.get("store")).casefold() in {code.casefold() for code in goal.scope.stores}


def _read(table: headings.Table, row: int, cells: dict[str, Cell], field: str, read: Any) -> Any:
    """A cell by a reader of `sim.tables.values`. Raises `Refusal` with its row and column."""
    try:
        value = read(cells[field])
    except ValueError as error:
        raise Refusal(table.sheet.where, f"row {row}, column {table.heading[field]}", str(error), cell_text(cells[field])) from None  # fmt: skip
    if isinstance(value, float) and not abs(value) <= 1e15:
        raise Refusal(table.sheet.where, f"row {row}, column {table.heading[field]}", "a number up to 1e15", cell_text(cells[field]))  # fmt: skip
    return value
