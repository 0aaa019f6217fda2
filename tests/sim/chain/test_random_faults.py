"""Random faults: drawn as theory has them, each from its name, and played as the same faults written out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.chain.chain import Chain
from sim.chain.random_faults import occurrences
from sim.clock import DAY_S
from sim.scenario.model import Scenario
from sim.scenario.shortened import shortened

ONCE = 1e-4
"""Chance with which a test of a correct draw fails, were its seed another."""
CUT = {"kind": "power_cut"}


def row(name="cut", fault=CUT, minutes=30, **more):
    return {"name": name, "fault": fault, "minutes": minutes, **more}


def drawn(scenario, replications):
    return [occurrences(scenario, replication) for replication in range(replications)]


def begun(happened):
    """Those that began in the run."""
    return [[one for one in of if one.from_s >= 0] for of in happened]


def bounds(chance, n):
    """Of a binomial count."""
    return stats.binom.ppf([ONCE / 2, 1 - ONCE / 2], n, chance)


def test_the_number_a_year_is_poisson_with_the_rate(small):
    found = begun(drawn(small(days=365, random_faults=[row(per_year=7)]), 200))
    numbers = np.array([len(of) for of in found])
    low, high = stats.poisson.ppf([ONCE / 2, 1 - ONCE / 2], 7 * 200)
    assert low <= numbers.sum() <= high
    expected = 200 * np.append(stats.poisson.pmf(range(3, 12), 7), [stats.poisson.cdf(2, 7), stats.poisson.sf(11, 7)])
    seen = [*(np.count_nonzero(numbers == n) for n in range(3, 12)), (numbers < 3).sum(), (numbers > 11).sum()]
    assert stats.chisquare(seen, expected).pvalue > ONCE
    instants = np.concatenate([[one.from_s for one in of] for of in found])
    assert stats.kstest(instants / (365 * DAY_S), "uniform").pvalue > ONCE


def test_all_of_a_year_comes_in_its_months_and_hours(small):
    season = row(per_year=20, months=[7, 8], from_time="15:00", until_time="19:30")
    found = [one for of in begun(drawn(small(days=365, random_faults=[season]), 60)) for one in of]
    low, high = stats.poisson.ppf([ONCE / 2, 1 - ONCE / 2], 20 * 60)
    assert low <= len(found) <= high
    at = [datetime(2026, 3, 2) + timedelta(seconds=one.from_s) for one in found]
    assert {each.month for each in at} == {7, 8}
    assert all(time(15) <= each.time() <= time(19, 30) for each in at)


@pytest.mark.parametrize("cv", [0, 1.2])
def test_at_any_instant_a_place_has_a_fault_with_the_chance_of_an_infinite_server_queue(small, cv):
    """M/G/∞: of the number under way the mean is λ E[D], it is Poisson, and 0 with exp(−λ E[D]); from the first instant on."""
    length = {"distribution": "lognormal", "mean": 1_440, "cv": cv}
    happened = drawn(small(days=20, random_faults=[row(per_year=120, minutes=length, each="place")]), 100)
    chance = 1 - np.exp(-120 / 365)
    for instant in (0.0, 7.3 * DAY_S, 20 * DAY_S - 1):
        under_way = [
            any(one.from_s <= instant < one.until_s and one.places == (store,) for one in of)
            for of in happened
            for store in ("E1", "E2", "S1", "S2")
        ]
        low, high = bounds(chance, len(under_way))
        assert low <= sum(under_way) <= high


def test_one_follows_another_with_its_chance_within_its_hours(small):
    storm = row("storm", per_year=60, each="region")
    flood = row("flood", {"kind": "warehouse_stop"}, each="place", after={"storm": 0.3}, within_hours=12)
    happened = begun(drawn(small(days=365, random_faults=[storm, flood]), 60))
    storms, floods = ([[one for one in of if one.name == name] for of in happened] for name in ("storm", "flood"))
    low, high = bounds(0.3, sum(map(len, storms)))
    assert low <= sum(map(len, floods)) <= high
    assert {one.after for of in floods for one in of} == {"storm"}
    near = {"WE": ("E1", "E2"), "WS": ("S1", "S2")}
    delays = []
    for of, following in zip(storms, floods, strict=True):
        for flooded in following:
            since = [flooded.from_s - one.from_s for one in of if one.places == near[flooded.places[0]]]
            delays += [min((s for s in since if s >= 0), default=np.nan)]
    delays = np.array(delays)
    assert np.nanmax(delays) <= 12 * 3_600
    assert stats.kstest(delays[~np.isnan(delays)] / (12 * 3_600), "uniform").pvalue > ONCE


def test_what_follows_at_places_of_one_kind_is_where_the_other_hit(small):
    storm = row("storm", per_year=60, share=0.5)
    lost = row("lost", {"kind": "network_cut"}, each="place", after={"storm": 1}, within_hours=0)
    for of in begun(drawn(small(days=365, random_faults=[storm, lost]), 3)):
        for one in of:
            if one.name == "storm":
                after = [other for other in of if other.name == "lost" and other.from_s == one.from_s]
                assert sorted(other.places[0] for other in after) == sorted(one.places)


def test_a_shock_hits_each_place_of_its_region_with_the_share(small):
    storm = row(per_year=80, each="region", share=0.4)
    found = [one for of in drawn(small(days=365, random_faults=[storm]), 30) for one in of if one.from_s >= 0]
    low, high = stats.poisson.ppf([ONCE / 2, 1 - ONCE / 2], 30 * 2 * 80 * (1 - 0.6**2))
    assert low <= len(found) <= high
    assert {one.places for one in found} == {("E1",), ("E2",), ("E1", "E2"), ("S1",), ("S2",), ("S1", "S2")}
    low, high = bounds(0.4**2 / (1 - 0.6**2), len(found))
    assert low <= sum(len(one.places) == 2 for one in found) <= high


def test_a_row_a_store_or_a_day_more_changes_no_other_fault(small):
    own = row(per_year=40, each="place")
    shock = row("shock", {"kind": "network_cut"}, per_year=40, each="region", share=0.5)
    more = row("more", {"kind": "system_outage"}, after={"cut": 0.5}, within_hours=2_000)
    whole = small(days=60, random_faults=[own, shock])
    before = occurrences(whole, 3)
    longer = occurrences(small(days=90, random_faults=[own, shock, more]), 3)
    assert [one for one in longer if one.name != "more" and one.from_s < 60 * DAY_S] == before
    fewer = occurrences(shortened(whole, stores=["E1", "S1", "S2"]), 3)
    assert [one for one in fewer if one.name == "cut"] == [
        one for one in before if one.name == "cut" and one.places != ("E2",)
    ]
    assert [one.from_s for one in fewer if "S1" in one.places] == [one.from_s for one in before if "S1" in one.places]


def test_one_that_had_begun_before_is_played_from_the_first_midnight(small):
    long = small(days=2, random_faults=[row(per_year=100, minutes=20_000)])
    early = [one for one in occurrences(long, 0) if one.from_s < 0]
    assert early
    for one in early:
        assert one.fault.at == datetime(2026, 3, 2)
        assert 60 * one.fault.minutes == pytest.approx(one.until_s)


def written_out(scenario: Scenario, replication: int) -> Scenario:
    """The faults that happened as a file would have them."""
    faults = [one.fault.model_dump(mode="json") for one in occurrences(scenario, replication)]
    assert faults
    return Scenario.model_validate(scenario.model_dump(mode="json") | {"random_faults": [], "faults": faults})


faults = st.sampled_from(
    [
        CUT | {"battery_minutes": 20},
        {"kind": "network_cut", "stores": ["E1", "S2"]},
        {"kind": "system_outage"},
        {"kind": "payment_outage", "channel": "mobile"},
        {"kind": "warehouse_stop"},
        {"kind": "supplier_stop", "suppliers": ["FAST"]},
        {"kind": "lane_closed"},
    ]
)
lengths = st.sampled_from(
    [90, {"distribution": "exponential", "mean": 60}, {"distribution": "lognormal", "mean": 900, "cv": 1}]
)


@st.composite
def random_faults(draw):
    rows = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        one = row(name, draw(faults), draw(lengths), per_year=draw(st.sampled_from([100, 400])))
        places = one["fault"]["kind"] not in ("system_outage", "payment_outage")
        if places:
            in_regions = one["fault"]["kind"] in ("power_cut", "network_cut", "warehouse_stop")
            one["each"] = draw(st.sampled_from(["place", "chain", *(["region"] if in_regions else [])]))
            if one["each"] != "place":
                one["share"] = draw(st.sampled_from([0.5, 1.0]))
        if rows and draw(st.booleans()):
            one |= {"after": {rows[0]["name"]: 0.7}, "within_hours": draw(st.sampled_from([0, 6]))}
        rows.append(one)
    return rows


@settings(max_examples=8, deadline=None)
@given(rows=random_faults(), replication=st.integers(0, 3))
def test_engines_agree_and_faults_written_out_play_the_same(small, rows, replication):
    few = {"days": 2, "skus": {"count": 12}, "online": {"orders_per_day": 10}}
    scenario = small(**few, random_faults=[row("sure", per_year=700), *rows])
    plays = [
        Chain(scenario, replication).play(),
        Chain(scenario.model_copy(update={"engine": "simpy"}), replication).play(),
        Chain(written_out(scenario, replication), replication).play(),
    ]
    for other in plays[1:]:
        for name in ("daily", "hourly", "kpis"):
            assert getattr(plays[0], name).to_pandas().equals(getattr(other, name).to_pandas())
    assert plays[0].faults.num_rows
    assert plays[0].faults == plays[1].faults


def test_a_scenario_without_them_is_written_and_hashed_as_before(small):
    plain = small()
    assert "random_faults" not in plain.model_dump(mode="json")
    assert small(random_faults=[]).hash == plain.hash
    assert occurrences(plain, 0) == []
    assert Chain(plain).play().faults.num_rows == 0


def test_a_leap_day_is_a_day_of_its_month(small):
    """`per_year` is of 365 days: the rate of a day in February is a 28th of it."""
    leap = small(start=date(2028, 2, 1), days=29, random_faults=[row(per_year=28, months=[2])])
    numbers = [len(of) for of in begun(drawn(leap, 200))]
    low, high = stats.poisson.ppf([ONCE / 2, 1 - ONCE / 2], 29 * 200)
    assert low <= sum(numbers) <= high
