"""A warehouse is fed by a warehouse: central, regional, stores, to any depth; every rule of a store's order holds for a warehouse's."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.chain.network import Network
from sim.chain.online.pricing import Pricing
from sim.clock import DAY_S, HOUR_S
from sim.scenario.opening import warnings
from sim.scenario.references import misses

QUIET = {
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
    "trading": {"return_share": 0},
}
TIERS = {
    "warehouses": [
        {"code": "C", "region": "EAST", "docks": 1, "pickers": 2},
        {"code": "WE", "region": "EAST", "docks": 1, "pickers": 2, "warehouse": "C"},
        {"code": "WS", "region": "SOUTH", "docks": 1, "pickers": 2, "warehouse": "C"},
    ],
    "lanes": [
        {"origin": "WE", "destination": "E1", "lead_time_days": 1, "distance_km": 40},
        {"origin": "WE", "destination": "E2", "lead_time_days": 1, "distance_km": 60},
        {"origin": "WS", "destination": "S1", "lead_time_days": 1, "distance_km": 30},
        {"origin": "WS", "destination": "S2", "lead_time_days": 1, "distance_km": 90},
        {"origin": "C", "destination": "WE", "lead_time_days": 0.5, "distance_km": 200},
        {"origin": "C", "destination": "WS", "lead_time_days": 2, "distance_km": 1200, "truck_kg": 3000},
        {"origin": "WE", "destination": "WS", "lead_time_days": 1, "distance_km": 1200},
    ],
}


@pytest.fixture
def tiers(small):
    """Makes the small chain with a central warehouse C that feeds WE and WS, with sections changed."""
    return lambda **changes: small(**TIERS | changes)


def daily(chain: Chain, outcome, name: str) -> dict[str, float]:
    table = outcome.daily.to_pandas().groupby("location_code", sort=False)[name].sum()
    return {code: float(table[code]) for code in chain.network.codes}


feeders = st.integers(1, 6).flatmap(lambda n: st.tuples(*(st.integers(-1, at - 1) for at in range(n))))


@settings(max_examples=60, deadline=None)
@given(fed_by=feeders, of_store=st.lists(st.integers(0, 5), min_size=4, max_size=4), online=st.sampled_from([0, 60]))
def test_the_warehouses_that_suppliers_feed_answer_for_all_demand(small, fed_by, of_store, online):
    """Whatever the depth: a warehouse's demand is that of what it feeds and its own online part, and none is lost or counted twice."""
    codes = [f"W{n}" for n in range(len(fed_by))]
    warehouses = [
        {"code": code, "region": ("EAST", "SOUTH")[n % 2], "warehouse": None if up < 0 else codes[up]}
        for n, (code, up) in enumerate(zip(codes, fed_by, strict=True))
    ]
    stores = [
        {
            "code": f"S{n}",
            "region": "EAST",
            "warehouse": codes[up % len(codes)],
            "customers_per_day": 50 + n,
            "tills": 1,
        }
        for n, up in enumerate(of_store)
    ]
    chain = Chain(small(stores=stores, warehouses=warehouses, lanes=[], online={"orders_per_day": online}))
    network, demand = chain.network, chain.mean_demand
    in_all = chain.traffic.mean_demand.sum(axis=0) + chain.traffic.mean_online_demand
    np.testing.assert_allclose(demand[network.fed_by < 0].sum(axis=0), in_all)
    for warehouse in network.warehouses:
        assert (demand[warehouse] >= demand[network.fed_by == warehouse].sum(axis=0) - 1e-9).all()
    assert network.echelon[network.fed_by < 0].tolist() == [0] * int((network.fed_by < 0).sum())
    below = network.fed_by >= 0
    assert (network.echelon[below] == network.echelon[network.fed_by[below]] + 1).all()


