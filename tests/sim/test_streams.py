"""Streams belong to names: whoever is added draws from nobody else's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.streams import counter_key, counter_uniform, stream, use


def test_the_same_name_gives_the_same_numbers():
    assert np.array_equal(stream(1, 2, "store/17/baskets").random(5), stream(1, 2, "store/17/baskets").random(5))


@pytest.mark.parametrize("other", [(2, 2, "a"), (1, 3, "a"), (1, 2, "b")])
def test_seed_replication_and_name_each_make_another_stream(other):
    assert not np.array_equal(stream(1, 2, "a").random(5), stream(*other).random(5))


def test_streams_with_close_names_are_uncorrelated():
    draws = np.array([stream(1, 0, f"store/{i}").random(400) for i in range(40)])
    assert abs(np.corrcoef(draws) - np.eye(40)).max() < 0.25
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 0.001


def test_days_uses_and_replications_do_not_know_of_each_other():
    """Streams whose names differ in one letter or one number, 40,000 numbers of each kind, at every lag up to a customer's few draws."""
    kinds = (
        [(1, 0, f"store/SH01/day/{day}/patience") for day in range(40)],
        [(1, replication, "store/SH01/day/1/patience") for replication in range(40)],
        [(seed, 0, "store/SH01/day/1/patience") for seed in range(40)],
        [(1, 0, f"store/SH01/day/1/{letter}") for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"],
    )
    for names in kinds:
        draws = np.array([stream(*name).random(1000) for name in names])
        assert stats.kstest(draws.ravel(), "uniform").pvalue > 0.001
        for lag in range(3):
            apart = np.corrcoef(draws[:-1, : 1000 - lag].ravel(), draws[1:, lag:].ravel())[0, 1]
            assert abs(apart) < 4.5 / np.sqrt(draws[1:, lag:].size)


def test_columns_of_sheets_do_not_know_of_each_other():
    """100 customers' numbers in 20 uses on each of 50 days, as a sheet draws them: uniform together, and alike along none of the three."""
    days = np.array([counter_key(1, 0, f"store/SH01/day/{day}") for day in range(50)], dtype=np.uint64)[:, None, None]
    uses = np.array([use(name) for name in "abcdefghijklmnopqrst"], dtype=np.uint64)[:, None]
    draws = counter_uniform(days, uses, np.arange(100))
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 0.001
    fine = draws * 2**20 % 1
    assert stats.kstest(fine.ravel(), "uniform").pvalue > 0.001
    for numbers in (draws, fine):
        for axis in range(3):
            for lag in (1, 2, 8):
                here, there = (np.moveaxis(numbers, axis, 0)[part].ravel() for part in (slice(lag, None), slice(-lag)))
                assert abs(np.corrcoef(here, there)[0, 1]) < 4.5 / np.sqrt(here.size)


def test_pairs_of_neighbours_fill_the_square():
    """Customers whose numbers differ in a bit or two: pairs, of each of 200 keys, in 400 cells."""
    pairs = np.zeros((20, 20))
    for key in range(200):
        draws = counter_uniform(key, use("patience"), np.arange(2001))
        pairs += np.histogram2d(draws[:-1], draws[1:], bins=20, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 0.001


def test_a_stream_begins_in_a_state_of_its_own_in_a_cycle_of_its_own():
    states = [stream(1, 0, f"store/{n}").bit_generator.state["state"] for n in range(500)]
    assert len({state["inc"] for state in states}) == 500
    ones = np.array([[int(bit) for bit in f"{state['state']:0128b}"] for state in states]).mean(axis=0)
    assert np.all(np.abs(ones - 0.5) < 5 * 0.5 / np.sqrt(500))


def test_a_seed_and_a_replication_are_not_taken_for_each_other():
    assert stream(1, 12, "a").random() != stream(11, 2, "a").random()
    assert stream(2**200, 0, "a").random() != stream(0, 0, "a").random()


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
    assert stream(1, 0, "a").random() == 0.6248607786874402
    assert counter_uniform(5, 1, 0) == 0.6449285097422731
