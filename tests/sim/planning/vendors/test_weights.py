"""Weights by hand and by pairwise comparison, against published examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.vendors.weights import ahp, by_hand, reciprocal

DRINKS = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1, 1 / 2, 1, 1 / 3],
    [1, 2, 1 / 2],
    [1, 1 / 3],
    [1],
]
"""Relative consumption of drinks (Saaty, Decision making with the analytic hierarchy process, International Journal of Services Sciences 1, 2008,
table 2), its upper triangle: below it, the printed table has one entry that is no reciprocal."""


def test_the_consumption_of_drinks_has_the_published_priorities_and_consistency_ratio():
    weights, ratio = ahp(reciprocal(DRINKS))
    assert weights == pytest.approx([0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=5e-4)
    assert ratio == pytest.approx(0.022, abs=5e-4)


def test_three_jobs_by_flexibility_have_the_published_priorities():
    """Saaty 2008, table 4."""
    weights, _ = ahp(reciprocal([[1, 1 / 3, 1 / 6], [3, 1, 1 / 4], [6, 4, 1]]))
    assert weights == pytest.approx([0.091, 0.218, 0.691], abs=5e-4)


@given(st.lists(st.floats(0.2, 1), min_size=2, max_size=9))
def test_comparisons_that_agree_give_back_their_weights_with_ratio_0(parts):
    true = np.array(parts) / sum(parts)
    weights, ratio = ahp(true[:, None] / true[None, :])
    assert weights == pytest.approx(true, rel=1e-6)
    assert ratio == pytest.approx(0, abs=1e-6)


def test_a_circle_of_preferences_has_a_large_consistency_ratio():
    _, ratio = ahp(reciprocal([[1, 5, 1 / 5], [1, 5], [1]]))
    assert ratio > 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 2], [2, 1]], "row 2, column 1 the reciprocal of 2"),
        ([[2, 2], [1]], "1 on the diagonal of row 1"),
        ([[1, 2, 3], [1, 2]], "3 numbers in row 1|2 numbers in row 1"),
        ([[1] * 11] * 11, "at most 10"),
    ],
)
def test_a_matrix_that_is_not_reciprocal_is_described(rows, words):
    with pytest.raises(ValueError, match=words):
        reciprocal(rows)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8).filter(any))
def test_weights_that_were_rounded_still_add_up(parts):
    percent = [round(100 * part / sum(parts), 1) for part in parts]
    assert by_hand(percent).sum() == pytest.approx(1)


@pytest.mark.parametrize("weights", [[30, 30, 30], [0.5, 0.4], [0, 0], [2, 1]])
def test_weights_that_do_not_add_up_are_refused(weights):
    with pytest.raises(ValueError, match=f"not to {sum(weights):g}"):
        by_hand(weights)