@settings(max_examples=5, deadline=None)
@given(
    fed_by=feeders,
    of_store=st.lists(st.integers(0, 5), min_size=3, max_size=3),
    direct=st.one_of(st.booleans(), st.lists(st.sampled_from(["S0", "S1", "W1"]), min_size=1, unique=True)),
    unfilled=st.sampled_from(["kept", "forgotten"]),
)
def test_any_network_conserves_every_unit_and_both_engines_agree(small, fed_by, of_store, direct, unfilled):
    codes = [f"W{n}" for n in range(len(fed_by))]
    feeder = {codes[n]: codes[up] for n, up in enumerate(fed_by) if up >= 0}
    feeder |= {f"S{n}": codes[up % len(codes)] for n, up in enumerate(of_store)}
    direct = direct if isinstance(direct, bool) else [code for code in direct if code in feeder]
    place = {"region": "EAST"}
    stores = {"customers_per_day": 60, "tills": 1}
    scenario = {
        "days": 3,
        "regions": [{"code": "EAST", "name": "East"}],
        "stores": [{"code": f"S{n}", "warehouse": feeder[f"S{n}"]} | place | stores for n in range(3)],
        "warehouses": [{"code": code, "warehouse": feeder.get(code), "docks": 1} | place for code in codes],
        "lanes": [{"origin": up, "destination": to, "lead_time_days": 0.4} for to, up in feeder.items()],
        "suppliers": [{"code": "FAST", "lead_time_days": 0.5, "direct": direct}, {"code": "SLOW", "lead_time_days": 1}],
        "skus": {"count": 12, "pack": 3},
        "opening_stock": {"store_days": 2, "warehouse_days": 2},
        "replenishment": {"unfilled": unfilled, "warehouses": {"policy": "base_stock", "days": 4}},
        "transfers": {"least_units": 1, "surplus_days": 5, "stores": True},
        "online": {"orders_per_day": 20, "batch_minutes": 60, "sourcing": {"policy": "priced", "resolve_hours": 36}},
    }
    one, other = (Chain(small(engine=engine, **scenario)) for engine in ("compiled", "simpy"))
    assert list(misses(one.scenario)) == []
    assert one.play().daily.equals(other.play().daily), "the ledger is checked at the end of each"
    received, source = one.ledger.received, one.setting.source
    assert not received[source >= 0].any(), "suppliers deliver only where they are the source"
    assert received.any()


EVERYTHING = {
    "days": 6,
    "opening_stock": {"warehouse_days": 4},
    "replenishment": {
        "unfilled": "kept",
        "warehouses": {"policy": "forecast", "fill_rate": 0.95},
        "by_warehouse": {"C": {"policy": "base_stock", "days": 9, "review_days": 2}},
        "send_back": {"above_days": 5, "every_days": 3},
    },
    "transfers": {"stores": True, "least_units": 1, "surplus_days": 5},
    "faults": [
        {"kind": "warehouse_stop", "at": "2026-03-04 10:00", "minutes": 300, "warehouses": ["C"]},
        {
            "kind": "lane_closed",
            "at": "2026-03-05 00:00",
            "minutes": 2000,
            "lanes": [{"origin": "C", "destination": "WE"}],
        },
        {"kind": "supplier_stop", "at": "2026-03-06 00:00", "minutes": 900},
    ],
}


def test_the_whole_chain_plays_conserves_and_both_engines_agree(tiers):
    played = []
    for engine in ("compiled", "simpy"):
        chain = Chain(tiers(engine=engine, **EVERYTHING))
        for day in range(chain.scenario.days):
            chain.begin(day)
            while chain.env.peek() < (day + 1) * DAY_S:
                chain.env.step()
                chain.ledger.check()
            chain.end(day)
            chain.ledger.check()
        played.append({name: counted.copy() for name, counted in chain.tally.daily.items()})
    for name, counted in played[0].items():
        assert (counted == played[1][name]).all(), name
    at = {code: n for n, code in enumerate(chain.network.codes)}
    assert played[0]["purchased_units"][at["WE"] :].sum() == played[0]["received_units"][at["WE"] :].sum() == 0
    for code in ("WE", "WS"):
        assert played[0]["ordered_units"][at[code]].sum() > 0
        assert played[0]["units_in"][at[code]].sum() > 0


