"""Figures of the evidence worked out by hand, or by a plain reference, at the edges where a rule turns."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

from sim.evidence.capacity import scaling
from sim.evidence.journeys import Journeys
from sim.evidence.requests import Requests
from sim.evidence.service import load_levels as loads
from sim.evidence.service import profile as service
from sim.evidence.statistics.incidents import Incidents, chance_gap_s, design_effect, incidents
from sim.evidence.statistics.intervals import (
    batch_effect,
    batch_means,
    half_width,
    mean_interval,
    requests_more,
    requests_needed,
    share_high,
    share_low,
)
from sim.evidence.statistics.rules import Rules
from sim.evidence.statistics.shares import Share, quantile, quantile_interval, share
from sim.records.refusal import Refusal


def test_a_journey_that_never_ran_has_no_requests():
    two = Requests(
        np.arange(2.0), np.ones(2), np.zeros(2, bool), np.array([0, 1]), ("browse", "checkout"), np.arange(2)
    )
    assert len(two.of("checkout")) == 1
    assert len(two.of("search")) == 0


# Incidents


@pytest.mark.parametrize(("t", "gap_s"), [([5.0], 0.0), ([5.0, 7.0], 100.0), ([5.0, 7.0, 9.0], 100.0)])
def test_the_chance_gap_is_the_time_of_so_many_requests(t, gap_s):
    assert chance_gap_s(np.array(t), 0.001) == pytest.approx(gap_s)


def test_without_bad_requests_there_are_no_incidents():
    none = incidents(np.empty(0), 1.0)
    assert [len(array) for array in (none.first_s, none.last_s, none.sizes)] == [0, 0, 0]
    assert none.sizes.dtype == np.int64


def test_the_rarer_side_tells_the_clusters():
    t = np.arange(40.0)
    bad = np.ones(40, bool)
    bad[[3, 4, 20, 30]] = False
    by_good = incidents(t[~bad], 1.0).sizes
    assert by_good.tolist() == [2, 1, 1]
    counts = np.bincount(np.flatnonzero(~bad) // 2, minlength=20)
    expected = max(6 / 4, counts.var(ddof=1) / (counts.mean() * 0.9))
    assert design_effect(t, bad, 1.0) == pytest.approx(expected)
    assert design_effect(t, ~bad, 1.0) == pytest.approx(expected)


def test_where_half_are_bad_the_bad_ones_are_grouped():
    bad = np.array([True, True, True, False, False, True, False, False] * 5)
    assert bad.sum() * 2 == len(bad)
    sizes = incidents(np.flatnonzero(bad).astype(float), 1.0).sizes
    counts = np.bincount(np.flatnonzero(bad) // 2, minlength=20)
    expected = max(1.0, (sizes**2).sum() / sizes.sum(), counts.var(ddof=1) / (counts.mean() / 2))
    assert design_effect(np.arange(40.0), bad, 1.0) == pytest.approx(expected)


def test_one_in_three_bad_is_the_rarer_side_too():
    bad = np.arange(60) % 5 < 2
    sizes = incidents(np.flatnonzero(bad).astype(float), 1.0).sizes
    assert design_effect(np.arange(60.0), bad, 1.0) == pytest.approx((sizes**2).sum() / sizes.sum())


def test_two_bad_requests_together_stand_for_one():
    bad = np.zeros(1000, bool)
    bad[[500, 501]] = True
    assert design_effect(np.arange(1000.0), bad, 1.0) >= 2.0
    assert design_effect(np.arange(1000.0), np.arange(1000) == 5, 1.0) == 1.0


def test_evenly_spread_failures_are_as_good_as_independent():
    bad = np.arange(1000) % 50 == 0
    assert design_effect(np.arange(1000.0), bad, 0.5) == 1.0


# Bounds


def test_the_fewest_requests_that_show_a_share_are_the_first_that_do():
    for limit, bad in ((0.05, 0), (0.05, 1), (0.2, 3), (0.9, 1)):
        number = requests_needed(limit, bad)
        assert share_high(bad, number) <= limit < share_high(bad, number - 1)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("share_, limit", [(0.0, 0.01), (0.03, 0.01), (0.2, 0.1)])  # noqa: PT006
def test_so_many_more_requests_decide_and_one_fewer_does_not(confidence, share_, limit):
    def decides(n):
        k = share_ * n / 2
        return share_high(k, n / 2, confidence) <= limit or share_low(k, n / 2, confidence) > limit

    more = requests_more(share_, 10, 2.0, limit, confidence)
    assert decides(10 + more)
    assert more == 1 or not decides(10 + more - 1)


def test_no_number_of_requests_decides_what_stands_on_its_limit():
    assert requests_more(0.01, 1000, 1.0, 0.01) is None


@pytest.mark.parametrize(("n", "batches"), [(0, 0), (1, 0), (2, 1), (4, 2), (5, 2), (39, 19), (40, 20), (100, 20)])
def test_batches_have_two_values_at_least(n, batches):
    x = np.arange(float(n)) ** 2
    starts = [k * n // max(batches, 1) for k in range(batches)] + [n]
    expected = [x[a:b].mean() for a, b in itertools.pairwise(starts)]
    assert batch_means(x).tolist() == pytest.approx(expected)


def test_two_batches_bound_a_mean_and_whole_numbers_too():
    low, high = mean_interval(np.array([1, 2, 3, 4]))
    half = stats.t.ppf(0.95, 1) * np.std([1.5, 3.5], ddof=1) / math.sqrt(2)
    assert (low, high) == pytest.approx((2.5 - half, 2.5 + half))
    assert half_width(np.array([1.5, 3.5]), 0.95) == pytest.approx(half)
    assert mean_interval(np.array([1.0, 2.0, 3.0])) == (-math.inf, math.inf)


def test_the_effect_of_batches_is_their_variance_over_that_of_independence():
    assert batch_effect(np.array([1.0, 1.0, 3.0, 3.0])) == pytest.approx(2.0 * 4 / 2)
    assert batch_effect(np.array([1.0, 3.0, 1.0, 3.0])) == 1.0
    assert batch_effect(np.ones(100)) == 1.0


def test_a_share_is_decided_by_its_bounds_alone_and_on_the_limit_in_its_favour():
    at = {"requests": 100, "bad": 5, "incidents": 5, "gap_s": 0.0, "design_effect": 1.0}
    assert Share(**at, low=0.02, high=0.1).decide(0.1) == "pass"
    assert Share(**at, low=0.02, high=0.1).decide(0.02) == "inconclusive"
    assert Share(**at, low=0.02, high=0.1).decide(0.019) == "fail"


def test_a_share_keeps_the_confidence_it_was_made_with():
    strict = Rules(confidence=0.99)
    made = share(np.arange(500.0), np.zeros(500, bool), 0.01, strict)
    assert made.confidence == 0.99
    assert made.requests_more(0.005) == requests_more(0.0, 500, made.design_effect, 0.005, 0.99)


def test_a_quantile_is_a_value_that_was_seen():
    assert quantile(np.array([1.0, 2.0, 4.0, 8.0]), 0.5) == 2.0
    assert quantile(np.array([1.0, 2.0, 4.0, 8.0]), 0.6) == 4.0


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("rules", [Rules(), Rules(confidence=0.995)])
def test_the_bounds_of_a_quantile_are_the_first_thresholds_that_hold(p, rules):
    x = np.random.default_rng(3).exponential(1.0, 300).round(1)
    t = np.arange(300.0)
    values = np.unique(x)
    shares = [share(t, x > value, 1 - p, rules) for value in values]
    expected = [
        next((float(v) for v, s in zip(values, shares, strict=True) if getattr(s, side) <= 1 - p), math.inf)
        for side in ("low", "high")
    ]
    assert quantile_interval(t, x, p, rules) == tuple(expected)


# Load


def test_windows_hold_equal_numbers_of_requests_and_their_rates():
    request_s = np.concatenate([np.arange(900) * 0.1, 90 + np.arange(901) * 0.02])
    found = loads.load(request_s, np.array([]))
    windows = int(1801 // max(300, 5.0 * 1801 / (request_s[-1] - request_s[0])))
    assert windows == 6
    starts = [k * 1800 // windows for k in range(windows + 1)]
    assert found.edges_s.tolist() == request_s[starts].tolist()
    assert found.requests_per_s == pytest.approx(
        [(b - a) / (request_s[b] - request_s[a]) for a, b in itertools.pairwise(starts)]
    )
    assert found.window(request_s[[0, 299, 300, 301, 1500, 1799, 1800]]).tolist() == [0, 0, 1, 1, 5, 5, 5]


def test_many_requests_a_second_make_windows_of_five_seconds():
    request_s = 7.0 + np.arange(4001) / 200
    assert len(loads.load(request_s, np.array([])).requests_per_s) == 4


def test_a_short_run_is_one_window_at_its_own_rate():
    found = loads.load(np.array([3.0, 3.1, 3.3]), np.array([3.0]))
    assert found.requests_per_s == pytest.approx([2 / 0.3])
    assert found.level.tolist() == [0]
    assert len(loads.load(np.array([3.0]), np.array([])).requests_per_s) == 1


def test_a_level_begins_where_load_has_grown_by_half_and_the_last_is_filled():
    levels = loads._levels
    assert levels(np.array([10.0, 15.0, 15.1, 30.0]), np.array([200, 100, 300, 300])).tolist() == [0, 0, 1, 2]
    assert levels(np.array([10.0, 20.0, 20.0]), np.array([299, 1, 300])).tolist() == [0, 0, 1]
    assert levels(np.array([30.0, 10.0, 20.0]), np.array([299, 300, 300])).tolist() == [1, 0, 1]
    assert levels(np.array([30.1, 10.0, 20.0]), np.array([300, 300, 300])).tolist() == [2, 0, 1]
    assert levels(np.array([10.0, 30.0]), np.array([300, 1])).tolist() == [0, 0]
    assert levels(np.array([5.0, 5.0, 5.0]), np.array([9, 9, 9])).tolist() == [0, 0, 0]


def test_journeys_fill_the_window_in_which_they_start():
    request_s = np.concatenate([np.arange(600) * 0.1, 60 + np.arange(601) * 0.02])
    early = loads.load(request_s, np.zeros(400))
    assert early.level.tolist() == [0, 0, 0, 0], "only the first window holds journeys, so no level above it is filled"
    edge = loads.load(request_s, np.repeat(early.edges_s[[0, 2]], 300))
    assert edge.level.tolist() == [0, 0, 1, 1]


# The service profile


def run_journeys(t_s, failed, answered=None, software_s=None):
    n = len(t_s)
    failed = np.asarray(failed, bool)
    return Journeys(
        t_s=np.asarray(t_s, float),
        software_s=np.arange(1.0, n + 1) if software_s is None else np.asarray(software_s),
        requests=np.ones(n, int),
        failed=failed,
        answered=~failed if answered is None else np.asarray(answered, bool),
        name=np.zeros(n, int),
        names=("browse",),
        row=np.arange(n),
    )


def carried(sizes):
    """A load of one level a window, windows of 100 s."""
    return loads.Load(np.arange(len(sizes) + 1) * 100.0, np.arange(1.0, len(sizes) + 1), np.arange(len(sizes)))


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ([50, 50], [50, 50]),
        ([49, 50], [99]),
        ([50, 49], [99]),
        ([50, 50, 49], [50, 99]),
        ([50, 50, 50], [50, 50, 50]),
        ([30, 30, 60], [60, 60]),
        ([20, 20, 20], [60]),
        ([49], [49]),
    ],
)
def test_loads_are_joined_until_each_level_is_filled(answered, expected):
    t_s = np.concatenate([100.0 * k + np.linspace(1, 99, n) for k, n in enumerate(answered)])
    ran = run_journeys(t_s, np.zeros(len(t_s)))
    found = service._levels(ran, np.ones(len(t_s), bool), carried(answered), 1.0)
    assert [level.journeys for level in found] == expected


def test_failed_journeys_fill_no_level_and_a_level_of_failures_alone_is_left_out():
    t_s = np.linspace(1, 199, 160)
    ran = run_journeys(t_s, t_s < 100)
    found = service._levels(ran, np.ones(160, bool), carried([80, 80]), 1.0)
    assert [(level.journeys, level.availability) for level in found] == [(160, 0.5)]
    assert service._levels(run_journeys(t_s, np.ones(160)), np.ones(160, bool), carried([80, 80]), 1.0) == []


def test_the_availability_of_a_level_is_bounded_on_its_effective_size():
    failed = np.zeros(400, bool)
    failed[[10, 11, 12, 200]] = True
    ran = run_journeys(np.arange(400.0), failed)
    effect = design_effect(np.arange(400.0), failed, 1.0)
    assert effect > 2
    level = service._level(ran, np.ones(400, bool), 7.0, 1.0)
    bad, n, confidence = 4 / effect, 400 / effect, 0.975
    assert level.availability == 0.99
    assert level.availability_low == pytest.approx(1 - special.betaincinv(bad + 1, n - bad, confidence))
    assert level.availability_high == pytest.approx(1 - special.betaincinv(bad, n - bad + 1, 1 - confidence))
    assert level.latency_s[4] == pytest.approx(np.median(np.flatnonzero(~failed) + 1.0))


@pytest.mark.parametrize(("failures", "answers", "dark"), [(2, 0, False), (3, 0, True), (9, 1, True), (8, 1, False)])
def test_an_outage_answers_nobody_or_one_in_ten(failures, answers, dark):
    seen = Incidents(np.array([10.0]), np.array([20.0]), np.array([failures]))
    inside = np.linspace(10, 20, failures + answers)
    request_s = np.concatenate([[0.0, 9.9], inside, [20.1, 30.0]])
    assert service._dark(seen, request_s).tolist() == [dark]


def test_an_outage_holds_the_instants_between_its_ends():
    seen = Incidents(np.array([10.0, 20.0, 40.0]), np.array([12.0, 25.0, 44.0]), np.array([3, 3, 3]))
    dark = np.array([True, False, True])
    t_s = np.array([5.0, 10.0, 11.0, 12.0, 12.1, 22.0, 40.0, 44.0, 44.1])
    assert service._inside(t_s, seen, dark).tolist() == [False, True, True, True, False, False, True, True, False]
    assert not service._inside(t_s, seen, np.zeros(3, bool)).any()


def test_outages_are_as_long_as_the_requests_they_failed_and_bounded_by_poisson():
    seen = Incidents(np.array([10.0, 20.0]), np.array([18.0, 20.0]), np.array([9, 1]))
    request_s = 5.0 + np.arange(101.0)
    found = service._outages(seen, np.array([True, False]), request_s, 3.0, 1000.0, 2.0)
    assert found.lengths_s == [9.0]
    assert found.bursts_s == [1.0]
    assert found.declared_length_s == 2.0
    assert found.unavailability_high == pytest.approx(stats.chi2.ppf(0.95, 4) / 2 * 9.0 / 1000.0)
    none = service._outages(seen, np.zeros(2, bool), request_s, 3.0, 1000.0, 0.5)
    assert none.unavailability_high == pytest.approx(stats.chi2.ppf(0.95, 2) / 2 * 0.5 / 1000.0)
    one = service._outages(Incidents(*np.empty((2, 0)), np.empty(0, int)), np.zeros(0, bool), np.array([4.0]), 0, 9, 1)
    assert one.lengths_s == []


def test_a_profile_says_that_it_was_measured_over_which_window_and_how_late_stock_is(make_samples, make_run):
    samples = make_samples(np.arange(400) * 0.1, 0.02)
    run = make_run(samples, duration_s=40.0, warmup_s=10.0, stock_sync_lags_s=[1.0, 5.0, 3.0])
    profile = service.measure(samples, run)
    assert profile.measured
    assert profile.outages.window_s == 30.0
    assert profile.stock_sync_lag_s == 3.0


def test_a_run_without_an_answered_journey_is_refused_by_what_it_holds(make_samples, make_run):
    samples = make_samples(np.arange(20) * 0.1, 0.02, np.array(["failed"] * 20))
    run = make_run(samples)
    with pytest.raises(Refusal) as refused:
        service.measure(samples, run)
    assert (refused.value.where, refused.value.field) == ("samples", "")
    assert (refused.value.expected, refused.value.found) == (
        "a journey that was answered after the warm-up", "20 journeys",
    )  # fmt: skip


# Scaling


def test_a_stage_is_ten_batches_of_what_was_asked_answered_and_under_way(make_samples):
    t_s = np.arange(0, 30.0, 0.25)
    outcome = np.where(np.arange(len(t_s)) % 4 == 0, "failed", "ok")
    held = scaling.summarise_stage(make_samples(t_s, 0.1, outcome), 10.0, 30.0)
    assert held.batch_s == 2.0
    assert held.asked_per_s == 4.0, "the instant of the start counts, that of the end does not"
    assert len(held.answered_per_s) == len(held.concurrency) == 10
    assert held.answered_per_s == pytest.approx(np.full(10, 3.0))
    assert held.concurrency[1:-1] == pytest.approx(np.full(8, 4 * 0.099)), "a request starts a millisecond late"


def test_the_law_is_gunthers():
    n = np.array([1.0, 2.0, 4.0])
    assert scaling._usl(np.array([10.0, 0.1, 0.01]), n) == pytest.approx([10.0, 20 / 1.12, 40 / 1.42])


def stages(law=(50.0, 0.05, 0.002), at=(1.0, 4.0, 16.0, 40.0), batch_s=3.0):
    made = []
    for n in at:
        batch_n = n * np.linspace(0.95, 1.05, scaling.BATCHES)
        x = scaling._usl(np.array(law), batch_n)
        made.append(scaling.Held(float(x.mean()), x, batch_n, batch_s))
    return made


def test_a_law_without_noise_is_found_as_it_is_with_its_knee():
    found = scaling.fit(stages())
    assert (found.per_s_at_one, found.contention, found.coherency) == pytest.approx((50.0, 0.05, 0.002), rel=1e-3)
    knee = math.sqrt(0.95 / 0.002)
    assert found.knee == pytest.approx(knee, rel=1e-3)
    assert found.peak_per_s == pytest.approx(scaling._usl(np.array([50.0, 0.05, 0.002]), knee), rel=1e-3)


@pytest.mark.parametrize("law", [(0.5, 0.3, 0.01), (2000.0, 0.2, 0.05)])
def test_slow_and_fast_systems_are_fitted_alike(law):
    found = scaling.fit(stages(law, at=(0.5, 1.0, 3.0, 9.0)))
    assert (found.per_s_at_one, found.contention, found.coherency) == pytest.approx(law, rel=1e-2)


def test_three_stages_are_enough_and_one_request_at_once_is_load():
    assert scaling.fit(stages(at=(1.0, 4.0, 16.0))) is not None
    assert scaling.fit(stages(at=(1.0, 4.0))) is None
    flat = [scaling.Held(10.0, np.full(10, 10.0), np.full(10, n)) for n in (0.5, 0.8, 1.0)]
    assert scaling.fit(flat) is not None


def test_the_interval_of_a_peak_is_the_same_each_time():
    rng = np.random.default_rng(5)
    noisy = [
        scaling.Held(s.asked_per_s, s.answered_per_s * rng.normal(1, 0.03, 10), s.concurrency, s.batch_s)
        for s in stages()
    ]
    first, again = scaling.fit(noisy), scaling.fit(noisy)
    assert first == again
    assert first.peak_low_per_s <= first.peak_per_s <= first.peak_high_per_s


@pytest.mark.parametrize(
    ("law", "at_once", "per_s", "expected"),
    [
        ((100.0, 0.1, 0.0), 10.0, 500.0, (math.inf, 1000.0)),
        ((100.0, 0.1, 0.0), 10.0, 100.0, (math.inf, 1000.0)),
        ((100.0, 0.1, 0.0), 10.0, 99.0, (math.inf, math.inf)),
        ((100.0, 0.0, 0.0), 10.0, 500.0, (math.inf, math.inf)),
        ((100.0, 0.0, 0.01), 1.0, 500.0, (10.0, 1000.0 / 1.9)),
        ((100.0, 0.0, 0.01), 0.9, 500.0, (math.inf, math.inf)),
        ((100.0, 0.19, 0.01), 5.0, 500.0, (9.0, 900.0 / (1 + 0.19 * 8 + 0.72))),
    ],
)
def test_a_knee_lies_where_the_law_bends_and_nothing_beyond_what_was_measured_is_claimed(law, at_once, per_s, expected):
    assert scaling._peak(np.array(law), at_once, per_s) == pytest.approx(expected)
