"""Weeks of a history: from days or weeks as a table has them to outcomes by store and week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from sim.planning.pilots import wording
from sim.records.refusal import Refusal

LEAST_DAYS = 4
"""Of a store's week: with fewer it has no figure."""
_DAYS = 7


@dataclass(frozen=True)
class History:
    """Outcomes of stores by day or week, as they were recorded.

    values: by outcome, float64[stores, days], NaN where there is none.
    """

    source: str
    stores: tuple[str, ...]
    regions: tuple[str, ...]
    """Of each store; empty where none is given."""
    days: tuple[date, ...]
    """Rising; first days of weeks in a weekly table."""
    values: dict[str, np.ndarray]
    weekly: bool
    live: dict[str, date]
    """Go-live by store, of those whose table has one."""
    simulated: bool = False
    """Out of a chain."""
    notes: tuple[str, ...] = ()

    def without(self, stores: Collection[str], note: str) -> History:
        """The history of the other stores, with a note on why."""
        kept = [n for n, store in enumerate(self.stores) if store not in stores]
        return replace(
            self,
            stores=tuple(self.stores[n] for n in kept),
            regions=tuple(self.regions[n] for n in kept),
            values={name: each[kept] for name, each in self.values.items()},
            notes=(*self.notes, note),
        )


@dataclass(frozen=True)
class Panel:
    """Outcomes of stores by week without a gap: the mean of a store's days, or its week as it stands in a weekly table.

    values: by outcome, float64[stores, weeks].
    """

    source: str
    stores: tuple[str, ...]
    regions: tuple[str, ...]
    weeks: tuple[date, ...]
    """First days, rising."""
    values: dict[str, np.ndarray]
    weekly: bool
    simulated: bool
    notes: tuple[str, ...]

    @property
    def basis(self) -> Literal["supplied", "simulated"]:
        """What its figures rest on."""
        return "simulated" if self.simulated else "supplied"


def panel(history: History, begins: int | None = None, first: date | None = None) -> Panel:
    """The whole weeks of a history, and the stores that have a figure of every outcome in all of them.

    A week is left out where fewer than half of the stores have a figure; then a store that lacks one is left out. Notes name both.

    Args:
        history: by day or week.
        begins: weekday on which weeks of a daily history begin, Monday is 0; the day after its last one without it.
        first: day before which no week begins.

    Raises `Refusal` where fewer than two weeks or four stores are left.
    """
    starts, values = _as_they_stand(history) if history.weekly else _of_days(history, begins)
    there = np.logical_and.reduce([np.isfinite(each) for each in values.values()])
    asked = np.array([first is None or start >= first for start in starts], dtype=bool)
    kept = asked & (there.mean(axis=0) >= 0.5)
    notes = list(history.notes)
    if lacking := [str(starts[n]) for n in np.nonzero(asked & ~kept)[0]]:
        notes.append(wording.lacking_weeks(lacking))
    whole = there[:, kept].all(axis=1)
    if lost := [history.stores[n] for n in np.nonzero(~whole)[0]]:
        notes.append(wording.lacking_stores(lost))
    if kept.sum() < 2 or whole.sum() < 4:
        found = f"{wording.stores(int(whole.sum()))} over {wording.weeks(int(kept.sum()))}"
        raise Refusal(history.source, "", "figures of at least 4 stores in the same 2 weeks or more", found)
    at = np.nonzero(whole)[0]
    return Panel(
        source=history.source,
        stores=tuple(history.stores[n] for n in at),
        regions=tuple(history.regions[n] for n in at),
        weeks=tuple(start for start, keep in zip(starts, kept, strict=True) if keep),
        values={name: each[np.ix_(whole, kept)] for name, each in values.items()},
        weekly=history.weekly,
        simulated=history.simulated,
        notes=tuple(notes),
    )


def is_weekly(days: Iterable[date]) -> bool:
    """Whether days of a table are those of weeks: all of one weekday, and more than one."""
    held = set(days)
    return len(held) > 1 and len({day.weekday() for day in held}) == 1


def weekday_of(days: Iterable[date]) -> int | None:
    """The weekday of most of the days, Monday is 0; of several the earliest. None without a day."""
    counts = Counter(day.weekday() for day in days)
    return min(counts, key=lambda each: (-counts[each], each)) if counts else None


def _as_they_stand(history: History) -> tuple[list[date], dict[str, np.ndarray]]:
    return list(history.days), history.values


def _of_days(history: History, begins: int | None) -> tuple[list[date], dict[str, np.ndarray]]:
    """Weeks all of whose days lie between the first and the last of the history, with the mean of each store's days."""
    first, last = history.days[0], history.days[-1]
    weekday = (last.weekday() + 1) % _DAYS if begins is None else begins
    start = first + timedelta(days=(weekday - first.weekday()) % _DAYS)
    number = ((last - start).days + 1) // _DAYS
    starts = [start + timedelta(days=_DAYS * n) for n in range(max(number, 0))]
    of_week = np.array([(day - start).days // _DAYS for day in history.days])
    return starts, {name: _means(each, of_week, len(starts)) for name, each in history.values.items()}


def _means(values: np.ndarray, of_week: np.ndarray, weeks: int) -> np.ndarray:
    found = np.full((len(values), weeks), np.nan)
    for week in range(weeks):
        days = values[:, of_week == week]
        there = np.isfinite(days)
        enough = there.sum(axis=1) >= LEAST_DAYS
        found[enough, week] = np.where(there, days, 0.0).sum(axis=1)[enough] / there.sum(axis=1)[enough]
    return found
