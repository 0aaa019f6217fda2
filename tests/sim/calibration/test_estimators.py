"""Estimators against what they should find in numbers drawn from known distributions."""

import numpy as np
import pytest

from sim.calibration.estimators import (
    calendar_factors,
    dispersion,
    distribution_of,
    gamma_sizes,
    weight_exponent,
    weights,
    zipf_exponent,
)
from sim.scenario.sections.distributions import Empirical
from sim.traffic.assortment import zipf
from sim.traffic.baskets import Popularity, inclusion

RANDOM = np.random.Generator(np.random.PCG64DXSM(3))
THREE = Empirical(distribution="empirical", values=[3])


def test_calendar_factors_are_recovered_exactly_from_means():
    months, weekdays = np.array([0.8, 1.2] + [1.0] * 10), np.array([1, 1, 1, 1, 1.4, 1.6, 0])
    month, weekday = np.repeat(np.arange(12), 30), np.arange(360) % 7
    open_ = np.broadcast_to(weekday != 6, (2, 360)).copy()
    open_[0, 40:60] = False
    count = np.array([[100.0], [30.0]]) * months[month] * weekdays[weekday]
    level, found_months, found_weekdays = calendar_factors(count, month, weekday, open_)
    assert found_months == pytest.approx(
        months / np.average(months, weights=[31, 28, *[31, 30] * 2, 31, 31, 30, 31, 30, 31]), rel=1e-6
    )
    assert found_weekdays == pytest.approx(weekdays / weekdays.mean(), rel=1e-6)
    assert level[0] / level[1] == pytest.approx(100 / 30)
    assert (level[1] * found_months[month] * found_weekdays[weekday]) == pytest.approx(count[1], rel=1e-6)


def test_months_without_a_day_have_factor_one_and_weekdays_none():
    month, weekday = np.repeat([0, 1], 28), np.arange(56) % 7
    _, months, weekdays = calendar_factors(np.full((1, 56), 10.0), month, weekday, (weekday < 5)[None, :])
    assert months.tolist() == pytest.approx([1.0] * 12)
    assert weekdays[5:].tolist() == [0, 0]


@pytest.mark.parametrize(("day_size", "cell_size"), [(24.0, 100.0), (8.0, 20.0), (None, 10.0), (12.0, None)])
def test_gamma_sizes_are_recovered_from_few_like_days(day_size, cell_size):
    groups, days, cells = 400, 5, 12
    factor = np.ones((groups * days, cells))
    if day_size:
        factor *= RANDOM.gamma(day_size, 1 / day_size, (groups * days, 1))
    if cell_size:
        factor *= RANDOM.gamma(cell_size, 1 / cell_size, factor.shape)
    level = np.repeat(RANDOM.uniform(20, 60, (groups, cells)), days, axis=0)
    found_day, found_cell = gamma_sizes(RANDOM.poisson(level * factor), np.repeat(np.arange(groups), days))
    assert 1 / (found_day or np.inf) == pytest.approx(1 / (day_size or np.inf), rel=0.13, abs=0.002)
    assert 1 / (found_cell or np.inf) == pytest.approx(1 / (cell_size or np.inf), rel=0.08, abs=0.0015)


def test_nothing_can_be_said_of_days_that_have_no_like():
    assert gamma_sizes(np.ones((3, 4)), np.arange(3)) == (None, None)
    assert np.isnan(dispersion(np.ones(3), np.arange(3)))


def test_dispersion_of_poisson_counts_is_one():
    counts = RANDOM.poisson(30, (4000, 3))
    assert dispersion(counts, np.repeat(np.arange(400), 10)) == pytest.approx(1, abs=0.04)
    assert dispersion(counts.sum(axis=1), np.repeat(np.arange(400), 10)) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("exponent", [0.4, 0.7, 1.1])
def test_the_zipf_exponent_is_recovered(exponent):
    lines = RANDOM.multinomial(500_000, zipf(1000, exponent))
    assert zipf_exponent(RANDOM.permutation(lines)) == pytest.approx(exponent, abs=0.01)


def test_weights_undo_what_distinct_baskets_do_to_popularity():
    weight = weight_exponent(0.6, 500, Empirical(distribution="empirical", values=[20]))
    assert weight > 0.62
    shown = inclusion(Empirical(distribution="empirical", values=[20]), Popularity(zipf(500, weight)))
    assert zipf_exponent(shown) == pytest.approx(0.6, abs=1e-3)
    lines = np.array([25.0, 20, 20, 15, 10, 5, 5])
    held = inclusion(THREE, Popularity(weights(lines, THREE, rounds=60)))
    assert held / held.sum() == pytest.approx(lines / lines.sum(), abs=0.01)


def test_a_law_is_named_where_it_fits_and_values_are_kept_where_none_does():
    lognormal = np.maximum(np.rint(RANDOM.lognormal(2, 0.6, 50_000)), 1).astype(int)
    assert distribution_of(lognormal).distribution == "lognormal"
    gamma = np.maximum(np.rint(RANDOM.gamma(8, 2, 50_000)), 1).astype(int)
    assert distribution_of(gamma).distribution == "gamma"
    mixed = distribution_of(np.repeat([1, 12], [300, 100]))
    assert (mixed.values, mixed.weights) == ([1, 12], [300, 100])


def test_a_long_tail_of_values_is_kept_in_few():
    values = np.concatenate([np.arange(1, 3001), np.ones(3000, dtype=int)])
    law = distribution_of(values)
    assert len(law.values) <= 500
    assert law.mean == pytest.approx(values.mean(), rel=1e-3)


def test_more_lines_than_the_largest_weight_of_a_scenario_are_scaled_together():
    values = np.repeat([1, 2, 3], [1_600_000, 800_000, 7])
    law = distribution_of(values)
    assert law.values == [1, 2, 3]
    assert law.weights == pytest.approx([1e6, 5e5, 4.375], rel=1e-5)
