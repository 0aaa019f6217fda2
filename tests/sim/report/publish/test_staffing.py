"""Tills that an hour needs, against Erlang's formulas."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.publish.staffing import LATE_SHARE, MOST, tills_needed


def late_share(tills, load, service_s, target_s):
    """P(wait > target) of M/M/c by its sums, another way than the recursion."""
    terms = [load**n / math.factorial(n) for n in range(tills)]
    last = load**tills / math.factorial(tills) * tills / (tills - load)
    return last / (sum(terms) + last) * math.exp(-(tills - load) * target_s / service_s)


@given(st.floats(0.01, 25), st.floats(20, 300), st.floats(0, 900))
def test_it_is_the_fewest_tills_that_keep_late_customers_few(load, service_s, target_s):
    tills = tills_needed(load, service_s, target_s)
    assert late_share(tills, load, service_s, target_s) <= LATE_SHARE * (1 + 1e-9)
    fewer = tills - 1
    assert fewer <= load or late_share(fewer, load, service_s, target_s) > LATE_SHARE * (1 - 1e-9)


def test_an_hour_without_work_needs_none_and_what_is_no_number_has_no_answer():
    assert tills_needed(0.0, 60.0, 300.0) == 0
    assert [
        tills_needed(*each, 300.0) for each in ((math.nan, 60.0), (math.inf, 60.0), (3.0, math.nan), (3.0, 0.0))
    ] == [None] * 4
    assert tills_needed(MOST + 1.0, 60.0, 300.0) is None


@pytest.mark.parametrize(("load", "tills"), [(0.8, 2), (1.6, 3), (5.7, 7)])
def test_known_hours(load, tills):
    assert tills_needed(load, 66.0, 300.0) == tills
