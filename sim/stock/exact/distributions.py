"""Laws of demand over whole units as arrays, and the expectations that every stock formula is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

TAIL = 1e-14
"""Probability beyond the end of an array."""


def poisson(mean: float) -> np.ndarray:
    """float64[n]: the pmf of Poisson demand, as far as it matters."""
    return _cut(scipy.stats.poisson(mean))


def negative_binomial(mean: float, variance: float) -> np.ndarray:
    """float64[n]: the pmf of a Poisson demand whose mean varies as a Gamma variable; `variance` > `mean`."""
    if variance <= mean:
        raise ValueError("variance > mean")
    return _cut(scipy.stats.nbinom(mean**2 / (variance - mean), mean / variance))


def erlang_renewals(mean: float, phases: int) -> np.ndarray:
    """float64[n]: the pmf of the renewals of a stationary process over a stretch with `mean` of them, gaps being Erlang with `phases` phases.

    Phases end as a Poisson process with `phases` × `mean`, every `phases`-th is a renewal, and the first phase of the stretch is any of a gap's
    (Cox 1962, *Renewal Theory*, §3.3 and 4.5). Over a long stretch variance over mean is 1 / `phases`.
    """
    ended = poisson(phases * mean)
    n = np.arange(len(ended) + phases - 1)
    by_phases = np.convolve(ended, np.full(phases, 1 / phases))
    return np.bincount(n // phases, by_phases)


def over(periods: int, pmf: np.ndarray) -> np.ndarray:
    """The pmf of the sum of `periods` independent demands; nothing at all over none."""
    distribution = np.ones(1)
    for _ in range(periods):
        distribution = np.convolve(distribution, pmf)
    return distribution


def mean(pmf: np.ndarray) -> float:
    """Mean of a distribution on 0, 1, 2, …; pmf is float64[n]."""
    return float(np.arange(len(pmf)) @ pmf)


def cdf(pmf: np.ndarray, y: ArrayLike) -> Any:
    """P(D ≤ y) for whole numbers y, of any sign."""
    below = np.concatenate([[0.0], np.minimum(np.cumsum(pmf), 1.0)])
    return below[np.clip(np.asarray(y) + 1, 0, len(pmf))]


def left_over(pmf: np.ndarray, y: ArrayLike) -> Any:
    """E(y − D)⁺ for whole numbers y, of any sign."""
    y = np.asarray(y)
    end = len(pmf)
    surplus = np.concatenate([[0.0], np.cumsum(np.minimum(np.cumsum(pmf), 1.0))])
    return surplus[np.clip(y, 0, end)] + np.maximum(y - end, 0)


def short(pmf: np.ndarray, y: ArrayLike) -> Any:
    """E(D − y)⁺ for whole numbers y, of any sign."""
    return left_over(pmf, y) - np.asarray(y) + mean(pmf)


def quantile(pmf: np.ndarray, share: float) -> int:
    """The least y with P(D ≤ y) ≥ share."""
    return int(np.searchsorted(np.cumsum(pmf), share * (1 - 1e-13)))


def cost(pmf: np.ndarray, y: ArrayLike, holding: float, backorder: float) -> Any:
    """E[holding (y − D)⁺ + backorder (D − y)⁺]: what a period costs that ends with y − D."""
    surplus = left_over(pmf, y)
    return holding * surplus + backorder * (surplus - np.asarray(y) + mean(pmf))


def _cut(distribution: Any) -> np.ndarray:
    pmf = distribution.pmf(np.arange(int(distribution.isf(TAIL)) + 2))
    return pmf / pmf.sum()
