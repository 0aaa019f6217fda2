"""KN selects the best at least as often as promised, under common random numbers and without, and ends earlier with them."""

from itertools import pairwise

import numpy as np
import pytest

from sim.evidence.statistics.selection import Race, eta, kn

TRIALS = 1_000
SAMPLING_ERROR = 2 * np.sqrt(0.95 * 0.05 / TRIALS)


def races(means, spreads, shared, first=8, indifference=1.0, most=120, trials=TRIALS):
    """Selections among normal systems that share a part of their noise."""
    rng = np.random.default_rng(11)
    for _ in range(trials):
        noise = shared * rng.normal(size=most) + np.array(spreads)[:, None] * rng.normal(size=(len(means), most))
        yield kn(np.array(means)[:, None] + noise, first, indifference)


@pytest.mark.parametrize("shared", [0.0, 4.0])
@pytest.mark.parametrize(
    ("means", "spreads"),
    [
        ((1.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)),
        ((1.0, 0.0, 0.0), (1.5, 0.5, 0.25)),
    ],
    ids=["equal variances", "unequal variances"],
)
def test_the_best_by_the_indifference_zone_is_selected_as_often_as_promised(means, spreads, shared):
    """The others all lie just that far behind: the least favourable configuration."""
    found = list(races(means, spreads, shared))
    assert np.mean([race.decided and race.alive == (0,) for race in found]) >= 0.95 - SAMPLING_ERROR
    assert all(race.decided for race in found)


def test_the_constant_is_that_of_a_margin_that_a_pair_crosses_with_its_share_of_the_error():
    """With one parameter (c = 1) Kim & Nelson solve ½ (1 + 2 η)^(−(n₀ − 1) / 2) = α / (k − 1)."""
    for k, first in [(2, 20), (5, 20), (10, 20), (3, 5)]:
        assert 0.5 * (1 + 2 * eta(k, first, 0.95)) ** (-(first - 1) / 2) == pytest.approx(0.05 / (k - 1))
    assert eta(10, 20, 0.95) == pytest.approx(0.302933803649, rel=1e-9)


def needed(spread, shared):
    return np.mean([race.replications for race in races((1.0, 0.0), (spread, spread), shared, most=800, trials=100)])


def test_noise_that_systems_share_costs_no_replications():
    assert needed(1.0, 9.0) == pytest.approx(needed(1.0, 0.0), rel=0.2)
    assert needed(4.0, 0.0) > 3 * needed(1.0, 9.0)


def test_systems_within_the_zone_end_too_with_one_of_them():
    assert all(race.decided for race in races((0.1, 0.0), (1.0, 1.0), 0.0, trials=100))


def test_more_replications_go_on_from_where_it_stood():
    x = np.random.default_rng(3).normal(np.array([[0.0], [0.2], [1.5]]), 1.0, (3, 60))
    stood = [kn(x[:, :r], 5, 0.5) for r in range(5, 61)]
    assert all(set(after.alive) <= set(before.alive) for before, after in pairwise(stood))
    assert stood[-1].decided
    gone = np.where(np.arange(60) >= stood[10].replications, np.nan, x[0])
    if 0 not in stood[10].alive:
        assert kn(np.vstack([gone, x[1:]]), 5, 0.5) == stood[-1]


def test_one_system_is_the_best_and_what_never_differs_is_a_tie_that_ends():
    assert kn(np.ones((1, 5)), 5, 1.0).alive == (0,)
    assert kn(np.ones((2, 5)), 5, 1.0) == Race((0,), 5)
