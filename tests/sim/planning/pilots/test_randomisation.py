"""Tests and intervals over assignments: against enumeration and inversion by hand, and at their nominal rates over 500 trials."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binom

from sim.planning.pilots.estimator import Assignments, Rollout, mean_lift
from sim.planning.pilots.randomisation import assigned, inference, least_lift, power_of

from .rollouts import made

TRIALS = 500
LIFT = 0.06


def trial(draws, sizes, starts, periods, never, many):
    """The test of a rollout without a lift, and of the same with one."""
    still = made(draws, sizes, starts, periods, never=never)
    everyone = np.ones(len(still.live), dtype=bool)
    assignments = Assignments(still.near, assigned(still.live, everyone, draws, many))
    statistic = mean_lift(still.cells, periods)
    effect = assignments.of_effect(statistic, still.live[None])[:, 0]
    found = assignments.of(statistic, still.values)
    return inference(found, effect), inference(found + LIFT * effect, effect)


@pytest.fixture(scope="module")
def pilots():
    draws = np.random.default_rng(20_261_101)
    return [trial(draws, [4], [6], 10, 10, 100) for _ in range(TRIALS)]


@pytest.fixture(scope="module")
def rollouts():
    """Of three waves that end with all stores live."""
    draws = np.random.default_rng(20_261_102)
    return [trial(draws, [4, 4, 4], [4, 6, 8], 9, 0, 40) for _ in range(TRIALS)]


@pytest.fixture(params=["pilots", "rollouts"])
def trials(request):
    return request.getfixturevalue(request.param)


def test_silence_stays_silent_at_the_nominal_rate(trials):
    lowest, highest = binom.ppf([0.001, 0.999], TRIALS, 0.05)
    assert lowest <= sum(silent.p <= 0.05 for silent, _ in trials) <= highest
    assert [silent.low > 0 or silent.high < 0 for silent, _ in trials] == [silent.p <= 0.05 for silent, _ in trials]


def test_a_planted_lift_is_recovered_without_bias_and_lies_in_95_of_100_intervals(trials):
    estimates = np.array([planted.estimate for _, planted in trials])
    assert abs(estimates.mean() - LIFT) < 3.3 * estimates.std() / TRIALS**0.5
    assert sum(planted.low <= LIFT <= planted.high for _, planted in trials) >= binom.ppf(0.001, TRIALS, 0.95)


def test_a_planted_lift_of_this_size_is_mostly_seen(trials):
    assert np.mean([planted.low > 0 for _, planted in trials]) > 0.5


def test_the_probability_is_that_of_all_assignments():
    draws = np.random.default_rng(2)
    rollout = made(draws, [2], [3], 6, never=5, lift=0.08)
    live = [np.where(np.isin(np.arange(7), pair), 3, 6) for pair in combinations(range(7), 2)]
    statistic = mean_lift(rollout.cells, 6)
    every = Assignments(rollout.near, np.array([rollout.live, *live])).of(statistic, rollout.values)
    exact = (np.abs(every[1:]) >= abs(every[0]) - 1e-12).mean()
    many = Assignments(rollout.near, assigned(rollout.live, np.ones(7, dtype=bool), draws, 4_000))
    found = inference(many.of(statistic, rollout.values), many.of_effect(statistic, rollout.live[None])[:, 0])
    assert found.p == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 4_000) ** 0.5 + 1e-3)


def test_the_interval_holds_the_lifts_that_are_not_rejected():
    rollout = made(np.random.default_rng(5), [3], [4], 8, never=9, lift=0.05)
    assignments = Assignments(
        rollout.near, assigned(rollout.live, np.ones(12, dtype=bool), np.random.default_rng(6), 200)
    )
    statistic = mean_lift(rollout.cells, 8)
    found = inference(
        assignments.of(statistic, rollout.values), assignments.of_effect(statistic, rollout.live[None])[:, 0]
    )

    def kept(lift):
        panel = rollout.values - lift * (np.arange(8) >= rollout.live[:, None])
        values = np.abs(assignments.of(statistic, panel))
        return (values >= values[0] - 1e-12).mean() > 0.05

    inside, outside = 1e-6 * (found.high - found.low), found.high - found.low
    assert kept(found.low + inside)
    assert kept(found.high - inside)
    assert not kept(found.low - inside)
    assert not kept(found.high + inside)
    assert not kept(found.low - outside)


def test_two_stores_of_five_bound_nothing():
    """Of ten assignments one in ten is as large: none can be rejected at 5 %."""
    rollout = made(np.random.default_rng(1), [2], [3], 6, never=3, lift=1.0)
    assignments = Assignments(
        rollout.near, assigned(rollout.live, np.ones(5, dtype=bool), np.random.default_rng(1), 1_000)
    )
    statistic = mean_lift(rollout.cells, 6)
    found = inference(
        assignments.of(statistic, rollout.values), assignments.of_effect(statistic, rollout.live[None])[:, 0]
    )
    assert (found.low, found.high) == (-np.inf, np.inf)
    still = assignments.of(statistic, rollout.values - (np.arange(6) >= rollout.live[:, None]))[:300]
    assert least_lift([(still, assignments.of_effect(statistic, assignments.live[:300])[:300])], 1.0) is None


def test_power_is_the_share_of_trials_that_see_the_lift():
    draws = np.random.default_rng(7)
    rollout = made(draws, [3], [4], 8, never=9)
    assignments = Assignments(rollout.near, assigned(rollout.live, np.ones(12, dtype=bool), draws, 60))
    statistic = mean_lift(rollout.cells, 8)
    still, effect = assignments.of(statistic, rollout.values), assignments.of_effect(statistic, assignments.live)
    seen = 0
    for live in assignments.live:
        planted = Rollout(rollout.values + LIFT * (np.arange(8) >= live[:, None]), live)
        values = assignments.of(statistic, planted.values)
        own = Assignments(rollout.near, live[None]).of(statistic, planted.values)[0]
        seen += (np.abs(values) >= abs(own) * (1 - 1e-9)).mean() <= 0.05 and own > 0
    assert power_of(still, effect, LIFT) == pytest.approx(seen / 60)
    least = least_lift([(still, effect)], 1.0)
    assert power_of(still, effect, least) >= 0.8 > power_of(still, effect, 0.97 * least)
    assert least_lift([(still, effect)], -1.0) < 0


def test_stores_that_do_not_take_part_keep_their_go_lives():
    live = np.array([2, 2, 5, 9, 9, 9])
    found = assigned(live, live >= 5, np.random.default_rng(0), 50)
    assert (found[:, :2] == 2).all()
    assert (np.sort(found, axis=1) == np.sort(live)).all()
    assert (found[0] == live).all()
    assert len(np.unique(found, axis=0)) == 4
