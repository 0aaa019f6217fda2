"""A log's tickets counted by store, day and hour, and which of these days say something: open, closed, or without data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.traffic.log.tickets import Tickets

_BUSY = 7.0
"""Customers on days with any: from here on, a day without one (Poisson: less than one in a thousand) was not empty, but closed or is missing."""


@dataclass(frozen=True)
class Days:
    """Counts of customers by store and day."""

    first: date
    cells: np.ndarray
    """int64[stores, days, 24], customers by hour."""
    open_: np.ndarray
    """bool[stores, days]: counted, be it with no customer."""
    used: np.ndarray
    """bool[stores, days]: open, and no holiday."""
    silent: np.ndarray
    """bool[days]: days without a ticket in any store that should have some."""

    @property
    def count(self) -> np.ndarray:
        """int64[stores, days]"""
        return self.cells.sum(axis=2)

    @property
    def dates(self) -> np.ndarray:
        """datetime64[D][days]"""
        return np.datetime64(self.first, "D") + np.arange(self.cells.shape[1])

    @property
    def month(self) -> np.ndarray:
        """int64[days], from 0."""
        return self.dates.astype("datetime64[M]").astype(int) % 12

    @property
    def weekday(self) -> np.ndarray:
        """int64[days], Monday is 0."""
        return weekdays(self.dates)

    @property
    def like(self) -> np.ndarray:
        """int64[stores, days]: days of one store, month and weekday have one number."""
        return (np.arange(len(self.cells))[:, None] * 12 + self.month) * 7 + self.weekday


def weekdays(dates: np.ndarray) -> np.ndarray:
    """int64[n] of datetime64[D][n], Monday is 0."""
    return (dates.astype(int) + 3) % 7


def days_of(
    tickets: Tickets, apart: Sequence[tuple[date, date]] = (), missing: Collection[date] = (), scan: bool = True
) -> Days:
    """Count tickets. Days `apart` (first and last of runs) are not used, `missing` days are neither used nor open.

    Days without a ticket are not open where a store, or the chain, has at least `_BUSY` customers a day; with `scan` those of the chain are
    `silent`.
    """
    day = tickets.stamp.astype("datetime64[D]")
    first, last = day.min(), day.max()
    number = (day - first).astype(int)
    stores, days = len(tickets.stores), int((last - first).astype(int)) + 1
    hour = (tickets.stamp - day).astype("timedelta64[h]").astype(int)
    cells = np.bincount((tickets.store * days + number) * 24 + hour, minlength=stores * days * 24).reshape(
        stores, days, 24
    )
    dates = first + np.arange(days)
    count, weekday = cells.sum(axis=2), weekdays(dates)
    silent = _silent(count.sum(axis=0), weekday) if scan else np.zeros(days, dtype=bool)
    unknown = silent | np.isin(dates, np.array([*missing], dtype="datetime64[D]"))
    open_ = _open_days(count, weekday) & ~unknown
    used = open_.copy()
    for begin, end in apart:
        used[:, (dates >= np.datetime64(begin)) & (dates <= np.datetime64(end))] = False
    return Days(first.item(), cells, open_, used, silent)


def _open_days(count: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """bool[stores, days]: every day of a quiet store; of a busy one, days with tickets on weekdays that it opens at least every other week."""
    open_ = np.ones(count.shape, dtype=bool)
    for store, row in enumerate(count):
        if not row.any() or row[row > 0].mean() < _BUSY:
            continue
        regular = (row > 0) & _regular(row, weekday)
        open_[store] = regular if regular.any() else row > 0
    return open_


def _silent(total: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """bool[days]: days on which a busy chain has no ticket, of weekdays on which it has some at least every other week."""
    if not total.any() or total[total > 0].mean() < _BUSY:
        return np.zeros(len(total), dtype=bool)
    return (total == 0) & _regular(total, weekday)


def _regular(row: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """bool[days]: of a weekday with tickets at least every other week."""
    share = np.bincount(weekday, row > 0, 7) / np.maximum(np.bincount(weekday, minlength=7), 1)
    return (share >= 0.5)[weekday]


def runs(first: date, days: np.ndarray, between: np.ndarray | None = None) -> tuple[tuple[date, date], ...]:
    """First and last day of each run of True in bool[days]; days in `between`, closed weekdays, do not interrupt a run."""
    found: list[list[int]] = []
    for at in np.flatnonzero(days).tolist():
        joined = (
            found
            and (between is None or between[found[-1][1] + 1 : at].all())
            and (between is not None or at == found[-1][1] + 1)
        )
        if joined:
            found[-1][1] = at
        else:
            found.append([at, at])
    return tuple((first + timedelta(days=a), first + timedelta(days=b)) for a, b in found)
