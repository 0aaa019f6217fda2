"""Bounds of key figures made within days decide as a comparison does, and hold a change where Fieller's interval does not."""

import numpy as np
import pandas as pd
import pytest
from _shop_weeks import SHOPS, weeks
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.evidence.kpi_days import KpiDays
from sim.planning.goals.bounds import of_change, of_level
from sim.planning.goals.kpi_bounds import of_kpi, of_kpi_change

TRIALS, PROMISED, SIZE, PLAYED = 300, 0.93, 5, 24
SAMPLING_ERROR = 2 * np.sqrt(PROMISED * (1 - PROMISED) / TRIALS)
SHOP = SHOPS["two tills, a week"]
CELLS = arrays(np.float64, (4, 3), elements=st.floats(10, 100))


def made(cells, within=True, first=0):
    cells = np.asarray(cells, dtype=np.float64)
    return KpiDays("s", "lower", pd.DataFrame(cells, index=np.arange(first, first + len(cells))), within)


@given(CELLS, CELLS, st.floats(-0.8, 2.0))
def test_a_bound_beyond_a_limit_is_a_comparison_against_that_limit(before, after, limit):
    a, b = made(before), made(after)
    found = of_kpi_change(a, b, True, 0.95)
    if found.high is None:
        return
    beyond = b.minus(a.times(1 + limit)).interval(0.95)
    slack = 1e-6 * abs(beyond.mean)
    if abs(beyond.high) > slack:
        assert (found.high < limit) == (beyond.high < 0)
    if abs(beyond.low) > slack:
        assert (found.low > limit) == (beyond.low > 0)


@pytest.mark.parametrize("paired", [True, False])
def test_replications_that_are_not_taken_apart_have_fiellers_interval_and_students(paired):
    rng = np.random.default_rng(3)
    x, y = rng.normal(50, 4, 8), rng.normal(40, 4, 8)
    a, b = (made(each[:, None], within=False) for each in (x, y))
    assert of_kpi_change(a, b, paired, 0.9) == of_change(x, y, paired, 0.9)
    assert of_kpi(a, 0.9) == of_level(x, 0.9)


def test_a_known_baseline_scales_the_interval_of_the_level():
    of = made(np.random.default_rng(5).gamma(1.0, 30.0, (5, 7)))
    level, change = of_kpi(of, 0.95), of_kpi_change(40.0, of, False, 0.95)
    for one, other in ((level.low, change.low), (level.estimate, change.estimate), (level.high, change.high)):
        assert other == pytest.approx(one / 40 - 1)
    assert of_kpi_change(0.0, of, False, 0.95).estimate is None


def test_replications_that_one_side_lacks_are_left_out_of_pairs():
    cells = np.random.default_rng(6).gamma(4.0, 10.0, (6, 7))
    found = of_kpi_change(made(cells[:5]), made(0.7 * cells[1:], first=1), True, 0.95)
    assert (found.low, found.estimate, found.high) == pytest.approx((-0.3, -0.3, -0.3))


def test_a_baseline_that_may_be_zero_bounds_no_change():
    rare = np.zeros((4, 7))
    assert of_kpi_change(made(rare), made(rare + 1.0), True, 0.95).estimate is None
    rare[0, 0] = 1.0
    found = of_kpi_change(made(rare), made(rare + 1.0), False, 0.95)
    assert (found.estimate is None, found.low) == (False, None)
    assert of_kpi_change(made(np.ones((1, 7))), made(np.full((1, 7), 2.0)), True, 0.95).low is None


@pytest.fixture(scope="module")
def played():
    """The shop under attribute entry, and without it."""
    return weeks([*SHOP.fields, *SHOP.shifts["attribute entry"]], PLAYED), weeks(SHOP.fields, PLAYED)


def covered(before, after, paired, interval):
    """How often the interval over a few replications holds the change of all, moved as `_shop_weeks.trials` moves a mean."""
    true, rng, held = after.values.mean() / before.values.mean() - 1, np.random.default_rng(1), 0
    for _ in range(TRIALS):
        chosen = rng.choice(PLAYED, SIZE, replace=False)
        other = chosen if paired else rng.choice(PLAYED, SIZE, replace=False)
        found = interval(before.among(before.cells.index[chosen]), after.among(after.cells.index[other]), paired)
        moved = found.estimate + (true - found.estimate) / np.sqrt(1 - SIZE / PLAYED)
        held += found.low is None or found.low <= moved <= found.high  # without an interval it may be any
    return held / TRIALS


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("kpi", ["mean_wait_s", "abandonment", "waits_over_target", "utilisation"])
def test_the_interval_of_a_change_holds_it(played, kpi, paired):
    found = covered(*(each[kpi] for each in played), paired, lambda a, b, paired: of_kpi_change(a, b, paired, 0.95))
    assert found >= PROMISED - SAMPLING_ERROR


def test_fiellers_does_not_where_bursts_make_the_figure(played):
    both = [each["waits_over_target"] for each in played]
    found = covered(*both, True, lambda a, b, paired: of_change(a.values, b.values, paired, 0.95))
    assert found < PROMISED - 5 * SAMPLING_ERROR
