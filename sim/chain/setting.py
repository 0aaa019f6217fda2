"""The constants of one replication: the scenario, its places, goods and customers. Every part of the chain reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.chain.inventory.opening_records import drifted
from sim.chain.inventory.opening_stock import Opening, mean_demand, opening
from sim.chain.inventory.planogram import shelf_capacity
from sim.chain.network import Network
from sim.chain.supply.opening_spells import run_down
from sim.scenario.model import Scenario
from sim.scenario.sections.places import OpeningCover
from sim.stock.abc_classes import sku_classes
from sim.streams import counter_key, counter_uniform
from sim.traffic.assortment import Assortment
from sim.traffic.day_sheet import Traffic
from sim.traffic.price_list import PriceList


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
    """str[n_skus]: as configured for the SKU, else A, B or C by sales value in stores."""
    lends: np.ndarray
    """bool[n_stores]: stores whose stock may move to others, or serve the chain's online orders."""
    source: np.ndarray
    """int64[n_locations, n_skus]: the location whose stock a SKU at a location is ordered from; −1: its supplier."""

    opening: Opening
    """The state at the start."""
    prices: PriceList

    @classmethod
    def of(cls, scenario: Scenario, replication: int) -> Setting:
        """Compute places, demand and opening stock. Raises `Refusal` for a scenario that cannot be played."""
        network, traffic = Network(scenario), Traffic(scenario)
        in_stores, online = traffic.mean_demand, traffic.mean_online_demand
        source = network.source(traffic.assortment.supplier)
        demand = mean_demand(scenario, network, source, in_stores, online)
        classes = sku_classes(scenario, in_stores.sum(axis=0) * traffic.assortment.price)
        opened = opening(scenario, replication, network, traffic.assortment, source, demand, classes)
        if isinstance(scenario.opening_stock, OpeningCover) and scenario.opening_stock.in_stride:
            opened = run_down(scenario, replication, network, opened, source, traffic.assortment.supplier, demand)
            opened = drifted(scenario, replication, network, opened, demand, classes, traffic.assortment.pack)
        return cls(
            scenario,
            replication,
            network,
            traffic,
            mean_demand=demand,
            sku_class=classes,
            lends=_lends(scenario, replication),
            source=source,
            opening=opened,
            prices=PriceList(scenario, traffic.assortment),
        )

    @property
    def carried(self) -> np.ndarray:
        """bool[n_locations, n_skus]: whether a location stocks and orders the SKU."""
        return self.opening.carried

    @property
    def assortment(self) -> Assortment:
        """The SKUs of the traffic, in list order, at the prices of the start; `prices` has those of every day."""
        return self.traffic.assortment

    @cached_property
    def shelf_capacity(self) -> np.ndarray:
        """int64[n_stores, n_skus], units that a refill fills each shelf up to."""
        return shelf_capacity(self.scenario, self.assortment, self.traffic.mean_demand)


def _lends(scenario: Scenario, replication: int) -> np.ndarray:
    """bool[n_stores]: all direct stores, and franchise stores that agree."""
    key = counter_key(scenario.seed, replication, "franchise/agrees")
    agrees = counter_uniform(key, np.arange(len(scenario.stores))) < scenario.transfers.franchise_agrees
    return np.array([store.ownership == "direct" for store in scenario.stores]) | agrees
