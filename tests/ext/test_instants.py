"""Instants in order against NumPy's stable sort."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ext.instants import in_order


@given(st.lists(st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e8)), max_size=60))
def test_order_is_that_of_a_stable_sort(instants):
    instants = np.array(instants)
    np.testing.assert_array_equal(in_order(instants), np.argsort(instants, kind="stable"))


def test_a_day_of_customers_is_in_order():
    draw = np.random.default_rng(1)
    instants = np.sort(draw.uniform(30_000, 80_000, 5_000)) + draw.exponential(900, 5_000)
    np.testing.assert_array_equal(in_order(instants), np.argsort(instants, kind="stable"))
