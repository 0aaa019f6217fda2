"""The ledger conserves units under any sequence of its verbs, and says so when somebody goes round them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sim.stock.ledger import ALL, StockLedger
from sim.stock.policies import in_packs

LOCATIONS, SKUS = 3, 4
places = st.integers(0, LOCATIONS - 1)
skus = st.integers(0, SKUS - 1)
some = st.integers(0, 6)
several = st.lists(places, unique=True, min_size=1).map(np.array)
"""Locations, each once."""
rows = st.lists(some, min_size=SKUS, max_size=SKUS).map(lambda units: np.array(units, dtype=np.int64))
tables = st.lists(rows, min_size=LOCATIONS, max_size=LOCATIONS).map(np.array)


class Conservation(RuleBasedStateMachine):
    """Every verb in any order; beside the ledger a plain account of the units that ought to be in the chain."""

    def __init__(self):
        super().__init__()
        opening = np.arange(LOCATIONS * SKUS).reshape(LOCATIONS, SKUS) % 9
        self.ledger = StockLedger(LOCATIONS, SKUS, opening)
        self.units = opening.sum(axis=0)

    @rule(location=places, sku=skus, units=some)
    def take(self, location, sku, units):
        had = int(self.ledger.shelf[location, sku])
        assert self.ledger.take(location, sku, units) == min(had, units)

    @rule(location=places, sku=skus, units=some)
    def put_back(self, location, sku, units):
        self.ledger.put_back(location, sku, min(units, int(self.ledger.in_baskets[location, sku])))

    @rule(location=places, sku=skus, units=some)
    def sell(self, location, sku, units):
        units = min(units, int(self.ledger.in_baskets[location, sku]))
        self.ledger.sell(location, sku, units)
        self.units[sku] -= units

    @rule(location=places, sku=skus, units=some)
    def return_units(self, location, sku, units):
        self.ledger.return_units(location, np.array([sku]), np.array([units]))
        self.units[sku] += units

    @rule(location=places, capacity=rows)
    def refill(self, location, capacity):
        shelf = self.ledger.shelf[location].copy()
        self.ledger.refill(location, capacity)
        assert (self.ledger.shelf[location] >= shelf).all()

    @rule(location=places, sku=skus, units=some)
    def owe(self, location, sku, units):
        self.ledger.owe(location, sku, units)

    @rule(location=places)
    def settle(self, location):
        self.units -= self.ledger.settle(location)

    @rule(
        locations=several,
        wanted=tables,
        pack=rows.map(lambda units: units + 1),
        carried=st.lists(st.booleans(), min_size=SKUS, max_size=SKUS),
    )
    def order(self, locations, wanted, pack, carried):
        position = self.ledger.position(locations)
        wanted, carried = wanted[: len(locations)], np.tile(np.array(carried), (LOCATIONS, 1))
        ordered, lines, units = self.ledger.order(locations, wanted, pack, carried)
        assert (ordered == np.where(carried[locations], in_packs(wanted, pack), 0)).all()
        assert lines.tolist() == np.count_nonzero(ordered, axis=1).tolist()
        assert units.tolist() == ordered.sum(axis=1).tolist()
        assert (self.ledger.position(locations) == position + ordered).all()

    @rule(origin=places, destinations=several, units=tables)
    def dispatch(self, origin, destinations, units):
        had, asked = self.ledger.physical[origin].copy(), units[: len(destinations)]
        units = asked.copy()
        moved = self.ledger.dispatch(origin, destinations, units)
        assert (units.sum(axis=0) == np.minimum(had, asked.sum(axis=0))).all()
        assert moved.tolist() == units.sum(axis=1).tolist()

    @rule(destinations=several, units=tables)
    def arrive(self, destinations, units):
        units = np.minimum(units[: len(destinations)], self.ledger.in_transit[destinations])
        assert self.ledger.arrive(destinations, units).tolist() == units.sum(axis=1).tolist()

    @rule(origin=places, destinations=several, wanted=tables, behind=st.booleans())
    def missend(self, origin, destinations, wanted, behind):
        had, book = self.ledger.physical[origin].copy(), self.ledger.book.copy()
        wanted = wanted[: len(destinations)]
        surplus = -np.minimum(wanted, self.ledger.in_transit[destinations]) if behind else wanted
        sent = self.ledger.missend(origin, destinations, surplus)
        assert sent.sum(axis=0).tolist() == np.minimum(surplus.sum(axis=0), had).tolist()
        assert (self.ledger.book == book).all()

    @rule(destinations=several, units=tables, on_papers=tables)
    def arrive_with_other_units_than_on_the_papers(self, destinations, units, on_papers):
        came = np.minimum(units[: len(destinations)], self.ledger.in_transit[destinations])
        on_papers, book = on_papers[: len(destinations)], self.ledger.book[destinations].copy()
        found = self.ledger.arrive(destinations, on_papers, came - on_papers)
        assert found.tolist() == came.sum(axis=1).tolist()
        assert (self.ledger.book[destinations] == book + on_papers).all()

    @rule(locations=several, units=tables, on_papers=tables)
    def receive_with_other_units_than_on_the_papers(self, locations, units, on_papers):
        units, on_papers = units[: len(locations)], on_papers[: len(locations)]
        book = self.ledger.book[locations].copy()
        assert (self.ledger.receive(locations, on_papers, on_papers, units - on_papers) == units.sum(axis=1)).all()
        assert (self.ledger.book[locations] == book + on_papers).all()
        self.units += units.sum(axis=0)

    @rule(location=places, units=rows)
    def write_off(self, location, units):
        self.units -= self.ledger.write_off(location, units)

    @rule(locations=several, units=tables)
    def receive(self, locations, units):
        units = units[: len(locations)]
        self.ledger.receive(locations, units, units)
        self.units += units.sum(axis=0)

    @rule(location=places, units=rows)
    def reserve(self, location, units):
        self.ledger.reserve(location, ALL, units)

    @rule(lines=st.lists(st.tuples(places, skus, some), min_size=1))
    def pick_lines(self, lines):
        """Orders of several locations, some of them for the same SKUs: each gets what those before it left."""
        location, sku, units = np.array(lines).T
        had = self.ledger.physical.copy()
        expected = []
        self.ledger.reserve_lines(location, sku, units)
        for place, number, wanted in lines:
            expected.append(min(wanted, had[place, number]))
            had[place, number] -= expected[-1]
        assert self.ledger.pick_lines(location, sku, units).tolist() == expected
        np.subtract.at(self.units, sku, expected)

    @rule(location=places)
    def release_all(self, location):
        self.ledger.release(location, ALL, self.ledger.reserved[location].copy())
        assert not self.ledger.reserved[location].any()

    @rule(location=places)
    def sync(self, location):
        self.ledger.sync(location)
        assert not self.ledger.unsynced[location].any()

    @rule(units=st.lists(st.tuples(places, skus), min_size=1).map(np.array))
    def shrink(self, units):
        before = self.ledger.shrunk.sum(axis=0)
        gone = self.ledger.shrink(*units.T)[2]
        self.units -= self.ledger.shrunk.sum(axis=0) - before
        assert gone.sum() == (self.ledger.shrunk.sum(axis=0) - before).sum()

    @rule(units=st.lists(st.tuples(places, skus, skus), min_size=1).map(np.array))
    def misscan(self, units):
        total = self.ledger.book.sum(axis=1)
        self.ledger.misscan(*units.T)
        assert (self.ledger.book.sum(axis=1) == total).all()

    @precondition(lambda self: not self.ledger.in_baskets.any())
    @rule(location=places)
    def count(self, location):
        self.ledger.sync(location)
        self.ledger.count(location)
        assert (self.ledger.book[location] == self.ledger.physical[location]).all()

    @invariant()
    def units_are_conserved(self):
        self.ledger.check()
        held = self.ledger.physical + self.ledger.in_baskets + self.ledger.in_transit
        assert (held.sum(axis=0) == self.units).all()


TestAnySequenceOfVerbsConserves = Conservation.TestCase
TestAnySequenceOfVerbsConserves.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(array=st.sampled_from(["physical", "in_baskets", "in_transit", "sold", "shrunk", "received"]), sku=skus)
def test_check_catches_a_unit_that_went_round_the_verbs(array, sku):
    ledger = StockLedger(LOCATIONS, SKUS, np.full((LOCATIONS, SKUS), 5))
    getattr(ledger, array)[1, sku] += 1
    with pytest.raises(AssertionError, match=f"SKU {sku}"):
        ledger.check()


def test_check_catches_a_shelf_that_holds_more_than_its_location():
    ledger = StockLedger(1, 1, np.array([[5]]))
    ledger.shelf[0, 0] = 6
    with pytest.raises(AssertionError, match="shelf"):
        ledger.check()


def test_nothing_leaves_a_basket_that_was_not_taken():
    ledger = StockLedger(1, 1, np.array([[5]]))
    ledger.refill(0, np.array([5]))
    ledger.take(0, 0, 2)
    with pytest.raises(ValueError, match="hold 2"):
        ledger.sell(0, 0, 3)
    with pytest.raises(ValueError, match="hold 2"):
        ledger.put_back(0, 0, 3)


def test_no_more_arrives_than_is_on_the_way():
    ledger = StockLedger(2, 1, np.array([[5], [0]]))
    ledger.dispatch(0, np.array([1]), np.array([[3]]))
    with pytest.raises(ValueError, match="in transit"):
        ledger.arrive(np.array([1]), np.array([[4]]))


def test_the_book_hears_of_sales_when_it_is_synced():
    ledger = StockLedger(1, 1, np.array([[5]]))
    ledger.refill(0, np.array([5]))
    ledger.sell(0, 0, ledger.take(0, 0, 2))
    assert (ledger.physical[0, 0], ledger.book[0, 0]) == (3, 5)
    ledger.sync(0)
    assert ledger.book[0, 0] == 3


def test_a_count_finds_what_shrinkage_and_misscans_left():
    ledger = StockLedger(1, 3, np.array([[10, 10, 10]]))
    ledger.shrink(np.array([0, 0]), np.array([0, 0]))
    ledger.misscan(np.array([0]), np.array([1]), np.array([2]))
    assert ledger.book.tolist() == [[10, 11, 9]]
    assert ledger.count(0) == 2 + 1 + 1
    assert ledger.book.tolist() == ledger.physical.tolist()


def test_a_picker_who_finds_too_little_puts_the_book_right():
    ledger = StockLedger(1, 1, np.array([[5]]))
    ledger.shrink(np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64))
    ledger.reserve(0, ALL, np.array([3]))
    assert ledger.pick_lines(0, np.array([0]), np.array([3])) == [1]
    assert (ledger.book[0, 0], ledger.reserved[0, 0], ledger.sold[0, 0]) == (0, 0, 1)


def test_goods_leave_the_back_room_before_the_shelf():
    ledger = StockLedger(2, 1, np.array([[10], [0]]))
    ledger.refill(0, np.array([4]))
    ledger.dispatch(0, np.array([1]), np.array([[5]]))
    assert ledger.shelf[0, 0] == 4
    ledger.dispatch(0, np.array([1]), np.array([[3]]))
    assert ledger.shelf[0, 0] == 2
