"""On the clock's grid float64 sums are exact, so the order of adding cannot matter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import TICK_S, on_tick, tick

seconds = st.floats(0, 4e8)


@given(st.lists(seconds, min_size=2, max_size=6), st.randoms())
def test_sums_of_ticks_do_not_depend_on_their_order(values, random):
    on = [float(v) for v in on_tick(values)]
    shuffled = random.sample(on, len(on))
    assert sum(on) == sum(shuffled)


@given(seconds)
def test_scalar_and_array_rounding_agree_and_stay_within_half_a_tick(value):
    assert tick(value) == float(on_tick(value))
    assert abs(tick(value) - value) <= TICK_S / 2


def test_infinity_is_left_alone():
    assert np.isinf(on_tick(np.inf))
