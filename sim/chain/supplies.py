"""Where each location's goods come from, how long they take, and what part of its warehouse's demand is a store's."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim.scenario.distributions import Constant, Varying

_U = (np.arange(400) + 0.5) / 400


class Supplies:
    def __init__(self, chain):
        self.chain = chain
        network = chain.network
        self.warehouse = np.full(len(network), -1, dtype=np.int64)
        """int64[locations]: the warehouse that serves a store, −1 for warehouses, which suppliers serve."""
        self.warehouse[: network.n_stores] = network.warehouse_of

    @cached_property
    def lead_times(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the lead time in days, float64[locations, skus] each."""
        chain, network = self.chain, self.chain.network
        mean, sd = (np.zeros(chain.mean_demand.shape) for _ in range(2))
        for location, code in enumerate(network.codes):
            source = self.warehouse[location]
            if source >= 0:
                law = network.lead_time_days(network.codes[source], code, Constant(value=0))
                mean[location], sd[location] = _moments(law)
            else:
                laws = [network.lead_time_days(s.code, code, s.lead_time_days) for s in chain.scenario.suppliers]
                moments = np.array([_moments(law) for law in laws])
                mean[location], sd[location] = moments[chain.assortment.supplier].T
        return mean, sd

    @cached_property
    def share(self) -> np.ndarray:
        """float64[locations, skus]: of the demand of all stores that the same warehouse serves."""
        network, demand = self.chain.network, self.chain.mean_demand
        total = np.zeros_like(demand)
        np.add.at(total, network.warehouse_of, demand[: network.n_stores])
        share = np.zeros_like(demand)
        served = total[network.warehouse_of]
        share[: network.n_stores] = demand[: network.n_stores] / np.where(served > 0, served, 1.0)
        return share


def _moments(law: Varying) -> tuple[float, float]:
    days = np.maximum(law.quantile(_U), 0.0)
    return float(days.mean()), float(days.std())
