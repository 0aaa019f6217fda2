"""An order is open from placed until its last parcel is handed over, or until it is known that none has anything in it."""

from __future__ import annotations

import numpy as np

from sim.chain.online.open_orders import Orders


def placed(orders: Orders, n: int) -> np.ndarray:
    """n orders of minute 1, delivered in 100 s."""
    return orders.place(np.full(n, 60.0), np.arange(n), np.full(n, 100.0))


def test_orders_are_numbered_through_and_stay_open_until_sourced():
    orders = Orders()
    assert placed(orders, 2).tolist() == [0, 1]
    assert placed(orders, 1).tolist() == [2]
    assert len(orders.close(1e9).number) == 0
    assert len(orders) == 3


def test_an_order_is_over_when_its_last_parcel_comes():
    orders = Orders()
    number = placed(orders, 2)
    orders.source(number, np.array([0, 0, 1]), 120.0)
    orders.pick(np.array([0, 1]), np.array([5, 1]), np.array([200.0, 210.0]))
    assert orders.close(309.0).number.tolist() == []
    over = orders.close(310.0)
    assert (over.number.tolist(), over.closes_s.tolist(), over.units.tolist()) == ([1], [310.0], [1])
    orders.pick(np.array([0]), np.array([2]), np.array([700.0]))
    over = orders.close(800.0)
    assert (over.number.tolist(), over.closes_s.tolist(), over.units.tolist()) == ([0], [800.0], [7])
    assert len(orders) == 0


def test_an_order_with_nothing_in_it_is_over_at_once():
    """Number 0 is given no parcel; the only one of number 1 is found empty when it is picked."""
    orders = Orders()
    orders.source(placed(orders, 2), np.array([1]), 120.0)
    orders.pick(np.array([1]), np.array([0]), np.array([500.0]))
    over = orders.close(500.0)
    assert (over.closes_s.tolist(), over.units.tolist()) == ([120.0, 500.0], [0, 0])


def test_an_empty_parcel_does_not_hold_up_the_rest():
    orders = Orders()
    orders.source(placed(orders, 1), np.array([0, 0]), 120.0)
    orders.pick(np.array([0, 0]), np.array([3, 0]), np.array([200.0, 250.0]))
    assert orders.close(1e9).closes_s.tolist() == [300.0]


def test_what_is_closed_moves_no_other_orders_number():
    orders = Orders()
    first = placed(orders, 3)
    orders.source(first[:2], np.empty(0, dtype=np.int64), 100.0)
    assert orders.close(100.0).number.tolist() == [0, 1]
    assert placed(orders, 1).tolist() == [3]
    assert orders.of(np.array([3, 2])).number.tolist() == [3, 2]
