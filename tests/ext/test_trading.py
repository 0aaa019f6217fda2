"""The kernel's door: arrays that would lead it outside of themselves are refused before anyone plays. What it plays stands in tests/sim/chain."""

import numpy as np
import pytest

from ext.answers import Answers
from ext.shelf import Shelf
from ext.trading import Trading
from sim.chain.store.engine import VISIT

N, SKUS, CHANNELS, CELLS = 3, 2, 2, 4
RULES = {
    "tills": 1,
    "self_checkouts": 0,
    "line_per_till": False,
    "line_limit": -1,
    "self_checkout_lines": 0,
    "attribute_entry": False,
    "backups": np.zeros(0, np.int32),
    "cash": -1,
}


def shelf(**rows):
    names = ("shelf", "physical", "in_baskets", "sold", "unsynced", "owed", "returned", "book")
    row = {name: np.full(SKUS, 9) for name in names}
    return Shelf(**(row | {"next_in_group": np.arange(SKUS, dtype=np.int32)} | rows))


def lines(**columns):
    column = {"line_sku": np.zeros(N, np.int32), "line_units": np.ones(N, np.int32), "line_start": np.arange(N + 1)}
    written = {name: np.zeros(N, np.int32) for name in ("got", "substitute_sku", "substituted")}
    return column | written | {"swaps": None, "backorders": False} | columns


def customers(**columns):
    each = ("arrival_s", "shopping_s", "patience_s", "fixed_s", "item_s", "attribute_s", "self_checkout_u")
    table = {
        "channel": np.zeros(N, np.int8),
        "pay_s": np.zeros((N, CHANNELS)),
        "has_cash": np.zeros(N, np.uint8),
        "visits": np.zeros(N, VISIT),
    }
    return {name: np.zeros(N) for name in each} | table | columns


def refills(**columns):
    capacity, handed_over = np.zeros(SKUS, np.int64), np.zeros((1, SKUS), np.int64)
    return {"refill_s": np.zeros(1), "capacity": capacity, "handed_over": handed_over} | columns


def answers(**columns):
    column = {"latency_s": np.zeros((2, N)), "retry_u": np.zeros((1, N)), "level": np.zeros((1, CELLS), np.int32)}
    share = {"weight": np.zeros((1, CELLS)), "failing": np.zeros((1, CELLS))}
    return {"midnight_s": 0.0, "cell_s": 300.0, "retry_s": 5.0} | column | share | columns


def trading(a_shelf, **rules):
    system_answers = Answers()
    system_answers.load_day(**answers())
    return Trading(a_shelf, system_answers, **(RULES | rules))


def test_a_day_that_fits_is_played():
    a_shelf, day = shelf(), customers()
    a_shelf.lay_out(**lines())
    a_shelf.stock_up(**refills())
    play = trading(a_shelf)
    play.open(0.0, **day)
    play.change(True, True, True, np.ones(CHANNELS, np.uint8), np.ones(1), np.zeros(1, np.uint8))
    play.advance(10.0)
    play.close()
    assert day["visits"]["fate"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "columns",
    [
        {"line_sku": np.full(N, SKUS, np.int32)},
        {"line_sku": np.full(N, -1, np.int32)},
        {"line_sku": np.zeros(N, np.int64)},
        {"line_start": np.array([0, 1, 2, N + 1])},
        {"line_units": np.full(N, -1, np.int32)},
        {"got": np.zeros(N - 1, np.int32)},
        {"substituted": np.zeros(N - 1, np.int32), "swaps": np.zeros(N, np.uint8)},
    ],
)
def test_lines_that_do_not_fit_the_shelf_are_refused(columns):
    with pytest.raises(ValueError, match=next(iter(columns))):
        shelf().lay_out(**lines(**columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"capacity": np.zeros(SKUS + 1, np.int64)},
        {"handed_over": np.zeros((2, SKUS), np.int64)},
        {"fill_at": np.zeros(SKUS - 1, np.int64), "found": np.ones(SKUS, np.uint8), "lines_per_round": 1},
        {"found": np.ones(SKUS, np.bool_), "fill_at": np.zeros(SKUS, np.int64), "lines_per_round": 1},
    ],
)
def test_refills_that_do_not_fit_the_shelf_are_refused(columns):
    a_shelf = shelf()
    a_shelf.lay_out(**lines(backorders=True))
    with pytest.raises(ValueError, match=next(iter(columns))):
        a_shelf.stock_up(**refills(**columns))


