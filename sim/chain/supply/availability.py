"""Which SKUs suppliers have: of each SKU, spells in which its supplier has it and spells in which it has not take turns."""

from __future__ import annotations

import numpy as np

from ext.elementary import log1p
from sim.clock import DAY_S, on_tick
from sim.scenario.model import Scenario
from sim.streams import counter_key, counter_uniform, use


class Availability:
    """Spells of each (supplier, SKU), exponential and independent, stationary from the first instant on.

    The n-th spell of a SKU is a function of seed, replication, supplier, SKU and n: no order, policy or fault moves one. Nothing is kept but
    the spell of now, so instants must not go back.
    """

    def __init__(self, scenario: Scenario, replication: int, of: np.ndarray):
        """`of`: int[n_skus], the number of each SKU's supplier."""
        suppliers = scenario.suppliers
        share = np.array([supplier.unavailable_share for supplier in suppliers])[of]
        days = np.array([supplier.unavailable_days or 0.0 for supplier in suppliers])[of]
        self._mean_s = DAY_S * np.array([days * (1 - share) / np.where(share > 0, share, 1.0), days])
        """float64[2, n_skus]: of a spell in which the SKU is there, and of one in which it is not."""
        self._key = counter_key(scenario.seed, replication, "suppliers/unavailable")
        self._supplier = np.array([use(supplier.code) for supplier in suppliers], dtype=np.uint64)[of]
        self._number = np.zeros(len(of), dtype=np.int64)
        """int64[n_skus]: of the spell of now."""
        self._out = self._uniform(np.arange(len(of))) < share
        self._until_s = np.where(share > 0, 0.0, np.inf)
        self._begin(np.flatnonzero(share))

    def out_since_days(self) -> np.ndarray:
        """For how long suppliers have been out of each SKU at the first instant, float64[n_skus]; 0 where they have it. To be asked first.

        The age of an exponential spell that is under way is exponential, with the mean of a whole one, and independent of what is left of it.
        """
        u = counter_uniform(self._key, self._supplier, np.arange(len(self._out)), 0, use("age"))
        return np.where(self._out, -self._mean_s[1] / DAY_S * log1p(-u), 0.0)

    def unavailable(self, skus: np.ndarray, now: float) -> np.ndarray:
        """Whether the suppliers of some SKUs, int64[k], are out of them, bool[k]."""
        over = skus[self._until_s[skus] <= now]
        while len(over):
            self._out[over] = ~self._out[over]
            self._begin(over)
            over = over[self._until_s[over] <= now]
        return self._out[skus]

    def _begin(self, skus: np.ndarray) -> None:
        self._number[skus] += 1
        mean_s = self._mean_s[self._out[skus].astype(np.int64), skus]
        self._until_s[skus] = on_tick(self._until_s[skus] - mean_s * log1p(-self._uniform(skus)))

    def _uniform(self, skus: np.ndarray) -> np.ndarray:
        return counter_uniform(self._key, self._supplier[skus], skus, self._number[skus])
