"""Quantiles of replications hold what they say, and scores are those of the textbooks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.backtest.accuracy import LEVELS, accuracy, pinball, quantiles, skill


def test_intervals_of_39_replications_hold_exactly_80_and_95_of_100():
    drawn = np.random.default_rng(1).random((40, 20_000))
    low_95, low_80, _, high_80, high_95 = quantiles(drawn[1:])
    assert np.mean((low_80 <= drawn[0]) & (drawn[0] <= high_80)) == pytest.approx(0.8, abs=0.009)
    assert np.mean((low_95 <= drawn[0]) & (drawn[0] <= high_95)) == pytest.approx(0.95, abs=0.005)


def test_the_quantile_score_is_the_mean_of_the_five_tilted_errors():
    quantile, actual = np.array([[1.0], [2.0], [4.0], [6.0], [9.0]]), np.array([5.0])
    by_hand = [4 * 0.025, 3 * 0.1, 1 * 0.5, 1 * 0.1, 4 * 0.025]
    assert pinball(quantile, actual)[0] == pytest.approx(np.mean(by_hand))


@given(st.floats(-0.5, 0.5).filter(lambda shift: abs(shift) > 0.05))
def test_no_other_quantiles_score_better_than_the_true_ones(shift):
    actual = np.random.default_rng(2).random(4_000)
    true = np.array(LEVELS)[:, None] * np.ones(4_000)
    assert pinball(true, actual).mean() < pinball(true + shift, actual).mean()


def test_errors_are_those_of_the_medians_and_a_missing_cell_is_left_out():
    quantile = np.array([[1.0, 1, 1], [2, 2, 2], [10, 20, 30], [40, 40, 40], [50, 50, 50]])
    found = accuracy(quantile, np.array([12.0, np.nan, 60.0]))
    assert (found.cells, found.actual, found.predicted) == (2, 36.0, 20.0)
    assert found.wape == pytest.approx(32 / 72)
    assert found.bias == pytest.approx(-32 / 72)
    assert (found.held_80, found.held_95) == (1, 1)


def test_skill_is_nothing_against_oneself_and_one_without_loss():
    loss = np.array([1.0, 2.0, np.nan])
    assert skill(loss, loss) == 0
    assert skill(0 * loss, loss) == 1
