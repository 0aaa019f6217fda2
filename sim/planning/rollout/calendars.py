"""Working days: instants in calendar days since the start of a plan, and what work of some working days between them ends.

Instants and lengths are multiples of 2⁻²⁰ days, so that sums are exact in float64 and do not depend on the order of adding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.planning.rollout.sections.amounts import WEEKDAYS, Period

HORIZON = 36_525
"""Days that calendars hold: a hundred years."""
GRID = 2.0**20


def on_grid(days: np.ndarray) -> np.ndarray:
    """Lengths rounded to multiples of 2⁻²⁰ days, float64 of the same shape."""
    return np.floor(days * GRID + 0.5) / GRID


def working(start: date, weekdays: Iterable[str], away: Sequence[Period]) -> np.ndarray:
    """Whether each day from `start` is worked, bool[HORIZON]: it is of `weekdays`, and in no period of `away`."""
    held = set(weekdays)
    week = np.array([WEEKDAYS[(start.weekday() + n) % 7] in held for n in range(7)])
    found = np.resize(week, HORIZON)
    for period in away:
        first, last = ((day - start).days for day in (period.first, period.last))
        found[max(first, 0) : max(last + 1, 0)] = False
    return found


@dataclass(frozen=True)
class Calendars:
    """Several calendars as arrays; each has a working day.

    worked: float64[n, HORIZON + 1], 1 for a working day, else 0; before: float64[n, HORIZON + 1], working days before each day;
    day_of: float64[n, HORIZON + 1], the day of each working day by its number, HORIZON past the last.
    """

    worked: np.ndarray
    before: np.ndarray
    day_of: np.ndarray

    @staticmethod
    def of(days: Sequence[np.ndarray]) -> Calendars:
        """From bool[HORIZON] each."""
        worked = np.zeros((len(days), HORIZON + 1))
        worked[:, :-1] = days
        before = np.zeros_like(worked)
        before[:, 1:] = np.cumsum(worked[:, :-1], axis=1)
        day_of = np.full_like(worked, HORIZON)
        for row, each in zip(day_of, days, strict=True):
            held = np.flatnonzero(each)
            row[: len(held)] = held
        return Calendars(worked, before, day_of)

    def begin(self, calendar: np.ndarray, t: np.ndarray) -> np.ndarray:
        """The first instant from `t` on at which work can begin; HORIZON where there is none. Arrays broadcast."""
        day = np.minimum(t, HORIZON).astype(np.int64)
        later = self.day_of[calendar, self.before[calendar, day].astype(np.int64)]
        return np.where(self.worked[calendar, day] > 0, t, later)

    def end(self, calendar: np.ndarray, t: np.ndarray, length: np.ndarray) -> np.ndarray:
        """The instant at which `length` working days from `t` have passed, and work could go on; HORIZON or more where it does not end before."""
        day = np.minimum(t, HORIZON).astype(np.int64)
        done = self.before[calendar, day] + self.worked[calendar, day] * (t - day) + length
        whole = np.minimum(np.floor(done), HORIZON)
        return self.day_of[calendar, whole.astype(np.int64)] + (done - whole)


def months(start: date, number: int) -> list[int]:
    """Days from `start` to the first of the months after its own, `number` of them."""
    found, day = [], start
    for _ in range(number):
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append((day - start).days)
    return found


def after_months(start: date, number: int) -> date:
    """The day `number` months after `start`: the same day of the month, or its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(start.day, last.day))
