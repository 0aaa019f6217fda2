"""What stays as it is during one replication: the scenario, its places, goods and customers. It is read by every part of the chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chain.inventory.opening_stock import mean_demand, opening
from sim.chain.network import Network
from sim.scenario.model import Scenario
from sim.stock.abc_classes import sku_classes
from sim.streams import counter_key, counter_uniform
from sim.traffic.assortment import Assortment
from sim.traffic.day_sheet import Traffic


@dataclass(frozen=True)
class Setting:
    """Read-only, and made once a replication; the parts of the chain share it."""

    scenario: Scenario
    replication: int
    network: Network
    traffic: Traffic
    mean_demand: np.ndarray
    """float64[n_locations, n_skus], units a day in an average year."""
    sku_class: np.ndarray
    """str[n_skus]: as SKUs say, else A, B or C by the value they sell in stores."""
    lends: np.ndarray
    """bool[n_stores]: stores whose stock may move to others, or serve the chain's online orders."""

    opening: np.ndarray
    """int64[n_locations, n_skus], units on hand at the start."""
    carried: np.ndarray
    """bool[n_locations, n_skus]: what a location has and orders at all."""

    @classmethod
    def of(cls, scenario: Scenario, replication: int) -> Setting:
        """Work out places, demand and opening stock. Raises `Refusal` for a scenario that cannot be played."""
        network, traffic = Network(scenario), Traffic(scenario)
        in_stores, online = traffic.mean_demand, traffic.mean_online_demand
        demand = mean_demand(scenario, network, in_stores, online)
        units, carried = opening(scenario, replication, network, traffic.assortment, demand)
        return cls(
            scenario,
            replication,
            network,
            traffic,
            mean_demand=demand,
            sku_class=sku_classes(scenario, in_stores.sum(axis=0) * traffic.assortment.price),
            lends=_lends(scenario, replication),
            opening=units,
            carried=carried,
        )

    @property
    def assortment(self) -> Assortment:
        """The SKUs of the traffic, in list order."""
        return self.traffic.assortment


def _lends(scenario: Scenario, replication: int) -> np.ndarray:
    """Franchise stores only by agreement."""
    key = counter_key(scenario.seed, replication, "franchise/agrees")
    agrees = counter_uniform(key, np.arange(len(scenario.stores))) < scenario.transfers.franchise_agrees
    return np.array([store.ownership == "direct" for store in scenario.stores]) | agrees
