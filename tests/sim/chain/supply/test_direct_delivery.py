"""A supplier delivers straight to stores: its goods never visit a warehouse, and come to a store's doors as any delivery."""

from __future__ import annotations

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.clock import DAY_S, HOUR_S
from sim.scenario.opening import warnings
from sim.scenario.references import misses
from sim.stock.ledger import ALL

QUIET = {
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
    "trading": {"return_share": 0},
}
DIRECT = [
    {"code": "FAST", "lead_time_days": 0.25, "direct": True},
    {"code": "SLOW", "lead_time_days": 3, "fill_rate": 0.9},
]
STORES, WE, WS = slice(4), 4, 5


def of_fast(chain: Chain) -> np.ndarray:
    """bool[n_skus]: the SKUs that FAST delivers."""
    return chain.assortment.supplier == 0


@pytest.mark.parametrize("forecast", [False, True], ids=["min_max", "forecast"])
def test_its_goods_never_visit_a_warehouse_and_both_engines_agree(small, forecast):
    """At no event does a warehouse have, expect or promise any; stores live on what the supplier brings, and every unit is accounted for."""
    policy = {"policy": "forecast", "cycle_service": 0.9}
    rules = {"stores": policy, "warehouses": policy} if forecast else {}
    played = []
    for engine in ("compiled", "simpy"):
        scenario = small(
            engine=engine,
            days=8,
            suppliers=DIRECT,
            replenishment={"unfilled": "kept", "send_back": {"above_days": 3, "every_days": 2}} | rules,
        )
        chain = Chain(scenario)
        fast = of_fast(chain)
        assert (chain.setting.source[STORES][:, fast] == -1).all()
        assert (chain.setting.source[STORES][:, ~fast] >= WE).all()
        assert not chain.mean_demand[WE:, fast].any()
        for day in range(scenario.days):
            chain.begin(day)
            while chain.env.peek() < (day + 1) * DAY_S:
                chain.env.step()
                ledger = chain.ledger
                assert not any(
                    of[WE:, fast].any() for of in (ledger.physical, ledger.in_transit, ledger.on_order, ledger.reserved)
                )
            chain.end(day)
        chain.ledger.check()
        assert chain.ledger.received[STORES][:, fast].sum() > 0
        assert chain.ledger.received[STORES][:, ~fast].sum() == 0
        assert chain.tally.daily["purchased_units"][STORES].sum() > 0
        assert chain.tally.daily["ordered_units"][STORES].sum() > 0
        assert chain.tally.daily["received_units"][STORES].sum() == chain.ledger.received[STORES].sum()
        played.append({name: counted.copy() for name, counted in chain.tally.daily.items()})
    for name, counted in played[0].items():
        assert (counted == played[1][name]).all(), name


def morning(small, **changes) -> tuple[Chain, dict[float, int]]:
    """A store that orders at closing: units that it received by hours of the second day. Nobody buys."""
    store = {"code": "E1", "region": "EAST", "warehouse": "WE", "customers_per_day": 1e-9, "tills": 1}
    base = {
        "stores": [store],
        "suppliers": [{"code": "FAST", "lead_time_days": 0.25, "direct": True}],
        "lanes": [{"origin": "WE", "destination": "E1", "lead_time_days": 1}],
        "opening_stock": [{"location": "E1", "sku": f"SKU-{n:05d}", "units": 0} for n in (1, 2)],
        "replenishment": {"stores": {"policy": "base_stock", "units": 8}, "warehouses": {"policy": "none"}},
        "transfers": {"warehouses": False},
    }
    chain, received = Chain(small(**QUIET | base | changes)), {}
    chain.begin(0)
    chain.env.run(until=DAY_S)
    chain.end(0)
    chain.begin(1)
    for hour in (4.5, 9.25, 9.75, 23):
        chain.env.run(until=DAY_S + hour * HOUR_S)
        received[hour] = int(chain.ledger.received[0].sum())
    return chain, received


def test_ordered_in_the_evening_it_is_in_the_store_when_the_morning_delivery_is_unloaded(small):
    """Ordered at ten at night, at the doors at four, which open at nine; half an hour to unload."""
    chain, received = morning(small)
    assert received == {4.5: 0, 9.25: 0, 9.75: 16, 23: 16}
    mean, _ = chain.replenishment.supplies.lead_times
    assert mean[0, 0] == pytest.approx(0.25 + 0.2 * (11.5 / 24 - 0.25)), "as seen, smoothed"


def test_a_lane_from_the_supplier_has_its_own_lead_time(small):
    lanes = [
        {"origin": "WE", "destination": "E1", "lead_time_days": 1},
        {"origin": "FAST", "destination": "E1", "lead_time_days": 0.75},
    ]
    _, received = morning(small, lanes=lanes)
    assert received == {4.5: 0, 9.25: 0, 9.75: 0, 23: 16}, "at the doors at four in the afternoon"


def test_the_smallest_order_that_the_supplier_takes_is_one_stores_order(small):
    supplier = {"code": "FAST", "lead_time_days": 0.25, "direct": True}
    chain, received = morning(small, suppliers=[supplier | {"minimum_order": 1e6}])
    assert received[23] == 0
    assert chain.ledger.on_order[0].sum() == 0
    assert chain.tally.daily["purchased_units"][0].tolist()[:2] == [16, 16], "given up, and asked for again"


def test_a_fault_of_the_supplier_holds_it_up(small):
    stop = {"kind": "supplier_stop", "at": "2026-03-02 21:00", "minutes": 20 * 60, "suppliers": ["FAST"]}
    _, received = morning(small, faults=[stop])
    assert received == {4.5: 0, 9.25: 0, 9.75: 0, 23: 0}


