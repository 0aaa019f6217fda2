"""Whether the hours of a day depend on the weekday: a permutation test of a log's hour profiles."""

from __future__ import annotations

import numpy as np

LEVEL = 0.01
"""Share of logs with one profile on all days in which weekdays are given profiles of their own."""
_PERMUTATIONS = 499


def profiles_differ(cells: np.ndarray, day: np.ndarray) -> bool:
    """Whether hour profiles differ by weekday at `LEVEL`; `cells` int64[n, 24] customers by hour of n days, `day` datetime64[D][n].

    The statistic is Pearson's for homogeneity of the table of weekdays and hours. Customers of one hour come in clusters, so it is held against
    the same statistic with the days of each week in any order, not against a chi-square distribution (restricted permutation: Good 2005,
    *Permutation, Parametric and Bootstrap Tests of Hypotheses*): hours that drift over the year are the same for all weekdays.
    """
    weekday, week = (day.astype(int) + 3) % 7, (day.astype(int) + 3) // 7
    cells = cells[:, cells.sum(axis=0) > 0].astype(np.float64)
    if len(np.unique(weekday)) < 2 or cells.shape[1] < 2:
        return False
    hours = cells.sum(axis=0) / cells.sum()
    rng = np.random.default_rng(0)
    found = _homogeneity(cells, weekday, hours)
    above = 0
    for _ in range(_PERMUTATIONS):
        order = np.lexsort((rng.random(len(week)), week))
        above += _homogeneity(cells, weekday[order], hours) >= found * (1 - 1e-12)
    return (1 + above) / (1 + _PERMUTATIONS) <= LEVEL


def _homogeneity(cells: np.ndarray, weekday: np.ndarray, hours: np.ndarray) -> float:
    seen = _sums(cells, weekday)
    expected = seen.sum(axis=1, keepdims=True) * hours
    return float(((seen - expected) ** 2 / np.where(expected > 0, expected, 1)).sum())


def by_weekday(cells: np.ndarray, weekday: np.ndarray, all_days: np.ndarray) -> np.ndarray:
    """Hour shares by weekday, float64[7, 24], from `cells` int64[n, 24] of n days; `all_days` float64[24] for weekdays without customers."""
    seen = _sums(cells, weekday)
    total = seen.sum(axis=1, keepdims=True)
    return np.where(total > 0, seen / np.where(total > 0, total, 1), all_days)


def _sums(cells: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Customers by weekday, float64[7, hours]."""
    return (np.arange(7)[:, None] == weekday).astype(np.float64) @ cells
