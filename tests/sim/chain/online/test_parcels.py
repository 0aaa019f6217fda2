"""Parcels that leave when somebody looks leave as if each had a process of its own, whoever looks, and whenever."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import simpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.chain import chain as chain_module
from sim.chain.chain import Chain, Outcome
from sim.chain.online.parcels import Lines, Parcels
from sim.clock import DAY_S, tick

SHORT = {
    "online": {"orders_per_day": 300},
    "opening_stock": {"store_days": 6, "warehouse_days": 1, "store_least_units": 0},
    "accuracy": {"shrinkage_share": 0.2, "misscan_share": 0.2},
}
"""Warehouses run out, stores ship, pickers find less than the book says."""
NO_ORDERS = {
    "replenishment": {"stores": {"policy": "none"}, "warehouses": {"policy": "none"}, "pick_s_per_line": 201.7}
}
"""Pickers work for customers alone, with hardly time for all of them, and are never done at the very instant at which orders are sourced."""


class OneByOne(Parcels):
    """The plainest reading of docs/network.md: a SimPy process a parcel, a SimPy resource for the pickers of a warehouse."""

    def __init__(self, setting, agenda, *parts):
        super().__init__(setting, agenda, *parts)
        self.env, self.pick_s_per_line = agenda._env, setting.scenario.replenishment.pick_s_per_line
        self.pickers = [simpy.Resource(self.env, place.pickers) for place in setting.scenario.warehouses]

    def release(self, order, location, sku, units, pick_s):
        self.ledger.reserve_lines(location, sku, units)
        lines = Lines(order, location, sku, units, units, pick_s)
        first = lines.starts()
        for parcel in np.split(np.arange(len(order)), first[1:]):
            self.env.process(self._parcel(lines.at(parcel)))
        return order[first]

    def _parcel(self, lines: Lines) -> Iterator:
        network, env, place = self.network, self.env, int(lines.location[0])
        if network.is_store(place):
            yield env.timeout(network.opens_in(place, env.now) + float(lines.picked_s[0]))
            self.stores[place].advance(env.now)
        else:
            with self.pickers[place - network.n_stores].request() as picker:
                yield picker
                busy_s = tick(len(lines.order) * self.pick_s_per_line)
                yield env.timeout(network.opens_in(place, env.now) + busy_s)
        self._pick(lines._replace(picked_s=np.full(len(lines.order), env.now)))

    def until(self, now: float) -> None:
        pass


def agree(a: Outcome, b: Outcome) -> bool:
    """To rounding: sums of money are added up in another order."""
    columns = [name for name in a.daily.column_names if name != "location_code"]
    exact = a.kpis.column("kpi").equals(b.kpis.column("kpi")) and a.catalogue.equals(b.catalogue)
    return exact and all(
        np.allclose(a.daily[name].to_numpy(), b.daily[name].to_numpy(), rtol=1e-12, atol=1e-9) for name in columns
    )


@pytest.mark.parametrize("sourcing", ["nearest", "cheapest", "complete_first", "priced"])
def test_parcels_leave_as_if_each_had_a_process_of_its_own(small, sourcing, monkeypatch):
    said = SHORT | NO_ORDERS | {"online": {"orders_per_day": 300, "sourcing": {"policy": sourcing}}}
    batched = Chain(small(days=5, **said)).play()
    monkeypatch.setattr(chain_module, "Parcels", OneByOne)
    assert agree(batched, Chain(small(days=5, **said)).play())
    by_place = batched.daily.to_pandas().groupby("location")
    assert (by_place["parcels"].sum()[[0, 1, 2, 4, 5]] > 0).all()
    assert by_place["short_units"].sum().sum() > 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 3 * DAY_S).map(tick), st.integers(0, 5)), max_size=30).map(sorted))
def test_it_does_not_matter_who_looks_and_when(small, looks):
    def look(chain) -> Iterator:
        for instant, location in looks:
            yield chain.env.timeout(instant - chain.env.now)
            chain.ledger.promisable(location)

    alone, watched = Chain(small(days=3, **SHORT)), Chain(small(days=3, **SHORT))
    watched.env.process(look(watched))
    assert agree(alone.play(), watched.play())
    for name in ("physical", "book", "reserved", "sold"):
        assert (getattr(alone.ledger, name) == getattr(watched.ledger, name)).all()
    assert len(alone.online.orders) == len(watched.online.orders)
