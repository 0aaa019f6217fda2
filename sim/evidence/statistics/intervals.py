"""Bounds on shares and means: exact binomial, and batch means for autocorrelated series."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from sim.evidence.statistics.students_t import half_width

CONFIDENCE = 0.95
"""Confidence of each one-sided bound; two of them enclose a 90 % interval."""

BATCHES = 20
"""Batches of a window; 10 to 30 suffice for almost any series (Schmeiser 1982)."""


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
    """How many more requests, with the same share of bad ones and the same design effect, would put `limit` outside the bounds.

    None where the share is so close to the limit that 10¹⁰ requests would not.
    """

    def decides(n: int) -> bool:
        independent = n / design_effect
        bad = share * independent
        return share_high(bad, independent, confidence) <= limit or share_low(bad, independent, confidence) > limit

    most = 10**10
    return _fewest(decides, more_than=requests) - requests if decides(most) else None


def batch_means(x: np.ndarray) -> np.ndarray:
    """Means of `BATCHES` equal stretches of `x`, float64[BATCHES]; of fewer stretches where each would have fewer than two values."""
    batches = min(BATCHES, len(x) // 2)
    starts = np.arange(batches) * len(x) // max(batches, 1)
    return np.add.reduceat(x, starts) / np.diff(np.append(starts, len(x))) if batches else np.empty(0)


def mean_interval(x: np.ndarray, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """One-sided lower and upper bounds on the mean of an autocorrelated series `x`, float64[n].

    Student's t on batch means: batches much longer than the correlation time are nearly independent. Infinite for fewer than two batches.
    """
    means = batch_means(np.asarray(x, dtype=np.float64))
    if len(means) < 2:
        return -math.inf, math.inf
    half = half_width(means, confidence)
    return float(np.mean(x) - half), float(np.mean(x) + half)


def batch_effect(x: np.ndarray) -> float:
    """Design effect of a mean: variance of the batch means over the variance expected of independent values; at least 1."""
    means, variance = batch_means(x), float(np.var(x))
    if len(means) < 2 or variance == 0:
        return 1.0
    return max(1.0, float(means.var(ddof=1)) * len(x) / len(means) / variance)


def _fewest(holds: Callable[[int], bool], more_than: int) -> int:
    """The smallest n above `more_than` with `holds(n)`, for a predicate monotone in n: doubling, then bisection."""
    low, high = more_than, max(2 * more_than, 1)
    while not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
