"""Codes must name something, nothing is there twice, and every store can be supplied."""

import json

import pytest

from sim.records.refusal import Refusal
from sim.scenario.loader import load

SKUS = "[{code: A1, supplier: FOODS, price: 2, unit_cost: 1}]"


RANDOM = "{name: fuse, per_year: 1, minutes: 9, fault: {kind: power_cut}}"


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["stores.SH01.region=WEST"], "stores.SH01.region: expected the code of a region, perhaps EAST, found 'WEST'"),
        (
            ["stores.SH01.warehouse=WS"],
            "stores.SH01.warehouse: expected the code of a warehouse, perhaps WSH, found 'WS'",
        ),
        (["stores.SH01.roster=days"], "stores.SH01.roster: expected the code of a roster, perhaps day, found 'days'"),
        (["stores.SH01.code=SH02"], "stores.SH02.code: expected a code that no other of stores has, found 'SH02'"),
        (
            ["warehouses.WSH.code=SH01"],
            "warehouses.SH01.code: expected a code that no other of stores has, found 'SH01'",
        ),
        (
            ["lanes.0.destination=SH02"],
            "lanes.1: expected one lane from an origin to a destination, found 'WSH to SH02 again'",
        ),
        (
            ["lanes.0.origin=WSX"],
            "lanes.0.origin: expected the code of a location or supplier, perhaps WSH, found 'WSX'",
        ),
        (["lanes.0.lead_time_days=null"], "lanes.0: expected lead_time_days from WSH to SH01, found nothing"),
        (["lanes=[]"], "stores.SH01.warehouse: expected a lane from WSH to SH01, found none in lanes"),
        (["stores.SH01.tills=0"], "stores.SH01.tills: expected a till or a self-checkout, found 0"),
        ([f"skus={SKUS}", "skus.A1.supplier=FOOD"], "skus.A1.supplier: expected the code of a supplier, perhaps FOODS"),
        (
            ["opening_stock=[{location: SH1, sku: SKU-00001, units: 3}]"],
            "opening_stock.0.location: expected the code of a l",
        ),
        (
            ["opening_stock=[{location: SH01, sku: SKU-00021, units: 3}]"],
            "opening_stock.0.sku: expected the code of a SKU",
        ),
        (["online.region_shares={WEST: 1}"], "online.region_shares.WEST: expected the code of a region"),
        (
            ["trading.reserve={open_above: 3}"],
            "trading.reserve: expected reserve_tills in the roster of a store, found 'no shift with a reserve'",
        ),
        (
            ["rosters.0.reserve_tills=1"],
            "rosters.0.reserve_tills: expected trading.reserve beside it, which says when they open, found 1",
        ),
        (["warmup_days=2"], "warmup_days: expected fewer than the 2 days of the run, found 2"),
        (["horizon=terminating", "warmup_days=1"], "warmup_days: expected 0 days of a terminating run"),
        (["warmup_days=1", "horizon=terminating"], "horizon: expected steady_state, for a run with days of warm-up"),
        (
            ["faults=[{kind: payment_outage, at: 2026-05-16 12:00, minutes: 9, channel: mobil}]"],
            "faults.0.channel: expected the code of a payment channel, perhaps mobile, found 'mobil'",
        ),
        (
            ["faults=[{kind: system_outage, at: 2026-05-18 12:00, minutes: 9}]"],
            "faults.0.at: expected an instant from 2026-05-16 00:00 to 2026-05-18 00:00, the run, found '2026-05-18 12:00'",
        ),
        (
            ["random_faults=[{name: a, per_year: 1, minutes: 9, fault: {kind: power_cut, stores: [SH1]}}]"],
            "random_faults.a.fault.stores.0: expected the code of a store, perhaps SH01, found 'SH1'",
        ),
        (
            [f"random_faults=[{RANDOM}, {RANDOM}]"],
            "random_faults.fuse.name: expected each random fault once, found 'fuse'",
        ),
        (
            [
                f"random_faults=[{RANDOM}, {{name: b, after: {{fus: 1}}, within_hours: 1, minutes: 9, fault: {{kind: system_outage}}}}]"
            ],
            "random_faults.b.after.fus: expected the name of a random fault above, perhaps fuse, found 'fus'",
        ),
        (
            [f"random_faults=[{RANDOM}]", "random_faults.fuse.per_year=10000", "days=3000"],
            "random_faults.fuse.per_year: expected at most 20,000 faults in the 3000 days on average, found '82,192'",
        ),
        ([f"random_faults=[{RANDOM}]", "random_faults.fuse.per_year=null"], "expected per_year, after, or both"),
        (
            [f"random_faults=[{RANDOM}]", "random_faults.fuse.within_hours=2"],
            "expected after and within_hours, or neither",
        ),
        ([f"random_faults=[{RANDOM}]", "random_faults.fuse.months=[2, 2]"], "fuse.months: expected each month once"),
        (
            [f"random_faults=[{RANDOM}]", "random_faults.fuse.until_time=00:00"],
            "expected until_time later than from_time",
        ),
        (
            [f"random_faults=[{RANDOM}]", "random_faults.fuse.share=0.5", "random_faults.fuse.each=place"],
            "expected share beside each: region or chain",
        ),
        (
            [
                f"random_faults=[{RANDOM}]",
                "random_faults.fuse.fault={kind: system_outage}",
                "random_faults.fuse.each=place",
            ],
            "expected each: chain with a system_outage, which has no places",
        ),
        (
            [
                f"random_faults=[{RANDOM}]",
                "random_faults.fuse.fault={kind: supplier_stop}",
                "random_faults.fuse.each=region",
            ],
            "expected each: place or chain with suppliers, which stand in no region",
        ),
        (
            [f"random_faults=[{RANDOM}]", "random_faults.fuse.fault={kind: power_cut, minutes: 3}"],
            "fuse.fault.minutes: expected a field",
        ),
        (
            ["sources={trading.rety_s: {kind: measured, source: till log}}"],
            "sources.trading.rety_s: expected the path of a parameter, perhaps retry_s, found 'trading.rety_s'",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(folder, flags, line):
    with pytest.raises(Refusal) as refusal:
        load(folder.path / "shop.yaml", flags)
    assert line in str(refusal.value)


def test_made_skus_may_be_named(folder):
    stock = "opening_stock=[{location: SH01, sku: SKU-00020, units: 3}]"
    assert load(folder.path / "shop.yaml", [stock]).opening_stock[0].units == 3


def test_a_sku_stands_once_at_a_location(folder):
    row = "{location: SH01, sku: SKU-00002, units: 3}"
    with pytest.raises(Refusal, match=r"opening_stock.1.sku: expected each SKU once at SH01, found 'SKU-00002'"):
        load(folder.path / "shop.yaml", [f"opening_stock=[{row}, {row}]"])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"name": "a", "sku_share": 0.5}, "categories whose sku_share adds up to 1, not to 0.5"),
        ({"name": "a", "line_share": 0.4}, "categories whose line_share adds up to 1, not to 0.4"),
        (
            {"name": "a", "supplier": "FOOD"},
            "skus.categories.a.supplier: expected the code of a supplier, perhaps FOODS",
        ),
        ({"name": "a", "sku_shares": 1}, "perhaps sku_share"),
        ({"name": "a", "popularity": 0}, "a number from 1e-09 to 1,000,000"),
    ],
)
def test_a_category_that_cannot_be_made_is_refused(folder, said, message):
    rows = [{"sku_share": 1, "line_share": 1} | said]
    with pytest.raises(Refusal) as refused:
        load(folder.write("odd.yaml", "extends: shop.yaml\n"), [f"skus={json.dumps({'count': 5, 'categories': rows})}"])
    assert message in str(refused.value)


def test_categories_are_named_once_and_have_one_sku_each(folder):
    half = {"sku_share": 0.5, "line_share": 0.5}
    twice = [{"name": "a"} | half, {"name": "a"} | half]
    for count, message in ((5, "skus.categories.a.name: expected each category once"), (1, "a count of at least 2")):
        rule = {"count": count, "categories": twice}
        with pytest.raises(Refusal) as refused:
            load(folder.write("odd.yaml", "extends: shop.yaml\n"), [f"skus={json.dumps(rule)}"])
        assert message in str(refused.value)


def test_a_policy_may_name_the_class_of_a_category(folder):
    rule = {"count": 5, "categories": [{"name": "a", "sku_share": 1, "line_share": 1, "sku_class": "FRESH"}]}
    policy = "replenishment.stores={policy: by_class, classes: {FRESH: {policy: newsvendor}}}"
    load(folder.write("own.yaml", "extends: shop.yaml\n"), [f"skus={json.dumps(rule)}", policy])
