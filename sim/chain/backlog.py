"""Orders that a warehouse could not fill and keeps: they are served first come, first served, as soon as goods come in."""

from __future__ import annotations

from collections import deque

import numpy as np


class Backlog:
    """Units promised to stores that a warehouse does not have, by order, oldest first."""

    def __init__(self, n_skus: int):
        self.units = np.zeros(n_skus, dtype=np.int64)
        """int64[n_skus], promised to stores and not on hand."""
        self._orders: deque[tuple[int, float, np.ndarray]] = deque()

    def add(self, store: int, ordered_s: float, units: np.ndarray) -> None:
        """Keep what is missing of a store's order, int64[n_skus]."""
        if units.any():
            self.units += units
            self._orders.append((store, ordered_s, units.copy()))

    def fill(self, have: np.ndarray) -> list[tuple[int, float, np.ndarray]]:
        """Give out of `have`, int64[n_skus]: (store, when it ordered, units) for each order that gets something, oldest first."""
        left, served = have.copy(), []
        for store, ordered_s, units in self._orders:
            given = np.minimum(units, left)
            if given.any():
                left -= given
                units -= given
                served.append((store, ordered_s, given))
        self.units -= have - left
        self._orders = deque(order for order in self._orders if order[2].any())
        return served
