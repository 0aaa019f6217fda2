"""Opening stock by rule: covers by class of SKUs, and records that begin in their stride."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.chain.setting import Setting
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.stock.policies import in_packs

SHOP = Path(__file__).parents[4] / "scenarios" / "corner-shop.yaml"


def opened(*overrides):
    return Setting.of(load(SHOP, ["skus.count=2000", "skus.pack=1", *overrides]), 0)


def test_skus_of_a_class_begin_with_their_own_cover_and_all_others_with_that_of_the_rule():
    setting = opened(
        "opening_stock={store_days: 3, warehouse_days: 6, store_least_units: 0, classes: {A: {store_days: 1}}}"
    )
    days = np.where(setting.sku_class == "A", 1, 3)
    store, warehouse = (
        in_packs(np.ceil(days * demand), 1)
        for days, demand in ((days, setting.mean_demand[0]), (6, setting.mean_demand[1]))
    )
    np.testing.assert_array_equal(setting.opening.on_hand[0], store)
    np.testing.assert_array_equal(setting.opening.on_hand[1], warehouse)


def test_an_opening_cover_names_classes_that_there_are():
    with pytest.raises(Refusal, match=r"opening_stock\.classes"):
        opened("opening_stock={store_days: 3, classes: {FRESH: {store_days: 1}}}")


def test_without_errors_records_in_their_stride_are_right():
    none = "accuracy={shrinkage_share: 0, misscan_share: 0, count_every_days: 90}"
    setting = opened("opening_stock={store_days: 3, records_in_stride: true}", none)
    np.testing.assert_array_equal(setting.opening.on_hand, setting.opening.book)


@pytest.mark.parametrize(
    ("errors", "mean"),
    [
        ("shrinkage_share: 0.02", lambda sold: 0.02 * sold),
        ("shrinkage_share: 0, damage_share: 0.02, damage_booked_share: 0.25", lambda sold: 0.015 * sold),
        ("shrinkage_share: 0, misscan_share: 0.02", lambda sold: 0 * sold),
        ("shrinkage_share: 0, misscan_share: 0, receiving_error_share: 0.02", lambda sold: 0 * sold),
    ],
)
def test_records_begin_as_wrong_as_the_errors_since_the_last_count_make_them(errors, mean):
    """Counted every 60 days, the second of two locations was counted 30 days ago; the first has just been."""
    setting = opened(
        "opening_stock={warehouse_days: 1000, records_in_stride: true}", f"accuracy={{count_every_days: 60, {errors}}}"
    )
    gap = setting.opening.book - setting.opening.on_hand
    sold = 30 * setting.mean_demand[1]
    assert not gap[0].any()
    assert gap[1].any()
    scatter = gap[1].std() * np.sqrt(len(sold))
    assert abs(gap[1].sum() - mean(sold).sum()) < 4 * scatter


def test_a_phantom_begins_where_more_is_gone_than_the_book_has():
    setting = opened(
        "opening_stock={warehouse_days: 0.5, records_in_stride: true}",
        "accuracy={count_every_days: 60, shrinkage_share: 0.2}",
    )
    sold = 30 * setting.mean_demand[1]
    phantom = (setting.opening.on_hand[1] == 0) & (setting.opening.book[1] > 0)
    expected = stats.poisson.sf(setting.opening.book[1] - 1, 0.2 * sold)[setting.opening.book[1] > 0]
    assert abs(phantom.sum() - expected.sum()) < 4 * np.sqrt((expected * (1 - expected)).sum())
