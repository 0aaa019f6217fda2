"""Streams belong to names: whoever is added draws from nobody else's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.streams import counter_key, counter_uniform, stream


def test_the_same_name_gives_the_same_numbers():
    assert np.array_equal(stream(1, 2, "store/17/baskets").random(5), stream(1, 2, "store/17/baskets").random(5))


@pytest.mark.parametrize("other", [(2, 2, "a"), (1, 3, "a"), (1, 2, "b")])
def test_seed_replication_and_name_each_make_another_stream(other):
    assert not np.array_equal(stream(1, 2, "a").random(5), stream(*other).random(5))


def test_streams_with_close_names_are_uncorrelated():
    draws = np.array([stream(1, 0, f"store/{i}").random(400) for i in range(40)])
    assert abs(np.corrcoef(draws) - np.eye(40)).max() < 0.25
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 0.001


def test_counter_uniforms_are_uniform_and_independent_along_each_counter():
    key = counter_key(1, 0, "substitution")
    grid = counter_uniform(key, np.arange(300)[:, None], np.arange(300)[None, :])
    assert stats.kstest(grid.ravel(), "uniform").pvalue > 0.001
    for axis in (0, 1):
        pairs = np.corrcoef(np.delete(grid, -1, axis).ravel(), np.delete(grid, 0, axis).ravel())
        assert abs(pairs[0, 1]) < 0.01


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**31), st.integers(0, 1000))
def test_a_counter_draw_does_not_depend_on_its_neighbours(key, customer, line):
    alone = counter_uniform(key, customer, line)
    among = counter_uniform(key, np.array([5, customer, 9]), np.array([1, line, 2]))[1]
    assert alone == among
    assert 0 < alone < 1


def test_first_numbers_stay_what_they_were():
    """A change here changes every published result: it needs a new major version."""
    assert stream(1, 0, "a").random() == 0.8088475131167391
    assert counter_uniform(5, 1, 0) == 0.6449285097422732
