"""The counters of one replication, by location and by hour or day; they add up, and KPIs are made from their sums."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from sim.clock import DAY_S, HOUR_S
from sim.records.outcome import COUNTERS, HOURLY

MONTH = 28
"""Days whose hours are in memory at a time."""
_DAILY = tuple(name for name in COUNTERS if name not in HOURLY)


class Tally:
    """`daily[name]`: float64[locations, days] for the counters that are kept by day. `hourly[name]`: float64[locations, 24 × `MONTH`] for those of
    `HOURLY`, of the days since `first_day` alone: `turn` returns and clears them month by month, so memory use stays constant.
    """

    def __init__(self, locations: int, days: int):
        self.days = days
        self._shape = (len(HOURLY), locations, 24 * min(days, MONTH))
        self._days = np.zeros((len(_DAILY), locations, days))
        self._sums = np.zeros((len(HOURLY), locations, days))
        self._begin(0)
        self.daily = dict(zip(_DAILY, self._days, strict=True))

    def _begin(self, first_day: int) -> None:
        """A month begins, with hours of its own: `turn` has given those of the month before away."""
        self.first_day, self._hours = first_day, np.zeros(self._shape)
        self.hourly = dict(zip(HOURLY, self._hours, strict=True))

    def turn(self, day: int) -> tuple[int, dict[str, np.ndarray]] | None:
        """`day` is over, and nothing will be counted in it any more. At the end of a month, or of the run, its first day and its hours."""
        if day + 1 < min(self.first_day + MONTH, self.days):
            return None
        first, days = self.first_day, day + 1 - self.first_day
        hours = self._hours[:, :, : 24 * days]
        self._sums[:, :, first : day + 1] = hours.reshape(*hours.shape[:2], days, 24).sum(axis=3)
        self._begin(day + 1)
        return first, dict(zip(HOURLY, hours, strict=True))

    def by_day(self) -> dict[str, np.ndarray]:
        """Every counter of `COUNTERS` as float64[locations, days], when the last month has turned."""
        summed = dict(zip(HOURLY, self._sums, strict=True))
        return {name: summed[name] if name in summed else self.daily[name] for name in COUNTERS}

    def add(self, name: str, location: int | slice | np.ndarray, t: float, value: ArrayLike) -> None:
        """Count `value` at instant `t`, at one location or at several, each once; what happens after the last midnight counts in the last hour."""
        rows, cell_s, first = self._rows(name)
        rows[location, min(int(t / cell_s) - first, rows.shape[1] - 1)] += value

    def add_many(self, name: str, location: int | np.ndarray, t: np.ndarray, values: ArrayLike) -> None:
        """Count `values` at instants `t`; `location` and `values` are numbers, or arrays as long as `t`."""
        rows, cell_s, begin = self._rows(name)
        if not len(t):
            return
        cell = np.minimum((t / cell_s).astype(np.int64) - begin, rows.shape[1] - 1)
        if np.ndim(location):
            np.add.at(rows, (np.asarray(location), cell), values)
        else:
            # The common case, a store's whole day, is several times faster this way.
            first = cell.min()
            counted = np.bincount(cell - first, np.broadcast_to(values, cell.shape))
            rows[location, first : first + len(counted)] += counted

    def add_hours(self, names: tuple[str, ...], location: int, day: int, hours: np.ndarray) -> None:
        """Count a whole day of one location: float64[names, 24]."""
        by_hour, of_hours, by_day, of_days = _places(names)
        since = 24 * (day - self.first_day)
        self._hours[by_hour, location, since : since + 24] += hours[of_hours]
        self._days[by_day, location, day] += hours[of_days].sum(axis=1)

    def _rows(self, name: str) -> tuple[np.ndarray, float, int]:
        """Where a counter stands: its rows, the length of a cell, the number of the first."""
        if name in self.hourly:
            return self.hourly[name], HOUR_S, 24 * self.first_day
        return self.daily[name], DAY_S, 0


@lru_cache
def _places(names: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Where names stand in `HOURLY` and where in `names`; the same of the counters by day."""
    by_hour = [n for n, name in enumerate(names) if name in HOURLY]
    by_day = [n for n, name in enumerate(names) if name not in HOURLY]
    of_hours, of_days = [HOURLY.index(names[n]) for n in by_hour], [_DAILY.index(names[n]) for n in by_day]
    return tuple(np.array(places, dtype=np.intp) for places in (of_hours, by_hour, of_days, by_day))
