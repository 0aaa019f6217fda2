"""Bounds on a difference, held to published figures and to what they become in simple cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.evidence.difference.intervals import mean_difference, quantile_difference, recovered, share_difference
from sim.evidence.difference.pairing import Sides
from sim.evidence.requests import Requests

ENDS = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(lambda x: (sorted(x)[1], min(x), max(x)))


def requests(response_s, failed=None, journeys=("checkout",)):
    n = len(response_s)
    failed = np.zeros(n, bool) if failed is None else np.asarray(failed)
    return Requests(
        np.arange(n) * 0.1, np.where(failed, np.inf, response_s), failed, np.zeros(n, int), journeys, np.arange(n)
    )


def wilson(bad, n, z=1.959963984540054):
    centre, half = bad + z * z / 2, z * np.sqrt(bad * (n - bad) / n + z * z / 4)
    return bad / n, (centre - half) / (n + z * z), (centre + half) / (n + z * z)


@pytest.mark.parametrize(
    ("counts", "published"),
    [((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090)), ((10, 10, 0, 20), (0.6791, 1.0))],
)
def test_joined_bounds_of_two_shares_are_those_of_newcombe(counts, published):
    """Newcombe 1998, Statistics in Medicine 17, 873–890, table II, method 10 (Wilson's bounds of each share)."""
    x, m, y, n = counts
    assert recovered(wilson(x, m), wilson(y, n)) == pytest.approx(published, abs=5e-5)


@given(ENDS, ENDS, st.floats(0, 1))
def test_a_correlation_never_widens_and_the_difference_stays_inside(a, b, correlation):
    low, high = recovered(a, b, correlation)
    wide = recovered(a, b)
    assert wide[0] <= low + 1e-12
    assert high <= wide[1] + 1e-12
    assert low <= a[0] - b[0] <= high


@given(ENDS, ENDS)
def test_a_against_b_mirrors_b_against_a(a, b):
    low, high = recovered(a, b)
    assert recovered(b, a) == pytest.approx((-high, -low))


def test_no_failure_on_either_side_bounds_the_difference_by_the_window():
    clean = requests(np.full(2_000, 0.1))
    found = share_difference(Sides(clean, clean, True))
    assert found.difference == 0
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 2_000))
    assert found.low == -found.high


def test_a_side_without_a_failure_is_taken_to_fail_in_bursts_as_the_other_does():
    bad = np.zeros(2_000, bool)
    bad[[*range(500, 510), *range(1500, 1510)]] = True
    found = share_difference(Sides(requests(np.full(2_000, 0.1), bad), requests(np.full(2_000, 0.1)), True))
    assert found.effect_a == found.effect_b == pytest.approx(10)
    assert found.low < 0


def test_the_same_requests_twice_differ_by_nothing_where_they_pair():
    x = np.random.default_rng(1).lognormal(-2, 1, 500)
    found = mean_difference(Sides(requests(x), requests(x), True), 10.0)
    assert (found.low, found.difference, found.high) == (0.0, 0.0, 0.0)


def test_an_unpaired_mean_has_welch_s_bounds():
    rng = np.random.default_rng(2)
    a, b = rng.normal(3, 1, 20 * 50), rng.normal(2, 0.2, 20 * 50)
    means = [each.reshape(20, 50).mean(axis=1) for each in (a, b)]
    of_a, of_b = (np.var(each, ddof=1) / 20 for each in means)
    freedom = (of_a + of_b) ** 2 / (of_a**2 / 19 + of_b**2 / 19)
    t = {19: 1.7291, 20: 1.7247, 21: 1.7207, 22: 1.7171}[round(freedom)]
    found = mean_difference(Sides(requests(a), requests(b), False), 10.0)
    assert found.high - found.difference >= t * np.sqrt(of_a + of_b) * 0.999


def test_failed_requests_are_charged_the_time_out_and_count_as_infinite_in_quantiles():
    x, bad = np.full(400, 0.1), np.arange(400) % 10 == 0
    sides = Sides(requests(x, bad), requests(x), True)
    assert mean_difference(sides, 10.0).difference == pytest.approx(0.1 * 9.9)
    assert np.isnan(quantile_difference(sides, 0.95).high)
    assert quantile_difference(sides, 0.5).difference == 0


def test_quantiles_that_move_together_have_a_narrower_difference_only_where_they_pair():
    rng = np.random.default_rng(3)
    level = np.repeat(np.linspace(1, 3, 40), 50)
    a, b = (requests(level * rng.lognormal(0, 0.2, 2_000)) for _ in range(2))
    paired, apart = (quantile_difference(Sides(a, b, each), 0.5) for each in (True, False))
    assert paired.correlation > 0.5
    assert apart.correlation == 0
    assert paired.high - paired.low < 0.7 * (apart.high - apart.low)


def test_one_burst_each_in_the_same_stretch_is_no_correlation():
    bad = np.zeros(2_000, bool)
    bad[500:510] = True
    both = requests(np.full(2_000, 0.1), bad)
    assert share_difference(Sides(both, both, True)).correlation == 0