@pytest.mark.parametrize(
    "line", [{"sku": np.full(1, SKUS, np.int32)}, {"sku": np.zeros(2, np.int32)}, {"units": np.zeros(1)}]
)
def test_goods_that_no_back_room_knows_are_refused(line):
    with pytest.raises(ValueError, match=next(iter(line))):
        shelf().expect(**({"due_s": np.zeros(1), "sku": np.zeros(1, np.int32), "units": np.ones(1, np.int64)} | line))


def test_rows_must_be_those_of_one_store():
    for bad in (np.zeros(SKUS + 1, np.int64), np.zeros(SKUS), np.zeros(SKUS, np.int64)[::-1]):
        with pytest.raises(ValueError, match="sold"):
            shelf(sold=bad)
    with pytest.raises(ValueError, match="next_in_group"):
        shelf(next_in_group=np.full(SKUS, SKUS, np.int32))


@pytest.mark.parametrize(
    "columns",
    [
        {"patience_s": np.zeros(N + 1)},
        {"fixed_s": np.zeros(N, np.float32)},
        {"channel": np.full(N, CHANNELS, np.int8)},
        {
            name: column[:2]
            for name, column in customers().items()
            if isinstance(column, np.ndarray) and len(column) == N
        },
    ],
)
def test_customers_that_do_not_fit_are_refused(columns):
    a_shelf = shelf()
    a_shelf.lay_out(**lines())
    with pytest.raises(ValueError, match=r"must be|mismatch"):
        trading(a_shelf).open(0.0, **customers(**columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"level": np.full((1, CELLS), 2, np.int32)},
        {"level": np.ones((1, CELLS), np.int32), "weight": np.full((1, CELLS), 0.5)},
        {"retry_u": np.zeros((2, N))},
        {"latency_s": np.zeros((2, N + 1))},
        {"failing": np.zeros((1, CELLS + 1))},
    ],
)
def test_answers_that_lead_nowhere_are_refused(columns):
    with pytest.raises(ValueError, match="must be"):
        Answers().load_day(**answers(**columns))


def test_answers_are_to_the_customers_of_the_day():
    a_shelf, day, few = shelf(), customers(), Answers()
    a_shelf.lay_out(**lines())
    few.load_day(**answers(latency_s=np.zeros((1, 0)), retry_u=np.zeros((1, 0))))
    with pytest.raises(ValueError, match="answers must be to 3 customers"):
        Trading(a_shelf, few, **RULES).open(0.0, **day)


@pytest.mark.parametrize("rules", [{"backups": np.array([CHANNELS], np.int32)}, {"cash": CHANNELS}])
def test_channels_that_nobody_pays_through_are_refused(rules):
    a_shelf = shelf()
    a_shelf.lay_out(**lines())
    with pytest.raises(ValueError, match="channels must be"):
        trading(a_shelf, **rules).open(0.0, **customers())


@pytest.mark.parametrize("channels", [CHANNELS, CHANNELS + 1])
def test_a_regime_is_of_every_channel_and_position(channels):
    a_shelf = shelf()
    a_shelf.lay_out(**lines())
    play = trading(a_shelf, tills=channels - 1)
    play.open(0.0, **customers())
    with pytest.raises(ValueError, match="a regime must be of 2 channels"):
        play.change(True, True, True, np.ones(channels, np.uint8), np.ones(3), np.zeros(3, np.uint8))
