"""Opening stock by rule: covers by class of SKUs, and records that begin in their stride."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.chain.setting import Setting
from sim.chain.supply.availability import Availability
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
    setting = opened("opening_stock={store_days: 3, in_stride: true}", none)
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
        "opening_stock={warehouse_days: 1000, in_stride: true}", f"accuracy={{count_every_days: 60, {errors}}}"
    )
    gap = setting.opening.book - setting.opening.on_hand
    sold = 30 * setting.mean_demand[1]
    assert not gap[0].any()
    assert gap[1].any()
    scatter = gap[1].std() * np.sqrt(len(sold))
    assert abs(gap[1].sum() - mean(sold).sum()) < 4 * scatter


SPELLS = "suppliers.0={code: FOODS, lead_time_days: 1, unavailable_share: 0.4, unavailable_days: 8}"


def run_down(*overrides):
    """A store and its warehouse in their stride, without errors; with on hand of both before and after."""
    rule = "opening_stock={store_days: 4, warehouse_days: 6, store_least_units: 0, in_stride: "
    exact = "accuracy={shrinkage_share: 0, misscan_share: 0, count_every_days: 90}"
    before, after = (opened(f"{rule}{stride}}}", exact, SPELLS, *overrides) for stride in ("false", "true"))
    return after, before.opening.on_hand, after.opening.on_hand


def test_of_what_a_supplier_is_out_of_the_demand_since_is_gone_first_from_the_warehouse_and_then_from_its_store():
    setting, before, after = run_down()
    out_days = Availability(setting.scenario, 0, setting.assortment.supplier).out_since_days()
    (store, warehouse), demand = (0, 1), setting.mean_demand
    lasts_days = before[warehouse] / demand[warehouse]
    here_days = np.maximum(out_days - lasts_days, 0)
    for at, days in ((warehouse, out_days), (store, here_days)):
        left = np.maximum(before[at] - np.floor(days * demand[at]), 0)
        np.testing.assert_array_equal(after[at], left)
    assert (after[store] == before[store])[out_days < 6].all()
    assert 0 < (after[store] == 0).sum() < (after[warehouse] == 0).sum() < (out_days > 0).sum()
    np.testing.assert_array_equal(setting.opening.book, after)


def test_a_supplier_that_is_down_at_the_start_has_sent_nothing_since():
    down = "suppliers.0={code: FOODS, lead_time_days: 1, disruptions_per_year: 3000, disruption_days: 1000}"
    _, before, after = run_down(down)
    assert before.all(axis=0).any()
    assert not after.any()


def test_stock_that_is_listed_lies_there_whatever_suppliers_are_out_of():
    setting, *_ = run_down()
    rows = [{"location": "SH01", "sku": code, "units": 3} for code in setting.assortment.code]
    listed = f"opening_stock={{listed: {rows}, in_stride: true, warehouse_days: 6}}".replace("'", "")
    assert (opened(listed, SPELLS).opening.on_hand[0] == 3).all()


def test_a_phantom_begins_where_more_is_gone_than_the_book_has():
    setting = opened(
        "opening_stock={warehouse_days: 0.5, in_stride: true}",
        "accuracy={count_every_days: 60, shrinkage_share: 0.2}",
    )
    sold = 30 * setting.mean_demand[1]
    phantom = (setting.opening.on_hand[1] == 0) & (setting.opening.book[1] > 0)
    expected = stats.poisson.sf(setting.opening.book[1] - 1, 0.2 * sold)[setting.opening.book[1] > 0]
    assert abs(phantom.sum() - expected.sum()) < 4 * np.sqrt((expected * (1 - expected)).sum())
