"""Kernels draw what NumPy draws, and what plain readings of their rules give."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.draws import arrivals, counted, steps, uniforms
from sim.streams import counter_uniform

TICK_S = 2.0**-20


def bits(seed=1):
    return np.random.PCG64DXSM(seed)


@pytest.mark.parametrize("kind", [np.random.PCG64DXSM, np.random.Philox, np.random.SFC64, np.random.MT19937])
def test_uniforms_are_those_of_numpy_for_every_bit_generator(kind):
    assert np.array_equal(uniforms(kind(7), 1000), np.random.Generator(kind(7)).random(1000))


def test_uniforms_go_on_where_they_stopped():
    generator = bits()
    parts = np.concatenate([uniforms(generator, n) for n in (3, 0, 4)])
    assert np.array_equal(parts, uniforms(bits(), 7))


@given(st.integers(0, 2**32), st.lists(st.floats(0, 40), min_size=1, max_size=30))
def test_arrivals_are_those_of_a_plain_inversion(seed, mean):
    edges = 3600.0 * np.arange(len(mean) + 1)
    cumulative = np.concatenate([[0.0], np.cumsum(mean)])
    instants = np.cumsum(-np.log1p(-uniforms(bits(seed), int(cumulative[-1] * 3) + 60)))
    instants = instants[instants < cumulative[-1]]
    plain = np.interp(instants, cumulative, edges)
    found = arrivals(bits(seed), edges, np.array(mean))
    assert len(found) == len(instants)
    assert found == pytest.approx(plain, abs=1e-4)
    assert np.array_equal(found / TICK_S, np.rint(found / TICK_S))


def test_counts_vary_as_poisson():
    """One day in six has more arrivals than room was made for at first."""
    counts = np.array([len(arrivals(bits(n), np.arange(25.0), np.full(24, 10.0))) for n in range(2000)])
    assert counts.mean() == pytest.approx(240, abs=4 * np.sqrt(240 / 2000))
    assert counts.var() / 240 == pytest.approx(1, abs=4 * np.sqrt(2 / 2000))


@given(st.integers(0, 2**64 - 1), st.integers(0, 20), st.integers(0, 2**40), st.integers(0, 9))
def test_counted_uniforms_are_those_of_the_counters(key, n, second, third):
    assert np.array_equal(counted(key, n, second, third), counter_uniform(key, np.arange(n), second, third))


def test_edges_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one more than there are means"):
        arrivals(bits(), np.arange(3.0), np.ones(3))


def test_threads_that_draw_side_by_side_get_the_bytes_of_one_after_the_other():
    edges, mean = np.arange(25.0) * 3600, np.full(24, 200.0)
    guide, ends = np.zeros(65, dtype=np.int32), np.arange(1, 101) / 100
    guide[:] = np.minimum(np.searchsorted(ends, np.arange(65) / 64, side="right"), 99)

    def work(seed):
        return arrivals(bits(seed), edges, mean).tobytes() + steps(uniforms(bits(seed), 20_000), guide, ends).tobytes()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(24))) == [work(seed) for seed in range(24)]