def test_what_a_central_warehouse_sends_its_regional_ones_take_in(tiers):
    """Nothing is bought, so all goods of the regions come from C, after its lead time, its doors, a dock and unloading."""
    rule = {
        "warehouses": {"policy": "none"},
        "by_warehouse": {"WE": {"policy": "base_stock", "days": 20, "at": "12:00"}},
    }
    chain = Chain(tiers(**QUIET, replenishment=rule, transfers={"warehouses": False}, days=4))
    outcome = chain.play()
    sent, came, ordered = (daily(chain, outcome, name) for name in ("units_out", "units_in", "ordered_units"))
    assert 0 < sent["C"] == came["WE"] + chain.ledger.in_transit[5].sum()
    assert came["WS"] == ordered["WS"] == 0
    by_day = outcome.daily.to_pandas().query("location_code == 'WE'")["units_in"].tolist()
    assert by_day[0] == 0, "ordered at noon, half a day on the lane, doors closed until the morning"
    assert by_day[1] > 0


def test_a_regional_warehouse_reckons_with_the_lead_times_that_it_saw(tiers):
    chain = Chain(tiers(**QUIET, days=8))
    at = {code: n for n, code in enumerate(chain.network.codes)}
    mean, sd = chain.replenishment.supplies.lead_times
    assert mean.shape == sd.shape == chain.mean_demand.shape
    assert mean[at["WE"], 0] == 0.5 + 1
    assert mean[at["WS"], 0] == 2 + 1
    assert mean[at["C"], :2].tolist() == [1, 3]
    chain.play()
    later, _ = chain.replenishment.supplies.lead_times
    assert later[at["WE"], 0] != mean[at["WE"], 0]
    assert later[at["WE"], 0] < later[at["WS"], 0]


def test_a_lorry_to_a_warehouse_carries_no_more_than_its_lane_allows(tiers):
    full = Chain(tiers(**QUIET, days=6, transfers={"warehouses": False}))
    light = [*TIERS["lanes"][:5], TIERS["lanes"][5] | {"truck_kg": 60}, *TIERS["lanes"][6:]]
    small_truck = Chain(tiers(**QUIET, days=6, lanes=light, transfers={"warehouses": False}))
    kg, sent = full.assortment.weight_kg, []
    small_truck.freight.send, original = lambda goods: (sent.append(goods), original(goods)), small_truck.freight.send
    full.play(), small_truck.play()
    to_ws = [goods.units[row] @ kg for goods in sent if goods.origin == 4 for row in np.flatnonzero(goods.to == 6)]
    assert to_ws
    assert max(to_ws) <= 60
    assert small_truck.tally.daily["units_in"][6].sum() < full.tally.daily["units_in"][6].sum()


def test_a_central_warehouse_keeps_the_orders_that_it_cannot_fill_and_serves_the_oldest_first(tiers):
    rows = [
        {"location": code, "sku": "SKU-00001", "units": units}
        for code, units in (("E1", 4), ("WE", 0), ("WS", 0), ("C", 0))
    ]
    rule = {
        "unfilled": "kept",
        "stores": {"policy": "none"},
        "warehouses": {"policy": "base_stock", "units": 40, "review_days": 10, "at": "09:00"},
        "by_warehouse": {
            "WS": {"policy": "base_stock", "units": 40, "review_days": 10, "at": "10:00"},
            "C": {"policy": "base_stock", "units": 8, "review_days": 1, "at": "12:00"},
        },
    }
    skus = [{"code": f"SKU-{n:05d}", "price": 9, "unit_cost": 5, "supplier": "FAST", "pack": 4} for n in (1, 2)]
    chain = Chain(
        tiers(**QUIET, skus=skus, opening_stock=rows, replenishment=rule, transfers={"warehouses": False}, days=9)
    )
    central = chain.warehouses[0]
    chain.begin(0)
    chain.env.run(until=11 * HOUR_S)
    assert central.backlog.units[0] == 80
    chain.env.run(until=13 * HOUR_S)
    assert chain.ledger.on_order[4, 0] == 8 + 80, "the level above what it owes"
    chain.env.run(until=DAY_S)
    chain.end(0)
    for day in range(1, 9):
        chain.begin(day)
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
    assert central.backlog.units[0] == 0
    first, later = (chain.tally.daily["units_in"][at].nonzero()[0][0] for at in (5, 6))
    assert first <= later


