"""Prices of stock are the duals of the transport problem, and sourcing by them beats sourcing from the nearest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ext.allocation import Allocator
from sim.stock.dual_prices import MOST_SKUS, MOST_ZONES, stock_prices, zone_groups


def least_cost(stock, demand, ship_cost):
    """Of serving all demand, a unit that nobody ships costing twice the dearest lane."""
    locations, zones = ship_cost.shape
    unmet = 2 * ship_cost[np.isfinite(ship_cost)].max()
    cost = np.vstack([np.where(np.isfinite(ship_cost), ship_cost, unmet), np.full(zones, unmet)])
    supply = np.repeat(np.eye(locations + 1), zones, axis=1)[:locations]
    need = np.tile(np.eye(zones), locations + 1)
    return linprog(cost.ravel(), A_ub=supply, b_ub=stock, A_eq=need, b_eq=demand).fun


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_price_is_what_a_unit_more_or_less_changes(seed):
    """The dual lies between the saving of the next unit and the loss of the last one."""
    rng = np.random.default_rng(seed)
    stock = rng.integers(1, 9, (4, 1))
    demand = rng.random((5, 1)) * 6
    ship_cost = rng.random((4, 5))
    ship_cost[rng.random((4, 5)) < 0.1] = np.inf
    price = stock_prices(stock, demand, ship_cost, cover_below=np.inf)[:, 0]
    now = least_cost(stock[:, 0], demand[:, 0], ship_cost)
    for location in range(4):
        step = np.zeros(4)
        step[location] = 1e-3
        saved = (now - least_cost(stock[:, 0] + step, demand[:, 0], ship_cost)) / 1e-3
        lost = (least_cost(stock[:, 0] - step, demand[:, 0], ship_cost) - now) / 1e-3
        assert saved - 1e-6 <= price[location] <= lost + 1e-6


def test_only_skus_in_short_supply_have_a_price():
    ship_cost = np.array([[1.0, 3.0], [3.0, 1.0]])
    stock = np.array([[5, 5, 0, 5], [20, 95, 0, 5]])
    forecast = np.array([[10.0, 10.0, 10.0, 0.0], [10.0, 10.0, 10.0, 0.0]])
    prices = stock_prices(stock, forecast, ship_cost)
    assert prices[0, 0] == pytest.approx(2.0)
    assert not prices[:, 1:].any()


def test_at_most_so_many_skus_are_priced_the_largest_first():
    stock = np.ones((2, 4), np.int64)
    forecast = np.array([[3.0, 9.0, 4.0, 8.0], [3.0, 9.0, 4.0, 8.0]])
    prices = stock_prices(stock, forecast, np.array([[1.0, 2.0], [2.0, 1.0]]), most_skus=2)
    assert prices.any(axis=0).tolist() == [False, True, False, True]
    assert MOST_SKUS == 500


def test_zones_that_lie_alike_are_grouped():
    rng = np.random.default_rng(2)
    centres = rng.random((10, 2))
    zones = np.repeat(centres, 20, axis=0) + rng.normal(0, 1e-3, (200, 2))
    locations = rng.random((60, 2))
    cost = np.linalg.norm(locations[:, None] - zones[None], axis=2)
    groups = zone_groups(cost)
    assert groups.max() + 1 == MOST_ZONES
    assert all(len(set(groups[i : i + 20])) == 1 for i in range(0, 200, 20))


def test_prices_do_not_depend_on_the_run():
    rng = np.random.default_rng(4)
    case = rng.integers(0, 9, (20, 6)), rng.random((40, 6)) * 3, rng.random((20, 40))
    assert stock_prices(*case).tobytes() == stock_prices(*case).tobytes()


@pytest.mark.parametrize("zones", [8, 60])
def test_sourcing_by_price_closes_most_of_the_gap_to_the_optimum(zones):
    """Orders one by one at as much stock as demand, prices re-solved ten times from a forecast 20 % off."""
    rng = np.random.default_rng(zones)
    locations, units = 20, 2000
    cost = np.linalg.norm(rng.random((locations, 1, 2)) - rng.random((1, zones, 2)), axis=2)
    rate = rng.dirichlet(np.ones(zones))
    zone = rng.choice(zones, units, p=rate).astype(np.int32)
    opening = rng.multinomial(units, rng.dirichlet(np.ones(locations)))[:, None]
    optimum = least_cost(opening[:, 0], np.bincount(zone, minlength=zones), cost)

    def paid(allocator, orders):
        ones = np.ones(len(orders), np.int32)
        sourced = allocator.source_orders(np.arange(len(orders) + 1), ones - 1, ones, zone[orders])
        return cost[sourced.location, zone[orders][sourced.line]].sum()

    nearest = paid(Allocator(opening.copy(), cost, policy="nearest"), np.arange(units))
    stock, price, priced = opening.copy(), np.zeros(opening.shape), 0.0
    allocator = Allocator(stock, cost, policy="priced", price=price)
    for part in np.array_split(np.arange(units), 10):
        forecast = rate * (units - part[0]) * rng.normal(1, 0.2, zones).clip(0)
        price[:] = stock_prices(stock, forecast[:, None], cost)
        priced += paid(allocator, part)
    assert not stock.any()
    assert nearest - priced >= 0.75 * (nearest - optimum) > 0
