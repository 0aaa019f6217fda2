"""Intervals of a level and of a change of independent observations: Student's t for a mean, Fieller's for the ratio of two means.

Fieller's interval holds every ratio r that a t test of mean(B − r A) = 0 does not reject (Fieller 1954, Journal of the Royal Statistical
Society B 16, 175-185): a bound beyond the limit and a t test against the limit are one and the same decision. Of key figures whose days are
independent, `kpi_bounds`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from sim.evidence.statistics.students_t import half_width


@dataclass(frozen=True)
class Bounds:
    """An estimate with its interval; None for what nothing determines."""

    estimate: float | None
    low: float | None = None
    high: float | None = None


def of_level(x: np.ndarray, confidence: float) -> Bounds:
    """Of the mean of independent observations, float64[n]; without an interval for fewer than two."""
    if not len(x):
        return Bounds(None)
    mean, width = float(x.mean()), half_width(x, (1 + confidence) / 2)
    return Bounds(mean) if math.isnan(width) else Bounds(mean, mean - width, mean + width)


def of_ratio(
    a: tuple[float, float], b: tuple[float, float], covariance: float, freedom: float, confidence: float
) -> Bounds:
    """Of b / a − 1 for two estimated means, each (mean, variance of the mean); `freedom`: degrees of freedom of Student's t, may be infinite.

    Without an interval where a's mean cannot be distinguished from 0; without an estimate where it is not above 0.
    """
    (mean_a, var_a), (mean_b, var_b) = a, b
    if not mean_a > 0:
        return Bounds(None)
    change = mean_b / mean_a - 1
    t2 = t_quantile(freedom, confidence) ** 2
    square = mean_a**2 - t2 * var_a
    if square <= 0:
        return Bounds(change)
    middle = mean_a * mean_b - t2 * covariance
    spread = math.sqrt(max(0.0, middle**2 - square * (mean_b**2 - t2 * var_b)))
    return Bounds(change, (middle - spread) / square - 1, (middle + spread) / square - 1)


def t_quantile(freedom: float, confidence: float) -> float:
    """Half-width of a two-sided interval in standard errors: Student's t, the normal distribution for infinite degrees of freedom."""
    p = (1 + confidence) / 2
    return float(ndtri(p) if math.isinf(freedom) else stdtrit(freedom, p))


def of_change(a: np.ndarray | float, b: np.ndarray, paired: bool, confidence: float) -> Bounds:
    """Of mean(b) / mean(a) − 1.

    Args:
        a: the baseline, float64[m], or a number that is known exactly.
        b: float64[n].
        paired: whether a[i] belongs to b[i]. Where it does not, the t distribution has the degrees of freedom of the smaller sample, which
            is never too few.
        confidence: two-sided.

    Without an interval where either has fewer than two observations, or where the baseline's mean cannot be distinguished from 0; without an
    estimate where that mean is not above 0.
    """
    if isinstance(a, float):
        mean_a, fewest, var_a = a, len(b), 0.0
    else:
        mean_a, fewest = float(a.mean()) if len(a) else math.nan, min(len(a), len(b))
        var_a = float(a.var(ddof=1) / len(a)) if fewest > 1 else math.nan
    if not mean_a > 0 or not len(b):
        return Bounds(None)
    mean_b = float(b.mean())
    change = mean_b / mean_a - 1
    if fewest < 2:
        return Bounds(change)
    var_b = float(b.var(ddof=1) / len(b))
    covariance = float(np.cov(a, b)[0, 1] / len(b)) if paired else 0.0
    return of_ratio((mean_a, var_a), (mean_b, var_b), covariance, fewest - 1, confidence)
