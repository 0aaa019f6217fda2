"""docs/network.md, the order of a day: one list says it, the chain is played from it, and the page shows it."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

import sim.chain
from sim.chain.agenda import Agenda
from sim.chain.chain import Chain
from sim.chain.sequence import DayBegins, DayEnds, Instant, Reading, lines
from sim.chain.supply.freight import Consignment
from sim.clock import DAY_S, HOUR_S, TICK_S
from sim.traffic.day_sheet import OnlineSheet, Traffic

PAGE = (Path(__file__).parents[3] / "docs" / "network.md").read_text(encoding="utf-8")
LISTS = (DayEnds, DayBegins, Instant, Reading)
QUIET = {
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
}
NOON_S = 12 * HOUR_S


@pytest.mark.parametrize("phases", LISTS)
def test_the_page_shows_the_lists_as_they_are(phases):
    assert "\n".join(["| --- | --- | --- | --- |", *lines(phases), ""]) in PAGE


def test_every_part_named_is_a_class_of_the_chain():
    found = set()
    for module in pkgutil.walk_packages(sim.chain.__path__, "sim.chain."):
        found |= set(vars(importlib.import_module(module.name)))
    named = {part for phases in LISTS for phase in phases for part in phase.part.split(", ")}
    assert named <= found


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(Instant))), max_size=40))
def test_an_instants_phases_come_in_order_and_within_one_what_was_asked_for_first(asked):
    env, done = simpy.Environment(), []
    agenda = Agenda(env)
    for number, (t, phase) in enumerate(asked):
        agenda.at(float(t), phase, lambda items: done.extend(items), (t, phase.rank, number))
    env.run()
    assert done == sorted(done)


def test_what_is_caused_at_an_instant_takes_its_place_among_what_is_still_to_come():
    env, done = simpy.Environment(), []
    agenda = Agenda(env)

    def review(_):
        done.append(Instant.REVIEW)
        for phase in (Instant.ORDERS, Instant.ARRIVAL):
            agenda.at(5.0, phase, lambda _, phase=phase: done.append(phase))

    agenda.at(5.0, Instant.ONLINE, lambda _: done.append(Instant.ONLINE))
    agenda.at(5.0, Instant.REVIEW, review)
    env.run()
    assert done == [Instant.REVIEW, Instant.ARRIVAL, Instant.ONLINE, Instant.ORDERS]


@pytest.fixture
def played(monkeypatch):
    """Plays a scenario and notes (instant, phase, asked for at an earlier instant) of everything done."""

    def play(scenario):
        done, asked, at, wrapped = [], {}, Agenda.at, {}

        def noted(agenda, t, phase, do, item=None):
            def note(items):
                done.append((agenda.now, *asked.pop((agenda.now, do))))
                do(items)

            asked.setdefault((t, do), (phase, agenda.now < t))
            at(agenda, t, phase, wrapped.setdefault(do, note), item)

        monkeypatch.setattr(Agenda, "at", noted)
        chain = Chain(scenario)
        chain.play()
        return done

    return play


EVERYTHING_AT_ONCE = {
    "days": 6,
    "trading": {"unmet": "backordered"},
    "transfers": {"stores": True, "franchise_agrees": 1.0, "surplus_days": 3, "deficit_days": 2, "least_units": 1},
    "opening_stock": {"store_days": {"distribution": "uniform", "low": 0, "high": 12}, "warehouse_days": 3},
    "replenishment": {
        "stores": {"policy": "base_stock", "days": 4},
        "warehouses": {"policy": "base_stock", "days": 5},
        "send_back": {"above_days": 6, "every_days": 1},
    },
    "online": {"orders_per_day": 200, "sourcing": {"policy": "priced", "resolve_hours": 6}},
    "suppliers": [
        {"code": "FAST", "lead_time_days": 1, "order_weekdays": [2, 3, 4]},
        {"code": "SLOW", "lead_time_days": 2, "fill_rate": 0.9},
    ],
    "accuracy": {"audit_at": "12:00", "gap_check_days": 2, "receiving_error_share": 0.05},
    "trace": {"first": datetime(2026, 3, 3, 10), "last": datetime(2026, 3, 4, 20)},
}


def test_a_chain_keeps_the_order_at_every_instant(small, played):
    """Among what was asked for before an instant, no phase comes after a later one."""
    done = [(t, phase.rank) for t, phase, earlier in played(small(**EVERYTHING_AT_ONCE)) if earlier]
    assert all(a[0] < b[0] or a[1] <= b[1] for a, b in pairwise(done))
    shared = {t for (t, one), (at, other) in pairwise(done) if t == at and one != other}
    assert len(shared) > 20


def test_a_chain_goes_through_every_phase(small, played):
    at_noon = {"stores": {"policy": "base_stock", "days": 4, "at": "12:00"}}
    phases = {phase for _, phase, _ in played(small(**EVERYTHING_AT_ONCE))}
    phases |= {phase for _, phase, _ in played(small(**EVERYTHING_AT_ONCE | {"replenishment": at_noon}))}
    assert phases == set(Instant)


def test_every_phase_of_midnight_is_done_once_a_day_in_its_order(small):
    chain, done = Chain(small(days=2)), []
    for phase, do in chain._at_midnight.items():
        chain._at_midnight[phase] = lambda day, phase=phase, do=do: (done.append(phase), do(day))
    chain.play()
    assert done == 2 * [*DayBegins, *DayEnds]


def test_goods_unloaded_at_the_instant_of_a_review_are_still_on_order_at_it(small):
    """Ordered at noon, picked in no time, a day on the way, unloaded in no time: there at noon, after the store has ordered again."""
    daily = {"policy": "base_stock", "days": 30, "at": "12:00"}
    scenario = small(
        days=2,
        **QUIET,
        opening_stock={"store_days": 1, "warehouse_days": 60},
        replenishment={
            "stores": daily,
            "warehouses": {"policy": "none"},
            "pick_s_per_line": 0,
            "unload_minutes": 0,
        },
    )
    chain, seen = Chain(scenario), {}
    review = chain.replenishment.review

    def noted(rule):
        seen[chain.env.now] = int(chain.ledger.in_transit[:4].sum()), int(chain.ledger.on_order[:4].sum())
        return review(rule)

    chain.replenishment.review = noted
    chain.play()
    assert set(seen) == {NOON_S, DAY_S + NOON_S}
    under_way, on_order = seen[DAY_S + NOON_S]
    assert under_way == on_order == chain.tally.daily["ordered_units"][:4, 0].sum() > 0
    assert chain.tally.daily["ordered_units"][:4, 1].sum() < on_order


@pytest.mark.parametrize("leaves_s", [22 * HOUR_S, DAY_S + 3 * HOUR_S])
def test_goods_unloaded_at_the_instant_of_an_online_batch_are_on_hand_for_it_whenever_they_came(small, leaves_s):
    """They come to the closed store a day after they left, before midnight or after it, and are unloaded half an hour after it opens."""
    none = {"policy": "none"}
    chain = Chain(
        small(
            trading={"unmet": "lost"},
            traffic={"hour_shares": [1] * 24},
            online={"orders_per_day": 2000, "batch_minutes": 30},
            replenishment={"stores": none, "warehouses": none, "unload_minutes": 30},
            transfers={"warehouses": False},
        )
    )
    origin, to, units = chain.warehouses[0].location, np.array([0]), np.ones((1, 40), dtype=np.int64)
    unloaded_s = 2 * DAY_S + chain.network.opens_s[0] + 1800
    source, in_transit = chain.online._source, {}

    def send(_):
        chain.ledger.expect(0, units[0])
        chain.freight.send(Consignment(origin, to, units))

    def noted(*batch):
        in_transit[chain.env.now] = int(chain.ledger.in_transit[0].sum())
        source(*batch)

    chain.online._source = noted
    chain.freight.agenda.at(leaves_s, Instant.DEPARTURE, send)
    chain.play()
    assert in_transit[unloaded_s - 1800] > 0
    assert in_transit[unloaded_s] == 0


def test_a_review_at_closing_comes_before_the_transfers_of_that_instant_and_after_what_is_sent_back(small, played):
    scenario = small(**{**EVERYTHING_AT_ONCE, "replenishment": {"send_back": {"above_days": 6, "every_days": 1}}})
    done = [phase for t, phase, _ in played(scenario) if t == DAY_S + 22 * HOUR_S]
    reviews = [phase for phase in done if phase in (Instant.SEND_BACK, Instant.REVIEW, Instant.TRANSFER_REVIEW)]
    assert reviews == sorted(reviews, key=list(Instant).index)
    assert {Instant.SEND_BACK, Instant.REVIEW} <= set(reviews)


def test_an_online_order_placed_at_the_end_of_an_outage_is_placed(small, monkeypatch):
    placed_s = np.array([NOON_S - TICK_S, NOON_S])

    def orders(traffic, replication, day):
        return OnlineSheet(
            day=day,
            placed_s=placed_s + day * DAY_S,
            region=np.zeros(2, dtype=np.int32),
            line_start=np.arange(3, dtype=np.int64),
            line_sku=np.zeros(2, dtype=np.int32),
            line_units=np.ones(2, dtype=np.int32),
            pick_u=np.full(2, 0.5),
            delivery_u=np.full(2, 0.5),
            browse_s=np.empty(0),
            browse_sku=np.empty(0, dtype=np.int32),
            key=0,
        )

    monkeypatch.setattr(Traffic, "online", orders)
    outage = {"kind": "system_outage", "at": datetime.combine(date(2026, 3, 2), datetime.min.time()), "minutes": 720}
    chain = Chain(small(days=1, faults=[outage]))
    chain.play()
    counted = chain.tally.by_day()
    assert (counted["orders"].sum(), counted["lost_outage_units"].sum()) == (1, 1)
