"""Days that a calendar of months and weekdays does not explain: candidates for a scenario's holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.traffic.estimators import calendar_factors

_LEAST_CHANGE = np.log(1.25)
_LEAST_Z = 4.0
"""Of a run's mean log ratio, in standard errors: a proposal may be wrong now and then, so a person decides."""
_LEAST_Z_SHORT = 5.0
_SHORT_DAYS = 4
_LONGEST_DAYS = 21
_HALF_WINDOW_DAYS = 30


@dataclass(frozen=True)
class StandingOut:
    """A run of days with far more or fewer customers than their month and weekday explain."""

    first: date
    last: date
    factor: float
    """On the day's customers, in place of the weekday's factor, as in a scenario's holidays."""

    def as_holiday(self) -> dict:
        """An entry of `traffic.holidays`."""
        name = f"days from {self.first}"
        return {"name": name, "first": self.first, "last": self.last, "factor": round(self.factor, 4)}


def standing_out(
    first: date, count: np.ndarray, open_: np.ndarray, month: np.ndarray, weekday: np.ndarray
) -> tuple[StandingOut, ...]:
    """Runs of days that stand out; `count` and `open_` are [stores, days], `month` and `weekday` [days] from 0.

    Each day's customers over those that level and weekday expect are held against the median of its month or of the 61 days around it,
    whichever is nearer, in logarithms.
    """
    apart, runs = np.zeros(count.shape[1], dtype=bool), []
    total = np.where(open_, count, 0).sum(axis=0)
    for _ in range(3):
        used = open_ & ~apart
        if not used.any(axis=1).all():
            return ()
        level, _months, weekdays = calendar_factors(count, month, weekday, used)
        expected = (open_ * level[:, None]).sum(axis=0) * weekdays[weekday]
        known = (expected > 0) & (total > 0)
        log_ratio = np.where(known, np.log(np.where(known, total, 1) / np.where(known, expected, 1)), 0.0)
        if not known.any():
            return ()
        usual = known & ~apart
        near, of_month = log_ratio - _around(log_ratio, usual), log_ratio - _of_month(log_ratio, usual, month)
        log_ratio = np.where(np.abs(near) < np.abs(of_month), near, of_month)
        spread = 1.4826 * float(np.median(np.abs(log_ratio[known])))
        spread = max(spread, float(np.sqrt(1 / expected[known].mean())))
        runs = _runs(np.where(known, log_ratio, 0.0), spread)
        again = np.zeros_like(apart)
        for a, b in runs:
            again[a:b] = True
        if (again == apart).all():
            break
        apart = again
    used = open_ & ~apart
    if not runs or not used.any(axis=1).all():
        return ()
    level, months, _weekdays = calendar_factors(count, month, weekday, used)
    plain = (open_ * level[:, None]).sum(axis=0) * months[month]
    return tuple(
        StandingOut(
            first + timedelta(days=a),
            first + timedelta(days=b - 1),
            float(total[a:b].sum() / max(plain[a:b].sum(), 1e-9)),
        )
        for a, b in runs
    )


def _around(log_ratio: np.ndarray, known: np.ndarray) -> np.ndarray:
    """f8[days], median of the known days around each day; 0 where none is known."""
    usual = np.zeros(len(log_ratio))
    for day in range(len(log_ratio)):
        around = slice(max(day - _HALF_WINDOW_DAYS, 0), day + _HALF_WINDOW_DAYS + 1)
        if known[around].any():
            usual[day] = np.median(log_ratio[around][known[around]])
    return usual


def _of_month(log_ratio: np.ndarray, known: np.ndarray, month: np.ndarray) -> np.ndarray:
    """f8[days], median of the known days of each day's month; 0 where none is known."""
    usual = np.zeros(len(log_ratio))
    for m in np.unique(month[known]):
        usual[month == m] = np.median(log_ratio[known & (month == m)])
    return usual


def _runs(log_ratio: np.ndarray, spread: float) -> list[tuple[int, int]]:
    """[first, after) of runs of days on one side, at most one day between them not far off."""
    found = []
    for side in (1, -1):
        far = np.flatnonzero(side * log_ratio > _LEAST_CHANGE)
        for run in np.split(far, np.flatnonzero(np.diff(far) > 2) + 1):
            if run.size:
                a, b = int(run[0]), int(run[-1]) + 1
                z = abs(log_ratio[a:b].mean()) / (spread / np.sqrt(b - a))
                if z > (_LEAST_Z if b - a >= _SHORT_DAYS else _LEAST_Z_SHORT) and b - a <= _LONGEST_DAYS:
                    found.append((a, b))
    return sorted(found)
