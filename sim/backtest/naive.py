"""The forecasts that need no model: the same weekday of the last week before the held-back days, and the same weekday a year before.

Their intervals are quantiles of the errors that they would have made within the history, at the same distance ahead.
"""

from __future__ import annotations

import numpy as np

from sim.backtest.accuracy import LEVELS

YEAR_DAYS = 364
"""52 weeks: the same weekday."""
_LEAST_ERRORS = 20
"""With fewer errors of the past there is no interval: its ends are the extremes of so many."""


def seasonal(past: np.ndarray, ahead: int, season: int) -> np.ndarray:
    """Quantiles of `LEVELS` of `ahead` cells after `past`, float64[k series, t cells]: float64[5, k, ahead]; NaN where unknown.

    The forecast of a cell is the last one before the held-back cells at the same place of its week.
    """
    return np.stack([_forecast(past, n, -(-(n + 1) // season) * season) for n in range(ahead)], axis=-1)


def last_year(past: np.ndarray, ahead: int, year: int) -> np.ndarray:
    """The same of the forecast by the cell a year before."""
    return np.stack([_forecast(past, n, year) for n in range(ahead)], axis=-1)


def seasonal_error(past: np.ndarray, season: int) -> float:
    """Mean absolute error of the seasonal naive forecast one week ahead within the history: the scale of MASE. NaN where there is none."""
    if past.shape[1] <= season:
        return float("nan")
    error = np.abs(past[:, season:] - past[:, :-season])
    return float(np.nanmean(error)) if (~np.isnan(error)).any() else float("nan")


def _forecast(past: np.ndarray, cell: int, lag: int) -> np.ndarray:
    """float64[5, k]: the point is the value `lag` before the cell; errors of all series together, each over its mean, give the ends."""
    series, cells = past.shape
    at = cells + cell - lag
    if not 0 <= at < cells:
        return np.full((len(LEVELS), series), np.nan)
    point = past[:, at]
    errors = past[:, lag:] - past[:, :-lag] if cells > lag else np.empty((series, 0))
    scale = np.maximum(np.nanmean(np.where(np.isnan(past), 0, past), axis=1), 1e-9)
    relative = (errors / scale[:, None])[~np.isnan(errors)]
    if len(relative) < _LEAST_ERRORS:
        ends = np.full((len(LEVELS), series), np.nan)
        ends[2] = point
        return ends
    found = point + np.quantile(relative, LEVELS, method="weibull")[:, None] * scale
    found[2] = point
    return np.where(np.isnan(point), np.nan, np.maximum(found, 0))
