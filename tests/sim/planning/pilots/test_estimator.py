"""Lifts of waves agree with diff-diff, with ordinary least squares and with a plain loop, and the matching of stores with its definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.planning.pilots import estimator, library
from sim.planning.pilots.estimator import Assignments, cells_of, lift_at, lift_before, mean_lift, trend_before
from sim.planning.pilots.matching import features, nearest
from sim.planning.pilots.randomisation import assigned

from .rollouts import made


@pytest.fixture(scope="module")
def waves():
    return made(np.random.default_rng(4), [3, 4, 2], [4, 6, 9], 12, never=6)


def plain(rollout, cell, period):
    """ATT(g, t) as its formula has it."""
    waiting = [j for j in range(len(rollout.live)) if rollout.live[j] >= cell.until]
    since = rollout.values[:, period] - rollout.values[:, cell.base : cell.live].mean(axis=1)
    found = []
    for store in np.nonzero(rollout.live == cell.live)[0]:
        controls = [j for j in rollout.near[store] if j in waiting][: cell.controls]
        found.append(since[store] - np.mean([since[j] for j in controls]))
    return float(np.mean(found))


def test_every_lift_is_that_of_diff_diff(waves):
    found = library.lifts(waves)
    observed = Assignments(waves.near, waves.live[None])
    assert len(found) > 20
    for (live, period), lift in found.items():
        cells = [cell for cell in waves.cells if cell.live == live]
        assert observed.of(lift_at(cells, period - live, 12), waves.values)[0] == pytest.approx(lift, abs=1e-12)


def test_every_lift_is_that_of_a_plain_loop(waves):
    observed = Assignments(waves.near, waves.live[None])
    for cell in waves.cells:
        for period in range(cell.first, cell.until):
            fast = observed.of(lift_at([cell], period - cell.live, 12), waves.values)[0]
            assert fast == pytest.approx(plain(waves, cell, period), abs=1e-12)
    size = sum(cell.stores * (cell.until - cell.first) for cell in waves.cells)
    mean = (
        sum(cell.stores * plain(waves, cell, t) for cell in waves.cells for t in range(cell.first, cell.until)) / size
    )
    assert observed.of(mean_lift(waves.cells, 12), waves.values)[0] == pytest.approx(mean, abs=1e-12)


def test_the_lift_of_a_pilot_is_the_coefficient_of_least_squares_with_stores_and_weeks():
    """Two-way fixed effects over the stores of the pilot and a copy of each control."""
    rollout = made(np.random.default_rng(8), [3], [5], 9)
    (cell,) = rollout.cells
    stacked = library._stacked(rollout, cell)
    rows, outcome = [], []
    for unit, (store, treated) in enumerate(stacked):
        for period in range(9):
            row = np.zeros(len(stacked) + 9 + 1)
            row[unit] = row[len(stacked) + period] = 1
            row[-1] = treated and period >= 5
            rows.append(row)
            outcome.append(rollout.values[store, period])
    coefficients = np.linalg.lstsq(np.array(rows), np.array(outcome), rcond=None)[0]
    lift = Assignments(rollout.near, rollout.live[None]).of(mean_lift(rollout.cells, 9), rollout.values)[0]
    assert lift == pytest.approx(coefficients[-1], abs=1e-9)


def test_a_lift_without_noise_is_found_exactly_in_every_wave():
    rollout = made(np.random.default_rng(1), [3, 4], [4, 7], 10, noise=0.0, lift=0.03)
    observed = Assignments(rollout.near, rollout.live[None])
    for start in (4, 7):
        cells = [cell for cell in rollout.cells if cell.live == start]
        assert observed.of(mean_lift(cells, 10), rollout.values)[0] == pytest.approx(0.03, abs=1e-12)
    for statistic in (trend_before(rollout.cells, 10), lift_before(rollout.cells, 10)):
        assert observed.of(statistic, rollout.values)[0] == pytest.approx(0, abs=1e-12)


def test_the_base_is_the_mean_of_the_periods_before_and_one_of_them_alone_is_callaway_and_sant_anna(monkeypatch):
    monkeypatch.setattr(estimator, "BASE_PERIODS", 1)
    monkeypatch.setattr(estimator, "CONTROLS", 1_000)
    rollout = made(np.random.default_rng(3), [4], [5], 8)
    treated = rollout.live == 5
    since = rollout.values[:, 5:] - rollout.values[:, 4:5]
    lift = Assignments(rollout.near, rollout.live[None]).of(mean_lift(rollout.cells, 8), rollout.values)[0]
    assert lift == pytest.approx(since[treated].mean() - since[~treated].mean(), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_weights_sum_to_0_and_each_store_of_a_wave_counts_alike(seed, first, second, never):
    draws = np.random.default_rng(seed)
    rollout = made(draws, [first, second], [3, 5], 8, never=never)
    live = assigned(rollout.live, np.ones(len(rollout.live), dtype=bool), draws, 6)
    assignments = Assignments(rollout.near if rollout.cells else np.zeros((0, 0)), live)
    for cell in rollout.cells:
        weights = assignments.weights(cell)
        assert weights.sum(axis=1) == pytest.approx(0, abs=1e-12)
        assert weights[live == cell.live] == pytest.approx(1 / cell.stores)
        assert (weights[(live < cell.until) & (live != cell.live)] == 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_an_effect_of_1_is_the_statistic_of_its_own_panel(seed):
    draws = np.random.default_rng(seed)
    rollout = made(draws, [2, 3], [3, 6], 9)
    live = assigned(rollout.live, np.ones(len(rollout.live), dtype=bool), draws, 4)
    assignments, statistic = Assignments(rollout.near, live), mean_lift(rollout.cells, 9)
    effect = assignments.of_effect(statistic, live)
    for other in range(4):
        panel = (np.arange(9) >= live[other][:, None]).astype(float)
        assert effect[:, other] == pytest.approx(assignments.of(statistic, panel), abs=1e-12)
    assert np.diag(effect) == pytest.approx(1)


def test_a_wave_is_followed_while_two_stores_are_not_live_and_has_two_periods_before():
    live = np.array([1, 4, 4, 6, 6, 6, 8, 10, 10])
    found = {(cell.live, cell.first, cell.until): cell.controls for cell in cells_of(live, 10)}
    assert found == {(4, 4, 6): 5, (4, 6, 8): 3, (4, 8, 10): 2, (6, 6, 8): 3, (6, 8, 10): 2, (8, 8, 10): 2}


def test_stores_are_near_by_level_and_trend():
    weeks = np.arange(6.0)
    before = np.array([10 + 0 * weeks, 10.1 + 0 * weeks, 10 + 0.5 * weeks, 20 + 0 * weeks])
    order = nearest(before)
    assert order.shape == (4, 3)
    assert order[0, 0] == 1
    assert features(before).std(axis=0) == pytest.approx(1)
    same = nearest(np.ones((4, 6)))
    assert same.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
