"""Outlier days given month and weekday: candidates for a scenario's holidays.

A scan statistic over runs of days with a Monte Carlo test (Kulldorff, "A spatial scan statistic", Communications in Statistics 26, 1997): the
greatest standardised sum over all runs is compared with the same maximum in logs without holidays, drawn with the log's own level, calendar and
scatter. This bounds the family-wise error: the chance that any day is proposed in a log without holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from sim.calibration.estimators import calendar_factors

FALSE_SHARE = 0.02
"""Share of logs without holidays in which a run is proposed, for known scatter; docs/calibration.md has the measured shares."""
_DRAWS = 99
_MATCHES = 2
_LEAST_CHANGE = np.log(1.2)
"""Least log ratio of customers of a run. Smaller ones are significant in a large chain, but too small for a scenario's holiday."""
_LEAST_CUSTOMERS = 5.0
"""Least mean number of customers a day: with fewer no day is significant."""
_LONGEST_DAYS = 21
_MOST_RUNS = 40
_HALF_WINDOW_DAYS = 30
_DRAWN_CELLS = 4_000_000
"""Days × window that are drawn at once: memory is bounded by it."""


@dataclass(frozen=True)
class StandingOut:
    """A run of outlier days: far more or fewer customers than month and weekday explain."""

    first: date
    last: date
    factor: float
    """On the day's customers, in place of the weekday's factor, as in a scenario's holidays."""

    def as_holiday(self) -> dict:
        """An entry of `traffic.holidays`."""
        name = f"days from {self.first}"
        return {"name": name, "first": self.first, "last": self.last, "factor": round(self.factor, 4)}


def standing_out(first: date, count: np.ndarray, open_: np.ndarray) -> tuple[StandingOut, ...]:
    """Runs of at most 21 days that stand out by a fifth or more; `count` (customers) and `open_` are [stores, days].

    The ratio of each open day's customers to the mean for its level and weekday is compared with the median of its month or of the 61 days around
    it, whichever is nearer, by cube roots, which make the scatter of Gamma-Poisson counts nearly normal (Wilson and Hilferty, PNAS 17, 1931).
    Days on which every store was closed are no outliers and do not interrupt a run. A significant run is excluded from the baseline and the
    rest is scanned again. Empty for fewer than five customers a day.
    """
    dates = np.datetime64(first, "D") + np.arange(count.shape[1])
    month = dates.astype("datetime64[M]").astype(int)
    weekday = (dates.astype(int) + 3) % 7
    apart, runs = np.zeros(len(dates), dtype=bool), list[Any]()
    scale, threshold = list[float](), None
    total = np.where(open_, count, 0).sum(axis=0)
    while len(runs) < _MOST_RUNS and (open_ & ~apart).any(axis=1).all():
        level, months, weekdays = calendar_factors(count, month % 12, weekday, open_ & ~apart)
        expected = (open_ * level[:, None]).sum(axis=0) * weekdays[weekday]
        day = np.flatnonzero((expected > 0) & ~apart)
        if len(day) < 2 or expected[day].mean() < _LEAST_CUSTOMERS:
            break
        usual = _Usual(day, month[day])
        root = np.cbrt(total[day] / expected[day])
        level_of_day, rest, variance = usual.rest(root[None])
        if threshold is None:
            scale, threshold = _threshold(usual, level_of_day[0], expected[day], float(variance[0]))
        greatest, begin, end = _greatest(rest / _errors(expected[day], variance), rest, scale)
        if greatest[0] <= threshold:
            break
        a, b = int(day[begin[0]]), int(day[end[0]])
        apart[a : b + 1] = True
        runs.append((a, b + 1))
    if not runs or not (open_ & ~apart).any(axis=1).all():
        return ()
    plain = (open_ * level[:, None]).sum(axis=0) * months[month % 12]
    return tuple(
        StandingOut(
            first + timedelta(days=a),
            first + timedelta(days=b - 1),
            float(total[a:b].sum() / max(plain[a:b].sum(), 1e-9)),
        )
        for a, b in sorted(runs)
    )


