"""Elementary functions are those of the C library, element by element, so that no processor's own code for arrays changes a last bit."""

import math

import numpy as np
import pytest

from ext import elementary

DRAWN = np.random.default_rng(1).uniform(1e-3, 30.0, (40, 50))


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "cos"])
def test_each_element_has_the_bits_of_the_c_library(name):
    of_one = getattr(math, name)
    expected = np.array([[of_one(x) for x in row] for row in DRAWN.tolist()])
    assert getattr(elementary, name)(DRAWN).tobytes() == expected.tobytes()


def test_powers_broadcast_and_have_the_bits_of_the_c_library():
    exponents = np.array([-1.7, 0.0, 0.3, 3.0])
    expected = np.array([[math.pow(x, y) for y in exponents.tolist()] for x in DRAWN[0].tolist()])
    assert elementary.power(DRAWN[0][:, None], exponents).tobytes() == expected.tobytes()


def test_what_has_no_value_is_what_numpy_says():
    with np.errstate(all="ignore"):
        x = np.array([-1.0, 0.0, np.inf, np.nan])
        assert np.array_equal(elementary.log(x), np.log(x), equal_nan=True)
        assert np.array_equal(elementary.log1p(x), np.log1p(x), equal_nan=True)
