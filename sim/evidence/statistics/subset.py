"""Subset selection: of k systems played equally often, those among which the best is with a guaranteed probability.

Nelson, Swann, Goldsman & Song (2001), Simple procedures for selecting the best simulated system when the number of alternatives is large, Operations
Research 49, 950-963, and Gupta (1965). A small number of replications gives a large subset, never a wrong promise. The paper's margin is for
independent systems; here it is taken of paired differences with Bonferroni's share of the error, which holds under common random numbers too, and
makes the subset smaller there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit


def subset(x: NDArray[np.float64], indifference: float = 0.0, confidence: float = 0.95) -> tuple[int, ...]:
    """The systems, by number, that lie behind no other by more than max(0, t S / √n − δ).

    S² is the variance of the n paired differences of two systems, t the quantile 1 − α / (k − 1) of Student's t with n − 1 degrees of freedom.

    Args:
        x: float64[k, n], of which the largest mean is the best, n two at least; observations are normal, and column r of all systems has the same
            random numbers or each its own.
        indifference: δ ≥ 0, in the unit of x. With at least the confidence the best is in the subset, where it is ahead of all others by at
            least δ; with δ = 0 in any case.
        confidence: 1 − α.
    """
    k, n = x.shape
    if k == 1:
        return (0,)
    t = float(stdtrit(n - 1, 1 - (1 - confidence) / (k - 1)))
    mean = x.mean(axis=1)

    def stays(i: int) -> bool:
        margin = t * np.sqrt((x - x[i]).var(axis=1, ddof=1) / n) - indifference
        return bool((mean[i] >= mean - np.maximum(0.0, margin)).all())

    return tuple(i for i in range(k) if stays(i))
