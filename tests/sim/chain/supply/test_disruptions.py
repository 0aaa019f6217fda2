"""Disruptions of suppliers: an alternating renewal process, stationary from the first instant on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.chain.chain import Chain
from sim.chain.supply.disruptions import disruptions_s, down_since_days
from sim.clock import DAY_S
from sim.scenario.sections.places import Supplier

LAWS = [
    3,
    {"distribution": "exponential", "mean": 6},
    {"distribution": "lognormal", "mean": 10, "cv": 0.6},
    {"distribution": "uniform", "low": 0, "high": 8},
    {"distribution": "empirical", "values": [1, 30], "weights": [9, 1]},
]


def supplier(a_year, days) -> Supplier:
    return Supplier(code="FOODS", lead_time_days=1, disruptions_per_year=a_year, disruption_days=days)


def drawn_days(a_year, days, length_days=20_000, replication=0):
    return disruptions_s(supplier(a_year, days), 1, replication, length_days * DAY_S) / DAY_S


@given(st.floats(0, 8_784), st.sampled_from([*LAWS, 0]), st.integers(0, 2**32), st.floats(0, 400), st.floats(0, 400))
@settings(max_examples=60, deadline=None)
def test_disruptions_never_overlap_and_a_longer_run_begins_with_those_of_a_shorter(a_year, days, seed, short, long):
    short, long = sorted((short * DAY_S, long * DAY_S))
    spans = disruptions_s(supplier(a_year, days), seed, 0, long)
    assert (spans[:, 0] <= spans[:, 1]).all()
    assert (spans[1:, 0] >= spans[:-1, 1]).all()
    assert (spans[:, 0] >= 0).all()
    assert (spans[:, 0] < long).all()
    assert (spans[spans[:, 0] < short] == disruptions_s(supplier(a_year, days), seed, 0, short)).all()


@pytest.mark.parametrize("days", LAWS)
def test_up_times_are_exponential_and_down_times_have_their_law(days):
    spans = drawn_days(20, days)[1:]
    up, down = spans[1:, 0] - spans[:-1, 1], np.diff(spans)[:, 0]
    assert stats.kstest(up, stats.expon(scale=365 / 20).cdf).pvalue > 0.001
    law = supplier(20, days).disruption_days
    assert stats.ks_2samp(down.round(4), law.quantile((np.arange(10**4) + 0.5) / 10**4).round(4)).pvalue > 0.001
    assert down.mean() == pytest.approx(law.mean, abs=3 * down.std() / np.sqrt(len(down)) + 1e-5)


@pytest.mark.parametrize("days", LAWS[:4])
def test_at_every_instant_a_supplier_is_down_with_its_long_run_share_of_time(days):
    """And what is left of the disruption is as long as at a random instant: E[D²] / 2 E[D]."""
    runs, mean = 2_000, supplier(30, days).disruption_days.mean
    share, drawn = mean / (mean + 365 / 30), [drawn_days(30, days, 30, run) for run in range(runs)]
    law = supplier(30, days).disruption_days.quantile((np.arange(10**5) + 0.5) / 10**5)
    for at_day in (0, 2.5, 20):
        left = [until - at_day for spans in drawn for since, until in spans if since <= at_day < until]
        assert len(left) / runs == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / runs))
        assert np.mean(left) == pytest.approx(np.mean(law**2) / 2 / mean, abs=3 * np.std(left) / np.sqrt(len(left)))


@pytest.mark.parametrize("days", LAWS[:4])
def test_a_disruption_under_way_at_the_first_instant_has_lasted_as_long_as_it_will_last(days):
    """In distribution: age and rest of a spell at a random instant are alike."""
    runs, of = 2_000, supplier(30, days)
    ages = np.array([down_since_days(of, 1, run) for run in range(runs)])
    firsts = [drawn_days(30, days, 1, run)[:1] for run in range(runs)]
    down = np.array([len(first) > 0 and first[0, 0] == 0 for first in firsts])
    assert (down == (ages > 0)).all()
    rest = np.array([first[0, 1] for first, is_down in zip(firsts, down, strict=True) if is_down])
    assert stats.ks_2samp(ages[down], rest).pvalue > 0.001
    assert down_since_days(supplier(0, days), 1, 0) == 0


def test_a_supplier_without_disruptions_or_with_none_that_last_is_always_up():
    assert len(drawn_days(0, 10)) == 0
    assert len(drawn_days(5, 0)) == 0


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_an_order_leaves_when_neither_a_disruption_nor_a_fault_that_follows_it_stops_its_supplier(small, engine):
    often = {"disruptions_per_year": 200, "disruption_days": {"distribution": "uniform", "low": 0.2, "high": 1.4}}
    fault = {"kind": "supplier_stop", "at": small().start.isoformat(), "minutes": 2_000, "suppliers": ["FAST"]}
    terms = {"code": "FAST", "lead_time_days": 0.25, **often}
    daily = {"stores": {"policy": "none"}, "warehouses": {"policy": "base_stock", "days": 40, "review_days": 0.1}}
    chain = Chain(small(days=20, engine=engine, suppliers=[terms], faults=[fault], replenishment=daily))
    down = disruptions_s(chain.scenario.suppliers[0], chain.scenario.seed, 0, 20 * DAY_S)
    down = np.concatenate([[[0, 2_000 * 60]], down])
    left_s, leave, expected = [], chain.suppliers._leave, []
    chain.suppliers._leave = lambda leaving: (left_s.extend([chain.env.now] * len(leaving)), leave(leaving))
    order = chain.suppliers.order

    def ordered(warehouse, units):
        t = chain.env.now
        while any(stop := [until for since, until in down if since <= t < until]):
            t = max(stop)
        expected.append(t)
        order(warehouse, units)

    chain.suppliers.order = ordered
    for day in range(20):
        chain.begin(day)
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
    assert len(set(expected) & set(down[:, 1])) > 3
    assert sorted(left_s) == sorted(t for t in expected if t < 20 * DAY_S)
