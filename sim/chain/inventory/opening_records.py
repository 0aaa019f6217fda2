"""Records at the start of a chain in its stride: off by what has happened since each location's last count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.chain.inventory.opening_stock import Opening
from sim.chain.network import Network
from sim.scenario.model import Scenario
from sim.scenario.opening import listed_stock
from sim.streams import stream

NEVER_COUNTED_DAYS = 365.0
"""For how long the records of SKUs that are not counted have drifted."""


def drifted(
    scenario: Scenario,
    replication: int,
    network: Network,
    opened: Opening,
    demand: np.ndarray,
    sku_class: np.ndarray,
    pack: np.ndarray,
) -> Opening:
    """The opening state, its stock by rule read as the book: what is on hand differs by the errors since the location's last count.

    demand: float64[n_locations, n_skus], units a day; sku_class: str[n_skus]; pack: int64[n_skus].
    Errors are Poisson, by the means of `accuracy`: nothing has been counted, and no gap been noticed, since.
    """
    accuracy, on_hand = scenario.accuracy, opened.on_hand.copy()
    book = opened.on_hand.copy() if opened.book is opened.on_hand else opened.book
    shrinks = np.array([accuracy.shrinkage_classes.get(name, accuracy.shrinkage_share) for name in sku_class.tolist()])
    shrinks += accuracy.damage_share * (1 - accuracy.damage_booked_share)
    every = np.array([float(_interval(scenario, name)) for name in sku_class.tolist()])
    listed = {row.location for row in listed_stock(scenario)}
    for location, code in enumerate(network.codes):
        if code in listed:
            continue
        draw = stream(scenario.seed, replication, f"opening/{code}/records").poisson
        sold = demand[location] * every * location / len(network)
        gap = draw(shrinks * sold) + _either_way(draw, accuracy.misscan_share * sold)
        gap += pack * _either_way(draw, accuracy.receiving_error_share / 2 * sold / pack)
        on_hand[location] = np.maximum(book[location] - np.where(opened.carried[location], gap, 0), 0)
    return replace(opened, on_hand=on_hand, book=book)


def _interval(scenario: Scenario, name: str) -> float:
    every = scenario.accuracy.count_classes.get(name, scenario.accuracy.count_every_days)
    return NEVER_COUNTED_DAYS if every is None else every


def _either_way(draw: Callable[[np.ndarray], np.ndarray], mean: np.ndarray) -> np.ndarray:
    """Errors of both signs, of the same mean each."""
    return draw(mean) - draw(mean)