def test_a_central_warehouses_forecast_is_the_sum_of_all_stores_below_it(tiers):
    rule = {"warehouses": {"policy": "days_of_cover", "days": 6}}
    chain = Chain(tiers(online={"orders_per_day": 60}, replenishment=rule))
    outlook, network = chain.replenishment.outlook, chain.network
    everywhere = np.arange(len(network))
    ahead, sd = outlook.ahead(everywhere, 3)
    own = ahead[:, 4] - ahead[:, 5] - ahead[:, 6]
    assert (own >= -1e-9).all()
    assert own.sum() > 0, "what C ships to customers itself"
    assert (ahead[:, 5] >= ahead[:, 0] + ahead[:, 1] - 1e-9).all()
    alone, alone_sd = outlook.ahead(np.array([4]), 3)
    np.testing.assert_allclose(alone[:, 0], ahead[:, 4])
    np.testing.assert_allclose(alone_sd[0], sd[4])
    expected = chain.mean_demand[4].sum()
    assert ahead[:, 4].mean(axis=0).sum() == pytest.approx(expected, rel=0.2)


def test_a_policy_at_a_regional_warehouse_sees_the_stock_of_the_central_one_and_its_share(tiers):
    chain = Chain(tiers(**QUIET))
    replenishment = chain.replenishment
    at_source = replenishment._at_source(np.array([5, 6]))
    assert (at_source == chain.ledger.promisable(4)).all()
    share = chain.replenishment.supplies.share_of(slice(None))
    np.testing.assert_allclose(share[5] + share[6], 1)
    np.testing.assert_allclose(share[0] + share[1], 1)
    assert share[4].sum() == 0


def test_transfers_are_among_warehouses_of_one_echelon(tiers):
    chain = Chain(tiers(**EVERYTHING | {"faults": []}))
    moved = []
    chain.transfers._move, original = lambda *move: (moved.append(move[:2]), original(*move)), chain.transfers._move
    chain.play()
    echelon = chain.network.echelon
    assert moved
    assert all(echelon[origin] == echelon[destination] for origin, destination in moved)


def test_online_sourcing_leaves_a_central_warehouse_what_stores_below_it_will_want(tiers):
    chain = Chain(tiers(online={"orders_per_day": 60, "sourcing": {"policy": "priced", "horizon_days": 2}}))
    in_stores = chain.traffic.mean_demand
    pricing = Pricing(chain.setting, chain.freight.agenda, chain.ledger, chain.online.ship_cost)
    np.testing.assert_allclose(pricing._own[4], 2 * in_stores.sum(axis=0))
    np.testing.assert_allclose(pricing._own[6], 2 * in_stores[2:].sum(axis=0))


START = date(2026, 3, 2)


