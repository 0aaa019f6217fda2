"""Rinott's procedure: its constant against tables, theory and another integration, and how often it selects the best of known means."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, roots_genlaguerre
from scipy.stats import chi2

from sim.evidence.statistics.two_stage import rinott_h, rinott_sizes

TRIALS = 1_000
SAMPLING_ERROR = 2 * np.sqrt(0.95 * 0.05 / TRIALS)


@pytest.mark.parametrize(("k", "h"), [(2, 2.45247), (5, 3.38542), (10, 3.87528)])
def test_the_constant_is_the_published_one(k, h):
    """Rinott 1978 with n₀ = 20 and P* = 0.95."""
    assert rinott_h(k, 20) == pytest.approx(h, abs=1e-5)


@pytest.mark.parametrize("k", [2, 5, 100])
def test_with_a_long_first_stage_it_is_that_of_known_variances(k):
    """Φ(h / √2)^(k − 1) = 1 − α."""
    assert rinott_h(k, 100_000) == pytest.approx(np.sqrt(2) * ndtri(0.95 ** (1 / (k - 1))), rel=1e-3)


@pytest.mark.parametrize(("k", "first"), [(3, 10), (20, 15), (50, 30)])
def test_it_solves_its_equation_under_another_rule_of_integration(k, first):
    """Generalised Gauss-Laguerre: the density of a chi-square variable is its weight."""
    nodes, weights = roots_genlaguerre(80, (first - 1) / 2 - 1)
    x, weights = 2 * nodes, weights / weights.sum()
    inner = ndtr(rinott_h(k, first) / np.sqrt((first - 1) * (1 / x[:, None] + 1 / x))) @ weights
    assert inner ** (k - 1) @ weights == pytest.approx(0.95, abs=1e-6)


def test_the_shortest_first_stage_agrees_with_a_simulation():
    """n₀ = 3, where the integrand is least smooth."""
    x, y = chi2.rvs(2, size=(2, 400_000), random_state=7)
    assert ndtr(rinott_h(2, 3) / np.sqrt(2 * (1 / x + 1 / y))).mean() == pytest.approx(0.95, abs=1e-3)


@pytest.mark.parametrize("spreads", [(1.0, 1.0, 1.0, 1.0), (2.0, 0.5, 1.0, 0.25)])
def test_the_best_by_the_indifference_zone_is_selected_as_often_as_promised(spreads):
    rng, means = np.random.default_rng(5), np.array([1.0, 0.0, 0.0, 0.0])
    most = 400
    x = means[:, None] + np.array(spreads)[:, None] * rng.normal(size=(TRIALS, 4, most))
    best = []
    for trial in x:
        sizes = rinott_sizes(trial[:, :10], 1.0)
        assert max(sizes) <= most
        best.append(np.argmax([one[:size].mean() for one, size in zip(trial, sizes, strict=True)]))
    assert np.mean(np.array(best) == 0) >= 0.95 - SAMPLING_ERROR


def test_sizes_grow_with_the_variance_and_are_no_less_than_the_first_stage():
    x = np.random.default_rng(1).normal(size=(3, 12)) * np.array([[0.01], [1.0], [10.0]])
    h = rinott_h(3, 12)
    assert rinott_sizes(x, 0.5) == [12, *(int(np.ceil((h / 0.5) ** 2 * each.var(ddof=1))) for each in x[1:])]
