"""Means over replications carry the interval that theory gives them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.evidence.statistics.replications import interval, over_days


def test_half_width_matches_a_published_sample():
    x = [1.2, 1.55, 1.31, 1.43, 1.62, 1.08, 1.39, 1.5, 1.27, 1.46]
    found = interval(x)
    assert found.mean == pytest.approx(1.381, rel=1e-9)
    assert found.half_width == pytest.approx(0.11905672948884104, rel=1e-9)


def test_one_observation_has_no_half_width():
    found = interval([3.0])
    assert (found.mean, found.observations) == (3.0, 1)
    assert np.isnan(found.half_width)
    assert not found.excludes_zero


def test_replications_in_which_nothing_happened_are_left_out():
    assert interval([1.0, np.nan, 3.0]).observations == 2


def test_ninety_five_of_a_hundred_intervals_cover_the_mean():
    rng = np.random.default_rng(7)
    found = [interval(x) for x in rng.normal(5.0, 2.0, size=(4000, 6))]
    covered = np.mean([i.low <= 5.0 <= i.high for i in found])
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 4000))


def test_days_without_a_burst_bound_it_as_a_poisson_count_of_none_does():
    """3.689 is the upper end of the exact 95 % interval for a count of 0 (Garwood 1936)."""
    found = over_days(np.zeros((5, 7)), least_burst=2.0)
    assert found.high == pytest.approx(3.6889 * 2.0 / 35, rel=1e-4)
    assert found.low == -found.high
    assert found.bursts == 0


def test_normal_days_have_nearly_the_interval_of_students_t():
    cells = np.random.default_rng(2).normal(10.0, 2.0, size=(40, 50))
    assert over_days(cells).half_width == pytest.approx(interval(cells.ravel()).half_width, rel=0.05)


def test_a_weekday_that_differs_in_all_replications_widens_nothing():
    cells = np.random.default_rng(3).normal(size=(5, 7))
    saturday = np.array([0, 0, 0, 0, 0, 9.0, 0])
    assert over_days(cells + saturday).half_width == pytest.approx(over_days(cells).half_width)


def test_one_replication_has_no_interval():
    found = over_days(np.ones((1, 7)))
    assert (found.mean, found.observations) == (1.0, 1)
    assert np.isnan(found.low)
    assert np.isnan(found.high)


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda rng, size: rng.normal(0, 1, size), 0.0),
        (lambda rng, size: rng.exponential(1, size), 1.0),
        (lambda rng, size: rng.lognormal(0, 1, size), np.exp(0.5)),
        (lambda rng, size: -rng.gamma(0.25, 1, size), -0.25),
    ],
    ids=["normal", "exponential", "lognormal", "gamma, mirrored"],
)
def test_ninety_three_of_a_hundred_cover_the_mean_of_skewed_days(draw, mean):
    rng = np.random.default_rng(11)
    found = [over_days(draw(rng, (5, 7))) for _ in range(1000)]
    covered = np.mean([each.low <= mean <= each.high for each in found])
    assert covered >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 1000)


cells = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(1, 5)), elements=st.integers(-50, 50).map(float))


@given(cells, st.integers(-20, 20), st.sampled_from([-3.0, 0.5, 2.0]))
def test_the_interval_moves_and_scales_with_its_days(x, shift, scale):
    found, other = over_days(x), over_days(scale * x + shift)
    ends = sorted(scale * each + shift for each in (found.low, found.high))
    assert (other.low, other.high) == pytest.approx(ends, abs=1e-6)
    assert found.low <= found.mean <= found.high
