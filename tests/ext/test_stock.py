"""Rows of many locations at once: what a verb leaves is what it leaves location by location, and what a plain reference leaves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.stock import ROWS, Stock

LOCATIONS, SKUS = 4, 5


def arrays(seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {name: draw.integers(0, 9, (LOCATIONS, SKUS)) for name in ROWS}


def table(seed: int, k: int, most: int = 7) -> np.ndarray:
    return np.random.default_rng([seed, k]).integers(0, most, (k, SKUS))


def order(stock: Stock, at: np.ndarray, seed: int, units: np.ndarray) -> None:
    draw = np.random.default_rng(seed)
    stock.order(at, units, draw.integers(1, 5, SKUS), draw.random((LOCATIONS, SKUS)) < 0.7)


VERBS = {
    "order": order,
    "dispatch": lambda stock, at, seed, units: stock.dispatch(seed % LOCATIONS, at, units.copy()),
    "arrive": lambda stock, at, seed, units: stock.arrive(at, units),
    "receive": lambda stock, at, seed, units: stock.receive(at, units, units + 1),
}


@given(
    st.sampled_from(list(VERBS)), st.integers(0, 10**6), st.permutations(range(LOCATIONS)), st.integers(1, LOCATIONS)
)
def test_many_locations_at_once_are_one_after_the_other(verb, seed, order, k):
    at, units = np.array(order[:k]), table(seed, k)
    together, singly = arrays(seed), arrays(seed)
    if verb == "arrive":
        units = np.minimum(units, together["in_transit"][at])
    VERBS[verb](Stock(**together), at, seed, units)
    stock = Stock(**singly)
    for n in range(k):
        VERBS[verb](stock, at[n : n + 1], seed, units[n : n + 1])
    assert all((together[name] == singly[name]).all() for name in ROWS)
    assert (stock.position(at) == np.concatenate([stock.position(at[n : n + 1]) for n in range(k)])).all()


@given(st.integers(0, 10**6), st.permutations(range(LOCATIONS)), st.integers(1, LOCATIONS))
def test_a_dispatch_gives_what_there_is_to_the_first(seed, order, k):
    rows, to, asked, origin = arrays(seed), np.array(order[:k]), table(seed, k), seed % LOCATIONS
    before, units = {name: row.copy() for name, row in rows.items()}, asked.copy()
    Stock(**rows).dispatch(origin, to, units)
    left = before["physical"][origin].copy()
    for wanted, got in zip(asked, units, strict=True):
        assert got.tolist() == np.minimum(wanted, left).tolist()
        left -= got
    short = (units < asked).any(axis=0)
    assert rows["physical"][origin].tolist() == left.tolist()
    assert (rows["shelf"][origin] <= np.maximum(left, 0)).all()
    right = left + before["in_baskets"][origin] + before["unsynced"][origin]
    booked = before["book"][origin] - units.sum(axis=0)
    # Who comes after the first that finds too little gets nothing, so the book stays right.
    assert rows["book"][origin].tolist() == np.where(short, right, booked).tolist()
    assert (rows["on_order"][to] == before["on_order"][to] - (asked - units)).all()
    assert (rows["in_transit"][to] == before["in_transit"][to] + units).all()


@given(st.integers(0, 10**6))
def test_an_order_is_rounded_up_to_packs_exactly(seed):
    draw = np.random.default_rng(seed)
    wanted = draw.integers(0, 2**40, (1, SKUS)) >> draw.integers(0, 40, (1, SKUS))
    pack = draw.integers(1, 2**20, SKUS) >> draw.integers(0, 20, SKUS)
    pack = np.maximum(pack, 1)
    ordered, lines, units = Stock(**arrays(0)).order(
        np.array([0]), wanted, pack, np.ones((LOCATIONS, SKUS), dtype=bool)
    )
    assert (ordered == -(-wanted // pack) * pack).all()
    assert (lines[0], units[0]) == (np.count_nonzero(wanted), ordered.sum())


@given(st.integers(0, 10**6))
def test_a_census_counts_what_numpy_counts(seed):
    rows, carried = arrays(seed), np.random.default_rng(seed).random((LOCATIONS, SKUS)) < 0.5
    cost = np.arange(SKUS) / 4
    counted = Stock(**rows).census(carried, cost)
    physical, gap = rows["physical"], np.abs(rows["book"] - rows["physical"])
    empty, wrong = ((physical == 0) & carried).sum(axis=1), ((gap > 0) & carried).sum(axis=1)
    expected = physical.sum(axis=1), physical @ cost, empty, gap.sum(axis=1), wrong
    assert counted.tolist() == np.array(expected).tolist()


def test_what_cannot_be_is_refused_before_anything_has_changed():
    rows = arrays(1)
    before, stock, one = {name: row.copy() for name, row in rows.items()}, Stock(**rows), np.ones((1, SKUS), dtype=int)
    for wrong, match in (
        (lambda: stock.position(np.array([LOCATIONS])), r"locations\[0\]"),
        (lambda: stock.receive(np.array([0]), -one, one), r"units\[0, 0\]"),
        (lambda: stock.receive(np.array([0, 1]), one, one), "shape"),
        (lambda: stock.dispatch(-1, np.array([0]), one), "origin -1"),
        (lambda: stock.arrive(np.array([0]), 99 * one), "in transit"),
        (lambda: stock.order(np.array([0]), one, 0 * one[0], np.ones((LOCATIONS, SKUS), dtype=bool)), r"pack\[0\]"),
    ):
        with pytest.raises(ValueError, match=match):
            wrong()
    assert all((rows[name] == before[name]).all() for name in ROWS)
