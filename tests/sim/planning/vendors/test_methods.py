"""Methods of ranking, against published worked examples."""

import numpy as np
import pytest
from pymcdm import normalizations
from pymcdm.methods import TOPSIS

from sim.planning.vendors.methods import others, weighted_sum
from sim.planning.vendors.robustness import first, reversals, totals


def test_the_weighted_sum_agrees_with_a_published_example():
    """`Weighted sum model`, Wikipedia, after Triantaphyllou, Multi-Criteria Decision Making Methods (Kluwer 2000): 21.5, 22 and 22."""
    scores = np.array([[25, 20, 15, 30], [10, 30, 20, 30], [30, 10, 30, 10]], dtype=float)
    weights = np.array([0.20, 0.15, 0.40, 0.25])
    assert totals(scores, weights) == pytest.approx([21.5, 22, 22])
    assert first(totals(scores, weights)) == [1, 2]
    assert weighted_sum(scores, weights).tolist() == [3, 1, 1]


FIGHTERS = np.array(
    [
        [2.0, 1500, 20000, 5.5, 5, 9],
        [2.5, 2700, 18000, 6.5, 3, 5],
        [1.8, 2000, 21000, 4.5, 7, 7],
        [2.2, 1800, 20000, 5.0, 5, 5],
    ]
)
"""Four fighter aircraft by speed, range, payload, cost, reliability and manoeuvrability (Hwang and Yoon, Multiple Attribute Decision Making,
Springer 1981)."""  # fmt: skip
FIGHTER_WEIGHTS = np.array([0.2, 0.1, 0.1, 0.1, 0.2, 0.3])


def test_topsis_agrees_with_hwang_and_yoon_on_four_aircraft():
    topsis = TOPSIS(normalization_function=normalizations.vector_normalization)
    closeness = topsis(FIGHTERS, FIGHTER_WEIGHTS, np.array([1, 1, 1, -1, 1, 1]))
    assert closeness == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=1e-3)


def test_topsis_on_scores_ranks_as_its_definition_does():
    """Scores where higher is better: the cost is turned round, its spread kept in the vector norm of the turned column."""
    scores = FIGHTERS.copy()
    scores[:, 3] = 12 - scores[:, 3]
    weighted = scores / np.sqrt((scores**2).sum(axis=0)) * FIGHTER_WEIGHTS
    away = np.linalg.norm(weighted - weighted.min(axis=0), axis=1)
    near = np.linalg.norm(weighted - weighted.max(axis=0), axis=1)
    order = np.argsort(-away / (away + near)).tolist()
    assert np.argsort(others()["TOPSIS"](scores, FIGHTER_WEIGHTS)).tolist() == order == [0, 2, 3, 1]


@pytest.mark.parametrize("name", ["TOPSIS", "VIKOR", "PROMETHEE II"])
def test_a_vendor_that_is_best_in_everything_is_first_by_every_method(name):
    scores = np.array([[3.0, 5.0, 2.0], [9.0, 9.0, 2.0], [1.0, 7.0, 2.0]])
    places = others()[name](scores, np.array([0.5, 0.3, 0.2]))
    assert places[1] == 1
    assert (places[[0, 2]] > 1).all()


@pytest.mark.parametrize("name", ["TOPSIS", "VIKOR", "PROMETHEE II"])
def test_vendors_that_are_equal_in_everything_share_the_first_place(name):
    assert others()[name](np.full((3, 2), 5.0), np.array([0.5, 0.5])).tolist() == [1, 1, 1]


def test_the_removal_of_the_last_vendor_turns_the_first_two_round_under_topsis_and_vikor():
    """TOPSIS chooses the first of three and VIKOR the second; without the third it is the other way round. A weighted sum is not moved."""
    scores, weights = np.array([[3.0, 9, 3], [3, 7, 6], [1, 1, 4]]), np.array([0.3, 0.5, 0.2])
    found = {name: reversals(scores, lambda x, rank=rank: rank(x, weights)) for name, rank in others().items()}
    assert found["TOPSIS"] == {2: 1}
    assert found["VIKOR"] == {2: 0}
    assert reversals(scores, lambda x: weighted_sum(x, weights)) == {}
