"""The interval of a mean over replications: Student's t, and one for key figures that rare bursts make.

Student's t holds for means of nearly normal values. Waits, and customers who leave, are not: most days are calm, and a congested one makes most of
the figure, so that a few replications without such a day have a mean and a variance that are both too small. `over_days` takes replications
apart into days, and what lies above and below the mean of a day as two sums of bursts:

- Days of a week differ, so deviations are from the mean of the same day over replications (strata; Cochran 1977, ch. 5); the variance has the
  degrees of freedom of Satterthwaite (1946).
- The deviations to one side are taken for a weighted sum of Poisson counts, with the bounds of Fay & Feuer (1997, Statistics in Medicine 16,
  791-801), which keep their confidence at any weights in all simulations known: a scaled Poisson count, which has the second and third
  moment of the deviations here, and on its way up one more burst, as large as the largest seen.
- The distances of both sides are joined by their squares (Zou & Donner 2008, Statistics in Medicine 27, 1693-1702).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv, ndtri, stdtrit

from sim.evidence.statistics.students_t import half_width


@dataclass(frozen=True)
class Interval:
    """A mean over replications with the ends of its confidence interval, in the unit of the observations."""

    mean: float
    low: float
    high: float
    """Both NaN where fewer than two observations leave them unknown."""
    observations: int
    bursts: float = math.inf
    """Independent bursts that the interval rests on, on the side that has fewer; 0 where no day deviates, infinite for Student's t."""

    @property
    def half_width(self) -> float:
        """Half its length; of Student's t the distance of both ends from the mean."""
        return (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside."""
        return self.low > 0 or self.high < 0


def interval(x: ArrayLike, level: float = 0.95) -> Interval:
    """Student's t interval for the mean of independent observations; NaNs (nothing observed) are left out.

    Args:
        x: observations, shape (n,).
        level: confidence of the two-sided interval.
    """
    observed = np.asarray(x, dtype=np.float64)
    x = observed[~np.isnan(observed)]
    if not len(x):
        return Interval(np.nan, np.nan, np.nan, 0)
    mean, half = float(x.mean()), half_width(x, (1 + level) / 2)
    return Interval(mean, mean - half, mean + half, len(x))


def over_days(cells: ArrayLike, level: float = 0.95, least_burst: float = 0.0) -> Interval:
    """The interval of the mean over replications of a key figure, from its value on each day.

    Args:
        cells: float64[replications, days]; a replication's value is the mean of its days. Days of one replication are nearly independent, as
            waits are where queues are empty at night.
        level: confidence of the two-sided interval.
        least_burst: what one burst that was not seen would add to the value of one day; it bounds the mean where no day deviates.
    """
    x = np.asarray(cells, dtype=np.float64)
    n = len(x)
    if n < 2:
        return Interval(float(x.mean()), np.nan, np.nan, n)
    apart = x - x.mean(axis=0)
    squares = (apart**2).sum(axis=0)
    p = (1 + level) / 2
    wider = 1.0
    if squares.any():
        freedom = (n - 1) * squares.sum() ** 2 / (squares**2).sum()
        wider = float(stdtrit(max(freedom, n - 1), p) / ndtri(p))
    shares = apart * math.sqrt(n / (n - 1)) / x.size
    above, below = (_Bursts.of(np.maximum(sign * shares, 0.0), least_burst / x.size) for sign in (1, -1))
    mean = float(x.mean())
    return Interval(
        mean,
        mean - wider * math.hypot(below.further(p), above.nearer(p)),
        mean + wider * math.hypot(above.further(p), below.nearer(p)),
        n,
        min(above.count, below.count),
    )


@dataclass(frozen=True)
class _Bursts:
    """A sum of bursts as a Poisson count of bursts of one size, with the second and third moment of the sum."""

    size: float
    count: float
    largest: float

    @classmethod
    def of(cls, x: np.ndarray, least: float) -> _Bursts:
        """Of parts of a sum, each ≥ 0; `least`: the size of a burst where none was seen."""
        largest, squares = max(float(x.max()), least), float((x**2).sum())
        if not squares:
            return cls(least, 0.0, largest)
        size = float((x**3).sum()) / squares
        return cls(size, squares / size**2, largest)

    def nearer(self, p: float) -> float:
        """From the sum down to its bound."""
        return self.size * (self.count - _gamma(self.count, 1 - p)) if self.count else 0.0

    def further(self, p: float) -> float:
        """From the sum up to its bound, with one burst more, as large as the largest."""
        if not self.largest:
            return 0.0
        total = self.size * self.count + self.largest
        size = (self.size**2 * self.count + self.largest**2) / total
        return size * _gamma(total / size, p) - self.size * self.count


def _gamma(shape: float, p: float) -> float:
    return float(gammaincinv(shape, p))
