"""Designs play each combination, each factor alone, or points that fill the ranges; the same seed gives the same points."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.designs.factors import Factor
from sim.study.designs.points import DESIGNS, full, latin_hypercube, one_at_a_time, sobol

TILLS, HOURS = Factor("tills", (4, 6, 8)), Factor("hours", ("long", "short"))
RATE, STAFF = Factor("rate", (), 0.5, 1.5), Factor("staff", (), 3, 6)


def test_the_full_design_has_every_combination_once_and_the_base_first():
    points = full([TILLS, HOURS])
    assert points[0] == {"tills": 4, "hours": "long"}
    assert len({tuple(point.items()) for point in points}) == len(points) == 6
    assert full([]) == [{}]


def test_one_at_a_time_moves_one_factor_from_the_base():
    points = one_at_a_time([TILLS, HOURS])
    assert [sum(point[path] != points[0][path] for path in point) for point in points] == [0, 1, 1, 1]


@given(n=st.integers(2, 60), seed=st.integers(0, 1_000))
def test_a_latin_hypercube_has_one_point_in_each_part_of_each_range(n, seed):
    points = latin_hypercube([RATE, STAFF], n, seed)
    assert sorted(int((point["rate"] - 0.5) * n) for point in points) == list(range(n))
    assert all(type(point["staff"]) is int and 3 <= point["staff"] <= 6 for point in points)
    assert points == latin_hypercube([RATE, STAFF], n, seed)


def test_whole_numbers_of_a_range_and_levels_come_as_often_as_each_other():
    points = latin_hypercube([STAFF, TILLS], 120, 3)
    assert set(Counter(point["staff"] for point in points).values()) == {30}
    assert set(Counter(point["tills"] for point in points).values()) == {40}


def test_points_for_indices_are_two_matrices_and_each_column_exchanged():
    points = sobol([RATE, STAFF], 8, 1)
    a, b, first, second = (points[k : k + 8] for k in range(0, 32, 8))
    assert [point["rate"] for point in first] == [point["rate"] for point in b]
    assert [point["staff"] for point in first] == [point["staff"] for point in a]
    assert [point["staff"] for point in second] == [point["staff"] for point in b]


def test_every_level_has_its_place_between_0_and_1():
    assert [TILLS.place(level) for level in TILLS.levels] == [0, 0.5, 1]
    assert RATE.place(RATE.at(0.25)) == pytest.approx(0.25)
    assert set(DESIGNS) == {"full", "one_at_a_time", "latin_hypercube", "sobol"}
    assert np.isfinite(Factor("one", ("only",)).place("only"))
