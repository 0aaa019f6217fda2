"""Online orders: their life closes, they are sourced as said, and only from stock that the chain may use."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from sim.chain import pricing
from sim.chain.chain import Chain
from sim.chain.online import candidates
from sim.clock import DAY_S
from sim.stock.prices import stock_prices

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
