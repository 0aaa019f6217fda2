"""Stock is read and changed as it is now: customers are played before anybody else reads or changes anything they change."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from sim.stock.ledger import StockLedger

HERE = 1
ONE = np.array([HERE])
ROW = np.array([[1, 0, 2]])
SKU = np.array([2])
READS = {
    "promisable": lambda ledger: ledger.promisable(HERE),
    "promisable_of": lambda ledger: ledger.promisable_of(ONE, SKU),
    "on_hand": lambda ledger: ledger.on_hand(HERE),
    "registered": lambda ledger: ledger.registered(ONE),
    "position": lambda ledger: ledger.position(ONE),
    "hand_over": lambda ledger: ledger.hand_over(HERE),
    "dispatch": lambda ledger: ledger.dispatch(HERE, np.array([0]), ROW.copy()),
    "missend": lambda ledger: ledger.missend(HERE, np.array([0]), ROW.copy()),
    "arrive": lambda ledger: ledger.arrive(ONE, ROW),
    "receive": lambda ledger: ledger.receive(ONE, ROW, ROW),
    "census": lambda ledger: ledger.census(np.ones((3, 3), dtype=bool), np.ones(3)),
    "audit": lambda ledger: ledger.audit(np.ones((3, 3), dtype=bool), np.zeros((3, 3), dtype=np.int64)),
    "shrink": lambda ledger: ledger.shrink(ONE, SKU),
    "write_off": lambda ledger: ledger.write_off(HERE, ROW[0]),
    "count": lambda ledger: ledger.count(HERE),
}
CUSTOMERS = {"trade", "take", "put_back", "sell", "return_units", "refill", "owe", "settle", "sync", "pick_lines"}
"""What customers, stores and pickers of parcels do themselves."""
ADDS_ALONE = {"order", "expect", "begin_in_transit", "give_up", "reserve", "release", "reserve_lines", "misscan"}
"""They add to accounts or take from them, whatever customers have done to them, and read nothing that customers change."""
OTHERS = {"follow", "check"}


@pytest.fixture
def followed():
    """A ledger of three locations, and the locations that it has had brought up to now."""
    ledger, brought = StockLedger(3, 3, np.full((3, 3), 9)), []
    ledger.dispatch(0, ONE, ROW.copy())
    ledger.expect(HERE, ROW[0])
    ledger.follow(lambda locations: brought.extend(locations))
    return ledger, brought


def test_every_verb_is_of_one_kind():
    kinds = [set(READS), CUSTOMERS, ADDS_ALONE, OTHERS]
    verbs = {name for name, _ in inspect.getmembers(StockLedger, inspect.isfunction) if not name.startswith("_")}
    assert verbs == set().union(*kinds)
    assert sum(map(len, kinds)) == len(verbs)


@pytest.mark.parametrize("verb", READS)
def test_a_location_is_brought_up_to_now_before_it_is_read(followed, verb):
    ledger, brought = followed
    READS[verb](ledger)
    assert HERE in brought


@pytest.mark.parametrize("verb", READS)
def test_nothing_is_read_from_before(followed, verb):
    """What a verb gives, and leaves, is the same whether a customer of before has been played already or not."""
    ledgers = [followed[0], StockLedger(3, 3, np.full((3, 3), 9))]
    ledgers[1].dispatch(0, ONE, ROW.copy())
    ledgers[1].expect(HERE, ROW[0])

    def sale(ledger):
        ledger.refill(HERE, np.full(3, 9))
        ledger.take(HERE, 2, 8)
        ledger.sell(HERE, 2, 8)
        ledger.sync(HERE)

    waiting = [ledgers[0]]
    ledgers[0].follow(lambda _: sale(waiting.pop()) if waiting else None)
    sale(ledgers[1])
    now, played = (np.asarray(READS[verb](ledger)) for ledger in ledgers)
    assert now.tolist() == played.tolist()
    for name in ("physical", "book", "shelf", "sold"):
        assert getattr(ledgers[0], name).tolist() == getattr(ledgers[1], name).tolist()


@pytest.mark.parametrize(
    "name", ["physical", "shelf", "book", "sold", "unsynced", "in_baskets", "returned", "reserved", "owed", "available"]
)
def test_a_whole_account_is_read_as_it_is_now(followed, name):
    ledger, brought = followed
    getattr(ledger, name)
    assert brought == [0, 1, 2]


@pytest.mark.parametrize("verb", sorted(CUSTOMERS))
def test_customers_do_not_wait_for_themselves(followed, verb):
    ledger, brought = followed
    arguments = {
        "take": (HERE, 0, 1),
        "put_back": (HERE, 0, 0),
        "sell": (HERE, 0, 0),
        "owe": (HERE, 0, 1),
        "return_units": (HERE, [0], [1]),
        "refill": (HERE, np.full(3, 5)),
        "pick_lines": (ONE, SKU, np.array([0])),
    }
    getattr(ledger, verb)(*arguments.get(verb, (HERE,)))
    assert brought == []
