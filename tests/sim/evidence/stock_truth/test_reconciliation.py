"""Units ordered against the fall in availability."""

import pytest

from sim.evidence.stock_truth.reconciliation import stock_truth
from sim.records.load_run import StockReading


def reading(before, after, ordered, sku_code="A"):
    return StockReading(sku_code=sku_code, available_before=before, available_after=after, units_ordered=ordered)


def test_nothing_read_is_nothing_said():
    assert stock_truth([]) is None


def test_stock_that_falls_by_what_was_ordered_holds():
    truth = stock_truth([reading(100, 60, 40), reading(5, 0, 5, "B")])
    assert truth.holds
    assert (truth.oversold_units, truth.lost_update_units, truth.vanished_units, truth.discrepancy_rate) == (
        0,
        0,
        0,
        0.0,
    )
    assert truth.sentence == (
        "Stock truth holds: 45 units ordered of 2 SKUs, every one taken off the stock; "
        "discrepancy 0 % of the units ordered and 0 % of those on hand (target at most 0.5 % of either)."
    )


def test_twenty_orders_for_five_units_are_fifteen_oversold():
    truth = stock_truth([reading(5, 0, 20)])
    assert (truth.oversold_units, truth.lost_update_units, truth.oversold) == (15, 0, ("A",))
    assert not truth.holds
    assert "15 units sold that were not there (A)" in truth.sentence


def test_an_order_that_took_nothing_off_is_a_lost_update():
    truth = stock_truth([reading(100, 97, 4)])
    assert (truth.lost_update_units, truth.vanished_units, truth.oversold_units) == (1, 0, 0)
    assert truth.discrepancy_rate == 0.01
    assert not truth.holds


def test_units_gone_without_an_order_are_told_apart():
    truth = stock_truth([reading(1000, 393, 604)])
    assert (truth.lost_update_units, truth.vanished_units) == (0, 3)
    assert truth.holds


def test_a_platform_that_lets_stock_go_below_zero_oversold_without_losing_updates():
    truth = stock_truth([reading(5, -15, 20)])
    assert (truth.oversold_units, truth.lost_update_units, truth.vanished_units) == (15, 0, 0)


def test_a_full_shelf_hides_no_discrepancy_among_the_units_ordered():
    truth = stock_truth([reading(17_800_000, 17_799_937, 56)])
    assert truth.vanished_units == 7
    assert not truth.holds
    assert (
        "7 units gone without an order; discrepancy 12.5 % of the units ordered and 0.00004 % of those on hand"
        in truth.sentence
    )


@pytest.mark.parametrize(("after", "gone"), [(100, ""), (98, "; 2 units gone meanwhile without an order of this run")])
def test_where_nothing_was_ordered_nothing_is_shown(after, gone):
    truth = stock_truth([reading(100, after, 0), reading(5, 5, 0, "B")])
    assert not truth.shown
    expected = "Stock truth is not shown: nothing was ordered, so nothing could be held against the stock of 2 SKUs"
    assert truth.sentence == f"{expected}{gone}."
