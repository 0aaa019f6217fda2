"""Means over replications carry the interval that theory gives them."""

import numpy as np
import pytest

from sim.evidence.statistics.replications import interval


def test_half_width_matches_a_published_sample():
    x = [1.2, 1.55, 1.31, 1.43, 1.62, 1.08, 1.39, 1.5, 1.27, 1.46]
    found = interval(x)
    assert found.mean == pytest.approx(1.381, rel=1e-9)
    assert found.half_width == pytest.approx(0.11905672948884104, rel=1e-9)


def test_one_observation_has_no_half_width():
    found = interval([3.0])
    assert (found.mean, found.observations) == (3.0, 1)
    assert np.isnan(found.half_width)
    assert not found.excludes_zero


def test_replications_in_which_nothing_happened_are_left_out():
    assert interval([1.0, np.nan, 3.0]).observations == 2


def test_ninety_five_of_a_hundred_intervals_cover_the_mean():
    rng = np.random.default_rng(7)
    found = [interval(x) for x in rng.normal(5.0, 2.0, size=(4000, 6))]
    covered = np.mean([i.low <= 5.0 <= i.high for i in found])
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 4000))
