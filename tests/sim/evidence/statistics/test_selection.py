"""KN and KN++ select the best at least as often as promised, under common random numbers and without, and end earlier with them."""

from itertools import pairwise

import numpy as np
import pytest

from sim.evidence.statistics.selection import Race, eta, kn, knpp

TRIALS = 1_000
SAMPLING_ERROR = 2 * np.sqrt(0.95 * 0.05 / TRIALS)
FIRST, MOST = 10, 160


def systems(means, spreads, shared, trials=TRIALS, most=MOST, draw="normal"):
    """float64[trials, k, most]: systems that share a part of their noise."""
    rng = np.random.default_rng(11)
    common = rng.normal(size=(trials, 1, most))
    own = rng.exponential(size=(trials, len(means), most)) - 1 if draw == "skewed" else None
    own = rng.normal(size=(trials, len(means), most)) if own is None else own
    return np.array(means)[:, None] + shared * common + np.array(spreads)[:, None] * own


def races(x, first, indifference, updated, confidence=0.95):
    """A plain reference for all trials at once: who is left of each, bool[trials, k], and the replications at which it ended."""
    trials, k, most = x.shape
    alive, ended = np.ones((trials, k), bool), np.full(trials, most)
    for r in range(first, most + 1):
        going = np.flatnonzero(alive.sum(axis=1) > 1)
        if not len(going):
            break
        n = r if updated else first
        seen = x[going]
        h2 = 2 * eta(k, n, confidence) * (n - 1)
        apart = seen[:, :, None, :n] - seen[:, None, :, :n]
        margin = np.maximum(0, indifference / (2 * r) * (h2 * apart.var(axis=3, ddof=1) / indifference**2 - r))
        mean = np.where(alive[going], seen[:, :, :r].mean(axis=2), -np.inf)
        stays = alive[going] & (mean[:, :, None] >= mean[:, None, :] - margin).all(axis=2)
        alive[going] = stays
        ended[going[stays.sum(axis=1) == 1]] = r
    return alive, ended


@pytest.mark.parametrize("shared", [0.0, 4.0])
@pytest.mark.parametrize(
    ("means", "spreads"),
    [((1.0, 0.0, 0.0, 0.0), (1.5, 1.5, 1.5, 1.5)), ((1.0, 0.0, 0.0), (2.5, 1.0, 0.5))],
    ids=["equal variances", "unequal variances"],
)
@pytest.mark.parametrize(("procedure", "updated"), [(kn, False), (knpp, True)])
def test_the_best_by_the_indifference_zone_is_selected_as_often_as_promised(procedure, updated, means, spreads, shared):
    """The others all lie just that far behind: the least favourable configuration."""
    x = systems(means, spreads, shared)
    alive, ended = races(x, FIRST, 1.0, updated)
    assert (alive.sum(axis=1) == 1).all()
    assert alive[:, 0].mean() >= 0.95 - SAMPLING_ERROR
    for trial in range(25):
        found = procedure(x[trial], FIRST, 1.0)
        assert (found.alive, found.replications) == (tuple(np.flatnonzero(alive[trial])), ended[trial])


def test_variances_that_are_updated_need_no_normal_observations_and_fewer_replications():
    """The guarantee of KN++ is asymptotic: the zone is a quarter of the scatter, so that a race is long."""
    x = systems((0.25, 0.0, 0.0), (1.0, 1.0, 1.0), 0.0, trials=250, most=500, draw="skewed")
    (alive, ended), (_, longer) = (races(x, FIRST, 0.25, updated) for updated in (True, False))
    assert alive[:, 0].mean() >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / 250)
    assert ended.mean() < 0.8 * longer.mean()


def test_the_constant_is_that_of_a_margin_that_a_pair_crosses_with_its_share_of_the_error():
    """With one parameter (c = 1) Kim & Nelson solve ½ (1 + 2 η)^(−(n₀ − 1) / 2) = α / (k − 1)."""
    for k, first in [(2, 20), (5, 20), (10, 20), (3, 5)]:
        assert 0.5 * (1 + 2 * eta(k, first, 0.95)) ** (-(first - 1) / 2) == pytest.approx(0.05 / (k - 1))
    assert eta(10, 20, 0.95) == pytest.approx(0.302933803649, rel=1e-9)


def needed(spread, shared):
    return races(systems((1.0, 0.0), (spread, spread), shared, trials=100, most=600), FIRST, 1.0, updated=False)[
        1
    ].mean()


def test_noise_that_systems_share_costs_no_replications():
    assert needed(1.0, 9.0) == pytest.approx(needed(1.0, 0.0), rel=0.2)
    assert needed(4.0, 0.0) > 3 * needed(1.0, 9.0)


@pytest.mark.parametrize("procedure", [kn, knpp])
def test_systems_within_the_zone_end_too_with_one_of_them(procedure):
    assert all(procedure(x, FIRST, 1.0).decided for x in systems((0.1, 0.0), (1.0, 1.0), 0.0, trials=50))


@pytest.mark.parametrize("procedure", [kn, knpp])
def test_more_replications_go_on_from_where_it_stood(procedure):
    x = np.random.default_rng(3).normal(np.array([[0.0], [0.2], [1.5]]), 1.0, (3, 60))
    stood = [procedure(x[:, :r], 5, 0.5) for r in range(5, 61)]
    assert all(set(after.alive) <= set(before.alive) for before, after in pairwise(stood))
    assert stood[-1].decided
    gone = np.where(np.arange(60) >= stood[10].replications, np.nan, x[0])
    if 0 not in stood[10].alive:
        assert procedure(np.vstack([gone, x[1:]]), 5, 0.5) == stood[-1]


def test_the_end_is_known_from_the_first_stage_and_kept():
    x = np.random.default_rng(5).normal(0.0, 1.0, (3, 400))
    ends_by = kn(x[:, :8], 8, 0.5).ends_by
    assert kn(x[:, :ends_by], 8, 0.5).decided
    assert kn(x, 8, 0.5).ends_by is None


def test_one_system_is_the_best_and_what_never_differs_is_a_tie_that_ends():
    assert kn(np.ones((1, 5)), 5, 1.0).alive == (0,)
    assert kn(np.ones((2, 5)), 5, 1.0) == Race((0,), 5)


def test_what_was_not_observed_leaves_all_systems():
    assert kn(np.array([[1.0, np.nan], [3.0, 4.0]]), 2, 1.0) == Race((0, 1), 1, None)
