"""SKUs that are bought together: pairs have their lift, every SKU its popularity, and every basket its size."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sim.records.refusal import Refusal
from sim.scenario.sections.distributions import Varying
from sim.streams import counter_uniform, use
from sim.traffic.assortment import zipf
from sim.traffic.baskets import Popularity, Whole, fill
from sim.traffic.day_sheet import Traffic
from sim.traffic.pairs import Companions, OutOfReach, solve

law = TypeAdapter(Varying).validate_python
SIZES = law({"distribution": "lognormal", "mean": 4, "cv": 0.7})
FLAT = np.full(24, 1 / 24)
PAIRS = [(3, 10, 3.0), (20, 5, 2.5), (3, 20, 2.5), (100, 101, 8.0), (0, 1, 1.6)]
"""Of them three share a SKU with another."""


def drawn(weight, lines, key, n=120_000, companions=None):
    """Which of n baskets holds which SKU, bool[n, skus]."""
    start = np.concatenate(
        [[0], np.cumsum(np.minimum(Whole(lines).draw(key, "lines", n), len(weight)), dtype=np.int64)]
    )
    sku = fill(start, Popularity(weight if companions is None else companions.weight), key)
    if companions:
        before = np.diff(start)
        companions.join(start, sku, np.arange(n), key)
        assert np.array_equal(np.diff(start), before)
    held = np.zeros((n, len(weight)), dtype=bool)
    held[np.repeat(np.arange(n), np.diff(start)), sku] = True
    assert held.sum() == len(sku), "a SKU stands twice in a basket"
    return held


@pytest.fixture(scope="module")
def solved():
    return solve(zipf(300, 0.7), SIZES, PAIRS, FLAT)


def test_planted_lifts_are_drawn_within_their_standard_errors(solved):
    held = drawn(zipf(300, 0.7), SIZES, 11, companions=solved)
    for a, b, lift in PAIRS:
        both = (held[:, a] & held[:, b]).sum()
        found = both * len(held) / held[:, a].sum() / held[:, b].sum()
        assert abs(found - lift) < 3 * lift / np.sqrt(both)


def test_every_sku_keeps_its_popularity(solved):
    with_pairs = drawn(zipf(300, 0.7), SIZES, 11, companions=solved).mean(axis=0)
    plain = drawn(zipf(300, 0.7), SIZES, 12).mean(axis=0)
    error = np.sqrt(2 * plain / 120_000)
    assert np.mean(np.abs(with_pairs - plain) < 2 * error) > 0.92
    assert np.all(np.abs(with_pairs - plain) < 5 * error)


@given(st.integers(0, 2**63), st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_companions_are_those_of_a_plain_reading_of_the_rule(key, lines):
    rank = np.array([0, -1, 2, -1, 1, -1, -1, -1, -1], dtype=np.int32)
    first, companion = np.array([0, 2, 3, 3]), np.array([4, 2, 2], dtype=np.int32)
    chance = np.array([0.7, 0.4, 0.8])
    start = np.concatenate([[0], np.cumsum(lines)]).astype(np.int64)
    sku = fill(start, Popularity(zipf(9, 0.5)), key)
    plain = sku.tolist()
    for basket, (a, b) in enumerate(pairwise(start.tolist())):
        for of_rank in (0, 1, 2):
            if of_rank not in rank[plain[a:b]]:
                continue
            for pair in range(first[of_rank], first[of_rank + 1]):
                free = [line for line in range(a, b) if rank[plain[line]] < 0]
                u = counter_uniform(key, use("companions"), basket, pair)
                if free and companion[pair] not in plain[a:b] and u < chance[pair]:
                    at = int(counter_uniform(key, use("companions"), basket, pair, 0) * len(free))
                    plain[free[at]] = int(companion[pair])
    found = Companions(zipf(9, 0.5), rank, first, companion, chance)
    found.join(start, sku, np.arange(len(lines)), key)
    assert sku.tolist() == plain


@pytest.mark.parametrize(
    ("pairs", "lines", "said"),
    [
        ([(0, 1, 500.0)], SIZES, "a lift of at most"),
        ([(0, 1, 2.0)], law(1), "a lift of at most 0, which baskets can have"),
        ([(0, 1, 1.01)], law({"distribution": "lognormal", "mean": 4, "cv": 3}), "a lift of at least"),
    ],
)
def test_a_lift_that_no_baskets_have_is_out_of_reach(pairs, lines, said):
    with pytest.raises(OutOfReach, match=said):
        solve(zipf(300, 0.7), lines, pairs, FLAT)


PAIRED = {"basket_lines": 4, "pairs": [{"skus": ["SKU-00010", "SKU-00020"], "lift": 9}]}


def test_a_scenarios_pairs_are_drawn_in_stores_alone(scenario_of):
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 60_000}], traffic=PAIRED, online={"orders_per_day": 60_000}
    )
    traffic = Traffic(shop)
    for sheet, lift in ((traffic.day(0, 0, 0), 9), (traffic.online(0, 0), 1)):
        held = np.zeros((len(sheet), 300), dtype=bool)
        held[np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start)), sheet.line_sku] = True
        both = (held[:, 9] & held[:, 19]).sum()
        expected = held[:, 9].mean() * held[:, 19].sum()
        assert abs(both - lift * expected) < 4 * np.sqrt(lift * expected)


def test_a_lift_out_of_reach_is_refused_by_its_field(scenario_of):
    pairs = [{"skus": ["SKU-00010", "SKU-00020"], "lift": 9000}]
    with pytest.raises(Refusal, match=r"traffic\.pairs\.0\.lift: expected a lift of at most .*found 9000"):
        Traffic(scenario_of(traffic={"pairs": pairs}))
