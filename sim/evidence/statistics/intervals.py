"""How sure a share or a mean is: exact binomial bounds, and batch means for requests that follow each other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from sim.evidence.statistics.students_t import half_width

CONFIDENCE = 0.95
"""Of each one-sided bound; two of them enclose a 90 % interval."""

BATCHES = 20
"""Batches a window is cut into; between 10 and 30 serve almost any series (Schmeiser 1982)."""


def share_low(bad: float, requests: float, confidence: float = CONFIDENCE) -> float:
    """One-sided lower bound on a share, exact for a binomial count (Clopper & Pearson 1934).

    Counts may be fractions, as an effective sample size is.
    """
    if bad <= 0:
        return 0.0
    return float(special.betaincinv(bad, requests - bad + 1, 1 - confidence))


def share_high(bad: float, requests: float, confidence: float = CONFIDENCE) -> float:
    """One-sided upper bound on a share, exact for a binomial count (Clopper & Pearson 1934)."""
    if bad >= requests:
        return 1.0
    return float(special.betaincinv(bad + 1, requests - bad, confidence))


def requests_needed(limit: float, bad: int, confidence: float = CONFIDENCE) -> int:
    """The fewest requests, `bad` of them bad, that show a share of at most `limit`."""
    return _fewest(lambda n: share_high(bad, n, confidence) <= limit, more_than=bad)


def requests_more(
    share: float, requests: int, design_effect: float, limit: float, confidence: float = CONFIDENCE
) -> int | None:
    """How many more requests, bad in the same share and clustered in the same way, would hold the share above or below `limit`.

    None where the share stands so close to the limit that no number of requests that anyone could send would do.
    """

    def decides(n: int) -> bool:
        independent = n / design_effect
        bad = share * independent
        return share_high(bad, independent, confidence) <= limit or share_low(bad, independent, confidence) > limit

    most = 10**10
    return _fewest(decides, more_than=requests) - requests if decides(most) else None


def batch_means(x: np.ndarray) -> np.ndarray:
    """Means of `BATCHES` stretches of equal length, float64[BATCHES]; fewer where there are fewer than two values for each."""
    batches = min(BATCHES, len(x) // 2)
    starts = np.arange(batches) * len(x) // max(batches, 1)
    return np.add.reduceat(x, starts) / np.diff(np.append(starts, len(x))) if batches else np.empty(0)


def mean_interval(x: np.ndarray, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """One-sided lower and upper bounds on the mean of a series whose values depend on their neighbours.

    Student's t on batch means: a batch much longer than the memory of the series is nearly independent of the next. Infinite where
    there are fewer than two batches.
    """
    means = batch_means(np.asarray(x, dtype=np.float64))
    if len(means) < 2:
        return -math.inf, math.inf
    half = half_width(means, confidence)
    return float(np.mean(x) - half), float(np.mean(x) + half)


def batch_effect(x: np.ndarray) -> float:
    """How many values of a series stand for one independent one: the variance of its batch means over what independence would give."""
    means, variance = batch_means(x), float(np.var(x))
    if len(means) < 2 or variance == 0:
        return 1.0
    return max(1.0, float(means.var(ddof=1)) * len(x) / len(means) / variance)


def _fewest(holds: Callable[[int], bool], more_than: int) -> int:
    """The smallest n above `more_than` for which `holds(n)`, given that it goes on holding from there."""
    low, high = more_than, max(2 * more_than, 1)
    while not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
