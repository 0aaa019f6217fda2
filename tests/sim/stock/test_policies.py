"""Policies against references that order one SKU at a time, as a clerk would."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.sections import policies as said
from sim.stock.policies import BaseStock, MinMax, Nothing, ReorderQuantity, ReorderUpTo, Review, in_packs, policy

positions = st.integers(-50, 200)
demands = st.floats(0, 40)
cells = st.lists(st.tuples(positions, demands), min_size=1, max_size=12)


def ordered(rule, cells):
    position, demand = np.array([p for p, _ in cells]), np.array([d for _, d in cells])
    return rule.order(Review(position, demand)).tolist()


@given(cells, st.floats(0, 10), st.floats(0.1, 10))
def test_min_max_orders_up_to_most_days_once_at_least_days(cells, least, more):
    def clerk(position, demand):
        if position > least * demand:
            return 0
        return max(math.ceil((least + more) * demand) - position, 0)

    assert ordered(MinMax(least, least + more), cells) == [clerk(*cell) for cell in cells]


@given(cells, st.integers(-5, 60), st.integers(1, 60))
def test_s_S_orders_up_to_S_at_or_below_s(cells, s, more):
    assert ordered(ReorderUpTo(s, s + more), cells) == [s + more - p if p <= s else 0 for p, _ in cells]


@given(cells, st.integers(-5, 60), st.integers(1, 30))
def test_r_Q_orders_the_fewest_Qs_that_lift_it_above_r(cells, r, Q):
    def clerk(position, _):
        quantity = 0
        while position + quantity <= r:
            quantity += Q
        return quantity

    assert ordered(ReorderQuantity(r, Q), cells) == [clerk(*cell) for cell in cells]


@given(cells, st.integers(0, 60))
def test_base_stock_in_units_orders_what_is_missing(cells, units):
    assert ordered(BaseStock(units=units), cells) == [max(units - p, 0) for p, _ in cells]


@given(cells, st.floats(0, 20))
def test_base_stock_in_days_follows_demand(cells, days):
    assert ordered(BaseStock(days=days), cells) == [max(math.ceil(days * d) - p, 0) for p, d in cells]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 24)), min_size=1))
def test_orders_are_rounded_up_to_whole_packs(cells):
    units, pack = np.array(cells).T
    assert in_packs(units, pack).tolist() == [math.ceil(u / p) * p for u, p in cells]


@pytest.mark.parametrize(
    ("said", "made"),
    [
        (said.MinMax(policy="min_max", least_days=4, most_days=8), MinMax(4, 8)),
        (said.ReorderUpTo(policy="s_S", s=3, S=9), ReorderUpTo(3, 9)),
        (said.ReorderQuantity(policy="r_Q", r=3, Q=12), ReorderQuantity(3, 12)),
        (said.BaseStock(policy="base_stock", days=5), BaseStock(days=5)),
        (said.NoReplenishment(policy="none"), Nothing()),
    ],
)
def test_a_scenario_names_its_policy(said, made):
    assert policy(said) == made