def test_one_review_orders_from_both_sources(small):
    chain = Chain(
        small(**QUIET, suppliers=DIRECT, replenishment={"stores": {"policy": "base_stock", "days": 30}}, days=1)
    )
    asked, bought = [], []
    for warehouse in chain.warehouses:
        warehouse.ask = lambda to, units, ask=warehouse.ask: (asked.append((to, units)), ask(to, units))
    chain.suppliers.order, order = (
        lambda at, units: (bought.append((at, units)), order(at, units)),
        chain.suppliers.order,
    )
    chain.play()
    fast = of_fast(chain)
    assert {int(at) for to, _ in asked for at in to} == {at for at, _ in bought if at < WE} == {0, 1, 2, 3}
    assert not any(units[:, fast].any() for _, units in asked)
    assert all(units[fast].any() and not units[~fast].any() for at, units in bought if at < WE)
    daily = chain.tally.daily
    assert (daily["replenishment_orders"][STORES, 0] == 1).all()
    assert (daily["ordered_lines"][STORES, 0] == len(fast)).all()


def test_a_policy_sees_no_source_stock_and_no_share_of_what_a_supplier_delivers(small):
    chain = Chain(small(suppliers=DIRECT))
    fast, every = of_fast(chain), np.arange(4)
    at_source, share = chain.replenishment._at_source(every), chain.replenishment.supplies.share_of(slice(None))
    assert not at_source[:, fast].any()
    assert (at_source[:, ~fast] > 0).all()
    assert not share[:, fast].any()
    np.testing.assert_allclose(share[0, ~fast] + share[1, ~fast], 1)
    lead_time, _ = chain.replenishment.supplies.lead_times_of(every, ALL)
    assert (lead_time[:, fast] == 0.25).all()
    assert (lead_time[:, ~fast] == 2).all(), "a day on the lane and one in the warehouse"


def test_a_warehouses_forecast_leaves_out_what_stores_buy_themselves(small):
    rules = {"warehouses": {"policy": "days_of_cover", "days": 6}}
    direct, through = (
        Chain(small(**QUIET, suppliers=suppliers, replenishment=rules))
        for suppliers in (DIRECT, [DIRECT[0] | {"direct": False}, DIRECT[1]])
    )
    fast, at = of_fast(direct), np.array([WE, WS])
    ahead, usual = (chain.replenishment.outlook.ahead(at, 3)[0] for chain in (direct, through))
    assert not ahead[..., fast].any()
    np.testing.assert_allclose(ahead[..., ~fast], usual[..., ~fast])


def test_where_only_some_stores_are_served_directly_the_warehouse_serves_the_others(small):
    chain = Chain(small(**QUIET, suppliers=[DIRECT[0] | {"direct": ["E1", "S2"]}, DIRECT[1]], days=8))
    fast, demand = of_fast(chain), chain.mean_demand
    np.testing.assert_allclose(demand[WE, fast], demand[1, fast])
    np.testing.assert_allclose(demand[WS, fast], demand[2, fast])
    chain.play()
    assert chain.ledger.received[[0, 3]][:, fast].sum() > 0
    assert chain.ledger.received[[1, 2]].sum() == 0


def test_a_regional_warehouse_may_buy_some_goods_itself(small):
    warehouses = [
        {"code": code, "region": "EAST", "warehouse": up} for code, up in (("C", None), ("WE", "C"), ("WS", "C"))
    ]
    lanes = [
        {"origin": origin, "destination": to, "lead_time_days": 1}
        for origin, to in (("C", "WE"), ("C", "WS"), ("WE", "E1"), ("WE", "E2"), ("WS", "S1"), ("WS", "S2"))
    ]
    suppliers = [DIRECT[0] | {"direct": ["WS"]}, DIRECT[1]]
    chain = Chain(small(**QUIET, warehouses=warehouses, lanes=lanes, suppliers=suppliers, days=12))
    fast = of_fast(chain)
    np.testing.assert_allclose(chain.mean_demand[4, fast], chain.mean_demand[5, fast])
    np.testing.assert_allclose(chain.mean_demand[4, ~fast], chain.mean_demand[5:, ~fast].sum(axis=0))
    chain.play()
    assert chain.ledger.received[6, fast].sum() > 0
    assert chain.ledger.received[5].sum() == chain.ledger.received[6, ~fast].sum() == 0


def test_goods_on_order_without_an_origin_come_from_the_supplier(small):
    rows = [{"location": "E1", "sku": f"SKU-{n:05d}", "units": 4, "on_order": 8} for n in (1, 2)]
    chain = Chain(small(suppliers=DIRECT, opening_stock=rows))
    assert [goods.origin for goods in chain.setting.opening.under_way] == ["FAST", "WE"]


def test_stock_of_goods_that_pass_no_warehouse_is_not_missed_there(small):
    rows = [{"location": code, "sku": "SKU-00001", "units": 4} for code in ("E1", "E2", "S1", "S2")]
    assert warnings(small(suppliers=DIRECT, opening_stock=rows)) == []
    assert len(warnings(small(opening_stock=rows))) == 2


def test_a_place_that_does_not_exist_is_refused_by_its_path(small):
    found = next(misses(small(suppliers=[DIRECT[0] | {"direct": ["E1", "X9"]}, DIRECT[1]])))
    assert (found.path, found.found) == (("suppliers", 0, "direct", 1), "X9")
