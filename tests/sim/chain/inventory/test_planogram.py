"""docs/trading.md 12.2: what a shelf holds."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.inventory.planogram import shelf_capacity
from sim.chain.setting import Setting
from sim.traffic.assortment import skus

varying = st.integers(1, 30) | st.sampled_from(
    [
        {"distribution": "empirical", "values": [1, 2, 3], "weights": [5, 3, 2]},
        {"distribution": "lognormal", "mean": 6, "cv": 0.3},
        {"distribution": "uniform", "low": 1, "high": 9},
    ]
)


@given(
    facing_units=varying,
    least=varying,
    packs=st.floats(0, 40),
    shelf_days=st.floats(0, 60),
    demand=st.lists(st.floats(0, 500), min_size=8, max_size=8),
)
def test_a_shelf_is_the_least_number_of_whole_facings_that_every_rule_allows(
    small, facing_units, least, packs, shelf_days, demand
):
    rule = {"facing_units": facing_units, "least_facings": least, "packs": packs}
    pack, demand = 6, np.array(demand).reshape(4, 2)
    scenario = small(skus={"count": 2, "pack": pack}, replenishment={"shelf_days": shelf_days, "planogram": rule})
    held = shelf_capacity(scenario, skus(scenario), demand)
    bare = shelf_capacity(scenario, skus(scenario), np.zeros((4, 2)))
    assert (bare == bare[0]).all(), "without demand every store has the same shelf"
    assert (held >= np.ceil(shelf_days * demand)).all()
    assert (held >= ceil(packs * pack)).all()
    assert (held >= bare).all()
    if isinstance(facing_units, int) and isinstance(least, int):
        for units, mean in zip(held.flat, demand.flat, strict=True):
            needed = max(ceil(shelf_days * mean), ceil(packs * pack))
            assert units == facing_units * max(ceil(Fraction(needed, facing_units)), least)


def test_slow_movers_have_one_to_three_facings_as_often_as_is_said_and_the_same_in_every_replication(small):
    least = {"distribution": "empirical", "values": [1, 2, 3], "weights": [5, 3, 2]}
    rule = {"shelf_days": 0, "planogram": {"facing_units": 4, "least_facings": least}}
    scenario = small(skus={"count": 3_000}, replenishment=rule)
    first, second = (Setting.of(scenario, replication).shelf_capacity for replication in (0, 1))
    assert (first == second).all()
    shares = np.bincount(first[0] // 4, minlength=4)[1:] / 3_000
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.03)
