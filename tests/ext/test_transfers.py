"""Transfers bring the largest saving there is, and leave alone what is not worth moving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ext.allocation import imbalance, transfers

PLENTY = settings(max_examples=150, deadline=None)


def largest_saving(surplus, deficit, unit_cost, unit_saving):
    """The optimum of the transport problem by linear programming."""
    total = 0.0
    for sku in range(surplus.shape[1]):
        giving, asking = np.flatnonzero(surplus[:, sku]), np.flatnonzero(deficit[:, sku])
        if not len(giving) or not len(asking):
            continue
        worth = unit_saving[asking, sku] - unit_cost[np.ix_(giving, asking)]
        lanes = np.isfinite(worth)
        rows = np.repeat(np.eye(len(giving)), len(asking), axis=1)
        columns = np.tile(np.eye(len(asking)), len(giving))
        answer = linprog(
            -np.where(lanes, worth, 0.0).ravel(),
            A_ub=np.vstack([rows, columns]),
            b_ub=np.concatenate([surplus[giving, sku], deficit[asking, sku]]),
            bounds=[(0, None if lane else 0) for lane in lanes.ravel()],
        )
        total -= answer.fun
    return total


@st.composite
def cases(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    locations, skus = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    units = rng.integers(-6, 7, (locations, skus), dtype=np.int64)
    cost = rng.integers(0, 8, (locations, locations)).astype(float)
    if draw(st.booleans()):
        cost = rng.random((locations, locations)) * 8
    cost[rng.random(cost.shape) < 0.15] = np.inf
    saving = rng.integers(0, 9, (locations, skus)).astype(float)
    return np.maximum(units, 0), np.maximum(-units, 0), cost, saving


@PLENTY
@given(cases())
def test_the_saving_is_the_largest_there_is(case):
    moves = transfers(*case)
    assert moves.saving.sum() == pytest.approx(largest_saving(*case), abs=1e-6)
    surplus, deficit, cost, saving = case
    sent, got = np.zeros_like(surplus), np.zeros_like(deficit)
    np.add.at(sent, (moves.source, moves.sku), moves.quantity)
    np.add.at(got, (moves.target, moves.sku), moves.quantity)
    assert (sent <= surplus).all()
    assert (got <= deficit).all()
    worth = saving[moves.target, moves.sku] - cost[moves.source, moves.target]
    np.testing.assert_allclose(moves.saving, moves.quantity * worth)


@PLENTY
@given(cases(), st.integers(1, 4), st.floats(0, 10))
def test_small_moves_are_left_out(case, minimum_units, minimum_saving):
    every = transfers(*case)
    moves = transfers(*case, minimum_units=minimum_units, minimum_saving=minimum_saving)
    worthwhile = (every.quantity >= minimum_units) & (every.saving >= minimum_saving)
    for name in moves._fields:
        np.testing.assert_array_equal(getattr(moves, name), getattr(every, name)[worthwhile])


@PLENTY
@given(st.integers(0, 2**32 - 1))
def test_live_rebalancing_comes_to_rest(seed):
    """After the moves of one review, nobody who gave asks and nobody who got offers: goods do not travel back."""
    rng = np.random.default_rng(seed)
    position = rng.integers(0, 40, (6, 4), dtype=np.int64)
    demand = rng.random((6, 4)) * 3
    days = {"low_days": 2.0, "target_days": 5.0, "high_days": 9.0}
    surplus, deficit = imbalance(position, demand, **days)
    assert not (surplus.astype(bool) & deficit.astype(bool)).any()
    moves = transfers(surplus, deficit, np.ones((6, 6)), np.full((6, 4), 9.0))
    np.subtract.at(position, (moves.source, moves.sku), moves.quantity)
    np.add.at(position, (moves.target, moves.sku), moves.quantity)
    assert (position >= 0).all()
    later_surplus, later_deficit = imbalance(position, demand, **days)
    assert not later_deficit[moves.source, moves.sku].any()
    unfinished = later_surplus[moves.target, moves.sku] > 0
    # A target of less than a unit a day is rounded up to a whole unit, which may by itself exceed high_days.
    assert (np.ceil(5 * demand) > 9 * demand)[moves.target, moves.sku][unfinished].all()


def test_bad_arguments_are_refused_by_name_and_index():
    zero, one = np.zeros((2, 1), np.int64), np.ones((2, 2))
    saving = np.ones((2, 1))
    with pytest.raises(ValueError, match=r"surplus\[1, 0\] is -1"):
        transfers(np.array([[0], [-1]]), zero, one, saving)
    with pytest.raises(ValueError, match=r"deficit\[0, 0\] is 1: this location has a surplus"):
        transfers(zero + 1, zero + 1, one, saving)
    with pytest.raises(ValueError, match=r"unit_cost\[0, 1\] is nan"):
        transfers(zero, zero, np.array([[0, np.nan], [0, 0]]), saving)
    with pytest.raises(ValueError, match=r"unit_saving\[1, 0\] is inf"):
        transfers(zero, zero, one, np.array([[0], [np.inf]]))
    with pytest.raises(ValueError, match="low_days, target_days and high_days must rise"):
        imbalance(zero, saving, low_days=3, target_days=2, high_days=9)
