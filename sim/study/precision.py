"""How sure a mean over replications is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.evidence.statistics.students_t import half_width


@dataclass(frozen=True)
class Interval:
    """A mean with the half-width of its confidence interval, in the unit of the observations."""

    mean: float
    half_width: float
    """NaN where fewer than two observations leave it unknown."""
    observations: int

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half_width

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
        return Interval(np.nan, np.nan, 0)
    return Interval(float(x.mean()), half_width(x, (1 + level) / 2), len(x))
