"""The source of each location's goods, estimated lead times, and each store's share of its warehouse's demand."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim.chain.setting import Setting
from sim.clock import DAY_S
from sim.scenario.sections.distributions import Constant
from sim.stock.ledger import ALL

_NEWEST = 0.2
"""Weight of the newest delivery in the exponentially smoothed lead time."""
_U = (np.arange(400) + 0.5) / 400


class Supplies:
    """Source and estimated lead time of each location's goods."""

    def __init__(self, setting: Setting):
        self.setting = setting
        network = setting.network
        self.warehouse = np.full(len(network), -1, dtype=np.int64)
        """int64[locations]: the warehouse that serves a store, −1 for warehouses, which suppliers serve."""
        self.warehouse[: network.n_stores] = network.warehouse_of

        self._mean, self._variance = self._expected()
        """float64[locations, sources] in days; a store has one source, a warehouse has the suppliers."""

    def took(self, locations: np.ndarray, source: int, lead_time_s: np.ndarray | float) -> None:
        """Goods came `lead_time_s` after they were ordered: update the estimate by exponential smoothing."""
        at = locations, source
        gap = lead_time_s / DAY_S - self._mean[at]
        self._mean[at] += _NEWEST * gap
        self._variance[at] = (1 - _NEWEST) * (self._variance[at] + _NEWEST * gap**2)

    @property
    def lead_times(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in days from order to goods received, float64[locations, n_skus] each."""
        n_stores, every = self.setting.network.n_stores, np.zeros((1, len(self.setting.assortment)))
        store_mean, store_sd = self.lead_times_of(slice(n_stores))
        mean, sd = self.lead_times_of(slice(n_stores, None))
        return np.concatenate([store_mean + every, mean]), np.concatenate([store_sd + every, sd])

    def lead_times_of(
        self, locations: np.ndarray | slice, skus: np.ndarray | slice = ALL
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same of warehouses alone, or of stores alone, whose SKUs have one source: float64[k, 1]."""
        mean, sd = self._mean[locations], np.sqrt(self._variance[locations])
        stores = (self.warehouse[locations] >= 0).all()
        of = slice(1) if stores else self.setting.assortment.supplier[skus]
        return mean[:, of], sd[:, of]

    def _expected(self) -> tuple[np.ndarray, np.ndarray]:
        """Estimates before the first delivery: the lane's or the supplier's own time, and for stores a day in the warehouse."""
        network, suppliers = self.setting.network, self.setting.scenario.suppliers
        mean, variance = np.zeros((2, len(network), len(suppliers)))
        for location, code in enumerate(network.codes):
            source = self.warehouse[location]
            if source >= 0:
                distributions = [network.lead_time_days(network.codes[source], code, Constant(value=0))]
            else:
                distributions = [network.lead_time_days(s.code, code, s.lead_time_days) for s in suppliers]
            for number, distribution in enumerate(distributions):
                days = np.maximum(distribution.quantile(_U), 0.0)
                mean[location, number], variance[location, number] = days.mean() + (source >= 0), days.var()
        return mean, variance

    @cached_property
    def share(self) -> np.ndarray:
        """float64[locations, skus]: of the demand of all stores that the same warehouse serves."""
        network, demand = self.setting.network, self.setting.mean_demand
        total = np.zeros_like(demand)
        np.add.at(total, network.warehouse_of, demand[: network.n_stores])
        share = np.zeros_like(demand)
        served = total[network.warehouse_of]
        share[: network.n_stores] = demand[: network.n_stores] / np.where(served > 0, served, 1.0)
        return share
