"""Shadow mode: what other policies would have done, counted by hand, and nothing moved."""

import numpy as np
import pytest

from ext.allocation import Allocator, kpis, shadow

COST = np.array([[1.0, 9.0], [2.0, 2.0]])
ORDERS = {
    "order_start": np.array([0, 2, 3]),
    "line_sku": np.array([0, 1, 0], np.int32),
    "line_quantity": np.array([1, 2, 4], np.int32),
    "zone": np.array([0, 1], np.int32),
}


def stock():
    return np.array([[1, 0], [4, 2]])


def test_policies_stand_side_by_side_and_nothing_is_committed():
    held = stock()
    nearest = Allocator(held, COST, policy="nearest", parcel_cost=np.array([3.0, 3.0]))
    answers = shadow(
        {"nearest": nearest, "complete": nearest.under("complete")},
        **ORDERS,
        ship_cost=COST,
        parcel_cost=np.array([3.0, 3.0]),
        distance_km=COST * 100,
        weight_kg=np.array([2.0, 0.5]),
        kg_co2e_per_tonne_km=0.2,
    )
    np.testing.assert_array_equal(held, stock())
    # Nearest: SKU 0 from location 0, SKU 1 from 1; then four of SKU 0 from 1.
    assert answers["nearest"]._asdict() == pytest.approx(
        {
            "orders": 2,
            "units": 7,
            "lost_units": 0,
            "parcels": 3,
            "parcels_per_order": 1.5,
            "cost": 1 + 2 * 2 + 4 * 2 + 3 * 3,
            "carbon_kg": 0.2 * (2 * 100 + 2 * 0.5 * 200 + 4 * 2 * 200) / 1000,
        }
    )
    # Complete: the first order whole from location 1, which leaves it three of the four.
    assert answers["complete"].parcels == 3
    assert answers["complete"].cost == 2 + 2 * 2 + 3 * 2 + 1 * 9 + 3 * 3
    assert answers["complete"].lost_units == 0


def test_lost_units_and_orders_without_anything_are_counted():
    empty = np.array([[0, 0], [0, 1]])
    sourced = Allocator(empty, COST).source_orders(*ORDERS.values())
    figures = kpis(sourced, ORDERS["order_start"], ORDERS["zone"], ORDERS["line_sku"], COST)
    assert (figures.orders, figures.units, figures.lost_units, figures.parcels) == (1, 1, 6, 1)
    assert figures.carbon_kg is None


def test_no_orders_are_no_trouble():
    sourced = Allocator(stock(), COST).source_orders(
        np.array([0]), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32)
    )
    figures = kpis(sourced, np.array([0]), np.zeros(0, np.int32), np.zeros(0, np.int32), COST)
    assert figures.parcels_per_order == 0.0
