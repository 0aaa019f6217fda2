"""Sourcing equals its plain reference, whatever the batch, and keeps every promise about stock."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.allocation import POLICIES, Allocator

from . import sourcing_reference as reference

PLENTY = settings(max_examples=300, deadline=None)


@dataclass
class Case:
    """A network and a batch of orders."""

    network: dict
    order_start: np.ndarray
    line_sku: np.ndarray
    line_quantity: np.ndarray
    zone: np.ndarray
    priority: np.ndarray
    ship_complete: np.ndarray

    def arguments(self):
        return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in self.network.items()}

    def orders(self):
        return self.order_start, self.line_sku, self.line_quantity, self.zone

    def flags(self):
        return {"priority": self.priority, "ship_complete": self.ship_complete}


@st.composite
def cases(draw, policies=POLICIES, most_locations=6, most_orders=12, constraints=True, single=False):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    locations = draw(st.integers(1, most_locations))
    skus, zones = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    grid = (locations, skus)
    cost = rng.integers(0, 6, (locations, zones)).astype(float)
    if draw(st.booleans()):
        cost[rng.random(cost.shape) < 0.2] = np.inf
    network = {
        "stock": rng.integers(0, draw(st.integers(1, 6)), grid, dtype=np.int64),
        "ship_cost": cost,
        "policy": draw(st.sampled_from(policies)),
        "price": rng.integers(0, 4, grid).astype(float),
        "parcel_cost": rng.integers(0, 4, locations).astype(float) if draw(st.booleans()) else None,
    }
    if constraints:
        some = {
            "candidates": np.array(
                [np.where(rng.random(locations) < 0.8, rng.permutation(locations), -1) for _ in range(zones)], np.int32
            ),
            "reserved": rng.integers(0, 3, grid, dtype=np.int64),
            "safety_stock": rng.integers(0, 3, grid, dtype=np.int64),
            "protected_share": np.array([0.0, 0.5, 1.0]),
            "capacity": rng.integers(0, 12, locations, dtype=np.int64),
            "balance": rng.random(locations) * 4,
            "markdown": rng.integers(0, 3, locations).astype(float),
            "max_parcels": int(rng.integers(1, 4)),
        }
        network |= {name: value for name, value in some.items() if draw(st.booleans())}
    orders = draw(st.integers(0, most_orders))
    lengths = np.ones(orders, int) if single else rng.integers(0, 5, orders)
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    most_units = draw(st.integers(1, 4))
    return Case(
        network,
        start,
        rng.integers(0, skus, start[-1]).astype(np.int32),
        rng.integers(1, most_units + 1, start[-1]).astype(np.int32),
        rng.integers(0, zones, orders).astype(np.int32),
        rng.integers(0, 3, orders).astype(np.uint8),
        rng.random(orders) < 0.3,
    )


def pieces(sourced):
    return list(zip(sourced.line.tolist(), sourced.location.tolist(), sourced.quantity.tolist(), strict=True))


@PLENTY
@given(cases())
def test_a_batch_equals_the_plain_reference(case):
    expected = reference.Network(**case.arguments())
    wanted, unfilled = reference.source_orders(expected, *case.orders(), case.priority, case.ship_complete)
    arguments = case.arguments()
    sourced = Allocator(**arguments).source_orders(*case.orders(), **case.flags())
    assert pieces(sourced) == wanted
    assert sourced.unfilled.tolist() == unfilled
    np.testing.assert_array_equal(arguments["stock"], expected.stock)
    if arguments.get("capacity") is not None:
        np.testing.assert_array_equal(arguments["capacity"], expected.capacity)


@PLENTY
@given(cases())
def test_one_order_at_a_time_gives_what_the_batch_gives(case):
    arguments = case.arguments()
    batch = Allocator(**arguments)
    wanted = pieces(batch.source_orders(*case.orders(), **case.flags()))
    singly = case.arguments()
    allocator = Allocator(**singly)
    got = []
    for order, zone in enumerate(case.zone.tolist()):
        first, last = case.order_start[order : order + 2].tolist()
        rest = zone, int(case.priority[order]), bool(case.ship_complete[order])
        skus, units = case.line_sku[first:last], case.line_quantity[first:last]
        if last - first == 1:
            answer = [(0, *piece) for piece in allocator.source_line(int(skus[0]), int(units[0]), *rest)]
        elif order % 2:
            answer = allocator.source_basket(skus, units, *rest)
        else:
            answer = allocator.source_basket(skus.tolist(), units.tolist(), *rest)
        got += [(first + line, place, quantity) for line, place, quantity in answer]
    assert got == wanted
    np.testing.assert_array_equal(singly["stock"], arguments["stock"])


@PLENTY
@given(cases(most_orders=30), st.data())
def test_the_result_does_not_depend_on_how_orders_are_cut_into_batches(case, data):
    whole = case.arguments()
    wanted = Allocator(**whole).source_orders(*case.orders(), **case.flags())
    cut = data.draw(st.integers(0, len(case.zone)))
    parts = case.arguments()
    allocator = Allocator(**parts)
    got = []
    for first, last in ((0, cut), (cut, len(case.zone))):
        lines = slice(case.order_start[first], case.order_start[last])
        part = allocator.source_orders(
            case.order_start[first : last + 1] - case.order_start[first],
            case.line_sku[lines],
            case.line_quantity[lines],
            case.zone[first:last],
            priority=case.priority[first:last],
            ship_complete=case.ship_complete[first:last],
        )
        got += [(line + lines.start, place, units) for line, place, units in pieces(part)]
    assert got == pieces(wanted)
    np.testing.assert_array_equal(parts["stock"], whole["stock"])


@PLENTY
@given(cases())
def test_units_are_conserved_and_no_promise_is_broken(case):
    arguments = case.arguments()
    before = case.arguments()
    sourced = Allocator(**arguments).source_orders(*case.orders(), **case.flags())
    taken = np.zeros_like(before["stock"])
    np.add.at(taken, (sourced.location, case.line_sku[sourced.line]), sourced.quantity)
    np.testing.assert_array_equal(before["stock"] - taken, arguments["stock"])
    assert (arguments["stock"] >= 0).all()
    shipped = np.bincount(sourced.line, sourced.quantity, len(case.line_sku)).astype(int)
    np.testing.assert_array_equal(shipped + sourced.unfilled, case.line_quantity)
    order = np.searchsorted(case.order_start, sourced.line, side="right") - 1
    if before.get("reserved") is not None:
        touched = taken > 0
        assert (arguments["stock"][touched] >= before["reserved"][touched]).all()
    if before.get("capacity") is not None:
        np.testing.assert_array_equal(before["capacity"] - taken.sum(axis=1), arguments["capacity"])
        assert (arguments["capacity"] >= 0).all()
    if before.get("max_parcels"):
        parcels = np.unique(np.stack([order, sourced.location]), axis=1)[0]
        assert np.bincount(parcels, minlength=1).max() <= before["max_parcels"]
    for number in np.flatnonzero(case.ship_complete):
        lines = slice(case.order_start[number], case.order_start[number + 1])
        short = sourced.unfilled[lines]
        assert (short == 0).all() or (short == case.line_quantity[lines]).all()


@PLENTY
@given(cases())
def test_a_plan_leaves_everything_as_it_was(case):
    arguments, before = case.arguments(), case.arguments()
    allocator = Allocator(**arguments)
    planned = allocator.source_orders(*case.orders(), **case.flags(), commit=False)
    np.testing.assert_array_equal(arguments["stock"], before["stock"])
    if before.get("capacity") is not None:
        np.testing.assert_array_equal(arguments["capacity"], before["capacity"])
    assert pieces(planned) == pieces(allocator.source_orders(*case.orders(), **case.flags()))


@PLENTY
@given(st.integers(0, 2**32 - 1), st.sampled_from(POLICIES))
def test_a_lower_class_never_starves_a_higher_one(seed, policy):
    """What the safety stock protects for class 0 is still there after any number of orders of classes 1 and 2."""
    rng = np.random.default_rng(seed)
    stock = rng.integers(0, 8, (4, 3), dtype=np.int64)
    safety = rng.integers(0, 4, (4, 3), dtype=np.int64)
    kept = np.minimum(stock, np.ceil(0.5 * safety).astype(int))
    allocator = Allocator(
        stock,
        rng.random((4, 2)),
        policy=policy,
        price=np.zeros((4, 3)),
        safety_stock=safety,
        protected_share=np.array([0.0, 0.5, 1.0]),
    )
    n = 60
    allocator.source_orders(
        np.arange(n + 1),
        rng.integers(0, 3, n).astype(np.int32),
        rng.integers(1, 3, n).astype(np.int32),
        rng.integers(0, 2, n).astype(np.int32),
        priority=rng.integers(1, 3, n).astype(np.uint8),
    )
    assert (stock >= kept).all()
    best = Allocator(stock, np.zeros((4, 1)), safety_stock=safety, protected_share=np.zeros(1))
    for sku in range(3):
        units = int(stock[:, sku].sum())
        if units:
            assert sum(q for _, q in best.source_line(sku, units, 0)) == units


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("locations", [3, 60, 64, 65, 130])
def test_large_batches_take_the_short_cut_and_change_nothing(policy, locations):
    """Batches that look up stocked locations by bit mask answer as orders sourced one at a time do."""
    rng = np.random.default_rng(locations)
    skus, zones, orders = 40, 7, 1500
    stock = rng.integers(0, 4, (locations, skus), dtype=np.int64)
    network = {
        "ship_cost": rng.integers(0, 30, (locations, zones)).astype(float),
        "policy": policy,
        "price": rng.random((locations, skus)),
        "parcel_cost": np.full(locations, 2.0),
        "capacity": np.full(locations, 10**6),
        "reserved": np.zeros_like(stock),
        "safety_stock": np.zeros_like(stock),
    }
    start = np.concatenate([[0], np.cumsum(rng.integers(0, 4, orders))]).astype(np.int64)
    sku = rng.integers(0, skus, start[-1]).astype(np.int32)
    quantity = rng.integers(1, 3, start[-1]).astype(np.int32)
    zone = rng.integers(0, zones, orders).astype(np.int32)
    left, singly = stock.copy(), stock.copy()
    wanted = pieces(Allocator(left, **network).source_orders(start, sku, quantity, zone))
    allocator = Allocator(singly, **network)
    got = []
    for order in range(orders):
        first, last = start[order : order + 2]
        for line, place, units in allocator.source_basket(sku[first:last], quantity[first:last], int(zone[order])):
            got.append((first + line, place, units))
    assert got == wanted
    np.testing.assert_array_equal(left, singly)


@pytest.mark.parametrize("policy", POLICIES)
def test_threads_over_disjoint_skus_give_the_serial_result(policy):
    rng = np.random.default_rng(5)
    locations, skus, zones, n = 20, 200, 10, 40_000
    stock = rng.integers(0, 20, (locations, skus), dtype=np.int64)
    cost, price = rng.random((locations, zones)), rng.random((locations, skus))
    sku = np.sort(rng.integers(0, skus, n)).astype(np.int32)
    zone = rng.integers(0, zones, n).astype(np.int32)
    serial, shared = stock.copy(), stock.copy()
    ones = np.ones(n, np.int32)
    wanted = Allocator(serial, cost, policy=policy, price=price).source_orders(np.arange(n + 1), sku, ones, zone)
    allocator = Allocator(shared, cost, policy=policy, price=price)
    half = int(np.searchsorted(sku, skus // 2))
    got = {}

    def source(name, lines):
        size = lines.stop - lines.start
        got[name] = allocator.source_orders(np.arange(size + 1), sku[lines], ones[lines], zone[lines])

    threads = [
        threading.Thread(target=source, args=("low", slice(0, half))),
        threading.Thread(target=source, args=("high", slice(half, n))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(shared, serial)
    np.testing.assert_array_equal(np.concatenate([got["low"].location, got["high"].location]), wanted.location)
    np.testing.assert_array_equal(np.concatenate([got["low"].line, got["high"].line + half]), wanted.line)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("orders", [1, 400])
def test_an_order_looks_at_the_first_32_locations_that_stock_any_of_its_skus(policy, orders):
    """The 40 nearest have nothing, the next 32 one SKU, the last both: out of sight for a basket of both, not for one SKU."""
    stock = np.zeros((73, 2), np.int64)
    stock[40:72, 0] = 1
    stock[72] = 9
    cost = np.arange(73.0)[:, None]
    allocator = Allocator(stock, cost, policy=policy, price=np.zeros((73, 2)))
    n = np.arange(orders + 1)
    first = np.zeros(orders, np.int32)
    both = allocator.source_orders(
        2 * n, np.tile([0, 1], orders).astype(np.int32), np.ones(2 * orders, np.int32), first
    )
    assert both.location[both.line == 0].tolist() == [40]
    assert both.unfilled[1] == 1
    beyond = allocator.source_orders(n, first + 1, first + 1, first)
    assert set(beyond.location.tolist()) == {72} or stock[72, 1] == 0


def test_output_grows_when_lines_are_split_beyond_the_first_guess():
    stock = np.ones((30, 200), np.int64)
    allocator = Allocator(stock, np.zeros((30, 1)))
    n = 200
    sourced = allocator.source_orders(
        np.arange(n + 1), np.arange(n, dtype=np.int32), np.full(n, 30, np.int32), np.zeros(n, np.int32)
    )
    assert len(sourced.line) == 30 * n
    assert not stock.any()
    assert not sourced.unfilled.any()


def test_an_order_of_many_lines_is_filled():
    rng = np.random.default_rng(3)
    stock = rng.integers(0, 3, (12, 90), dtype=np.int64)
    network = reference.Network(stock.copy(), np.ones((12, 1)), "cheapest")
    skus = rng.integers(0, 90, 300).tolist()
    order = reference.Order(network, skus, [1] * 300, 0, 0)
    answer = Allocator(stock, np.ones((12, 1))).source_basket(skus, [1] * 300, 0)
    assert 300 - sum(q for *_, q in answer) == order.line_by_line().unfilled


def test_what_others_write_between_two_calls_counts():
    stock = np.array([[1], [1]])
    reserved = np.zeros_like(stock)
    price = np.zeros((2, 1))
    allocator = Allocator(stock, np.array([[1.0], [2.0]]), policy="priced", reserved=reserved, price=price)
    assert allocator.source_line(0, 1, 0, commit=False) == [(0, 1)]
    price[0, 0] = 5.0
    assert allocator.source_line(0, 1, 0, commit=False) == [(1, 1)]
    reserved[1, 0] = 1
    assert allocator.source_line(0, 1, 0, commit=False) == [(0, 1)]
    stock[0, 0] = 0
    assert allocator.source_line(0, 1, 0) == []


def test_balance_spares_the_last_unit_and_markdown_draws():
    stock = np.array([[1], [9]])
    cost = np.array([[1.0], [1.5]])
    assert Allocator(stock, cost).source_line(0, 1, 0, commit=False) == [(0, 1)]
    assert Allocator(stock, cost, balance=np.array([1.0, 1.0])).source_line(0, 1, 0, commit=False) == [(1, 1)]
    assert Allocator(stock, cost, markdown=np.array([0.0, 1.0])).source_line(0, 1, 0, commit=False) == [(1, 1)]
