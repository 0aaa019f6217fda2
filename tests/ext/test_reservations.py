"""Reservations conserve units through any sequence of events, in batches and one at a time alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.allocation import Allocator, Reservations, available_to_promise, earliest_period

PLENTY = settings(max_examples=300, deadline=None)


class Plain:
    """The same life cycle over dictionaries."""

    def __init__(self, stock):
        self.stock = {cell: int(units) for cell, units in np.ndenumerate(stock)}
        self.reserved = dict.fromkeys(self.stock, 0)
        self.held = {}

    def reserve(self, number, cell, units, expires_s):
        if self.stock[cell] - self.reserved[cell] < units:
            assert number == -1
            return
        assert number >= 0
        assert number not in self.held
        self.reserved[cell] += units
        self.held[number] = (cell, units, expires_s)

    def end(self, number, shipped):
        cell, units, _ = self.held.pop(number)
        self.reserved[cell] -= units
        if shipped:
            self.stock[cell] -= units

    def due(self, now_s):
        return sorted(number for number, (*_, expires_s) in self.held.items() if expires_s <= now_s)


@PLENTY
@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from("rrrrbclexst"), max_size=40))
def test_any_sequence_of_events_conserves_units(seed, events):
    """Reserve singly and in batches, commit, release, expire, ship, receive and count, transfer: as in the plain ledger."""
    rng = np.random.default_rng(seed)
    stock = rng.integers(0, 9, (3, 2), dtype=np.int64)
    reserved = np.zeros_like(stock)
    book, plain = Reservations(stock, reserved), Plain(stock)
    shipper = Allocator(stock, np.ones((3, 1)), reserved=reserved)
    now_s, shipped, received, opening = 0.0, 0, 0, int(stock.sum())
    for event in events:
        now_s += float(rng.integers(0, 4))
        location, sku = int(rng.integers(3)), int(rng.integers(2))
        some = sorted(plain.held)[: int(rng.integers(0, 3))]
        if event == "r":
            units, expires_s = int(rng.integers(1, 5)), now_s + float(rng.integers(1, 9))
            plain.reserve(book.reserve_line(location, sku, units, expires_s), (location, sku), units, expires_s)
        elif event == "b":
            n = int(rng.integers(0, 5))
            lines = [rng.integers(0, 3, n), rng.integers(0, 2, n), rng.integers(1, 4, n)]
            until = now_s + rng.integers(1, 9, n)
            numbers = book.reserve(*(column.astype(np.int32) for column in lines), until.astype(float))
            for number, at, of, units, expires_s in zip(numbers.tolist(), *lines, until, strict=True):
                plain.reserve(number, (int(at), int(of)), int(units), float(expires_s))
        elif event in "cl":
            (book.commit if event == "c" else book.release)(np.array(some, np.int64))
            for number in some:
                shipped += plain.held[number][1] if event == "c" else 0
                plain.end(number, event == "c")
        elif event == "e":
            due = plain.due(now_s)
            assert book.expire(now_s).tolist() == due
            for number in due:
                plain.end(number, False)
        elif event == "s":
            for at, units in shipper.source_line(sku, int(rng.integers(1, 5)), 0):
                plain.stock[at, sku] -= units
                shipped += units
        elif event == "t":
            units = min(2, int(stock[location, sku] - reserved[location, sku]))
            stock[location, sku] -= units
            stock[(location + 1) % 3, sku] += units
            plain.stock[location, sku] -= units
            plain.stock[(location + 1) % 3, sku] += units
        else:
            stock[location, sku] += 3
            plain.stock[location, sku] += 3
            received += 3
        assert {cell: int(units) for cell, units in np.ndenumerate(stock)} == plain.stock
        assert {cell: int(units) for cell, units in np.ndenumerate(reserved)} == plain.reserved
        assert len(book) == len(plain.held)
        assert (reserved >= 0).all()
        assert (stock >= reserved).all()
        assert opening + received == shipped + int(stock.sum())


def test_a_plan_reserved_then_committed_is_a_shipment():
    stock = np.array([[2, 1], [5, 5]])
    direct = stock.copy()
    reserved = np.zeros_like(stock)
    orders = np.array([0, 2]), np.array([0, 1], np.int32), np.array([3, 2], np.int32), np.array([0], np.int32)
    cost = np.array([[1.0], [2.0]])
    Allocator(direct, cost).source_orders(*orders)
    plan = Allocator(stock, cost, reserved=reserved).source_orders(*orders, commit=False)
    book = Reservations(stock, reserved)
    numbers = book.reserve(plan.location, orders[1][plan.line], plan.quantity)
    assert (numbers >= 0).all()
    assert reserved.sum() == 5
    book.commit(numbers)
    np.testing.assert_array_equal(stock, direct)
    assert not reserved.any()


def test_a_promise_looks_ahead():
    """Three on hand, five come in period 2, four already promised for period 1: only what breaks no promise is free."""
    stock, reserved = np.array([[4]]), np.array([[1]])
    receipts = np.array([0, 0, 5, 0]).reshape(4, 1, 1)
    committed = np.array([0, 2, 0, 1]).reshape(4, 1, 1)
    promisable = available_to_promise(stock, reserved, receipts, committed)
    assert promisable.ravel().tolist() == [1, 1, 5, 5]
    assert earliest_period(promisable, 0, 0, 1) == 0
    assert earliest_period(promisable, 0, 0, 4) == 2
    assert earliest_period(promisable, 0, 0, 6) == -1


@PLENTY
@given(st.integers(0, 2**32 - 1))
def test_promising_what_is_available_to_promise_never_runs_dry(seed):
    rng = np.random.default_rng(seed)
    stock = rng.integers(0, 6, (1, 1), dtype=np.int64)
    receipts = rng.integers(0, 4, (5, 1, 1), dtype=np.int64)
    committed = np.zeros_like(receipts)
    for _ in range(6):
        period = int(rng.integers(5))
        promisable = available_to_promise(stock, np.zeros_like(stock), receipts, committed)
        committed[period] += min(int(promisable[period, 0, 0]), int(rng.integers(0, 4)))
        assert (stock[0, 0] + np.cumsum(receipts - committed) >= 0).all()


def test_bad_arguments_are_refused_by_name_and_index():
    stock = np.ones((2, 2), np.int64)
    book = Reservations(stock, np.zeros_like(stock))
    one = np.zeros(1, np.int32)
    with pytest.raises(ValueError, match=r"location\[0\] is 2"):
        book.reserve(one + 2, one, one + 1)
    with pytest.raises(ValueError, match=r"quantity\[0\] is 0"):
        book.reserve(one, one, one)
    with pytest.raises(ValueError, match=r"expires_s\[0\] is nan"):
        book.reserve(one, one, one + 1, np.array([np.nan]))
    with pytest.raises(ValueError, match="sku is 5"):
        book.reserve_line(0, 5, 1)
    number = book.reserve_line(0, 0, 1)
    book.commit(np.array([number]))
    with pytest.raises(ValueError, match=r"numbers\[0\] is 0: is not an open reservation"):
        book.release(np.array([number]))
    with pytest.raises(ValueError, match=r"numbers\[0\] is 7"):
        book.commit(np.array([7]))
    number = book.reserve_line(1, 1, 1)
    with pytest.raises(ValueError, match="numbers names a reservation twice"):
        book.commit(np.array([number, number]))
    with pytest.raises(ValueError, match="reserved must have shape"):
        Reservations(stock, np.zeros((1, 2), np.int64))
