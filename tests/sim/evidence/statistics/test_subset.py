"""A subset has the best at least as often as promised after any number of replications, and shrinks with more of them."""

import numpy as np
import pytest

from sim.evidence.statistics.selection import kn
from sim.evidence.statistics.subset import subset

TRIALS = 1_000
SAMPLING_ERROR = 2 * np.sqrt(0.95 * 0.05 / TRIALS)


def trials(means, n, shared=0.0, spreads=1.0):
    rng = np.random.default_rng(17)
    own = np.asarray(spreads).reshape(-1, 1) * rng.normal(size=(TRIALS, len(means), n))
    return np.array(means)[:, None] + own + shared * rng.normal(size=(TRIALS, 1, n))


@pytest.mark.parametrize("shared", [0.0, 5.0])
@pytest.mark.parametrize(
    ("means", "indifference"), [((0.0, 0.0, 0.0, 0.0, 0.0), 0.0), ((1.0, 0.0, 0.0, 0.0, 0.0), 1.0)]
)
def test_the_best_is_among_them_as_often_as_promised(means, indifference, shared):
    """Without a zone where all are equal, with one where all others lie just that far behind: the least favourable configurations."""
    found = [subset(x, indifference) for x in trials(means, 5, shared)]
    assert np.mean([0 in each for each in found]) >= 0.95 - SAMPLING_ERROR


def test_unequal_variances_keep_the_promise():
    found = [subset(x) for x in trials((0.0, 0.0, 0.0), 4, spreads=(3.0, 1.0, 0.2))]
    assert np.mean([0 in each for each in found]) >= 0.95 - SAMPLING_ERROR


def test_more_replications_and_shared_noise_make_it_smaller():
    means = (2.0, 1.0, 0.0, 0.0)

    def size(n, shared=0.0, own=2.0):
        return np.mean([len(subset(x)) for x in trials(means, n, shared, own)[:200]])

    assert size(40) < size(10) < size(4) <= 4
    assert size(10, shared=3.0, own=0.5) < 0.6 * size(10, own=3.0)


def test_at_one_budget_it_leaves_fewer_than_an_elimination_that_has_not_ended():
    x = trials((0.5, 0.3, 0.2, 0.0, 0.0), 15)[:200]
    assert np.mean([len(subset(each, 0.1)) for each in x]) < 0.9 * np.mean([len(kn(each, 10, 0.1).alive) for each in x])


def test_the_largest_mean_is_always_in_it_and_ties_are():
    for x in trials((0.0, 0.0, 0.0), 3)[:100]:
        assert int(np.argmax(x.mean(axis=1))) in subset(x, 0.3)
    assert subset(np.ones((3, 4))) == (0, 1, 2)
    assert subset(np.ones((1, 2))) == (0,)
