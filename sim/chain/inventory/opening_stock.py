"""What lies where when the scenario starts, and which SKUs a location carries at all."""

from __future__ import annotations

import numpy as np

from sim.chain.network import Network
from sim.scenario.model import Scenario
from sim.scenario.opening import listed_stock
from sim.scenario.sections.places import OpeningCover
from sim.stock.policies import in_packs
from sim.streams import stream
from sim.traffic.assortment import Assortment
from sim.traffic.regions import region_shares


def mean_demand(scenario: Scenario, network: Network, in_stores: np.ndarray, online: np.ndarray) -> np.ndarray:
    """Units a day that each location must send out, float64[n_locations, n_skus].

    in_stores: float64[n_stores, n_skus]; online: float64[n_skus]. A warehouse covers its stores, and an equal part of the online orders
    of its region; a region without a warehouse leaves its orders to all warehouses alike.
    """
    demand = np.zeros((len(network), in_stores.shape[1]))
    demand[: network.n_stores] = in_stores
    np.add.at(demand, network.warehouse_of, in_stores)
    shares = region_shares(scenario)
    for region, share in enumerate(shares):
        near = [w for w in network.warehouses if network.region[w] == region] or list(network.warehouses)
        demand[near] += share * online / max(len(near), 1)
    return demand


def opening(
    scenario: Scenario, replication: int, network: Network, assortment: Assortment, demand: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(units int64, carried bool), both [n_locations, n_skus].

    Listed stock: a location carries what it has a row for, be it of 0 units. Stock by rule, where there are no rows: everything somebody asks for.
    """
    given = scenario.opening_stock
    units = np.zeros(demand.shape, dtype=np.int64)
    carried = demand > 0
    rows = listed_stock(scenario)
    if isinstance(given, list):
        carried[:] = False
    else:
        _by_rule(scenario, given, replication, network, demand, units)
        units = np.where(carried, in_packs(units, assortment.pack), 0)
    number = {code: sku for sku, code in enumerate(assortment.code)}
    for location in {row.location for row in rows}:
        units[network.number[location]], carried[network.number[location]] = 0, False
    for row in rows:
        at = network.number[row.location], number[row.sku]
        units[at], carried[at] = row.units, True
    return units, carried


def _by_rule(
    scenario: Scenario,
    rule: OpeningCover,
    replication: int,
    network: Network,
    demand: np.ndarray,
    units: np.ndarray,
) -> None:
    """Fill `units`, int64[n_locations, n_skus], with days of cover, before packs."""
    for location, code in enumerate(network.codes):
        u = stream(scenario.seed, replication, f"opening/{code}").random(demand.shape[1])
        distribution = rule.store_days if network.is_store(location) else rule.warehouse_days
        units[location] = np.ceil(np.maximum(distribution.quantile(u), 0.0) * demand[location])
    stores = slice(0, network.n_stores)
    units[stores] = np.maximum(units[stores], rule.store_least_units)