@pytest.mark.parametrize("split", [1, 2, 5])
def test_a_run_in_two_parts_is_the_run_in_one(tiers, split):
    """Orders and goods between two warehouses at the midnight between the parts; no customer comes, so that nothing is drawn at random."""
    rule = {"policy": "base_stock", "at": "12:00"}
    changes = QUIET | {
        "stores": [
            {"code": "E1", "region": "EAST", "warehouse": "WE", "customers_per_day": 1e-9, "tills": 2},
            {"code": "S1", "region": "SOUTH", "warehouse": "WS", "customers_per_day": 1e-9, "tills": 2},
        ],
        "lanes": [lane for lane in TIERS["lanes"] if lane["destination"] not in ("E2", "S2")],
        "suppliers": [{"code": "FAST", "lead_time_days": 1}, {"code": "SLOW", "lead_time_days": 3}],
        "replenishment": {
            "stores": rule | {"units": 40},
            "warehouses": rule | {"units": 60},
            "by_warehouse": {"C": rule | {"units": 100}},
        },
        "transfers": {"warehouses": False},
    }

    def played(rows, days, start):
        chain = Chain(tiers(**changes, opening_stock=rows, days=days, start=start))
        table = chain.play().daily.to_pandas().set_index(["day", "location_code"])
        return chain, table[["units_in", "units_out", "received_units", "on_hand_units", "ordered_units"]]

    opening = [
        {"location": code, "sku": f"SKU-{sku:05d}", "units": units * sku}
        for code, units in (("E1", 0), ("S1", 1), ("C", 3), ("WE", 1), ("WS", 0))
        for sku in range(1, 41)
    ]
    _, whole = played(opening, 9, START)
    chain, _ = played(opening, split, START)
    rows = [
        {name: value for name, value in row.items() if not pd.isna(value)}
        for row in chain.closing_stock().to_dict("records")
    ]
    _, second = played(rows, 9 - split, START + timedelta(days=split))
    later = whole.reset_index().query("day >= @split").drop(columns="day").reset_index(drop=True)
    pd.testing.assert_frame_equal(second.reset_index().drop(columns="day"), later)
    assert later.query("location_code == 'WE'")["units_in"].sum() > 0


def test_goods_on_order_without_an_origin_come_from_the_warehouse_that_feeds_the_location(tiers):
    rows = [{"location": code, "sku": "SKU-00001", "units": 4, "on_order": 8} for code in ("E1", "WE", "C")]
    chain = Chain(tiers(opening_stock=rows))
    assert [goods.origin for goods in chain.setting.opening.under_way] == ["WE", "C", "FAST"]


def test_a_circle_of_warehouses_is_refused_at_each_of_them(tiers):
    warehouses = [each | {"warehouse": up} for each, up in zip(TIERS["warehouses"], ("WE", "C", "C"), strict=True)]
    found = [miss for miss in misses(tiers(warehouses=warehouses)) if "does not feed" in miss.expected]
    assert [(miss.path, miss.found) for miss in found] == [
        (("warehouses", 0, "warehouse"), "C from WE from C"),
        (("warehouses", 1, "warehouse"), "WE from C from WE"),
    ]
    with pytest.raises(ValueError, match="circle"):
        Network(tiers(warehouses=warehouses))


@pytest.mark.parametrize(
    ("changes", "path", "expected"),
    [
        ({"warehouses": [TIERS["warehouses"][0], TIERS["warehouses"][1] | {"warehouse": "D"}, TIERS["warehouses"][2]]},
         ("warehouses", 1, "warehouse"), "the code of a warehouse"),
        ({"lanes": TIERS["lanes"][:4]}, ("warehouses", 1, "warehouse"), "a lane from C to WE"),
        ({"lanes": [*TIERS["lanes"][:4], {"origin": "C", "destination": "WE"}, TIERS["lanes"][5]]}, ("lanes", 4), "lead_time_days from C to WE"),
        ({"replenishment": {"by_warehouse": {"X": {"policy": "none"}}}}, ("replenishment", "by_warehouse", "X"), "the code of a warehouse"),
    ],
)  # fmt: skip
def test_what_a_warehouse_lacks_is_refused_by_its_path(tiers, changes, path, expected):
    found = next(misses(tiers(**changes)))
    assert found.path == path
    assert found.expected.startswith(expected)


def test_stock_that_no_central_warehouse_can_refill_is_warned_of(tiers):
    rows = [
        {"location": code, "sku": sku, "units": 4}
        for code in ("E1", "E2", "S1", "S2", "WE", "WS", "C")
        for sku in ("SKU-00001", "SKU-00002")
        if (code, sku) != ("C", "SKU-00002")
    ]
    (found,) = warnings(tiers(opening_stock=rows))
    assert found.startswith("warehouse C does not carry 1 of the 2 SKUs that the places it feeds carry (SKU-00002)")
    orders_nothing = {"by_warehouse": {code: {"policy": "none"} for code in ("WE", "WS")}}
    assert warnings(tiers(opening_stock=rows, replenishment=orders_nothing)) == []
