"""Bounds on shares and means, against tables, scipy and theory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

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

NEEDED = {
    0.001: {0: 2995, 1: 4742, 5: 10511, 10: 16959, 20: 29058},
    0.01: {0: 299, 1: 473, 5: 1049, 10: 1693, 20: 2902},
    0.05: {0: 59, 1: 93, 5: 208, 10: 336, 20: 577},
}


@pytest.mark.parametrize(("limit", "bad"), [(limit, bad) for limit, row in NEEDED.items() for bad in row])
def test_requests_needed_match_the_table_of_clopper_and_pearson(limit, bad):
    assert requests_needed(limit, bad) == NEEDED[limit][bad]


@given(st.integers(1, 5000), st.data())
def test_share_bounds_match_scipys_exact_interval(n, data):
    k = data.draw(st.integers(0, n))
    exact = binomtest(k, n).proportion_ci(0.90, "exact")
    assert share_low(k, n) == pytest.approx(exact.low, abs=1e-9)
    assert share_high(k, n) == pytest.approx(exact.high, abs=1e-9)


def test_share_bounds_cover_the_truth_as_often_as_they_say():
    bad = np.random.default_rng(5).binomial(2000, 0.004, 4000)
    covered_above = np.mean([share_high(k, 2000) >= 0.004 for k in bad])
    covered_below = np.mean([share_low(k, 2000) <= 0.004 for k in bad])
    assert covered_above >= 0.95 - 0.01
    assert covered_below >= 0.95 - 0.01


def test_clean_requests_that_are_missing_for_a_pass_are_counted():
    assert requests_more(0.0, 1000, 1.0, 0.001) == 2995 - 1000


def test_a_share_at_its_limit_is_never_promised_a_decision():
    assert requests_more(0.001, 1000, 1.0, 0.001) is None


def test_the_promised_requests_decide_and_one_fewer_do_not():
    n = 5000 + requests_more(0.0006, 5000, 2.0, 0.001)
    assert share_high(0.0006 * n / 2, n / 2) <= 0.001 < share_high(0.0006 * (n - 1) / 2, (n - 1) / 2)


def test_batch_means_of_equal_batches_average_to_the_mean():
    x = np.random.default_rng(1).exponential(size=2000)
    assert batch_means(x).mean() == pytest.approx(x.mean())


def test_the_mean_of_an_autocorrelated_series_is_covered():
    """AR(1) with memory of ten steps: an interval that took its values as independent would cover the mean in 39 % of the runs."""
    rng, covered = np.random.default_rng(2), []
    for _ in range(400):
        noise = rng.standard_normal(5000)
        x = np.empty_like(noise)
        x[0] = noise[0] / np.sqrt(1 - 0.81)
        for i in range(1, len(x)):
            x[i] = 0.9 * x[i - 1] + noise[i]
        low, high = mean_interval(x)
        covered.append(low <= 0 <= high)
    assert np.mean(covered) == pytest.approx(0.90, abs=0.04)


def test_the_batch_effect_of_an_autocorrelated_series_is_its_theory():
    """AR(1) with coefficient 0.5: (1 + 0.5) / (1 − 0.5) = 3."""
    noise = np.random.default_rng(3).standard_normal((200, 4000))
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0]
    for i in range(1, x.shape[1]):
        x[:, i] = 0.5 * x[:, i - 1] + noise[:, i]
    assert np.mean([batch_effect(row) for row in x]) == pytest.approx(3, rel=0.1)


def test_too_few_values_bound_no_mean():
    assert mean_interval(np.ones(3)) == (-np.inf, np.inf)


def test_a_half_width_matches_the_table_of_students_t():
    x = np.array([1.2, 1.55, 1.31, 1.43, 1.62, 1.08, 1.39, 1.5, 1.27, 1.46])
    assert half_width(x, 0.975) == pytest.approx(0.11905672948884104, rel=1e-9)
    assert np.isnan(half_width(x[:1], 0.975))
