"""Each verb of the ledger changes the accounts that its docstring names, by the units it moved, in its own cells, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from sim.stock.ledger import StockLedger

ACCOUNTS = (
    "physical", "shelf", "in_baskets", "in_transit", "on_order", "book", "unsynced", "reserved", "owed",
    "received", "returned", "sold", "shrunk", "written_off",
)  # fmt: skip
HERE, OTHER = 1, 2
"""A location that is neither the first nor the last, and one that goods come from."""
SKU = 2


def in_use() -> StockLedger:
    """Three locations of four SKUs in which every account of every cell holds units, each cell others."""
    ledger = StockLedger(3, 4, 40 + np.arange(12).reshape(3, 4))
    cell = np.arange(12).reshape(3, 4)
    for location in range(3):
        ledger.refill(location, np.full(4, 20 + location))
        for sku in range(4):
            ledger.take(location, sku, 9)
            ledger.sell(location, sku, 3)
            ledger.owe(location, sku, 1 + location)
            ledger.return_units(location, [sku], [2])
        ledger.reserve(location, slice(None), 5 + cell[location])
        ledger.expect(location, 30 + cell[location])
    ledger.dispatch(0, np.array([1, 2]), np.full((2, 4), 4))
    ledger.shrink(np.repeat([0, 1, 2], 4), np.tile(np.arange(4), 3))
    ledger.check()
    return ledger


def state(ledger: StockLedger) -> dict[str, np.ndarray]:
    return {name: getattr(ledger, name).copy() for name in ACCOUNTS}


def row(units: int) -> np.ndarray:
    """Units of one SKU as a whole row."""
    return units * (np.arange(4) == SKU)


POSTINGS = {
    "take": (lambda led: led.take(HERE, SKU, 4), {"shelf": -4, "physical": -4, "in_baskets": 4}),
    "put_back": (lambda led: led.put_back(HERE, SKU, 4), {"shelf": 4, "physical": 4, "in_baskets": -4}),
    "sell": (lambda led: led.sell(HERE, SKU, 4), {"in_baskets": -4, "sold": 4, "unsynced": 4}),
    "return_units": (lambda led: led.return_units(HERE, [SKU], [4]), {"returned": 4, "physical": 4, "book": 4}),
    "owe": (lambda led: led.owe(HERE, SKU, 4), {"owed": 4}),
    "expect": (lambda led: led.expect(HERE, row(4)), {"on_order": 4}),
    "give_up": (lambda led: led.give_up(HERE, row(4)), {"on_order": -4}),
    "reserve": (lambda led: led.reserve(HERE, np.array([SKU]), np.array([4])), {"reserved": 4}),
    "release": (lambda led: led.release(HERE, np.array([SKU]), np.array([4])), {"reserved": -4}),
    "reserve_lines": (
        lambda led: led.reserve_lines(np.array([HERE, HERE]), np.array([SKU, SKU]), np.array([3, 1])),
        {"reserved": 4},
    ),
    "pick_lines": (
        lambda led: led.pick_lines(np.array([HERE]), np.array([SKU]), np.array([4])),
        {"reserved": -4, "physical": -4, "book": -4, "sold": 4},
    ),
    "sync": (lambda led: led.sync(HERE), {"book": [-3] * 4, "unsynced": [-3] * 4}),
    "shrink": (
        lambda led: led.shrink(np.array([HERE, HERE]), np.array([SKU, SKU])),
        {"physical": -2, "shrunk": 2},
    ),
    "write_off": (
        lambda led: led.write_off(HERE, row(4)),
        {"physical": -4, "book": -4, "written_off": 4},
    ),
    "settle": (
        lambda led: led.settle(HERE),
        {name: [sign * 2] * 4 for name, sign in (("owed", -1), ("physical", -1), ("book", -1), ("sold", 1))},
    ),
    "arrive": (
        lambda led: led.arrive(np.array([HERE]), row(3)[None]),
        {"in_transit": -3, "on_order": -3, "physical": 3, "book": 3},
    ),
    "receive": (
        lambda led: led.receive(np.array([HERE]), row(4)[None], row(6)[None]),
        {"received": 4, "physical": 4, "book": 4, "on_order": -6},
    ),
}  # fmt: skip


@pytest.mark.parametrize("verb", POSTINGS)
def test_a_verb_posts_to_its_accounts_and_to_no_others(verb):
    ledger = in_use()
    before = state(ledger)
    move, postings = POSTINGS[verb]
    move(ledger)
    expected = before
    for name, units in postings.items():
        expected[name][HERE] += row(units) if isinstance(units, int) else np.array(units)
    after = state(ledger)
    assert {name: after[name].tolist() for name in ACCOUNTS} == {name: expected[name].tolist() for name in ACCOUNTS}


def test_a_dispatch_posts_to_both_ends():
    ledger = in_use()
    before = state(ledger)
    ledger.dispatch(OTHER, np.array([HERE]), row(4)[None].copy())
    after = state(ledger)
    changed = {name: (after[name] - before[name]) for name in ACCOUNTS if (after[name] != before[name]).any()}
    assert changed.keys() == {"physical", "book", "in_transit"}
    assert changed["physical"][OTHER].tolist() == changed["book"][OTHER].tolist() == row(-4).tolist()
    assert changed["in_transit"][HERE].tolist() == row(4).tolist()
    assert all(np.abs(each).sum() == 4 for each in changed.values())


def test_what_may_be_promised_is_the_book_less_what_is_reserved_and_owed():
    ledger = in_use()
    expected = ledger.book - ledger.reserved - ledger.owed
    assert (ledger.reserved > 0).all()
    assert (ledger.owed > 0).all()
    assert (ledger.available == expected).all()
    pairs = np.array([0, 2]), np.array([3, 1])
    assert ledger.promisable_of(*pairs).tolist() == expected[pairs].tolist()


def test_a_count_leaves_a_book_that_also_holds_what_is_in_baskets_and_unsynced():
    ledger = in_use()
    some = np.array([0, SKU])
    untouched = ledger.book[HERE, [1, 3]].tolist()
    gap = ledger.count(HERE, some)
    assert gap == 2, "a unit of each shrank"
    right = ledger.physical[HERE] + ledger.in_baskets[HERE] + ledger.unsynced[HERE]
    assert ledger.book[HERE, some].tolist() == right[some].tolist()
    assert ledger.book[HERE, [1, 3]].tolist() == untouched


@pytest.mark.parametrize("units", [19, 20, 21])
def test_a_customer_takes_what_the_shelf_has_and_no_more(units):
    ledger = StockLedger(1, 1, np.array([[50]]))
    ledger.refill(0, np.array([20]))
    assert ledger.take(0, 0, units) == min(units, 20)
    assert (ledger.shelf[0, 0], ledger.in_baskets[0, 0]) == (20 - min(units, 20), min(units, 20))


def test_a_pick_of_all_there_is_lacks_nothing_and_counts_nothing():
    ledger = StockLedger(1, 2, np.array([[3, 5]]))
    ledger.shrink(np.array([0]), np.array([1]))
    ledger.reserve(0, slice(None), np.array([3, 1]))
    assert ledger.pick_lines(np.array([0, 0]), np.array([0, 1]), np.array([3, 1])).tolist() == [3, 1]
    assert ledger.book.tolist() == [[0, 4]], "the book of the second SKU is still wrong by the unit that shrank"


def test_a_pick_of_no_lines_moves_nothing():
    ledger = in_use()
    before = state(ledger)
    none = np.zeros(0, dtype=np.int64)
    assert len(ledger.pick_lines(none, none, none)) == 0
    assert all((after == before[name]).all() for name, after in state(ledger).items())


def test_of_lines_that_find_too_little_the_first_is_served_first():
    ledger = StockLedger(1, 1, np.array([[5]]))
    ledger.reserve(0, slice(None), np.array([9]))
    lines = np.zeros(3, dtype=np.int64)
    assert ledger.pick_lines(lines, lines, np.array([4, 3, 2])).tolist() == [4, 1, 0]


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (lambda led: led.release(0, slice(None), np.array([9, 9])), "location 0"),
        (
            lambda led: led.pick_lines(np.array([0]), np.array([0]), np.array([9])),
            "more units picked than are reserved",
        ),
        (lambda led: led.return_units(0, [0, 1], [1]), "shorter"),
        (lambda led: led._remove(0, np.array([99, 0])), "more units leave location 0"),
    ],
)
def test_more_than_there_is_is_refused(move, message):
    with pytest.raises(ValueError, match=message):
        move(StockLedger(1, 2, np.array([[5, 5]])))


@pytest.mark.parametrize("opening", [[[1, -1]], [[1]], [[1, 2, 3]]])
def test_opening_stock_of_another_shape_or_below_zero_is_refused(opening):
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        StockLedger(1, 2, np.array(opening))


def test_opening_stock_is_taken_as_whole_units():
    ledger = StockLedger(1, 2, [[1.0, 2.0]])
    assert ledger.physical.dtype == np.int64
    assert all(part.dtype == np.int64 for part in ledger.shrink(np.array([0]), np.array([0])))


@pytest.mark.parametrize("account", ["physical", "reserved", "owed", "unsynced"])
def test_check_names_the_cell_of_a_negative_account(account):
    ledger = StockLedger(2, 2, np.array([[5, 5], [5, 5]]))
    getattr(ledger, account)[1, 0] = -1
    if account == "physical":
        ledger.sold[1, 0] = 6
    with pytest.raises(AssertionError, match=rf"{account} is negative .*\(.*1.*, .*0.*\)"):
        ledger.check()
