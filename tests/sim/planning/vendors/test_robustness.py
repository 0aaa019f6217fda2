"""Robustness of a winner, against brute force and closed forms on small cases."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.planning.vendors.robustness import Hierarchy, first, needed, reversals, smallest_change, totals, wins
from sim.streams import stream

EVEN = Hierarchy(np.array([1.0]), (np.array([0.5, 0.5]),))
DRAWS = 20_000
SLACK = 4 * 0.5 / np.sqrt(DRAWS)
"""Four standard errors of a share."""
small = st.integers(2, 4).flatmap(
    lambda criteria: st.tuples(
        st.lists(st.lists(st.integers(0, 10), min_size=criteria, max_size=criteria), min_size=2, max_size=4),
        st.lists(st.integers(1, 5), min_size=criteria, max_size=criteria),
    )
)


def test_with_any_weights_a_win_share_is_the_length_of_the_weights_that_favour_it():
    """Scores (8, 4) and (5, 6): the first wins where 3 w > 2 (1 − w), so where w > 0.4."""
    scores = np.array([[8.0, 4.0], [5.0, 6.0]])
    share = wins(scores, scores, EVEN, stream(1, 0, "any"), DRAWS)
    assert share == pytest.approx([0.6, 0.4], abs=SLACK)


def test_with_ranges_a_win_share_is_the_area_in_which_the_vendor_is_ahead():
    """Uniform on 4 to 8 against uniform on 6 to 10, at any weights of two equal criteria: P = ½ (½)² of the square, 1/8."""
    one = Hierarchy(np.array([1.0]), (np.array([1.0]),))
    low, high = np.array([[4.0], [6.0]]), np.array([[8.0], [10.0]])
    share = wins(low, high, one, stream(1, 0, "ranges"), DRAWS)
    assert share == pytest.approx([1 / 8, 7 / 8], abs=SLACK)


def test_near_the_stated_weights_the_winner_by_them_wins_more_often_than_with_any():
    scores = np.array([[8.0, 4.0], [5.0, 6.0]])
    hierarchy = Hierarchy(np.array([1.0]), (np.array([0.6, 0.4]),))
    near = wins(scores, scores, hierarchy, stream(1, 0, "near"), DRAWS, concentration=100)
    assert near[0] > 0.99


def test_vendors_with_equal_scores_share_every_draw():
    scores = np.full((4, 2), 5.0)
    assert wins(scores, scores, EVEN, stream(1, 0, "ties"), 500) == pytest.approx([0.25] * 4)


def test_drawn_weights_add_up_and_a_weight_of_nothing_stays_nothing_near_the_stated():
    hierarchy = Hierarchy(np.array([0.7, 0.3]), (np.array([1.0, 0.0]), np.array([0.2, 0.8])))
    near = hierarchy.drawn(stream(1, 0, "near"), 500, 30)
    assert near.sum(axis=1) == pytest.approx(np.ones(500))
    assert near.mean(axis=0) == pytest.approx(hierarchy.weights, abs=0.02)
    assert not near[:, 1].any()
    assert hierarchy.drawn(stream(1, 0, "any"), 500, None)[:, 1].min() > 0


def moved(weights, element, to):
    """Weights float64[n, criteria] with one of them at each of `to`, float64[n], the others in proportion."""
    found = np.outer(1 - to, weights / (1 - weights[element]))
    found[:, element] = to
    return found


@settings(max_examples=100, deadline=None)
@given(small)
def test_the_smallest_change_of_a_weight_is_the_one_that_a_fine_grid_finds(case):
    scores, weights = np.array(case[0], dtype=float), np.array(case[1]) / sum(case[1])
    winners = first(totals(scores, weights))
    assume(len(winners) == 1)
    winner, steps = winners[0], np.linspace(0, 1, 401)
    grid = [1.0]
    for element, weight in enumerate(weights):
        total = moved(weights, element, steps) @ scores.T
        lost = total[:, winner] < total.max(axis=1) - 1e-9
        grid += np.abs(steps[lost] - weight).tolist()
    found = smallest_change(scores, weights, winner)
    if found is None:
        assert grid == [1.0]
        return
    assert min(grid) >= abs(found.to - weights[found.element]) - 1e-9
    beyond = found.to + 1e-6 * np.sign(found.to - weights[found.element])
    at, past = moved(weights, found.element, np.array([found.to, min(max(beyond, 0), 1)])) @ scores.T
    assert at[found.vendor] == pytest.approx(at[winner])
    assert past[found.vendor] > past[winner] or not 0 <= beyond <= 1


@settings(max_examples=100, deadline=None)
@given(small)
def test_no_removal_of_a_vendor_changes_the_winner_of_a_weighted_sum(case):
    scores, weights = np.array(case[0], dtype=float), np.array(case[1]) / sum(case[1])
    places = lambda x: 1 + (totals(x, weights)[:, None] < totals(x, weights)[None, :] - 1e-9).sum(axis=1).astype(float)  # noqa: E731
    assert reversals(scores, places) == {}


def test_the_rise_that_a_vendor_needs_brings_it_level():
    assert needed([7.0, 5.5], 1, 0.3) == pytest.approx(5.0)
    assert needed([7.0, 5.5], 1, 0.0) == np.inf
