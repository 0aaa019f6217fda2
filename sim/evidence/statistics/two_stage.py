"""Selection of the best of k independent systems in two stages.

Rinott (1978), On two-stage selection procedures and related probability-inequalities, Communications in Statistics - Theory and Methods 7, 799-811.
The variances of a first stage say how many replications each system needs; then the largest mean is taken. The guarantee is for normal observations
of any variances that are independent between systems: under common random numbers it does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammainccinv, gammaincinv, ndtr

_STEP, _REACH = 0.05, 8.0
"""Of the trapezoidal rule over normal quantiles; halved, h moves by less than 1e-6."""


@cache
def rinott_h(k: int, first: int, confidence: float = 0.95) -> float:
    """Rinott's constant h for k systems, two at least, and a first stage of `first` replications, two at least.

    The h at which

        ∫ (∫ Φ(h / √((n₀ − 1) (1/x + 1/y))) f(x) dx)^(k − 1) f(y) dy = 1 − α

    with f the density of chi-square with n₀ − 1 degrees of freedom. Both integrals are taken by the trapezoidal rule over z, where x is the
    quantile of Φ(z): the integrand is smooth and vanishes at both ends with the normal density, so the rule converges exponentially.
    """
    freedom = first - 1
    z = np.arange(-_REACH, _REACH + _STEP / 2, _STEP)
    weights = np.exp(-(z**2) / 2)
    weights /= weights.sum()
    chi = 2 * np.where(z < 0, gammaincinv(freedom / 2, ndtr(z)), gammainccinv(freedom / 2, ndtr(-z)))
    scale = np.sqrt(freedom * (1 / chi[:, None] + 1 / chi[None, :]))

    def missed(h: float) -> float:
        return float(weights @ (ndtr(h / scale) @ weights) ** (k - 1)) - confidence

    most = 4.0
    while missed(most) < 0:
        most *= 2
    return float(brentq(missed, 0.0, most, xtol=1e-10))


def rinott_sizes(x: NDArray[np.float64], indifference: float, confidence: float = 0.95) -> Sequence[int]:
    """Replications that each system needs in all: max(n₀, ⌈h² S² / δ²⌉), S² the variance of its first stage.

    Args:
        x: float64[k, n₀], the first stage, k and n₀ two at least; systems are independent of each other.
        indifference: δ > 0, the smallest difference worth finding, in the unit of x. Where the best is ahead by at least that, the largest mean
            over all replications is its with at least the confidence.
        confidence: 1 − α, above 1 / k.
    """
    k, first = x.shape
    needed = (rinott_h(k, first, confidence) / indifference) ** 2 * x.var(axis=1, ddof=1)
    return [max(first, ceil(each)) for each in needed]
