"""The kernel's door: arrays that would lead it outside of themselves are refused before anyone plays. What it plays stands in tests/sim/chain."""

import numpy as np
import pytest

from ext.shelf import Shelf
from ext.trading import Trading

N, SKUS, CHANNELS, CELLS = 3, 2, 2, 4


def shelf(**rows):
    row = {name: np.full(SKUS, 9) for name in ("shelf", "physical", "in_baskets", "sold", "unsynced", "owed")}
    return Shelf(**(row | {"next_in_group": np.arange(SKUS, dtype=np.int32)} | rows))


def lines(**columns):
    column = {"line_sku": np.zeros(N, np.int32), "line_units": np.ones(N, np.int32), "line_start": np.arange(N + 1)}
    written = {name: np.zeros(N, np.int32) for name in ("got", "substitute_sku", "substituted")}
    return column | written | {"swaps": None, "backorders": False} | columns


def customers(**columns):
    each = ("arrival_s", "shopping_s", "patience_s", "fixed_s", "item_s", "attribute_s", "self_checkout_u")
    each += ("joined_s", "started_s", "ended_s", "system_s", "entry_s")
    table = {
        "channel": np.zeros(N, np.int8),
        "pay_s": np.zeros((N, CHANNELS)),
        "has_cash": np.zeros(N, np.uint8),
        "cell_s": 300.0,
        "retry_s": 5.0,
        "latency_s": np.zeros((2, N)),
        "retry_u": np.zeros((1, N)),
        "level": np.zeros((1, CELLS), np.int32),
        "weight": np.zeros((1, CELLS)),
        "failing": np.zeros((1, CELLS)),
        "fate": np.full(N, -1, np.int8),
        "till": np.zeros(N, np.int16),
        "paid_by": np.zeros(N, np.int8),
        "offline": np.zeros(N, np.uint8),
    }
    return {name: np.zeros(N) for name in each} | table | columns


def trading(a_shelf, **rules):
    store = {"tills": 1, "self_checkouts": 0, "line_per_till": False, "line_limit": -1, "self_checkout_lines": 0}
    system = {"attribute_entry": False, "backups": np.zeros(0, np.int32), "cash": -1}
    return Trading(a_shelf, **(store | system | rules))


def test_a_day_that_fits_is_played():
    a_shelf, day = shelf(), customers()
    a_shelf.lay_out(**lines())
    play = trading(a_shelf)
    play.open(0.0, **day)
    play.change(True, True, True, np.ones(CHANNELS, np.uint8), np.ones(1), np.zeros(1, np.uint8))
    play.advance(10.0)
    play.close()
    assert day["fate"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "columns",
    [
        {"line_sku": np.full(N, SKUS, np.int32)},
        {"line_sku": np.full(N, -1, np.int32)},
        {"line_sku": np.zeros(N, np.int64)},
        {"line_start": np.array([0, 1, 2, N + 1])},
        {"line_units": np.full(N, -1, np.int32)},
        {"got": np.zeros(N - 1, np.int32)},
    ],
)
def test_lines_that_do_not_fit_the_shelf_are_refused(columns):
    with pytest.raises(ValueError, match=next(iter(columns))):
        shelf().lay_out(**lines(**columns))


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
        {"level": np.full((1, CELLS), 2, np.int32)},
        {"level": np.ones((1, CELLS), np.int32), "weight": np.full((1, CELLS), 0.5)},
        {"retry_u": np.zeros((2, N))},
        {"latency_s": np.zeros((2, N + 1))},
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
