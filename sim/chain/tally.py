"""The counters of one replication, by location and by hour or day; they add up, and KPIs are made from their sums."""

from __future__ import annotations

import numpy as np

from sim.clock import DAY_S, HOUR_S
from sim.records.outcome import COUNTERS, HOURLY


class Tally:
    """`hourly[name]`: f8[locations, 24 × days] for the counters of `HOURLY`; `daily[name]`: f8[locations, days] for the others."""

    def __init__(self, locations: int, days: int):
        self.hourly = {name: np.zeros((locations, 24 * days)) for name in HOURLY}
        self.daily = {name: np.zeros((locations, days)) for name in COUNTERS if name not in HOURLY}

    def by_day(self) -> dict[str, np.ndarray]:
        """Every counter of `COUNTERS` as f8[locations, days]."""
        summed = {name: rows.reshape(len(rows), -1, 24).sum(axis=2) for name, rows in self.hourly.items()}
        return {name: summed[name] if name in summed else self.daily[name] for name in COUNTERS}

    def add(self, name: str, location: int, t: float, value: float) -> None:
        """Count `value` at instant `t`; what happens after the last midnight counts in the last hour."""
        rows, cell_s = (self.hourly[name], HOUR_S) if name in self.hourly else (self.daily[name], DAY_S)
        rows[location, min(int(t / cell_s), rows.shape[1] - 1)] += value

    def add_many(self, name: str, location, t: np.ndarray, values) -> None:
        """Count `values` at instants `t`; `location` and `values` are numbers, or arrays as long as `t`."""
        rows, cell_s = (self.hourly[name], HOUR_S) if name in self.hourly else (self.daily[name], DAY_S)
        if not len(t):
            return
        cell = np.minimum((t / cell_s).astype(np.int64), rows.shape[1] - 1)
        if np.ndim(location):
            np.add.at(rows, (location, cell), values)
        else:
            # The common case, a store's whole day, is several times faster this way.
            first = cell.min()
            counted = np.bincount(cell - first, np.broadcast_to(values, cell.shape))
            rows[location, first : first + len(counted)] += counted

    def add_hours(self, names: tuple[str, ...], location: int, day: int, hours: np.ndarray) -> None:
        """Count a whole day of one location: f8[names, 24]."""
        for name, values in zip(names, hours, strict=True):
            if name in self.hourly:
                self.hourly[name][location, 24 * day : 24 * day + 24] += values
            else:
                self.daily[name][location, day] += values.sum()
