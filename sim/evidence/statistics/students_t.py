"""Student's t, the one place: how far a bound on a mean lies from it. Without scipy.stats, which is slow to import."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit


def half_width(x: np.ndarray, confidence: float) -> float:
    """Distance from the mean of independent observations, float64[n], to its one-sided bound; NaN for fewer than two.

    t(confidence; n − 1) · s/√n, where s is the standard deviation with n − 1 in its denominator. A two-sided interval of level c has
    bounds of confidence (1 + c)/2.
    """
    if len(x) < 2:
        return math.nan
    return float(stdtrit(len(x) - 1, confidence) * np.std(x, ddof=1) / math.sqrt(len(x)))
