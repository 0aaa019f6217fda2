"""Simulated verdicts: how often a share is passed or failed wrongly. Rates are those of ANCHORS of the statistics literature's exact test."""

import numpy as np
import pytest

from sim.evidence.statistics.incidents import chance_gap_s, design_effect, incidents
from sim.evidence.statistics.intervals import share_high
from sim.evidence.statistics.rules import Rules
from sim.evidence.statistics.shares import quantile, quantile_interval, share

ALLOWED = 0.001


def independent(rng, n, share_bad):
    return rng.random(n) < share_bad


def bursts(rng, n, share_bad, mean_size, inside):
    """Bursts at random instants: geometric numbers of failures, each request inside a burst failing with probability `inside`."""
    bad = np.zeros(n, dtype=bool)
    for start in rng.integers(0, n, rng.poisson(n * share_bad / mean_size)):
        at = start + np.cumsum(rng.geometric(inside, rng.geometric(1 / mean_size)))
        bad[at % n] = True
    return bad


def rate(decision, draw, n, allowed=ALLOWED, runs=1000):
    """How often `share` decides so, over `runs` windows of `n` requests 20 ms apart."""
    rng, t = np.random.default_rng(20241001), np.arange(n) * 0.02
    return np.mean([share(t, draw(rng, n), allowed).decide(allowed) == decision for _ in range(runs)])


def test_a_system_at_its_limit_passes_wrongly_in_at_most_7_percent():
    assert rate("pass", lambda rng, n: independent(rng, n, 0.001), 200_000) <= 0.07


def test_a_system_at_its_limit_that_fails_in_sparse_bursts_passes_wrongly_in_at_most_8_percent():
    assert rate("pass", lambda rng, n: bursts(rng, n, 0.001, 10, 0.2), 200_000) <= 0.08


def test_taking_requests_as_independent_would_pass_bursts_far_more_often():
    """The control: without the effective sample size the same bursts pass in about 38 % of the windows."""
    rng, t = np.random.default_rng(3), np.arange(200_000) * 0.02
    windows = [bursts(rng, len(t), 0.001, 10, 0.2) for _ in range(200)]
    naive = [share(t, bad, ALLOWED, Rules(gap_s=0.0)).bad for bad in windows]
    assert np.mean([share_high(bad, len(t)) <= ALLOWED for bad in naive]) > 0.25


def test_a_system_at_its_limit_fails_wrongly_in_at_most_7_percent():
    assert rate("fail", lambda rng, n: independent(rng, n, 0.001), 200_000) <= 0.07


def test_a_good_system_passes_in_90_percent():
    assert rate("pass", lambda rng, n: independent(rng, n, 0.0003), 50_000) >= 0.90


def test_a_bad_system_fails_in_90_percent():
    assert rate("fail", lambda rng, n: independent(rng, n, 0.003), 50_000) >= 0.90


@pytest.mark.parametrize("inside", [1.0, 0.2])
def test_a_percentile_with_clustered_slow_requests_passes_wrongly_in_at_most_10_percent(inside):
    """At 5 % exceedances no gap tells bursts apart; the batches do. (Bursts that overlap lower the true share a little below 5 %.)"""
    assert rate("pass", lambda rng, n: bursts(rng, n, 0.05, 10, inside), 20_000, allowed=0.05, runs=500) <= 0.10


def test_incidents_are_failures_closer_than_the_gap():
    found = incidents(np.array([1.0, 1.5, 2.0, 9.0, 9.9]), gap_s=0.5)
    assert found.first_s.tolist() == [1.0, 9.0, 9.9]
    assert found.last_s.tolist() == [2.0, 9.0, 9.9]
    assert found.sizes.tolist() == [3, 1, 1]


def test_the_gap_follows_from_the_target():
    t = np.arange(1000) * 0.1
    assert chance_gap_s(t, 0.001) == pytest.approx(50 * 0.1)
    assert chance_gap_s(t, 0.05) == pytest.approx(0.1)


def test_bursts_of_one_size_have_that_size_as_their_design_effect():
    bad = np.zeros(100_000, dtype=bool)
    bad[np.add.outer(np.arange(500, 100_000, 1000), np.arange(7)).ravel()] = True
    assert design_effect(np.arange(100_000.0), bad, gap_s=50) == pytest.approx(7)


def test_when_every_request_is_bad_the_share_fails_though_it_is_one_incident():
    t = np.arange(200.0)
    everything = share(t, np.ones(200, dtype=bool), 0.05)
    assert (everything.incidents, everything.decide(0.05)) == (1, "fail")


def test_a_quantiles_interval_encloses_it():
    rng, t = np.random.default_rng(4), np.arange(3000.0)
    for p in (0.5, 0.95, 0.99):
        x = rng.lognormal(0, 0.5, 3000)
        low, high = quantile_interval(t, x, p)
        assert low < quantile(x, p) < high


def test_a_quantiles_bounds_cover_it_as_often_as_they_say():
    rng, t, true = np.random.default_rng(6), np.arange(2000.0), np.exp(0.5 * 1.6448536269514722)
    bounds = np.array([quantile_interval(t, rng.lognormal(0, 0.5, 2000), 0.95) for _ in range(400)])
    assert np.mean(bounds[:, 0] <= true) >= 0.93
    assert np.mean(bounds[:, 1] >= true) >= 0.93


def test_too_short_a_window_bounds_no_p99_from_above():
    assert quantile_interval(np.arange(298.0), np.arange(298.0), 0.99)[1] == np.inf
    assert quantile_interval(np.arange(299.0), np.arange(299.0), 0.99)[1] == 298.0
