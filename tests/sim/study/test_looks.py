"""Rounds of replications: fixed beforehand, and with intervals that hold although a study ends at the first look that is narrow enough."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.evidence.kpi_days import KpiDays
from sim.evidence.statistics.replications import interval
from sim.study.looks import Target, level_of_a_look, looks, reached


def test_rounds_double_up_to_the_most():
    assert looks(10, 100) == (10, 20, 40, 80, 100)
    assert looks(10, 10) == (10,)


@given(first=st.integers(2, 1_000), most=st.integers(2, 100_000))
def test_rounds_rise_to_the_most_and_hold_together(first, most):
    sizes = looks(first, max(first, most))
    assert list(sizes) == sorted(set(sizes))
    assert sizes[-1] == max(first, most)
    assert 1 - len(sizes) * (1 - level_of_a_look(0.95, len(sizes))) == pytest.approx(0.95)


def covered(level, sizes, half_width, trials=600):
    """Share of studies of normal draws whose interval at the first look that is narrow enough holds the mean, 0."""
    rng, held = np.random.default_rng(5), 0
    for x in rng.normal(0, 1, (trials, sizes[-1])):
        for size in sizes:
            found = interval(x[:size], level)
            if found.half_width <= half_width:
                break
        held += found.low <= 0 <= found.high
    return held / trials


def test_the_interval_at_which_a_study_ends_covers_as_promised():
    """Without the correction, from the same draws, it covers less than 95 %: a study ends early where its scatter happens to be small."""
    sizes = looks(4, 128)
    assert covered(level_of_a_look(0.95, len(sizes)), sizes, 0.6) >= 0.95
    assert covered(0.95, sizes, 0.6) < 0.94


def kpi(*x):
    """A KPI of independent replications."""
    return {"k": KpiDays("s", "lower", pd.DataFrame(np.array(x)), within=False)}


def test_a_target_is_reached_when_every_point_is_narrow_enough():
    rng = np.random.default_rng(1)
    x = np.stack([rng.normal(10, 1, 40), rng.normal(10, 3, 40)])
    widths = [interval(row, 0.99).half_width for row in x]
    points = [kpi(*row) for row in x]
    (wide,) = reached([Target("k", widths[1] * 1.001)], points, 0.99)
    (narrow,) = reached([Target("k", widths[1] * 0.99)], points, 0.99)
    assert (wide.reached, narrow.reached) == (True, False)
    assert wide.widest == narrow.widest == pytest.approx(widths[1])
    assert narrow.advised == 41


def test_a_relative_target_is_one_against_the_true_mean():
    x = [9.0, 11.0] * 20
    of = interval(x, 0.95)
    assert Target("k", 0.05, relative=True).limit == pytest.approx(0.05 / 1.05)
    assert Target("k", 0.05, relative=True).measured(kpi(*x)["k"], 0.95) == pytest.approx(of.half_width / 10)


def test_a_half_width_is_the_longer_side_of_an_interval():
    late = KpiDays("s", "lower", pd.DataFrame(np.eye(5, 7)), within=True)
    found = late.interval()
    assert found.high - found.mean > found.mean - found.low
    assert Target("k", 1.0).measured(late, 0.95) == found.high - found.mean


def test_what_was_not_observed_is_not_reached():
    (found,) = reached([Target("k", 1.0)], [kpi(1.0, 2.0), kpi()], 0.95)
    assert (found.reached, found.advised) == (False, None)
