"""How far predictions are from what happened: errors of their medians, coverage of their intervals, and the quantile score of all of them.

WAPE is Σ|error| over Σ|actual|. MASE (Hyndman and Koehler, International Journal of Forecasting 22, 2006) is the mean absolute error over that of the
seasonal naive forecast within the history. The quantile score, or pinball loss, is proper: no other prediction than the true quantile has a lower
mean (Gneiting and Raftery, Journal of the American Statistical Association 102, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Of the quantiles: the ends of the 95 % and of the 80 % interval, and the median."""
LEAST_REPLICATIONS = 39
"""Fewest replications of which the least and the greatest are the ends of a 95 % interval."""


def quantiles(replications: np.ndarray) -> np.ndarray:
    """Predictive quantiles of `LEVELS`, float64[5, ...], from float64[replications, ...].

    Of n replications and the actual value, exchangeable where the model is true, the actual is below the k-th smallest with probability k / (n + 1):
    so the quantile of level p is the order statistic p (n + 1), between two of them the point on the line.
    """
    return np.quantile(replications, LEVELS, axis=0, method="weibull")


def pinball(quantile: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Mean over `LEVELS` of the quantile score, float64[...]: of a quantile q of level p, (a − q) p above it and (q − a)(1 − p) below."""
    level = np.array(LEVELS).reshape(-1, *(1,) * actual.ndim)
    return np.mean(np.maximum(level * (actual - quantile), (level - 1) * (actual - quantile)), axis=0)


@dataclass(frozen=True)
class Accuracy:
    """Of one row of predictions, over the n cells that have both a prediction and an actual value."""

    cells: int
    actual: float
    """Mean."""
    predicted: float
    """Mean of the medians."""
    wape: float
    bias: float
    """Mean error of the median over the mean actual value; above 0 too much was predicted."""
    held_80: int
    """Actual values within the interval, its ends included."""
    held_95: int
    pinball: float
    """Mean, in the unit."""
    mean_absolute_error: float


def accuracy(quantile: np.ndarray, actual: np.ndarray) -> Accuracy:
    """Errors and coverage of quantiles float64[5, ...] against float64[...]; NaN on either side leaves a cell out."""
    known = ~np.isnan(actual) & ~np.isnan(quantile).any(axis=0)
    q, a = quantile[:, known], actual[known]
    error, level = q[2] - a, float(np.abs(a).sum())
    over = level or np.nan
    return Accuracy(
        cells=len(a),
        actual=float(a.mean()) if len(a) else np.nan,
        predicted=float(q[2].mean()) if len(a) else np.nan,
        wape=float(np.abs(error).sum() / over),
        bias=float(error.sum() / over),
        held_80=int(((q[1] <= a) & (a <= q[3])).sum()),
        held_95=int(((q[0] <= a) & (a <= q[4])).sum()),
        pinball=float(pinball(q, a).mean()) if len(a) else np.nan,
        mean_absolute_error=float(np.abs(error).mean()) if len(a) else np.nan,
    )


def skill(loss: np.ndarray, reference: np.ndarray) -> float:
    """1 − the ratio of two mean scores over the cells that have both: 1 perfect, 0 no better than the reference, below 0 worse."""
    known = ~np.isnan(loss) & ~np.isnan(reference)
    below = float(reference[known].sum())
    return 1 - float(loss[known].sum()) / below if below > 0 else float("nan")
