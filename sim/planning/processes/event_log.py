"""A process fitted to an event log: a row an activity of a case, with start and end.

Rows of a case follow one another by start. What a row adds to the case's elapsed time is its activity's time; a pause before it is a step of
its own, `wait before …`. Chances are shares of what followed, so a mean pass takes as long as a mean case, exactly.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from sim.planning.processes.steps import END, MOST_STEPS, PARTS, Kind, Process, Step, WrongProcess, process
from sim.records.refusal import Refusal
from sim.scenario.sections.distributions import Constant, Lognormal, Varying
from sim.tables import headings
from sim.tables.headings import Column
from sim.tables.moments import date_order, moment
from sim.tables.sheets import Cell, read_sheets
from sim.tables.values import text

COLUMNS = (
    Column("case", ("案例", "案例编号", "流程编号", "订单号", "单号", "小票号", "case id", "caseid", "case:concept:name", "trace", "order",
                    "order no",
                    "ticket", "ticket no"), needed=True),
    Column("activity", ("活动", "环节", "步骤", "工序", "操作", "concept:name", "task", "step", "event"), needed=True),
    Column("start", ("开始", "开始时间", "start time", "started", "start timestamp", "begin"), needed=True),
    Column("end", ("结束", "结束时间", "完成时间", "end time", "ended", "finish", "complete timestamp", "complete time", "completed",
                   "time:timestamp"), needed=True),
)  # fmt: skip
LEAST_CASES = 2
MOST_ACTIVITIES = 100
_DAY_S = 86_400.0
_WAIT = "wait before {}"
_ZONED = re.compile(r"\d(Z|[+-]\d\d:?\d\d)\s*$")
"""Ends of an instant with a zone, as tools of process mining write it."""


@dataclass
class _Cases:
    """The rows of a log: (start s, end s, activity) by case, and the cases that are not whole."""

    rows: dict[str, list[tuple[float, float, str]]] = field(default_factory=lambda: defaultdict(list))
    open: set[str] = field(default_factory=set)
    origin: date | None = None


@dataclass(frozen=True)
class Fitted:
    """A process as a log has it, and what of the log was left out."""

    process: Process
    cases: int
    left_out: int
    """Cases with a row without a start or an end."""


def fit(path: Path, kind: Kind, per: Mapping[str, str] | None = None, dates: str = "") -> Fitted:
    """The process of a log. `per`: part by activity, else the usual; `dates`: order of day and month. Raises `Refusal` with row and column."""
    found = _Cases()
    sheets = [
        sheet for sheet in read_sheets(path, flag=False) if any(cell is not None for row in sheet.rows for cell in row)
    ]
    if not sheets:
        raise Refusal(path, "", "a table with headings", "nothing")
    for sheet in sheets:
        _read(headings.find(sheet, COLUMNS, mappable=False), found, dates)
    whole = {case: sorted(rows, key=lambda row: row[:2]) for case, rows in found.rows.items() if case not in found.open}
    if len(whole) < LEAST_CASES:
        raise Refusal(path, "", f"{LEAST_CASES} cases at least with start and end in every row", f"{len(whole)}")
    activities = {activity for rows in whole.values() for *_, activity in rows}
    if len(activities) > MOST_ACTIVITIES:
        raise Refusal(path, "", f"at most {MOST_ACTIVITIES} activities", f"{len(activities):,}")
    unknown = sorted(set(per or {}) - activities)
    if unknown:
        raise Refusal(path, "per", f"activities of the log: {', '.join(sorted(activities)[:5])}", unknown[0])
    try:
        made = _process(kind, whole.values(), per or {})
    except WrongProcess as wrong:
        raise Refusal(path, wrong.where, wrong.expected, wrong.found) from None
    return Fitted(made, len(whole), len(found.open))


def _read(table: headings.Table, into: _Cases, dates: str) -> None:
    rows = list(table.records())
    where = table.sheet.where
    orders = {name: date_order(where, name, [cells.get(name) for _, cells in rows], dates) for name in ("start", "end")}
    for row, cells in rows:
        case, activity = (text(cells.get(name)).strip() for name in ("case", "activity"))
        for name, said in (("case", case), ("activity", activity)):
            if not said or not said.isprintable() or len(said) > 100:
                raise Refusal(
                    where,
                    f"row {row}, column {table.heading[name]}",
                    "a name of 1 to 100 characters",
                    said or "nothing",
                )
        if "start" not in cells or "end" not in cells:
            into.open.add(case)
            continue
        start_s, end_s = (_seconds(table, row, cells[name], name, orders[name], into) for name in ("start", "end"))
        if not start_s <= end_s:
            raise Refusal(
                where, f"row {row}, column {table.heading['end']}", "an end not before the start", text(cells["end"])
            )
        if end_s - start_s > 1e6:
            raise Refusal(
                where,
                f"row {row}, column {table.heading['end']}",
                "an end within 1,000,000 s of the start",
                text(cells["end"]),
            )
        into.rows[case].append((start_s, end_s, activity))


def _seconds(table: headings.Table, row: int, cell: Cell, name: str, order: object, into: _Cases) -> float:
    try:
        if isinstance(cell, str) and _ZONED.search(cell):
            cell = datetime.fromisoformat(cell.strip()).astimezone(UTC).replace(tzinfo=None)
        day, seconds = moment(cell, order)  # type: ignore[arg-type]
    except ValueError as error:
        raise Refusal(table.sheet.where, f"row {row}, column {table.heading[name]}", str(error), text(cell)) from None
    if day is None:
        return seconds
    into.origin = into.origin or day
    return (day - into.origin).days * _DAY_S + seconds


def _process(kind: Kind, cases: Iterable[list[tuple[float, float, str]]], per: Mapping[str, str]) -> Process:
    times: dict[str, list[float]] = defaultdict(list)
    after: dict[str, Counter[str]] = defaultdict(Counter)
    begins: Counter[str] = Counter()
    parts: dict[str, str] = {}
    usual = PARTS[kind][0]
    for rows in cases:
        names, until_s = [], rows[0][0]
        for start_s, end_s, activity in rows:
            name = f"{activity} (activity)" if activity == END else activity
            if start_s > until_s:
                names.append(_WAIT.format(name))
                times[names[-1]].append(start_s - until_s)
                parts[names[-1]] = usual
            names.append(name)
            times[name].append(max(end_s - max(start_s, until_s), 0.0))
            parts[name] = per.get(activity, usual)
            until_s = max(until_s, end_s)
        begins[names[0]] += 1
        for name, following in pairwise([*names, END]):
            after[name][following] += 1
    if len(times) > MOST_STEPS:
        raise WrongProcess("activities", f"at most {MOST_STEPS} steps, waits among them", len(times))
    steps = [Step(name, parts[name], _fitted(np.array(times[name])), _shares(after[name])) for name in times]
    return process(kind, steps, _shares(begins))


def _shares(counted: Counter[str]) -> dict[str, float]:
    return {name: n / counted.total() for name, n in counted.items()}


def _fitted(times: np.ndarray) -> Varying:
    """A lognormal distribution with the mean and the coefficient of variation of times, s; a constant where they do not vary."""
    mean = float(times.mean())
    cv = float(times.std() / mean) if mean > 0 else 0.0
    if cv < 1e-3 or mean < 1e-6:
        return Constant(value=mean)
    return Lognormal(distribution="lognormal", mean=mean, cv=cv)
