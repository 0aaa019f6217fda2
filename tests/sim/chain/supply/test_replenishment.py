"""Deliveries keep their timetable, shortage is shared as said, and reviews give what theory says where theory has an answer."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sim.chain.chain import Chain
from sim.clock import DAY_S, HOUR_S

QUIET = {
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
}
PLAIN = {
    **QUIET,
    "trading": {
        "shopping_s": 0,
        "patience_s": None,
        "fixed_s": 0,
        "item_s": 0,
        "payments": [{"name": "mobile", "share": 1, "pays_s": 0}],
        "return_share": 0,
    },
    "system": {"service": {"latency_s": 0}, "stock_sync_minutes": 0},
}


def one_shop(
    small, *, n_skus: int, customers: float, stock: int, opens: str, closes: str, lead_time_days: float, **changes
):
    """A shop whose customers want one unit of one of n SKUs, equally likely, and a warehouse that never runs out."""
    skus = [
        {"code": f"K{n}", "supplier": "FAST", "price": 1, "unit_cost": 1, "popularity": 1, "pack": 1}
        for n in range(n_skus)
    ]
    store = {
        "code": "E1",
        "region": "EAST",
        "warehouse": "WE",
        "customers_per_day": customers,
        "tills": 20,
        "opens": opens,
        "closes": closes,
    }
    warehouse = {"code": "WE", "region": "EAST", "pickers": 50, "opens": "00:00", "closes": "23:59"}
    rows = [
        {"location": place, "sku": sku["code"], "units": units}
        for place, units in (("E1", stock), ("WE", 10**6))
        for sku in skus
    ]
    traffic = {"basket_lines": 1, "line_units": 1, "day_gamma_size": None, "cell_gamma_size": None}
    return small(
        stores=[store],
        warehouses=[warehouse],
        lanes=[{"origin": "WE", "destination": "E1", "lead_time_days": lead_time_days}],
        skus=skus,
        opening_stock=rows,
        traffic=traffic | changes.pop("traffic", {}),
        **PLAIN,
        **changes,
    )


def fill_rate(scenario, warmup_days: int) -> tuple[float, float]:
    """Mean over the SKUs, which are independent of each other, and its standard error."""
    chain = Chain(scenario)
    sold = None
    demanded = np.zeros(len(chain.assortment))
    for day in range(scenario.days):
        if day == warmup_days:
            sold = chain.ledger.sold[0].copy()
        if day >= warmup_days:
            sheet = chain.traffic.day(0, 0, day)
            demanded += np.bincount(sheet.line_sku, weights=sheet.line_units, minlength=len(demanded))
        chain.begin(day)
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
    rates = (chain.ledger.sold[0] - sold) / demanded
    return rates.mean(), rates.std(ddof=1) / np.sqrt(len(rates))


def test_lost_sales_base_stock_matches_erlang_loss(small):
    """Demand 4 a day, lead time 2 days, S = 10: the pipeline is an M/G/10/10 queue with 8 Erlang, so 0.878339 of demand is met.

    Source: Karush (1957), Operations Research 5. The review comes every 10 minutes and the shelf is filled as often: 0.007 days
    more lead time on average, which takes 0.0006 off the fill rate; the standard error is four times that.
    """
    often = {"policy": "base_stock", "units": 10, "review_days": 1 / 144, "at": "00:00"}
    scenario = one_shop(
        small,
        n_skus=25,
        customers=100,
        stock=10,
        opens="00:00",
        closes="23:59",
        lead_time_days=2,
        days=160,
        traffic={"hour_shares": [1] * 24},
        replenishment={
            "stores": often,
            "unload_minutes": 0,
            "pick_s_per_line": 0,
            "refill_minutes": 10,
            "shelf_days": 9,
        },
    )
    mean, standard_error = fill_rate(scenario, warmup_days=10)
    assert standard_error < 0.01 * mean
    assert abs(mean - 0.878339) < 3 * standard_error + 0.0006


def test_daily_base_stock_matches_the_newsvendor(small):
    """Filled up to 10 every night, demand Poisson of 8 a day: E[min(D, 10)] / 8 of it is met."""
    nightly = {"policy": "base_stock", "units": 10}
    scenario = one_shop(
        small,
        n_skus=25,
        customers=200,
        stock=10,
        opens="08:00",
        closes="22:00",
        lead_time_days=0,
        days=100,
        traffic={"hour_shares": [0] * 9 + [1] * 12 + [0] * 3},
        replenishment={
            "stores": nightly,
            "unload_minutes": 0,
            "pick_s_per_line": 0,
            "refill_minutes": 30,
            "shelf_days": 9,
        },
    )
    mean, standard_error = fill_rate(scenario, warmup_days=1)
    demand = stats.poisson(8)
    exact = 1 - demand.expect(lambda d: np.maximum(d - 10, 0)) / 8
    assert standard_error < 0.01 * mean
    assert abs(mean - exact) < 3 * standard_error


def test_a_delivery_keeps_its_timetable(small):
    """Ordered at 22:00, picked from 08:00 at 25 s a line, 26 hours on the road, unloaded in 30 minutes."""
    lanes = [{"origin": "WE", "destination": "E1", "lead_time_days": 26 / 24}]
    window = {"first": datetime(2026, 3, 2), "last": datetime(2026, 3, 5)}
    scenario = small(
        stores=[{"code": "E1", "region": "EAST", "warehouse": "WE", "customers_per_day": 50, "tills": 2}],
        lanes=lanes,
        opening_stock={"store_days": 1, "warehouse_days": 60},
        trace=window,
        **QUIET,
    )
    chain = Chain(scenario)
    trace = pa.Table.from_batches(chain.play().trace).to_pylist()
    received = [row for row in trace if row["journey"] == "receive_goods"]
    lines = sum(len(row["skus"]) for row in received)
    assert lines > 10
    assert {row["t"] for row in received} == {DAY_S + 8 * HOUR_S + 25 * lines + 26 * HOUR_S + 30 * 60}
    assert {row["location"] for row in received} == {0}


def test_goods_that_come_at_night_wait_for_the_doors(small):
    lanes = [{"origin": "WE", "destination": "E1", "lead_time_days": 0.7}]
    window = {"first": datetime(2026, 3, 2), "last": datetime(2026, 3, 5)}
    scenario = small(
        stores=[{"code": "E1", "region": "EAST", "warehouse": "WE", "customers_per_day": 50, "tills": 2}],
        lanes=lanes,
        opening_stock={"store_days": 1, "warehouse_days": 60},
        trace=window,
        **QUIET,
    )
    trace = pa.Table.from_batches(Chain(scenario).play().trace).to_pylist()
    received = {row["t"] for row in trace if row["journey"] == "receive_goods"}
    assert received == {2 * DAY_S + 9 * HOUR_S + 30 * 60}


def after_sharing(small, rationing: str, warehouse_days: float) -> tuple[Chain, np.ndarray]:
    """The chain at noon of the second day, when its warehouses have shared what they had among orders of the night before.

    With it the units that the book knew to be sold when the stores ordered.
    """
    scenario = small(
        opening_stock={
            "store_days": {"distribution": "uniform", "low": 0, "high": 4},
            "warehouse_days": warehouse_days,
            "store_least_units": 0,
        },
        replenishment={"rationing": rationing, "warehouses": {"policy": "none"}},
        transfers={"warehouses": False},
        skus={"count": 40, "pack": 1},
        **QUIET,
    )
    chain = Chain(scenario)
    chain.begin(0)
    chain.env.run(until=22 * HOUR_S)
    known = (chain.ledger.sold - chain.ledger.unsynced)[:4]
    chain.env.run(until=DAY_S)
    chain.end(0)
    chain.begin(1)
    chain.env.run(until=DAY_S + 12 * HOUR_S)
    return chain, known


@pytest.mark.parametrize("rationing", ["cover", "pro_rata", "unit_by_unit"])
def test_a_short_warehouse_gives_all_it_has_and_no_more(small, rationing):
    chain, _ = after_sharing(small, rationing, warehouse_days=2)
    on_the_way = chain.ledger.in_transit[:4].sum(axis=0) + chain.ledger.reserved[4:].sum(axis=0)
    assert (on_the_way == chain.setting.opening.on_hand[4:].sum(axis=0)).all()
    assert (chain.ledger.on_order[:4].sum(axis=0) == on_the_way).all()


def test_a_warehouse_with_enough_gives_everyone_what_they_asked_for(small):
    chain, known = after_sharing(small, "cover", warehouse_days=20)
    then = chain.replenishment.position(np.arange(4)) + chain.ledger.sold[:4] - chain.ledger.unsynced[:4] - known
    had, demand = chain.setting.opening.on_hand[:4] - known, chain.mean_demand[:4]
    assert (then == np.where(had <= 4 * demand, np.ceil(8 * demand), had)).all()
    assert (chain.ledger.physical[4:] > 0).all()


def test_shortage_shared_by_cover_leaves_stores_equally_short(small):
    """Days of cover of a warehouse's two stores lie closer than where each gets the same part of what it asks for."""

    def spread(rationing: str) -> float:
        chain, _ = after_sharing(small, rationing, warehouse_days=3)
        cover = chain.replenishment.position(np.arange(2)) / chain.mean_demand[:2]
        return float(np.abs(cover[0] - cover[1]).mean())

    assert spread("cover") < 0.5 * spread("pro_rata")
    assert spread("unit_by_unit") < 0.5 * spread("pro_rata")


def test_nothing_is_on_order_that_nobody_will_deliver(small):
    """With policies switched off after the opening, every order ends: it arrives or is given up."""
    scenario = small(
        days=14, replenishment={"stores": {"policy": "min_max", "least_days": 1, "most_days": 2, "review_days": 30}}
    )
    chain = Chain(scenario)
    chain.play()
    assert (chain.ledger.on_order >= 0).all()
    stores = slice(0, 4)
    assert not chain.ledger.on_order[stores].any()
    assert chain.ledger.in_transit[stores].sum() == 0


def test_a_location_orders_only_what_it_carries(small):
    base = Chain(small())
    rows = [
        {"location": code, "sku": sku, "units": 4}
        for code in base.network.codes
        for sku in base.assortment.code[: 10 if code == "E1" else 40]
    ]
    chain = Chain(small(days=8, opening_stock=rows))
    chain.play()
    assert chain.ledger.physical[0, 10:].sum() == 0
    assert chain.ledger.physical[1, 10:].sum() > 0
