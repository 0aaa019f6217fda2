"""Support tickets: how long the first answer took, by the hour of the week in which a ticket was opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from sim.planning.vendors.instants import instant, order, same_zone
from sim.records.decisions.evidence import Figure
from sim.records.decisions.vendors import ResponseHour
from sim.records.refusal import Refusal
from sim.tables import values
from sim.tables.faults import Faults
from sim.tables.headings import Column, find
from sim.tables.sheets import read_sheets

HOURS = 168
"""Of a week, from Monday 00:00."""
_COLUMNS = (
    Column("opened", ("created", "opened at", "created at", "reported", "报障时间", "创建时间", "提交时间", "开始时间"), needed=True),
    Column("answered", ("first response", "first reply", "responded", "answered at", "首次响应", "首次回复时间", "响应时间"), needed=True),
)  # fmt: skip

_NONE = frozenset(("", "-", "–", "—", "n/a", "na", "none", "null", "无", "未响应", "未回复", "未答复"))
"""As tables write that there is no answer."""


@dataclass(frozen=True)
class Responses:
    """The tickets of a table."""

    hour: np.ndarray
    """Hour of the week in which each was opened, by the clock that the table has, int64[n]."""
    wait_h: np.ndarray
    """Hours until the first answer, float64[n]; +∞ for a ticket without one."""
    latest: date
    """Day of the last one opened."""


def responses(path: Path, as_of: date) -> Responses:
    """The tickets of a table, all opened and answered by `as_of`.

    Raises `TableRefusal` for cells that hold no such instant, answers before their ticket, and a time zone in some instants alone; `Refusal` for a
    table without a ticket.
    """
    sheet = read_sheets(path, flag=False)[0]
    table, faults = find(sheet, _COLUMNS, mappable=False), Faults()
    orders = {name: order(table, name) for name in ("opened", "answered")}
    openings, wait_h = list[datetime](), list[float]()
    for row, record in table.records():
        try:
            column = "opened"
            opened = _by(instant(record.get("opened"), orders["opened"]), as_of)
            same_zone(opened, openings[0] if openings else opened)
            column = "answered"
            given = values.text(record.get("answered")).casefold() not in _NONE
            answered = _by(instant(record["answered"], orders["answered"]), as_of) if given else None
            same_zone(opened, answered or opened)
        except ValueError as error:
            cell = record.get(column)
            faults.add(sheet, row, table.heading[column], str(error), "nothing" if cell is None else str(cell))
            continue
        if answered and answered < opened:
            faults.add(sheet, row, table.heading["answered"], f"an instant after {opened}", str(answered))
            continue
        openings.append(opened)
        wait_h.append((answered - opened) / timedelta(hours=1) if answered else np.inf)
    faults.refuse()
    if not openings:
        raise Refusal(sheet.where, "", "tickets", "no rows")
    hour = np.array([24 * each.weekday() + each.hour for each in openings])
    return Responses(hour, np.array(wait_h), max(each.date() for each in openings))


def _by(when: datetime, as_of: date) -> datetime:
    if when.date() > as_of:
        raise ValueError(f"an instant up to {as_of}, to which ages count (as_of)")
    return when


def by_hour(hour: np.ndarray, wait_h: np.ndarray) -> list[ResponseHour]:
    """Median and 90 % quantile of the wait for each hour of the week in which a ticket was opened."""
    return [
        ResponseHour(hour=h, support_tickets=int((hour == h).sum()), p50_h=_finite(wait_h[hour == h], 0.5), p90_h=_finite(wait_h[hour == h], 0.9))
        for h in range(HOURS)
        if (hour == h).any()
    ]  # fmt: skip


def figures(wait_h: np.ndarray) -> dict[str, Figure]:
    """`response_p50_h` and `response_p90_h`, with the order statistics that bound each with 95 % confidence, and `answered`, the share."""
    from scipy.stats import binom

    rising, n = np.sort(wait_h), len(wait_h)
    found = {}
    for name, level in (("p50", 0.5), ("p90", 0.9)):
        low, high = int(binom.ppf(0.025, n, level)), int(binom.ppf(0.975, n, level)) + 1
        ends = (rising[low - 1] if low else 0.0, _quantile(wait_h, level), rising[high - 1] if high <= n else np.inf)
        below, estimate, above = (float(end) if np.isfinite(end) else None for end in ends)
        answered_h = rising[np.isfinite(rising)]
        longest_h = float(answered_h[-1]) if len(answered_h) else 0.0
        found[f"response_{name}_h"] = Figure(low=longest_h if below is None else below, estimate=estimate, high=above)
    share = float(np.isfinite(wait_h).mean())
    return found | {"answered": Figure(low=share, estimate=share, high=share)}


def _quantile(wait_h: np.ndarray, level: float) -> float:
    """The smallest wait that this share of tickets does not exceed."""
    return float(np.sort(wait_h)[int(np.ceil(level * len(wait_h) - 1e-9)) - 1])


def _finite(wait_h: np.ndarray, level: float) -> float | None:
    found = _quantile(wait_h, level)
    return found if np.isfinite(found) else None
