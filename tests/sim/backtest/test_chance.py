"""The test of all rows together rejects a true model as often as its level says, whatever depends on what, and finds a wrong one."""

import numpy as np
import pytest

from sim.backtest.chance import LEVEL, p_values, rejected


def history(rng, members=40):
    """Days, weeks and classes of members that share a level each: rows that depend on one another."""
    level = rng.normal(0, 0.3, (members, 1))
    days = rng.gamma(20, 1 / 20, (members, 28)) * 100 * np.exp(level)
    weeks = days.reshape(members, 4, 7).sum(axis=2)
    share = rng.poisson(0.2 * days).astype(float)
    return [days, weeks, share]


def rejections(rng, change, times):
    found = 0
    for _ in range(times):
        rows = history(rng)
        actual = [change(row[0]) for row in rows]
        found += rejected(p_values(actual, [row[1:] for row in rows], [0.5, 1.0, 0.5]), LEVEL)
    return found / times


def test_a_true_model_is_rejected_at_the_level():
    assert rejections(np.random.default_rng(1), lambda row: row, 1_500) == pytest.approx(
        LEVEL, abs=0.017
    )  # three standard errors


def test_a_level_far_off_and_a_wild_week_are_found():
    rng = np.random.default_rng(2)
    assert rejections(rng, lambda row: 2.5 * row, 100) > 0.6

    def week(row):
        return row * (1 + 3 * (np.arange(len(row)) < len(row) / 4))

    assert rejections(rng, week, 100) > 0.8


def test_a_cell_that_is_not_compared_changes_nothing():
    rows = history(np.random.default_rng(3))
    actual, drawn = [row[0] for row in rows], [row[1:] for row in rows]
    with_gap = [np.append(row, np.nan) for row in actual]
    wider = [np.append(row, np.full((39, 1), 1e9), axis=1) for row in drawn]
    assert p_values(with_gap, wider, [1.0] * 3) == p_values(actual, drawn, [1.0] * 3)


def test_equal_values_everywhere_are_within_chance():
    assert p_values([np.zeros(5)], [np.zeros((39, 5))], [0.1]) == [1.0]
    assert not rejected([], LEVEL)
