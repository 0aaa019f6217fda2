"""Kernels draw what the counters give, and what plain readings of their rules give."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.draws import arrivals, baskets, chosen, steps, uniforms
from sim.scenario.sections.distributions import Exponential
from sim.streams import counter_uniform
from sim.traffic.quantiles import table

TICK_S = 2.0**-20
GAPS = table(Exponential(distribution="exponential", mean=1.0))
keys = st.integers(0, 2**64 - 1)


@given(keys, keys, st.integers(0, 40))
def test_uniforms_are_those_of_the_counters(key, use, n):
    assert np.array_equal(uniforms(key, use, n), counter_uniform(key, use, np.arange(n)))


@given(keys, st.integers(0, 60), st.floats(0, 1))
def test_a_share_is_chosen_by_its_uniforms_which_serve_again(key, n, share):
    u = uniforms(key, 3, n)
    who, again = chosen(key, 3, n, share)
    assert np.array_equal(who, np.flatnonzero(u < share))
    assert np.array_equal(again, u[who] / share)
    assert np.all((again > 0) & (again < 1))


@given(keys, st.lists(st.floats(0, 40), min_size=1, max_size=30))
def test_arrivals_are_those_of_a_plain_inversion(key, mean):
    edges = 3600.0 * np.arange(len(mean) + 1)
    cumulative = np.concatenate([[0.0], np.cumsum(mean)])
    instants = np.cumsum(-np.log1p(-uniforms(key, 1, int(cumulative[-1] * 3) + 60)))
    instants = instants[instants < cumulative[-1]]
    plain = np.interp(instants, cumulative, edges)
    found = arrivals(key, 1, GAPS, edges, np.array(mean), 0.0)
    assert len(found) == len(instants)
    assert found == pytest.approx(plain, abs=1e-4)
    assert np.array_equal(found / TICK_S, np.rint(found / TICK_S))


def test_counts_vary_as_poisson():
    """One day in six has more arrivals than room was made for at first."""
    counts = np.array([len(arrivals(n, 0, GAPS, np.arange(25.0), np.full(24, 10.0), 0.0)) for n in range(2000)])
    assert counts.mean() == pytest.approx(240, abs=4 * np.sqrt(240 / 2000))
    assert counts.var() / 240 == pytest.approx(1, abs=4 * np.sqrt(2 / 2000))


def test_edges_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one more than there are means"):
        arrivals(1, 0, GAPS, np.arange(3.0), np.ones(3), 0.0)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60).filter(any), st.integers(1, 6), keys)
def test_steps_are_those_of_a_binary_search_wherever_the_guide_begins(weight, bits, key):
    """Also where some steps have no weight, and where many share a cell of the guide."""
    ends = np.cumsum(weight) * 2**52 // np.sum(weight)
    guide = np.searchsorted(ends, np.arange(1 << bits) << (52 - bits), side="right").astype(np.int32)
    expected = np.searchsorted(ends, np.floor(uniforms(key, 0, 50) * 2**52), side="right")
    assert np.array_equal(steps(key, 0, 50, guide, ends), expected)


@pytest.mark.parametrize("cells", [0, 1, 3, 12])
def test_a_guide_whose_cells_no_bits_number_is_refused(cells):
    guide, ends = np.zeros(cells, np.int32), np.array([2**52])
    with pytest.raises(ValueError, match="power of two"):
        steps(1, 0, 1, guide, ends)
    with pytest.raises(ValueError, match="power of two"):
        baskets(1, 0, np.array([0, 1]), None, guide, ends, np.ones(1), np.zeros(1, np.int32), None)


def test_threads_that_draw_side_by_side_get_the_bytes_of_one_after_the_other():
    edges, mean = np.arange(25.0) * 3600, np.full(24, 200.0)
    ends = np.arange(1, 101) * 2**52 // 100
    guide = np.searchsorted(ends, np.arange(64) << 46, side="right").astype(np.int32)

    def work(key):
        return arrivals(key, 0, GAPS, edges, mean, 0.0).tobytes() + steps(key, 1, 20_000, guide, ends).tobytes()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(24))) == [work(key) for key in range(24)]
