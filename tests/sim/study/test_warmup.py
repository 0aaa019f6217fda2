"""MSER-5 leaves out the start of a series that has one, and Welch's average smooths it; both by definition and on a process with a known bias."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.records.kpis import KPIS
from sim.scenario.loader import load
from sim.study.kept_kpis import Kept
from sim.study.warmup import WEEK, Series, mser, welch


def ar1(rng, start, phi, n):
    """X_t = φ X_{t−1} + ε from a start: its mean is φ^t × start, 0 in the end."""
    x, noise = np.empty(n), rng.normal(0, 1, n)
    at = start
    for t in range(n):
        at = phi * at + noise[t]
        x[t] = at
    return x


def by_definition(x, batch):
    means = [np.mean(x[k : k + batch]) for k in range(0, len(x) - batch + 1, batch)]
    errors = {}
    for d in range(len(means) // 2 + 1):
        rest = means[d:]
        errors[d] = sum((z - np.mean(rest)) ** 2 for z in rest) / len(rest) ** 2
    best = min(errors, key=errors.get)
    return None if best == len(means) // 2 else best * batch


@given(x=st.lists(st.floats(-1e3, 1e3), min_size=20, max_size=45), batch=st.integers(1, 5))
def test_the_rule_is_its_definition(x, batch):
    assert mser(x, batch) == by_definition(x, batch)


def test_the_bias_of_a_start_far_from_the_mean_is_left_out():
    """φ = 0.8 from 50: 200 observations have a mean bias of 50 × 0.8 (1 − 0.8²⁰⁰) / (0.2 × 200) = 1; from the fifteenth on it is a twentieth."""
    rng = np.random.default_rng(3)
    runs = [ar1(rng, 50.0, 0.8, 200) for _ in range(100)]
    settled = [(run, cut) for run in runs if (cut := mser(run)) is not None]
    assert len(settled) >= 95
    assert np.mean([run.mean() for run in runs]) == pytest.approx(1, abs=0.15)
    assert 10 <= np.median([cut for _, cut in settled]) <= 25
    assert abs(np.mean([run[cut:].mean() for run, cut in settled])) < 0.1


def test_a_series_that_begins_settled_loses_little_and_one_that_never_settles_nothing_is_advised():
    rng = np.random.default_rng(4)
    cut = [mser(ar1(rng, 0.0, 0.5, 200)) for _ in range(50)]
    assert np.median([each for each in cut if each is not None]) <= 10
    assert mser(np.arange(100.0)) is None
    assert mser([1.0, 2.0]) is None
    assert mser(np.ones(40)) == 0


def test_weeks_as_batches_do_not_take_weekdays_for_a_start():
    week = np.tile([1, 1, 1, 1, 1, 5, 6.0], 8)
    assert mser(week, WEEK) == 0


def test_welchs_average_is_that_of_its_window():
    x = np.array([10.0, 4, 4, 1, 1, 1, 1, 1, 1])
    smooth = welch(x, 1)
    assert smooth[0] == 10
    assert smooth[1] == pytest.approx(6)
    assert smooth.tolist()[4:] == [1] * 5
    assert welch(np.array([np.nan, 2.0, 2.0, 2.0, 2.0]), 1)[1] == 2


def test_a_series_adds_up_to_the_kpis_of_its_replication():
    scenario = load("corner-shop", ["days=3", "skus.count=20", "stores.SH01.customers_per_day=60", "trace=null"])
    (days,) = Kept().play(scenario, [0], measured=Series(("customers_per_day", "sales_per_day")))
    (whole,) = Kept().play(scenario.model_copy(update={"warmup_days": 0}), [0])
    assert (
        {name.partition(" ")[0] for name in days}
        == {"customers_per_day", "sales_per_day"}
        <= {kpi.name for kpi in KPIS}
    )
    for kpi in ("customers_per_day", "sales_per_day"):
        assert np.mean([days[f"{kpi} {day}"] for day in range(3)]) == pytest.approx(whole[kpi])
