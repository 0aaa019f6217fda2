"""Stock at the start of a chain in its stride: run down where suppliers have been out of a SKU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.chain.inventory.opening_stock import Opening
from sim.chain.network import Network
from sim.chain.supply.availability import Availability
from sim.chain.supply.disruptions import down_since_days
from sim.scenario.model import Scenario
from sim.scenario.opening import listed_stock


def run_down(
    scenario: Scenario,
    replication: int,
    network: Network,
    opened: Opening,
    source: np.ndarray,
    supplier: np.ndarray,
    demand: np.ndarray,
) -> Opening:
    """The opening state, its stock by rule read as that at the start of each spell without supply: mean demand since then is gone.

    source: `Setting.source`; supplier: int[n_skus]; demand: float64[n_locations, n_skus], units a day. A spell reaches a location that a
    warehouse feeds when that warehouse has none left.
    """
    seed = scenario.seed
    down_days = np.array([down_since_days(each, seed, replication) for each in scenario.suppliers])[supplier]
    out_days = np.maximum(Availability(scenario, replication, supplier).out_since_days(), down_days)
    listed = {row.location for row in listed_stock(scenario)}
    on_hand = opened.on_hand.copy()
    without_days: dict[int, np.ndarray] = {}
    for location in (*reversed(network.inwards), *network.stores):
        feeder = int(network.fed_by[location])
        days = out_days if feeder < 0 else np.where(source[location] >= 0, without_days[feeder], out_days)
        units = on_hand[location]
        left = units - np.floor(days * demand[location]).astype(np.int64)
        if not network.is_store(location):
            lasts_days = np.divide(units, demand[location], out=np.full(len(days), np.inf), where=demand[location] > 0)
            without_days[location] = np.maximum(days - lasts_days, 0.0)
        if network.codes[location] not in listed:
            on_hand[location] = np.maximum(left, 0)
    return replace(opened, on_hand=on_hand, book=on_hand if opened.book is opened.on_hand else opened.book)
