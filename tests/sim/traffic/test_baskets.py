"""Baskets hold distinct SKUs, drawn by their weights without replacement."""

from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from sim.scenario.sections.distributions import Varying
from sim.streams import counter_uniform, use
from sim.traffic.assortment import zipf
from sim.traffic.baskets import Popularity, Whole, fill, inclusion, mean_units, whole

law = TypeAdapter(Varying).validate_python
RANDOM = np.random.Generator(np.random.PCG64DXSM(5))


def starts(lines):
    """Where each basket of so many lines begins, and where the last ends."""
    return np.concatenate([[0], np.cumsum(lines)]).astype(np.int64)


def inverted(popularity, u):
    """SKUs of uniforms, by their cumulative weight."""
    share = np.cumsum(popularity.weight)
    return np.searchsorted(share / share[-1], u, side="right")


def test_single_lines_follow_zipf():
    popularity = Popularity(zipf(2000, 0.7))
    counts = np.bincount(popularity.draw(5, "a", 400_000), minlength=2000)
    assert stats.chisquare(counts, 400_000 * zipf(2000, 0.7)).pvalue > 0.001


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=50).filter(any), st.integers(0, 2**64 - 1))
def test_the_table_draws_what_inversion_draws(weight, key):
    popularity = Popularity(np.array(weight))
    drawn = popularity.draw(key, "a", 40)
    assert np.array_equal(drawn, inverted(popularity, counter_uniform(key, use("a"), np.arange(40))))
    assert np.all(popularity.weight[drawn] > 0)


def test_baskets_have_the_law_of_drawing_without_replacement():
    weight = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
    n, size = 60_000, 3
    baskets = fill(starts(np.full(n, size)), Popularity(weight), 11).reshape(n, size)
    expected = {}
    for basket in permutations(range(5), 3):
        w = weight[list(basket)]
        expected[basket] = w[0] * w[1] / (1 - w[0]) * w[2] / (1 - w[0] - w[1])
    seen = Counter(map(tuple, baskets.tolist()))
    counts = [seen[basket] for basket in expected]
    assert stats.chisquare(counts, [n * chance for chance in expected.values()]).pvalue > 0.001


def test_a_basket_may_hold_every_sku_however_rare():
    weight = np.array([1.0, 1e-9, 1e-12, 0.0])
    basket = fill(starts([3, 1]), Popularity(weight), 3)
    assert [sorted(basket[:3].tolist()), basket[3]] == [[0, 1, 2], 0]


@given(st.integers(0, 2**63), st.lists(st.integers(1, 12), min_size=1, max_size=30), st.integers(1, 30))
def test_more_customers_do_not_change_the_baskets_of_the_first(key, lines, more):
    popularity = Popularity(zipf(12, 1.5))
    every = np.array(lines + [3] * more)
    few = fill(starts(lines), popularity, key)
    assert np.array_equal(few, fill(starts(every), popularity, key)[: sum(lines)])


@pytest.mark.parametrize(("skus", "exponent", "lines"), [(20, 0.7, 5), (300, 1.0, 12), (2000, 0.7, 8)])
def test_inclusion_is_what_baskets_hold(skus, exponent, lines):
    popularity = Popularity(zipf(skus, exponent))
    sizes = law({"distribution": "lognormal", "mean": lines, "cv": 0.8})
    baskets = np.minimum(whole(sizes, RANDOM.random(60_000)), skus)
    held = np.bincount(fill(starts(baskets), popularity, 1), minlength=skus) / len(baskets)
    expected = inclusion(sizes, popularity)
    assert expected.sum() == pytest.approx(np.minimum(whole(sizes, (np.arange(4096) + 0.5) / 4096), skus).mean())
    assert expected == pytest.approx(held, abs=0.03 * held[0])


def test_units_are_whole_and_at_least_one():
    units = law({"distribution": "empirical", "values": [0.2, 2.6]})
    assert whole(units, np.array([0.1, 0.9])).tolist() == [1, 3]
    assert mean_units(units) == 2
    assert mean_units(law(0)) == 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.integers(0, 2**64 - 1), st.floats(0, 2))
def test_baskets_are_those_of_a_plain_reading_of_the_rule(lines, key, exponent):
    popularity, line_start = Popularity(zipf(9, exponent)), starts(lines)
    plain = []

    def drawn(*counters: int) -> int:
        return int(inverted(popularity, counter_uniform(key, use("skus"), *counters)))

    for first, beyond in pairwise(line_start.tolist()):
        basket: list[int] = []
        for line in range(first, beyond):
            sku, attempt = drawn(line), 0
            while sku in basket and attempt < 24:
                sku, attempt = drawn(line, attempt), attempt + 1
            if sku in basket:
                others = [n for n in range(9) if n not in basket]
                passed = np.cumsum(popularity.weight[others])
                sku = others[
                    int(np.searchsorted(passed, counter_uniform(key, use("skus"), line, attempt) * passed[-1], "right"))
                ]
            basket.append(sku)
        plain += basket
    assert fill(line_start, popularity, key).tolist() == plain


def test_a_basket_as_long_as_the_shop_holds_everything_once():
    popularity = Popularity(zipf(500, 0.7))
    assert sorted(fill(starts([500]), popularity, 4).tolist()) == list(range(500))


def test_chosen_baskets_are_filled_and_others_left():
    before = np.full(6, -1, dtype=np.int32)
    after = fill(starts([2, 2, 2]), Popularity(zipf(50, 0.7)), 1, np.array([1]), before)
    assert np.array_equal(after < 0, [True, True, False, False, True, True])


@pytest.mark.parametrize(
    "said",
    [
        3.4,
        {"distribution": "lognormal", "mean": 8, "cv": 0.8},
        {"distribution": "exponential", "mean": 2},
        {"distribution": "empirical", "values": [5, 1, 2], "weights": [1, 2, 3]},
        {"distribution": "uniform", "low": 0, "high": 100_000},
    ],
)
def test_a_tabled_law_draws_what_its_quantiles_give(said):
    u = counter_uniform(5, use("a"), np.arange(20_000))
    assert np.array_equal(Whole(law(said)).draw(5, "a", 20_000), whole(law(said), u))
