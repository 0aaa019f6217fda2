"""Intervals of a quarter: they hold the truth as often as they promise, and agree with textbook forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.planning.goals.bounds import of_change
from sim.planning.health.estimates import Part, change, change_of_known, level, of_replications, pooled
from sim.planning.health.measures import BEST, MEASURES, WORST

RESPONSE, ERRORS, SATISFACTION, STOCK = MEASURES


def bounds(measure, parts, confidence=0.95):
    return level(measure, pooled(measure, parts, "supplied", "x"), confidence)


def test_rows_of_equal_weight_give_students_interval():
    x = np.array([1.2, 1.4, 1.1, 1.6])
    found = bounds(RESPONSE, [Part(each) for each in x])
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 3, x.mean(), stats.sem(x)))


def test_a_survey_with_its_spread_gives_students_interval_of_its_respondents():
    answers = np.repeat([3.0, 4.0, 5.0], [20, 30, 70])
    of = Part(answers.sum(), 120, answers.var(ddof=1) / 120, 119, None, 120)
    found = bounds(SATISFACTION, [of])
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 119, answers.mean(), stats.sem(answers)))


@given(st.floats(WORST, BEST), st.integers(2, 10_000))
def test_a_survey_without_its_spread_is_wider_than_any_spread_of_that_mean(mean, n):
    found = bounds(SATISFACTION, [Part(mean * n, n, respondents=n)])
    widest = math.sqrt((mean - WORST) * (BEST - mean) / n)
    assert WORST - 1e-9 <= found.low <= mean + 1e-9
    assert mean - 1e-9 <= found.high <= BEST + 1e-9
    assert found.high - found.low >= 1.9 * 1.959 * widest * (1 - 4 / n) - 1e-9
    assert found.high > found.low


def test_wilsons_interval_holds_the_mean_of_the_widest_answers_as_often_as_it_promises():
    rng, held, tried = np.random.default_rng(3), 0, 2_000
    for _ in range(tried):
        mean = 1 + 4 * rng.binomial(150, 0.9) / 150
        found = bounds(SATISFACTION, [Part(mean * 150, 150, respondents=150)])
        held += found.low <= 4.6 <= found.high
    assert abs(held / tried - 0.95) < 0.025


def test_respondents_who_all_agree_still_have_an_interval():
    found = bounds(SATISFACTION, [Part(5.0)] * 6)
    assert found.low < 3.8
    assert found.high == 5.0


def test_clustered_errors_are_wider_than_independent_ones_and_never_narrower():
    burst = [Part(1e4 * errors, 1e5, counted=(errors, 1e5)) for errors in (10, 10, 300, 10)]
    even = [Part(1e4 * errors, 1e5, counted=(errors, 1e5)) for errors in (82, 83, 83, 82)]
    exact = stats.binomtest(330, 400_000).proportion_ci(0.95, "exact")
    wide, narrow = (bounds(ERRORS, parts) for parts in (burst, even))
    assert (narrow.low, narrow.high) == pytest.approx((1e4 * exact.low, 1e4 * exact.high), rel=1e-6)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_change_of_counts_is_exact_given_their_sum():
    before, now = (pooled(ERRORS, [Part(1e4 * x, 1e5, counted=(x, 1e5))], "supplied", "x") for x in (40, 20))
    found = change(before, now, 0.95)
    exact = stats.binomtest(20, 60).proportion_ci(0.95, "exact")
    assert found.estimate == pytest.approx(-0.5)
    assert (found.low, found.high) == pytest.approx(tuple(p / (1 - p) - 1 for p in (exact.low, exact.high)), rel=1e-6)
    assert change(now, pooled(ERRORS, [Part(0, 1e5, counted=(0, 1e5))], "supplied", "x"), 0.95).low == -1


def test_a_change_holds_the_truth_at_least_as_often_as_it_promises():
    rng, held, tried = np.random.default_rng(5), 0, 1_000
    for _ in range(tried):
        years = [
            pooled(ERRORS, [Part(1e4 * x, 1e4, counted=(x, 1e4)) for x in rng.poisson(mean, 3)], "supplied", "x")
            for mean in (30, 20)
        ]
        found = change(*years, 0.9)
        held += found.low is None or found.low <= -1 / 3 <= found.high
    assert held / tried >= 0.9 - 0.03


def test_a_known_baseline_scales_the_interval():
    parts = [Part(1e4 * x, 1e5, counted=(x, 1e5)) for x in (30, 32, 31)]
    now = bounds(ERRORS, parts)
    found = change_of_known(6.0, now)
    assert (found.low, found.high) == pytest.approx((now.low / 6 - 1, now.high / 6 - 1))


def test_one_figure_alone_bounds_nothing_and_nothing_weighs_nothing():
    assert bounds(STOCK, [Part(0.004)]).low is None
    assert pooled(STOCK, [Part(3.0, 0.0)], "supplied", "x") is None
    assert bounds(STOCK, [Part(0.0), Part(0.02)]).low == 0.0


def test_quarters_of_one_run_pair_their_replications_and_those_of_two_runs_do_not():
    a, b = np.array([10.0, 14.0, 12.0]), np.array([7.0, 10.0, 8.5])
    now = of_replications(b, "runs/x", "simulated")
    for source, paired in (("runs/x", True), ("runs/y", False)):
        assert change(of_replications(a, source, "simulated"), now, 0.95) == of_change(a, b, paired, 0.95)
    assert level(RESPONSE, of_replications(b[:1], "runs/x", "simulated"), 0.95).low is None
