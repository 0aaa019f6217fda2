"""Profiles measured on systems whose delays, failures and outages are known."""

import numpy as np
import pytest

from sim.evidence.service.load_levels import load
from sim.evidence.service.profile import measure
from sim.records.profile import LEVELS, ServiceProfile
from sim.records.refusal import Refusal


def ramp(rng, rates, seconds):
    """Poisson instants at one rate after the other."""
    return np.concatenate(
        [i * seconds + np.sort(rng.uniform(0, seconds, rng.poisson(r * seconds))) for i, r in enumerate(rates)]
    )


def test_a_steady_load_is_one_level():
    t = ramp(np.random.default_rng(1), [60], 120)
    assert set(load(t, t).level) == {0}


def test_a_ramp_gives_few_well_filled_levels_in_rising_order():
    t = ramp(np.random.default_rng(1), [10, 20, 40, 80], 60)
    carried = load(t, t)
    means = [carried.requests_per_s[carried.level == k].mean() for k in np.unique(carried.level)]
    assert 3 <= len(means) <= 5
    assert means == sorted(means)
    assert means[0] == pytest.approx(10, rel=0.2)
    assert means[-1] == pytest.approx(80, rel=0.1)


def test_a_delay_that_grows_with_load_comes_back_by_load(make_samples, make_run):
    rng = np.random.default_rng(2)
    t = ramp(rng, [20, 80], 60)
    delay = np.where(t < 60, 0.1, 0.4)
    samples = make_samples(t, rng.exponential(delay))
    profile = measure(samples, make_run(samples))
    fast, slow = profile.journeys["checkout"]
    median = LEVELS.index(0.5)
    assert fast.requests_per_s == pytest.approx(20, rel=0.1)
    assert slow.requests_per_s == pytest.approx(80, rel=0.1)
    assert fast.latency_s[median] == pytest.approx(0.1 * np.log(2), rel=0.1)
    assert slow.latency_s[median] == pytest.approx(0.4 * np.log(2), rel=0.1)
    assert profile.load_range_per_s[0] <= 20 <= 80 <= profile.load_range_per_s[1]


def test_a_journeys_time_is_the_sum_of_its_requests_without_think_time(make_samples, make_run):
    starts = np.arange(100.0)
    t = np.concatenate([starts, starts + 0.6])
    samples = make_samples(t, np.repeat([0.2, 0.3], 100), row=np.tile(np.arange(100), 2))
    profile = measure(samples, make_run(samples))
    assert profile.journeys["checkout"][0].latency_s == pytest.approx([0.5] * len(LEVELS))
    assert profile.requests_per_journey == {"checkout": 2.0}


def test_failures_make_availability_and_no_latency(make_samples, make_run):
    rng = np.random.default_rng(3)
    t = np.arange(4000) * 0.05
    failed = rng.random(4000) < 0.02
    samples = make_samples(t, np.where(failed, 10.0, 0.1), np.where(failed, "failed", "ok"))
    (level,) = measure(samples, make_run(samples)).journeys["checkout"]
    assert level.availability == pytest.approx(1 - failed.mean())
    assert level.availability_low < 0.98 < level.availability_high
    assert level.latency_s[-1] == pytest.approx(0.1)


def test_rejected_journeys_carry_no_latency_and_are_no_failures(make_samples, make_run):
    t = np.arange(1000) * 0.1
    turned = np.arange(1000) % 50 == 0
    samples = make_samples(t, np.where(turned, 0.01, 0.1), np.where(turned, "rejected", "ok"))
    (level,) = measure(samples, make_run(samples)).journeys["checkout"]
    assert level.availability == 1
    assert level.latency_s[0] == pytest.approx(0.1)


def test_an_outage_comes_back_with_its_length_and_is_not_counted_twice(make_samples, make_run):
    t = np.arange(6000) * 0.02
    dark = (t >= 40) & (t < 52)
    samples = make_samples(t, np.full(6000, 0.1), np.where(dark, "failed", "ok"))
    profile = measure(samples, make_run(samples))
    assert profile.outages.lengths_s == pytest.approx([12.0], rel=0.02)
    assert profile.outages.bursts_s == []
    assert profile.journeys["checkout"][0].availability == 1


def test_a_burst_in_which_some_are_answered_is_no_outage(make_samples, make_run):
    t = np.arange(6000) * 0.02
    burst = (t >= 40) & (t < 52) & (np.arange(6000) % 3 == 0)
    samples = make_samples(t, np.full(6000, 0.1), np.where(burst, "failed", "ok"))
    profile = measure(samples, make_run(samples))
    assert profile.outages.lengths_s == []
    assert profile.outages.bursts_s == pytest.approx([12.0], rel=0.02)
    assert profile.journeys["checkout"][0].availability < 1


def test_a_clean_run_does_not_promise_a_year_without_outages(make_samples, make_run):
    t = np.arange(6000) * 0.6
    samples = make_samples(t, np.full(6000, 0.1))
    outages = measure(samples, make_run(samples), outage_s=30).outages
    assert outages.unavailability_high == pytest.approx(-np.log(0.05) * 30 / 3600, rel=1e-3)
    short = make_samples(t[:100], np.full(100, 0.1))
    assert measure(short, make_run(short), outage_s=30).outages.unavailability_high == 1.0


def test_a_rare_journey_has_one_level_over_all_loads(make_samples, make_run):
    rng = np.random.default_rng(2)
    t = ramp(rng, [20, 80], 60)
    journey = np.where(np.arange(len(t)) % 150 == 0, "report", "browse")
    profile = measure(
        make_samples(t, np.full(len(t), 0.1), journey=journey), make_run(make_samples(t, np.full(len(t), 0.1)))
    )
    assert (len(profile.journeys["report"]), len(profile.journeys["browse"])) == (1, 2)


def test_a_profile_survives_its_file(make_samples, make_run, tmp_path):
    samples = make_samples(np.arange(500) * 0.1, np.full(500, 0.1))
    profile = measure(samples, make_run(samples))
    profile.write(tmp_path / "profile.json")
    assert ServiceProfile.read(tmp_path / "profile.json") == profile


def test_a_run_in_which_nobody_was_answered_has_no_profile(make_samples, make_run):
    samples = make_samples(np.arange(50) * 0.1, np.full(50, 0.1), "failed")
    with pytest.raises(Refusal, match="answered"):
        measure(samples, make_run(samples))
