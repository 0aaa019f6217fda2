"""Intervals of a change decide as a t test does, and hold the true change as often as they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.planning.goals.bounds import of_change, of_level

SAMPLES = st.lists(st.floats(1, 1e4), min_size=2, max_size=12)


@given(SAMPLES, st.data())
def test_a_bound_beyond_a_limit_is_a_t_test_against_that_limit(before, data):
    a = np.array(before)
    b = np.array(data.draw(st.lists(st.floats(1, 1e4), min_size=len(a), max_size=len(a))))
    limit = data.draw(st.floats(-0.9, 1.0))
    found = of_change(a, b, True, 0.95)
    short = b - (1 + limit) * a
    if found.high is None or np.std(short) < 1e-6 * np.mean(b):
        return
    rejected = stats.ttest_1samp(short, 0.0, alternative="less").pvalue
    if abs(rejected - 0.025) > 1e-6:
        assert (found.high < limit) == (rejected < 0.025)


def test_a_known_baseline_gives_students_interval_in_parts_of_it():
    x = np.array([60.0, 70.0, 65.0, 72.0])
    low, high = stats.t.interval(0.95, 3, x.mean(), stats.sem(x))
    found = of_change(100.0, x, False, 0.95)
    assert (found.low, found.high) == pytest.approx((low / 100 - 1, high / 100 - 1))
    level = of_level(x, 0.95)
    assert (level.low, level.high) == pytest.approx((low, high))


def test_pairing_narrows_the_interval_where_replications_move_together():
    rng = np.random.default_rng(1)
    a = rng.normal(100, 20, 30)
    b = 0.7 * a + rng.normal(0, 1, 30)
    alone, together = (of_change(a, b, paired, 0.95) for paired in (False, True))
    assert together.high - together.low < 0.2 * (alone.high - alone.low)
    assert together.low < -0.3 < together.high


@pytest.mark.parametrize("paired", [True, False])
def test_intervals_hold_the_true_change_as_often_as_they_promise(paired):
    rng, held, tried = np.random.default_rng(7), 0, 2_000
    for _ in range(tried):
        a = rng.normal(50, 8, 10)
        b = 0.8 * a + rng.normal(0, 3, 10) if paired else rng.normal(40, 5, 10)
        found = of_change(a, b, paired, 0.9)
        held += found.low <= -0.2 <= found.high
    share, error = held / tried, 3 * math.sqrt(0.9 * 0.1 / tried)
    assert share >= 0.9 - error
    assert not paired or share <= 0.9 + error


def test_a_baseline_that_may_be_zero_bounds_no_change():
    assert of_change(np.array([-1.0, 5.0, 2.0]), np.array([1.0, 2.0, 3.0]), False, 0.95).low is None
    assert of_change(np.array([0.0, 0.0]), np.array([1.0, 2.0]), False, 0.95).estimate is None
    assert of_change(np.array([2.0]), np.array([1.0]), False, 0.95).estimate == -0.5
    assert of_change(np.array([]), np.array([1.0, 2.0]), False, 0.95).estimate is None
    assert of_level(np.array([]), 0.95).estimate is None
    assert of_level(np.array([3.0]), 0.95).low is None
