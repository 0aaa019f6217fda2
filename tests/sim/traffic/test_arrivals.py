"""Arrivals have the distribution of a Poisson process with the rate asked for, and stay coupled between rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.clock import TICK_S
from sim.stock.exact import distributions
from sim.traffic.arrivals import NOBODY, Gaps, Rate, arrive

HOURS = np.arange(25) * 3600.0


def sinus_day() -> Rate:
    """20 + 10 sin(2πt/24) customers an hour, as the means of 24 hours."""
    t = np.arange(25)
    cumulative = 20 * t - 10 * 24 / (2 * np.pi) * np.cos(2 * np.pi * t / 24)
    return Rate(HOURS, np.diff(cumulative))


def test_counts_have_the_means_of_the_cumulative_rate_and_a_dispersion_of_one():
    days = 2000
    counts = np.array([np.histogram(arrive(sinus_day(), n), HOURS[::6])[0] for n in range(days)])
    expected = np.array([158.197, 158.197, 81.803, 81.803])
    assert np.all(np.abs(counts.mean(axis=0) - expected) < 3 * np.sqrt(expected / days))
    assert counts.var(axis=0, ddof=1) / counts.mean(axis=0) == pytest.approx(1, abs=4 * np.sqrt(2 / days))
    apart = np.corrcoef(counts.T)[np.triu_indices(4, 1)]
    assert np.all(np.abs(apart) < 4 / np.sqrt(days))


def test_instants_are_uniform_in_operational_time():
    rate = sinus_day()
    cumulative = np.concatenate([[0], np.cumsum(rate.mean)]) / rate.total
    instants = np.concatenate([arrive(rate, n) for n in range(40)])
    assert stats.kstest(np.interp(instants, HOURS, cumulative), "uniform").pvalue > 0.001


@given(st.integers(0, 2**32), st.lists(st.floats(0, 30), min_size=24, max_size=24), st.floats(1, 3))
def test_a_higher_rate_keeps_every_arrival_in_operational_time(seed, mean, factor):
    low = Rate(HOURS, np.array(mean))
    few, many = arrive(low, seed), arrive(low.times(factor), seed)
    assert len(many) >= len(few)
    if len(few):
        spoken = [
            np.interp(t, HOURS, np.concatenate([[0], np.cumsum(r.mean)]))
            for r, t in ((low, few), (low.times(factor), many))
        ]
        assert spoken[0] == pytest.approx(spoken[1][: len(few)], abs=1e-6)


@given(st.integers(0, 2**32), st.lists(st.floats(0, 20), min_size=1, max_size=30))
def test_instants_are_sorted_on_tick_inside_and_never_where_the_rate_is_zero(seed, mean):
    rate = Rate(100.0 + 60.0 * np.arange(len(mean) + 1), np.array(mean))
    instants = arrive(rate, seed)
    assert np.all(np.diff(instants) >= 0)
    assert np.array_equal(instants / TICK_S, np.rint(instants / TICK_S))
    assert np.all((instants >= 100.0) & (instants < rate.edges_s[-1]))
    piece = np.searchsorted(rate.edges_s, instants, side="right") - 1
    inside = instants > rate.edges_s[piece]  # an instant may be rounded up to the next piece's first
    assert np.all(rate.mean[piece[inside]] > 0)


def test_nobody_comes_where_the_rate_is_nothing():
    assert arrive(NOBODY, 1).size == 0
    assert arrive(Rate(HOURS, np.zeros(24)), 1).size == 0


@pytest.mark.parametrize(("phases", "mean"), [(2, 0.8), (4, 3.0), (4, 40.0), (10, 12.0)])
def test_counts_of_regular_arrivals_are_those_of_a_stationary_erlang_renewal_process(phases, mean):
    """Their distribution, and with it the mean over every stretch, from the first hour on and in any other."""
    rate, gaps, days = Rate(HOURS[:4], np.full(3, mean)), Gaps(1 / phases), 4000
    counts = np.array([np.histogram(arrive(rate, n, gaps=gaps), HOURS[:4])[0] for n in range(days)])
    for stretch, seen in ((1, counts[:, 0]), (1, counts[:, 2]), (3, counts.sum(axis=1))):
        law = distributions.erlang_renewals(stretch * mean, phases)
        assert distributions.mean(law) == pytest.approx(stretch * mean)
        expected, found = law * days, np.bincount(seen, minlength=len(law))
        often = expected[: len(found)] >= 5
        assert (
            stats.chisquare(
                np.append(found[often], found[~often].sum()) + 1e-9,
                np.append(expected[: len(found)][often], days - expected[: len(found)][often].sum()) + 1e-9,
            ).pvalue
            > 1e-4
        )


@pytest.mark.parametrize("dispersion", [0.1, 0.5, 2.0, 5.0])
def test_the_number_of_arrivals_has_the_dispersion_asked_for_and_the_mean(dispersion):
    days, mean = 3000, 200.0
    counts = np.array([len(arrive(Rate(HOURS[:2], np.array([mean])), n, gaps=Gaps(dispersion))) for n in range(days)])
    assert abs(counts.mean() - mean) < 3 * np.sqrt(dispersion * mean / days)
    expected = dispersion + (1 - dispersion**2) / (6 * mean)  # Cox 1962, §4.5, in a stationary process
    assert counts.var(ddof=1) / mean == pytest.approx(expected, rel=4 * np.sqrt(2 / days))


def test_a_dispersion_of_one_is_the_poisson_process_itself():
    assert np.array_equal(arrive(sinus_day(), 7), arrive(sinus_day(), 7, gaps=Gaps(1.0)))


@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 3.0]))
def test_regular_arrivals_of_a_higher_rate_keep_those_of_a_lower_one(seed, dispersion):
    low, gaps = sinus_day(), Gaps(dispersion)
    few, many = arrive(low, seed, gaps=gaps), arrive(low.times(2), seed, gaps=gaps)
    cumulative = np.concatenate([[0], np.cumsum(low.mean)])
    assert len(many) >= len(few)
    assert np.interp(few, HOURS, cumulative) == pytest.approx(
        np.interp(many[: len(few)], HOURS, 2 * cumulative), abs=1e-6
    )
