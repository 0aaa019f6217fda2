"""Support tickets: how long the first answer took, by the hour of the week in which a ticket was opened."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np

from sim.planning.vendors.instants import instant, order
from sim.records.decisions.evidence import Figure
from sim.records.decisions.vendors import ResponseHour
from sim.records.refusal import Refusal
from sim.tables.faults import Faults
from sim.tables.headings import Column, find
from sim.tables.sheets import read_sheets

HOURS = 168
"""Of a week, from Monday 00:00."""
_COLUMNS = (
    Column("opened", ("created", "opened at", "created at", "reported", "报障时间", "创建时间", "提交时间", "开始时间"), needed=True),
    Column("answered", ("first response", "first reply", "responded", "answered at", "首次响应", "首次回复时间", "响应时间"), needed=True),
)  # fmt: skip


def responses(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Hour of the week, int64[n], and hours until the first answer, float64[n], +∞ for a ticket without one.

    Raises `TableRefusal` for cells that hold no instant and answers before their ticket, and `Refusal` for a table without a ticket.
    """
    sheet = read_sheets(path, flag=False)[0]
    table, faults = find(sheet, _COLUMNS, mappable=False), Faults()
    orders = {name: order(table, name) for name in ("opened", "answered")}
    hour, wait_h = list[int](), list[float]()
    for row, record in table.records():
        try:
            column = "opened"
            opened = instant(record.get("opened"), orders["opened"])
            column = "answered"
            answered = instant(record["answered"], orders["answered"]) if "answered" in record else None
        except ValueError as error:
            cell = record.get(column)
            faults.add(sheet, row, table.heading[column], str(error), "nothing" if cell is None else str(cell))
            continue
        if answered and answered < opened:
            faults.add(sheet, row, table.heading["answered"], f"an instant after {opened}", str(answered))
            continue
        hour.append(24 * opened.weekday() + opened.hour)
        wait_h.append((answered - opened) / timedelta(hours=1) if answered else np.inf)
    faults.refuse()
    if not hour:
        raise Refusal(sheet.where, "", "tickets", "no rows")
    return np.array(hour), np.array(wait_h)


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
