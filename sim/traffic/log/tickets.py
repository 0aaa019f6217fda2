"""Tickets: the common form of a log and of drawn customers, so that both can be fitted and compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tickets:
    """n tickets in time order, m lines."""

    stamp: np.ndarray
    """datetime64[s][n], local."""
    store: np.ndarray
    """int32[n], index into `stores`."""
    stores: tuple[str, ...]
    """Names of those that sold something; one empty name where a log has no store column."""
    customer: np.ndarray
    """int64[n], a pseudonym, −1 unknown."""
    line_start: np.ndarray
    """int64[n + 1]."""
    line_sku: np.ndarray
    """int32[m], rising within a ticket."""
    line_units: np.ndarray
    """int64[m], at least 1."""

    def __len__(self) -> int:
        return len(self.stamp)
