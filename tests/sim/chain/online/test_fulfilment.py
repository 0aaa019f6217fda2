"""Online orders: their life closes, they are sourced as said, and only from stock that the chain may use."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ext.allocation import POLICIES, Allocator
from sim.chain.chain import Chain
from sim.chain.online import pricing
from sim.chain.online.fulfilment import Online, candidates
from sim.clock import DAY_S
from sim.stock.dual_prices import stock_prices

ONLINE_ONLY = {"replenishment": {"stores": {"policy": "none"}, "warehouses": {"policy": "none"}}}


def played(scenario):
    chain = Chain(scenario)
    outcome = chain.play()
    totals = {
        name: outcome.daily[name].to_numpy().reshape(len(chain.network), -1).sum(axis=1)
        for name in outcome.daily.column_names[4:]
    }
    return chain, totals


@pytest.mark.parametrize("sourcing", ["nearest", "cheapest", "complete_first", "priced"])
@pytest.mark.parametrize(("orders_per_day", "some_lost"), [(60, False), (900, True)])
def test_placed_is_handed_over_plus_lost_plus_open(small, sourcing, orders_per_day, some_lost):
    said = {"sourcing": {"policy": sourcing}, "orders_per_day": orders_per_day}
    stock = {"store_days": 4, "warehouse_days": 0.2, "store_least_units": 0}
    chain, totals = played(small(online=said, opening_stock=stock, **ONLINE_ONLY))
    placed, handed_over, lost = (totals[name].sum() for name in ("orders", "orders_handed_over", "orders_lost"))
    assert placed == handed_over + lost + len(chain.online.orders)
    assert min(handed_over, len(chain.online.orders)) > 0
    assert (lost > 0) == some_lost
    assert (chain.ledger.reserved >= 0).all()


def test_prices_are_solved_on_schedule_and_only_for_what_is_short(small, monkeypatch):
    solved = []

    def noted(stock, forecast, ship_cost):
        solved.append(stock_prices(stock, forecast, ship_cost))
        return solved[-1]

    monkeypatch.setattr(pricing, "stock_prices", noted)
    said = {"sourcing": {"policy": "priced", "resolve_hours": 6, "horizon_days": 2}, "orders_per_day": 300}
    chain = Chain(small(online=said))
    own = 2 * chain.traffic.mean_demand[chain.network.warehouse_of == chain.network.codes.index("WE"), 0].sum()
    half = chain.traffic.mean_online_demand[0]  # of the demand of two days
    units = [int(own + half) + 1, *[100_000] * (len(chain.assortment) - 1)]
    stock = [{"location": "WE", "sku": s, "units": n} for s, n in zip(chain.assortment.code, units, strict=True)]
    played(small(days=2, online=said, opening_stock=stock, **ONLINE_ONLY))
    assert len(solved) == 2 * 24 / 6
    short, ample = solved[0][:, 0], solved[0][:, 1:]
    assert short.max() > 0
    assert not ample.any()


def test_every_order_is_handed_over_once_there_is_time(small):
    """Orders of the first day only: a holiday factor of 0 keeps the other days empty."""
    quiet = [{"name": "after", "first": "2026-03-03", "last": "2026-03-12", "factor": 0}]
    chain, totals = played(small(days=8, traffic={"holidays": quiet}))
    assert totals["orders"].sum() > 0
    assert totals["orders_handed_over"].sum() == totals["orders"].sum()
    assert len(chain.online.orders) == 0
    assert not chain.ledger.reserved.any()


def test_handling_time_is_sourcing_picking_and_delivery(small):
    """A batch of 10 minutes, pickers at once, one day of delivery: between 24 hours and these minutes more."""
    said = {"delivery_days": 1, "batch_minutes": 10, "from_stores": False, "hour_shares": [0] * 10 + [1] * 2 + [0] * 12}
    _, totals = played(small(days=3, online=said, replenishment={"pick_s_per_line": 1, "stores": {"policy": "none"}}))
    mean_s = totals["order_handling_s"].sum() / totals["orders_handed_over"].sum()
    assert DAY_S + 200 < mean_s < DAY_S + 600 + 60


def test_orders_go_to_the_warehouse_of_their_region_while_it_has_everything(small):
    _, totals = played(small(opening_stock={"store_days": 30, "warehouse_days": 90}, **ONLINE_ONLY))
    assert (totals["parcels"][4:] > 0).all()
    assert not totals["parcels"][:4].any()


def test_stores_ship_what_warehouses_lack_and_franchise_stores_only_by_agreement(small):
    """Only S1 and S2, the franchise store, have stock, S1 the less of it."""
    units = {"S1": 20, "S2": 100}
    rows = [
        {"location": location, "sku": sku, "units": units.get(location, 0)}
        for location in ("E1", "E2", "S1", "S2", "WE", "WS")
        for sku in Chain(small()).assortment.code
    ]
    _, alone = played(small(opening_stock=rows, **ONLINE_ONLY))
    assert alone["parcels"][2] > 0
    assert alone["parcels"][3] == 0
    _, agreed = played(small(opening_stock=rows, transfers={"franchise_agrees": 1}, **ONLINE_ONLY))
    assert agreed["parcels"][3] > 0
    _, never = played(small(opening_stock=rows, online={"from_stores": False}, **ONLINE_ONLY))
    assert never["parcels"].sum() == 0
    assert never["orders_lost"].sum() == never["orders"].sum()


def test_who_cannot_reach_the_system_places_no_order(small):
    down = [{"kind": "system_outage", "at": datetime(2026, 3, 2), "minutes": 24 * 60}]
    _, as_usual = played(small(days=1))
    _, totals = played(small(days=1, faults=down))
    assert totals["orders"].sum() == 0 < as_usual["orders"].sum()
    assert totals["demanded_units"].sum() == as_usual["demanded_units"].sum()


def test_parcels_are_paid_by_region_and_piece(small):
    stock = {"store_days": 0, "store_least_units": 0, "warehouse_days": 90}
    costs = {"ship_cost_same_region": 2, "ship_cost_other_region": 50, "parcel_cost": 7}
    _, totals = played(small(online=costs | {"region_shares": {"EAST": 1}}, opening_stock=stock, **ONLINE_ONLY))
    parcels, units = (totals[name][4:] for name in ("parcels", "sold_units"))
    assert parcels[0] > 0
    assert totals["shipping_cost"][4:].tolist() == (np.array([2, 50]) * units + 7 * parcels).tolist()


def test_a_zone_looks_at_the_cheapest_first_and_at_one_price_at_warehouses_first():
    cost = np.array([[1.0, 2.0], [2.0, 1.0], [np.inf, 1.0], [1.0, 2.0]])
    assert candidates(cost, n_stores=3).tolist() == [[3, 0, 1, -1], [1, 2, 3, 0]]
    assert candidates(np.ones((100, 1)), n_stores=90)[0, :11].tolist() == [*range(90, 100), 0]


@given(st.sampled_from(POLICIES), st.data())
def test_lines_whose_first_location_has_all_of_them_are_its_own_by_every_policy(policy, data):
    """Whatever the others have and whatever their prices: why nobody looks there."""
    locations, zones, skus = 5, 3, 6
    cost = data.draw(arrays(np.float64, (locations, zones), elements=st.sampled_from([1.0, 1.5, 2.5])))
    stock = data.draw(arrays(np.int64, (locations, skus), elements=st.integers(0, 9)))
    safety = np.repeat([[1]] * 3 + [[0]] * 2, skus, axis=1)
    price = data.draw(arrays(np.float64, (locations, skus), elements=st.sampled_from([0.0, 0.0, 4.0])))
    baskets = data.draw(st.lists(st.lists(st.integers(0, skus - 1), unique=True, min_size=1), min_size=1, max_size=6))
    zone = data.draw(arrays(np.int32, len(baskets), elements=st.integers(0, zones - 1)))
    start = np.append(0, np.cumsum([len(basket) for basket in baskets]))
    sku = np.concatenate(baskets).astype(np.int32)
    units = data.draw(arrays(np.int32, len(sku), elements=st.integers(1, 4)))

    looks_at = candidates(cost, n_stores=3)
    first = looks_at[zone, 0].repeat(np.diff(start))
    wanted = np.zeros_like(stock)
    np.add.at(wanted, (first, sku), units)
    asked = wanted > 0
    stock[asked] = wanted[asked] + safety[asked]
    price[asked] = 0.0
    parcel_cost = np.full(locations, data.draw(st.sampled_from([0.0, 8.0])))
    sourced = Allocator(
        stock, cost, policy=policy, price=price, parcel_cost=parcel_cost, candidates=looks_at, safety_stock=safety
    ).source_orders(start, sku, units, zone)
    assert (sourced.line.tolist(), sourced.quantity.tolist()) == (list(range(len(sku))), units.tolist())
    assert sourced.location.tolist() == first.tolist()


@pytest.mark.parametrize("sourcing", ["nearest", "cheapest", "complete_first", "priced"])
def test_looking_only_where_it_matters_sources_what_looking_everywhere_does(small, sourcing, monkeypatch):
    said = {"sourcing": {"policy": sourcing}, "orders_per_day": 300}
    stock = {"store_days": 6, "warehouse_days": 2, "store_least_units": 0}
    _, some = played(small(days=5, online=said, opening_stock=stock))
    answers, has = [], Online._has
    monkeypatch.setattr(Online, "_has", lambda *batch: answers.append(has(*batch)))
    _, everywhere = played(small(days=5, online=said, opening_stock=stock))
    assert {name: total.tolist() for name, total in some.items()} == {
        name: total.tolist() for name, total in everywhere.items()
    }
    assert {True, False} == set(answers)


def test_lost_units_count_in_the_hour_in_which_they_were_wanted(small):
    down = [{"kind": "system_outage", "at": datetime(2026, 3, 2, 12), "minutes": 60}]
    outcome = Chain(small(days=1, faults=down, online={"orders_per_day": 2000}, **ONLINE_ONLY)).play()
    hourly = outcome.hourly.to_pandas()
    lost = hourly[hourly.location >= 4].groupby("hour").lost_units.sum()
    assert lost[lost > 0].index.tolist() == [12]