class _Usual:
    """The baseline of each of n days, computed in the same way for the log and for drawn logs."""

    def __init__(self, day: np.ndarray, month: np.ndarray):
        from_, to = (
            np.searchsorted(day, day - _HALF_WINDOW_DAYS),
            np.searchsorted(day, day + _HALF_WINDOW_DAYS, "right"),
        )
        around = from_[:, None] + np.arange(2 * _HALF_WINDOW_DAYS + 1)
        self.around = np.where(around < to[:, None], around, -1)
        self.months = [np.flatnonzero(month == m) for m in np.unique(month)]

    def rest(self, root: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """float64[logs, n], the baseline of each day, as a cube root; float64[logs, n], residuals; float64[logs], their variance, by the median."""
        padded = np.concatenate([root, np.full((len(root), 1), np.nan)], axis=1)
        near = _median(padded[:, self.around])
        of_month = np.empty_like(root)
        for days in self.months:
            of_month[:, days] = _median(root[:, days])[:, None]
        usual = np.where(np.abs(root - near) < np.abs(root - of_month), near, of_month)
        rest = _over(root, usual)
        return usual, rest, (1.4826 * np.median(np.abs(rest), axis=1)) ** 2


def _over(root: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Three times the relative change of a root: about the relative change of the customers, or their log ratio."""
    return 3 * (root / np.where(usual > 0, usual, 1) - 1)


def _threshold(usual: _Usual, level: np.ndarray, expected: np.ndarray, variance: float) -> tuple[list[float], float]:
    """Standard deviation of the sums of runs by length, and the critical value that the maximum exceeds in `FALSE_SHARE` of logs without holidays.

    `level` is the baseline of each day, as a cube root, `variance` that of the log's residuals. Fitted medians reduce the variance of residuals, so
    logs are drawn with a larger one, such that their residuals have the log's.
    """
    drawn_with = variance
    for _ in range(_MATCHES):
        rest, fitted = _drawn(usual, level, expected, drawn_with)
        drawn_with *= float(np.clip(variance / max(float(np.median(fitted)), 1e-12), 0.5, 2))
    rest, fitted = _drawn(usual, level, expected, drawn_with)
    z = rest / _errors(expected, fitted)
    scale = [float(np.sqrt(np.mean(total**2))) for _length, total in _runs(z)]
    return scale, float(np.quantile(_greatest(z, rest, scale)[0], 1 - FALSE_SHARE, method="higher"))


def _drawn(usual: _Usual, level: np.ndarray, expected: np.ndarray, variance: float) -> tuple[np.ndarray, np.ndarray]:
    """`_Usual.rest` of logs without holidays, float64[logs, n] and float64[logs]."""
    rng = np.random.default_rng(0)
    mean, spread = expected * level**3, variance - _poisson(expected)
    rests, variances = [], []
    at_once = max(1, _DRAWN_CELLS // usual.around.size)
    for draws in (min(at_once, _DRAWS - done) for done in range(0, _DRAWS, at_once)):
        scatter = rng.gamma(1 / spread, spread, (draws, len(mean))) if spread > 1e-6 else 1.0
        _, rest, fitted = usual.rest(np.cbrt(rng.poisson(mean * scatter, (draws, len(mean))) / expected))
        rests.append(rest)
        variances.append(fitted)
    return np.concatenate(rests), np.concatenate(variances)


def _poisson(expected: np.ndarray) -> float:
    return float(np.median(1 / expected))


def _errors(expected: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """float64[logs, n], standard errors of relative changes; `variance` float64[logs] is that of a log's days."""
    return np.sqrt(1 / expected + np.maximum(variance - _poisson(expected), 0)[:, None])


def _runs(z: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Length and float64[logs, n − length + 1] standardised means of runs, for each length."""
    sums = np.concatenate([np.zeros((len(z), 1)), np.cumsum(z, axis=1)], axis=1)
    for length in range(1, min(_LONGEST_DAYS, z.shape[1]) + 1):
        yield length, sums[:, length:] - sums[:, :-length]


def _greatest(z: np.ndarray, rest: np.ndarray, scale: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each log the greatest standardised mean of a run that changes by `_LEAST_CHANGE`, its first and its last day."""
    best = np.zeros(len(z))
    begin, end = np.zeros(len(z), dtype=int), np.zeros(len(z), dtype=int)
    rows = np.arange(len(z))
    for (length, total), (_, change), of_length in zip(_runs(z), _runs(rest), scale, strict=False):
        size = np.where(np.abs(change) >= length * _LEAST_CHANGE, np.abs(total) / max(of_length, 1e-9), 0)
        at = size.argmax(axis=1)
        better = size[rows, at] > best
        best = np.where(better, size[rows, at], best)
        begin, end = np.where(better, at, begin), np.where(better, at + length - 1, end)
    return best, begin, end


def _median(values: np.ndarray) -> np.ndarray:
    """Medians of the last axis without NaN; 0 where all are."""
    known = np.sum(~np.isnan(values), axis=-1, keepdims=True)
    ordered = np.sort(values, axis=-1)
    low, high = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, values.shape[-1] - 1)
    middle = (np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1)) / 2
    return np.where(known > 0, middle, 0)[..., 0]
