"""The shelf of a store that has goods in its back room loses what theory says, in both engines: within three standard errors, none above 1 %.

Between two rounds a shelf is a newsvendor without an order: of demand D it loses what D has beyond the units on it, the Poisson loss function
(Silver, Pyke & Thomas; `distributions.short`). Filled only at or below a level, it is a Markov chain from round to round: an (s,S) policy without
lead time whose demand beyond the stock is lost.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.stock.exact import distributions

from .test_inventory import agree, beyond, play

pytestmark = pytest.mark.parametrize("engine", ["compiled", "simpy"])
A_ROUND, A_DAY = distributions.poisson(2.5), distributions.poisson(10)


def loses(engine: str, expected: float, *overrides: str) -> None:
    """Hold the units that a SKU loses a day against `expected`."""
    shop = play("shelf", f"engine={engine}", *overrides)
    demanded = shop.demanded[1:]
    lost = demanded.sum(axis=0) - (shop.sold[-1] - shop.sold[0])
    agree(lost / len(demanded), expected, *beyond(demanded, 10, 0, 12))


def test_between_two_rounds_a_shelf_loses_the_demand_beyond_its_units(engine):
    loses(engine, 4 * float(distributions.short(A_ROUND, 2)))


def test_a_shelf_whose_turn_comes_once_a_day_loses_the_demand_of_a_day_beyond_its_units(engine):
    """A quarter of the shelves is filled in each round; there is no day on which one of them would not need it, or one in 22,000."""
    rules = ("replenishment.filling.lines_per_round=10", "replenishment.planogram.facing_units=8")
    loses(engine, float(distributions.short(A_DAY, 8)), *rules)


def test_a_shelf_filled_at_or_below_a_share_of_its_units_loses_what_its_markov_chain_does(engine):
    rules = ("replenishment.filling.fill_below_share=0.4", "replenishment.planogram.facing_units=3")
    loses(engine, 4 * lost_in_a_round(A_ROUND, 3, fill_at=1), *rules)


def lost_in_a_round(demand: np.ndarray, capacity: int, fill_at: int) -> float:
    """Mean units lost between two rounds, in the long run, from the chain of units that a round finds on the shelf."""
    filled = np.array([capacity if found <= fill_at else found for found in range(capacity + 1)])
    step = np.zeros((capacity + 1, capacity + 1))
    for found, units in enumerate(filled):
        for wanted, chance in enumerate(demand):
            step[found, max(units - wanted, 0)] += chance
    long_run = np.linalg.matrix_power(step / step.sum(axis=1, keepdims=True), 1_000)[0]
    return float(long_run @ distributions.short(demand, filled))
