"""Intervals by the jackknife over clusters: observations of one till, cashier or group may be alike, those of two are independent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

LEVEL = 0.95
LEAST_CLUSTERS = 6
"""With fewer an interval over clusters is too wide to be of use; observations are then taken as independent."""
_GROUPS = 40
"""In which independent observations are left out."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; NaN where there is none."""

    value: float
    low: float = float("nan")
    high: float = float("nan")

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g})"


def groups_of(cluster: np.ndarray, clusters: int) -> tuple[np.ndarray, int]:
    """The groups that are left out in turn, int64[n] and how many: the clusters where there are enough, else `_GROUPS` by turns."""
    if clusters >= LEAST_CLUSTERS:
        return cluster, clusters
    count = min(_GROUPS, len(cluster))
    return np.arange(len(cluster)) % count, count


def intervals(
    statistic: Callable[[np.ndarray | None], np.ndarray], groups: int, positive: bool = False
) -> list[Estimate]:
    """Estimates of several figures with 95 % intervals.

    Args:
        statistic: float64[k] of all observations (None), or without a group by bool[groups], True for those kept.
        groups: of which one is left out at a time.
        positive: intervals on the logarithm, for figures above 0.

    Variance (G − 1)/G · Σ (θ₍g₎ − θ̄)², quantiles of Student's t with G − 1 degrees of freedom: CV₃ of MacKinnon, Nielsen and Webb (2023,
    Journal of Applied Econometrics 38), which holds its level with few clusters better than the sandwich does.
    """
    whole = statistic(None)
    without = np.array([statistic(np.arange(groups) != g) for g in range(groups)])
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.log(np.where(without > 0, without, np.nan)) if positive else without
        centre = np.log(np.where(whole > 0, whole, np.nan)) if positive else whole
        apart = scale - np.nansum(scale, axis=0) / np.isfinite(scale).sum(axis=0)
        half = t.ppf((1 + LEVEL) / 2, groups - 1) * np.sqrt((groups - 1) / groups * np.nansum(apart**2, axis=0))
        low, high = (np.exp(centre - half), np.exp(centre + half)) if positive else (centre - half, centre + half)
    return [Estimate(float(v), float(a), float(b)) for v, a, b in zip(whole, low, high, strict=True)]
