"""Tickets: what a log and drawn customers have in common, so that both can be fitted and held against each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tickets:
    """n tickets in time order, m lines."""

    stamp: np.ndarray
    """datetime64[s][n], local."""
    store: np.ndarray
    """i4[n], index into `stores`."""
    stores: tuple[str, ...]
    """Names of those that sold something; one empty name where a log has no store column."""
    customer: np.ndarray
    """i8[n], a pseudonym, −1 unknown."""
    line_start: np.ndarray
    """i8[n + 1]."""
    line_sku: np.ndarray
    """i4[m], rising within a ticket."""
    line_units: np.ndarray
    """i8[m], at least 1."""

    def __len__(self) -> int:
        return len(self.stamp)
