"""The normal quantile beside SciPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from ext.quantiles import normal


@given(st.lists(st.floats(1e-300, 1, exclude_max=True), min_size=1, max_size=50))
def test_quantiles_are_scipys(u):
    assert normal(np.array(u)) == pytest.approx(special.ndtri(u), rel=5e-15, abs=5e-15)


def test_the_seams_between_its_pieces_do_not_show():
    for seam in (0.075, 0.925, np.exp(-25)):
        u = seam + np.arange(-200, 201) * 1e-6 * seam
        assert normal(u) == pytest.approx(special.ndtri(u), rel=1e-14)
        assert np.all(np.diff(normal(u)) > 0)


def test_any_shape_and_the_ends():
    assert normal(np.array([[0.0, 0.5, 1.0]])).tolist() == [[-np.inf, 0.0, np.inf]]
    assert normal(0.5).shape == ()
