"""Baskets in stores where popularity depends on the hour, or SKUs are bought together."""

from __future__ import annotations

from copy import copy

import numpy as np

from sim.clock import DAY_S, HOUR_S
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Varying
from sim.traffic.assortment import Assortment
from sim.traffic.baskets import Popularity, fill, inclusion
from sim.traffic.hourly import Hourly
from sim.traffic.lifts import lifted
from sim.traffic.pairs import Companions, OutOfReach, solve
from sim.traffic.sku_groups import profiles


class StoreBaskets:
    """Fills baskets by the popularity of their hour, then puts companions in."""

    def __init__(self, hourly: Hourly | None, usual: Popularity, companions: Companions | None):
        """Without `companions`, `hourly` is filled by; `usual` where there is neither."""
        self._hourly, self._companions = hourly, companions
        self._popularity = usual if companions is None else Popularity(companions.weight)

    def lifted(self, factor: np.ndarray) -> StoreBaskets:
        """The same with popularity lifted by `factor` float64[n_skus]; companions join as usual."""
        other = copy(self)
        other._hourly = None if self._hourly is None else self._hourly.lifted(factor)
        other._popularity = lifted(self._popularity, factor)
        return other

    def fitting(self, lines: np.ndarray, instant_s: np.ndarray) -> np.ndarray:
        """`lines`, no more of a basket than there are SKUs in its hour."""
        return lines if self._hourly is None else np.minimum(lines, self._hourly.carried[_hour(instant_s)])

    def fill(self, line_start: np.ndarray, instant_s: np.ndarray, key: int) -> np.ndarray:
        """The SKU of each line, int32[lines], without companions."""
        if self._hourly is None:
            return fill(line_start, self._popularity, key)
        return self._hourly.fill(line_start, _hour(instant_s), key)

    def join(self, line_start: np.ndarray, line_sku: np.ndarray, chosen: np.ndarray, key: int) -> None:
        """Put companions into the `chosen` baskets, int64, of `line_sku`."""
        if self._companions is not None:
            self._companions.join(line_start, line_sku, chosen, key)


def store_baskets(
    scenario: Scenario, assortment: Assortment, hours: np.ndarray
) -> tuple[StoreBaskets, Hourly | None] | None:
    """The baskets of stores, and popularity by hour before anything is bought together; None where all is as popularity has it.

    `hours` float64[24] are the shares of customers by hour, all zeros without customers. Raises `Refusal` for a lift that cannot be drawn.
    """
    if not hours.any():
        return None
    weight = assortment.weight
    by_hour = profiles(scenario, hours)
    hourly = None if by_hour is None else Hourly(weight, *by_hour, hours)
    if not scenario.traffic.pairs:
        return None if hourly is None else (StoreBaskets(hourly, Popularity(weight), None), hourly)
    number = {code: n for n, code in enumerate(assortment.code)}
    pairs = []
    for at, pair in enumerate(scenario.traffic.pairs):
        for position, code in enumerate(pair.skus):
            if not weight[number.get(code, 0)] or code not in number:
                refuse_played(
                    scenario, ("traffic", "pairs", at, "skus", position), "the code of a SKU that is bought", code
                )
        pairs.append((number[pair.skus[0]], number[pair.skus[1]], pair.lift))
    try:
        companions = solve(weight, scenario.traffic.basket_lines, pairs, hours, *(by_hour or (None, None)))
    except OutOfReach as error:
        first, expected = next(iter(error.expected.items()))
        refuse_played(scenario, ("traffic", "pairs", first, "lift"), expected, scenario.traffic.pairs[first].lift)
    lowered = None if by_hour is None else Hourly(companions.weight, *by_hour, hours)
    return StoreBaskets(lowered, Popularity(weight), companions), hourly


def _hour(instant_s: np.ndarray) -> np.ndarray:
    return ((instant_s % DAY_S) // HOUR_S).astype(np.int64)


def inclusion_by_store(lines: Varying, usual: Popularity, hourly: Hourly | None, hours: np.ndarray) -> np.ndarray:
    """Mean lines of each SKU in a basket, float64[n_skus], or [stores, n_skus] by the `hours` float64[stores, 24] of each store's customers."""
    return inclusion(lines, usual) if hourly is None else np.einsum("sh,hk->sk", hours, hourly.inclusion(lines))
