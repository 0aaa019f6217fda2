"""Main effects and Sobol' indices of functions whose effects are known, through the points of each design."""

from math import pi, sin

import numpy as np
import pytest

from sim.study.designs.effects import indices, main_effects
from sim.study.designs.factors import Factor
from sim.study.designs.points import full, latin_hypercube, one_at_a_time, sobol

ANGLES = [Factor(name, (), -pi, pi) for name in ("x", "y", "z")]


def ishigami(point):
    """With a = 7, b = 0.1 (Ishigami & Homma 1990)."""
    return sin(point["x"]) + 7 * sin(point["y"]) ** 2 + 0.1 * point["z"] ** 4 * sin(point["x"])


def played(points, function, replications=3):
    """Results with a noise that all points of a replication share, as under common random numbers."""
    noise = np.random.default_rng(2).normal(0, 5, replications)
    return np.array([[function(point) + shared for shared in noise] for point in points])


def test_sobol_indices_of_the_ishigami_function_are_the_published_ones():
    found = indices(ANGLES, played(sobol(ANGLES, 1_024, 7), ishigami))
    assert [index.first for index in found] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert [index.total for index in found] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    for index, (first, total) in zip(found, [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)], strict=True):
        assert index.first_interval[0] <= first <= index.first_interval[1]
        assert index.total_interval[0] <= total <= index.total_interval[1]


def test_a_result_that_does_not_vary_has_no_indices():
    points = sobol(ANGLES, 8, 1)
    assert all(np.isnan(index.first) for index in indices(ANGLES, played(points, lambda _: 1.0)))


A, B = Factor("a", (1, 2, 5)), Factor("b", ("no", "yes"))


def added(point):
    return 3.0 * point["a"] + (10.0 if point["b"] == "yes" else 0.0)


@pytest.mark.parametrize("design", [full, one_at_a_time])
def test_effects_of_what_adds_up_are_its_parts_whatever_noise_is_shared(design):
    points = design([A, B])
    effects = main_effects([A, B], points, played(points, added))
    assert [(effect.factor, effect.level) for effect in effects] == [("a", 2), ("a", 5), ("b", "yes")]
    assert [effect.change.mean for effect in effects] == pytest.approx([3, 12, 10])
    assert [effect.change.half_width for effect in effects] == pytest.approx([0, 0, 0], abs=1e-9)


def test_effects_over_ranges_are_the_slopes_of_a_plane():
    factors = [Factor("u", (), 2.0, 4.0), Factor("v", (), 0, 9)]
    points = latin_hypercube(factors, 40, 4)
    effects = main_effects(factors, points, played(points, lambda point: 5 * point["u"] - 2 * point["v"]))
    assert [effect.level for effect in effects] == [4.0, 9]
    assert [effect.change.mean for effect in effects] == pytest.approx([10, -18])


def test_with_interactions_a_main_effect_is_a_mean_over_the_other_factor():
    points = full([A, B])
    values = played(points, lambda point: point["a"] * (2.0 if point["b"] == "yes" else 1.0))
    assert [effect.change.mean for effect in main_effects([A, B], points, values)] == pytest.approx([1.5, 6, 8 / 3])
