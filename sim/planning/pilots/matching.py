"""Stores that are alike before any of them goes live: by level and by trend."""

from __future__ import annotations

import numpy as np

FEATURES = ("level", "trend")


def features(before: np.ndarray) -> np.ndarray:
    """Level and trend of each store, each in standard deviations over the stores: float64[stores, 2].

    Args:
        before: outcomes before the first go-live, float64[stores, periods]. The level is their mean, the trend the slope of a least-squares line;
            one that is the same in all stores is 0.
    """
    n = before.shape[1]
    centred = np.arange(n) - (n - 1) / 2
    slope = before @ centred / (centred @ centred) if n > 1 else np.zeros(len(before))
    both = np.column_stack([before.mean(axis=1), slope])
    both = both - both.mean(axis=0)
    spread = both.std(axis=0)
    same = spread <= 1e-12 * np.maximum(np.abs(before).max(initial=0.0), 1.0)
    return np.where(same, 0.0, both / np.where(same, 1.0, spread))


def nearest(before: np.ndarray) -> np.ndarray:
    """The other stores in the order of their distance from each store, int64[stores, stores − 1]; of equal ones the earlier first.

    The distance is Euclidean over `features`. The outcomes are those before the first go-live, so that no lift moves a match.
    """
    at = features(before)
    squares = (at**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares - 2 * at @ at.T, 0.0).round(12)
    np.fill_diagonal(distance, -1.0)
    return np.argsort(distance, axis=1, kind="stable")[:, 1:]
