"""How sure a mean over replications is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit


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


def interval(x: np.ndarray, level: float = 0.95) -> Interval:
    """Student's t interval for the mean of independent observations; NaNs (nothing observed) are left out.

    Args:
        x: observations, shape (n,).
        level: confidence of the two-sided interval.
    """
    x = np.asarray(x, dtype=np.float64)
    x = x[~np.isnan(x)]
    n = len(x)
    if n == 0:
        return Interval(np.nan, np.nan, 0)
    if n == 1:
        return Interval(float(x[0]), np.nan, 1)
    half_width = float(stdtrit(n - 1, (1 + level) / 2) * x.std(ddof=1) / np.sqrt(n))
    return Interval(float(x.mean()), half_width, n)
