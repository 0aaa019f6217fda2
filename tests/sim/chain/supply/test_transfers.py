"""Transfers: only where the system can, only from those who agree; and what they are worth is measured."""

from __future__ import annotations

import pytest

from sim.chain.chain import Chain
from sim.scenario.sections.supply import Transfers as Said

SHIPS_TO_ITSELF = {"orders_per_day": 0}
FREE = {"saving_per_unit": 5, "cost_per_unit_km": 0.001, "least_units": 1, "lead_time_days": 1}


def totals(scenario, replication=0):
    chain = Chain(scenario, replication)
    daily = chain.play().daily
    return {name: daily[name].to_numpy().reshape(len(chain.network), -1).sum(axis=1) for name in daily.column_names[4:]}


def lopsided(small, **changes):
    """All stock of the chain lies in the warehouse of one region, and no supplier delivers."""
    base = Chain(small(online=SHIPS_TO_ITSELF, opening_stock={"store_days": 2, "warehouse_days": 60}))
    rows = [
        {
            "location": location,
            "sku": sku,
            "units": int(base.setting.opening.on_hand[n, k]) * (location != "WS"),
        }
        for n, location in enumerate(base.network.codes)
        for k, sku in enumerate(base.assortment.code)
    ]
    return small(
        days=8,
        opening_stock=rows,
        online=SHIPS_TO_ITSELF,
        replenishment={"warehouses": {"policy": "none"}},
        **{"transfers": FREE} | changes,
    )


def test_a_system_without_multi_warehouse_transfers_moves_nothing(small):
    found = totals(lopsided(small, system={"multi_warehouse_transfers": False}))
    assert found["transfer_units"].sum() == 0
    assert found["units_in"][4:].sum() == 0


def test_transfers_cut_stockouts_where_one_warehouse_has_what_another_lacks(small):
    """Measured under common random numbers, in three replications."""
    for replication in range(3):
        moved = totals(lopsided(small), replication)
        stuck = totals(lopsided(small, system={"multi_warehouse_transfers": False}), replication)
        assert moved["transfer_units"][4] > 0
        assert moved["demanded_units"].tolist() == stuck["demanded_units"].tolist()
        south = slice(2, 4)
        assert moved["stockout_sku_days"][south].sum() < 0.7 * stuck["stockout_sku_days"][south].sum()
        assert moved["short_units"].sum() < stuck["short_units"].sum()


def test_what_freight_eats_up_stays_where_it_is(small):
    """1,200 km at 0.01 a unit and km cost more than the 5 that a unit is worth."""
    assert totals(lopsided(small, transfers=FREE | {"cost_per_unit_km": 0.01}))["transfer_units"].sum() == 0


@pytest.mark.parametrize("agrees", [0, 1])
def test_franchise_stock_moves_only_by_agreement(small, agrees):
    """S2, the franchise store, lies full; the others are empty and nobody delivers."""
    base = Chain(small())
    rows = [
        {"location": location, "sku": sku, "units": 500 * (location == "S2")}
        for location in base.network.codes
        for sku in base.assortment.code
    ]
    nobody = {"stores": {"policy": "none"}, "warehouses": {"policy": "none"}}
    between_stores = FREE | {"stores": True, "franchise_agrees": agrees}
    found = totals(
        small(opening_stock=rows, replenishment=nobody, transfers=between_stores, online=SHIPS_TO_ITSELF, days=4)
    )
    assert (found["units_out"][3] > 0) == bool(agrees)
    assert (found["units_in"][:3].sum() > 0) == bool(agrees)


def test_a_deficit_above_the_surplus_is_refused():
    with pytest.raises(ValueError, match="deficit_days ≤ surplus_days"):
        Said(deficit_days=9, surplus_days=8)
