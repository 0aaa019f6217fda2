"""Estimated lead times of each location's goods, and each location's share of the demand on the warehouse that feeds it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim.chain.setting import Setting
from sim.clock import DAY_S
from sim.scenario.sections.distributions import Constant, Varying
from sim.stock.ledger import ALL

WAREHOUSE = -1
"""In place of a supplier's number: the warehouse that feeds a location."""
_NEWEST = 0.2
"""Weight of the newest delivery in the exponentially smoothed lead time."""
_U = (np.arange(400) + 0.5) / 400


class Supplies:
    """Estimated lead time of each location's goods, from each of its sources."""

    def __init__(self, setting: Setting):
        self.setting = setting
        self._mean, self._variance = self._expected()
        """float64[locations, suppliers + 1] in days; the last column is that of the warehouse which feeds the location."""

    def took(self, locations: np.ndarray, source: int, lead_time_s: np.ndarray | float) -> None:
        """Goods came `lead_time_s` after they were ordered: update the estimate by exponential smoothing. `source`: a supplier, or WAREHOUSE."""
        at = locations, source
        gap = lead_time_s / DAY_S - self._mean[at]
        self._mean[at] += _NEWEST * gap
        self._variance[at] = (1 - _NEWEST) * (self._variance[at] + _NEWEST * gap**2)

    @property
    def lead_times(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in days from order to goods received, float64[locations, n_skus] each."""
        every = np.zeros((len(self.setting.network), len(self.setting.assortment)))
        mean, sd = self.lead_times_of(ALL)
        return mean + every, sd + every

    def lead_times_of(
        self, locations: np.ndarray | slice, skus: np.ndarray | slice = ALL
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same of some locations and SKUs: float64[k, SKUs], or float64[k, 1] where all of it comes from warehouses."""
        mean, sd = self._mean[locations], np.sqrt(self._variance[locations])
        supplier, fed = self.setting.assortment.supplier[skus], self._fed[locations]
        if (fed == _WHOLLY).all():
            return mean[:, WAREHOUSE:], sd[:, WAREHOUSE:]
        if (fed == _NOT).all():
            return mean[:, supplier], sd[:, supplier]
        of = np.where(self.setting.source[locations][:, skus] >= 0, WAREHOUSE, supplier)
        return np.take_along_axis(mean, of, axis=1), np.take_along_axis(sd, of, axis=1)

    @cached_property
    def _fed(self) -> np.ndarray:
        """int64[locations]: whether warehouses feed a location with all of its SKUs, some or none."""
        by_warehouse = self.setting.source >= 0
        return np.where(by_warehouse.all(axis=1), _WHOLLY, np.where(by_warehouse.any(axis=1), _IN_PART, _NOT))

    def _expected(self) -> tuple[np.ndarray, np.ndarray]:
        """Estimates before the first delivery: the lane's or the supplier's own time, and a day in the warehouse that feeds a location."""
        network, suppliers = self.setting.network, self.setting.scenario.suppliers
        mean, variance = np.zeros((2, len(network), len(suppliers) + 1))
        for location, code in enumerate(network.codes):
            feeder = network.fed_by[location]
            if feeder >= 0:
                days = _days(network.lead_time_days(network.codes[feeder], code, Constant(value=0)))
                mean[location, WAREHOUSE], variance[location, WAREHOUSE] = days.mean() + 1, days.var()
            if self._fed[location] != _WHOLLY:
                for number, supplier in enumerate(suppliers):
                    days = _days(network.lead_time_days(supplier.code, code, supplier.lead_time_days))
                    mean[location, number], variance[location, number] = days.mean(), days.var()
        return mean, variance

    def share_of(self, at: np.ndarray | slice) -> np.ndarray:
        """float64[k, n_skus]: of the demand of all locations that the same warehouse feeds; 0 of what a supplier delivers."""
        setting = self.setting
        served = np.where(setting.source[at] >= 0, self._served[setting.network.fed_by[at]], 0.0)
        return np.where(served > 0, setting.mean_demand[at], 0.0) / np.where(served > 0, served, 1.0)

    @cached_property
    def _served(self) -> np.ndarray:
        """float64[n_locations, n_skus]: the demand of the locations that a location feeds."""
        network, demand = self.setting.network, self.setting.mean_demand
        total = np.zeros(demand.shape)
        network.pass_up(total, demand, self.setting.source, range(len(network)))
        return total


_WHOLLY, _IN_PART, _NOT = 2, 1, 0


def _days(distribution: Varying) -> np.ndarray:
    return np.maximum(distribution.quantile(_U), 0.0)
