"""Load over the run in requests per second, grouped into few levels with enough journeys each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_WINDOW_S = 5.0
_WINDOW_REQUESTS = 300
"""Windows hold equal numbers of requests, at least so many and the mean of 5 s: each rate has the same relative Poisson error, 6 % or less."""
_LEVEL_JOURNEYS = 300
_STEP = 1.5
"""Ratio of highest to lowest load in a level; smaller ones would separate loads that differ by chance."""


@dataclass(frozen=True)
class Load:
    """Loads by window of the run."""

    edges_s: np.ndarray
    """float64[windows + 1]."""
    requests_per_s: np.ndarray
    """float64[windows]."""
    level: np.ndarray
    """Load level of each window, int64[windows], 0 the lowest."""

    def window(self, t_s: np.ndarray) -> np.ndarray:
        """The window of each instant, int64[n]."""
        return np.searchsorted(self.edges_s[1:-1], t_s, "right")


def load(request_s: np.ndarray, journey_s: np.ndarray) -> Load:
    """Cut a run into windows and group windows of similar load into levels.

    Args:
        request_s: starts of all requests, float64[n], sorted, n ≥ 1.
        journey_s: starts of all journeys, float64[m].
    """
    number = len(request_s)
    span_s = max(float(request_s[-1] - request_s[0]), 1e-9)
    windows = max(1, int(number // max(_WINDOW_REQUESTS, _WINDOW_S * number / span_s)))
    starts = np.arange(windows + 1) * (number - 1) // windows
    edges_s = request_s[starts]
    rates = np.diff(starts) / np.maximum(np.diff(edges_s), 1e-9)
    journeys = np.bincount(np.searchsorted(edges_s[1:-1], journey_s, "right"), minlength=windows)
    return Load(edges_s, rates, _levels(rates, journeys))


def _levels(rates: np.ndarray, journeys: np.ndarray) -> np.ndarray:
    """Level of each window, int64[windows], from the lowest load up: a level ends above `_STEP` × its lowest load, once it has `_LEVEL_JOURNEYS`."""
    level, current, filled = np.zeros(len(rates), dtype=np.int64), 0, 0
    rising = np.argsort(rates, kind="stable")
    lowest = rates[rising[0]]
    for window in rising:
        if rates[window] > _STEP * lowest and filled >= _LEVEL_JOURNEYS:
            current, lowest, filled = current + 1, rates[window], 0
        level[window] = current
        filled += journeys[window]
    if current and filled < _LEVEL_JOURNEYS:
        level[level == current] -= 1
    return level
