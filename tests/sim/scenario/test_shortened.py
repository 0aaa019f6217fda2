"""A shortened scenario is a sound one, and in what it keeps the same."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.references import misses
from sim.scenario.shipped import names
from sim.scenario.shortened import shortened

LOADED = {name: load(name) for name in names()}


@given(st.sampled_from(names()), st.integers(1, 60), st.integers(1, 50))
def test_a_shortened_scenario_fits_together(name, days, stores):
    whole = LOADED[name]
    part = shortened(whole, days, min(stores, len(whole.stores)))
    assert list(misses(part)) == []
    assert (part.days, part.start, part.seed) == (days, whole.start, whole.seed)
    assert part.stores == whole.stores[:stores]
    assert part.warmup_days < days


@pytest.mark.parametrize("name", names())
def test_nothing_shortened_is_the_scenario_itself(name):
    whole = LOADED[name]
    assert shortened(whole).hash == whole.hash
    assert shortened(whole, whole.days, len(whole.stores)).hash == whole.hash


def test_what_begins_after_the_last_day_is_left_out():
    cut = LOADED["power-cut"]
    assert len(shortened(cut, cut.days).faults) == 1
    assert shortened(cut, 1).faults == []
    assert shortened(LOADED["live-stream"], 3).traffic.spikes == []


def test_a_trace_window_is_cut_at_the_last_midnight_or_left_out():
    shop = load("corner-shop", ["days=2", "trace={first: 2026-05-16 17:00, last: 2026-05-17 18:00}"])
    assert shortened(shop, 1).trace.last == datetime(2026, 5, 17)
    assert shortened(LOADED["pilot"], 2).trace is None


def test_stores_go_by_number_or_by_code_with_their_faults_and_their_share_of_online_orders():
    cut = LOADED["power-cut"]
    part = shortened(cut, stores=["SH02", "SU02"])
    assert [store.code for store in part.stores] == ["SH02", "SU02"]
    assert part.faults[0].stores == ["SH02"]
    assert shortened(cut, stores=["SU02"]).faults == []
    customers = [sum(store.customers_per_day for store in one.stores) for one in (part, cut)]
    assert part.online.orders_per_day == pytest.approx(cut.online.orders_per_day * customers[0] / customers[1])


def test_random_faults_stay_at_the_stores_that_are_left_with_what_follows_them():
    rows = [
        {"name": "a", "per_year": 1, "minutes": 9, "fault": {"kind": "power_cut", "stores": ["SU02"]}},
        {"name": "b", "per_year": 1, "minutes": 9, "fault": {"kind": "network_cut", "stores": ["SH01", "SU02"]}},
        {"name": "c", "after": {"a": 1, "b": 1}, "within_hours": 1, "minutes": 9, "fault": {"kind": "system_outage"}},
        {"name": "d", "after": {"a": 1}, "within_hours": 1, "minutes": 9, "fault": {"kind": "system_outage"}},
    ]
    whole = load("pilot", [f"random_faults={json.dumps(rows)}"])
    part = shortened(whole, stores=["SH01"])
    assert [row.name for row in part.random_faults] == ["b", "c"]
    assert part.random_faults[0].fault.stores == ["SH01"]
    assert part.random_faults[1].after == {"b": 1}


def test_a_shortened_chain_is_played():
    assert Chain(shortened(LOADED["chain-50"], 1, 2), 0).play().kpis.num_rows > 40


@pytest.mark.parametrize(
    ("days", "stores", "said"),
    [
        (0, None, "days: expected a whole number from 1 to 3,660, found 0"),
        (1.5, None, "days: expected a whole number"),
        (None, 0, "stores: expected a number from 1 to the 2 of pilot, found 0"),
        (None, 3, "stores: expected a number from 1 to the 2 of pilot, found 3"),
        (None, ["SH0"], "stores: expected codes of stores of pilot, perhaps SH01, found 'SH0'"),
        (None, [], "stores: expected codes of stores of pilot"),
    ],
)
def test_a_part_that_is_not_there_is_refused(days, stores, said):
    with pytest.raises(Refusal) as refused:
        shortened(LOADED["pilot"], days, stores)
    assert said in str(refused.value)
