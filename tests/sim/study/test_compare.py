"""Comparisons pair replications, so that what two scenarios share cancels."""

import numpy as np
import pandas as pd
import pytest

from sim.study.compare import compare
from sim.study.precision import interval


def kpis(values, better="lower"):
    return pd.DataFrame(
        {"replication": range(len(values)), "kpi": "mean_wait_s", "value": values, "unit": "s", "better": better}
    )


def test_difference_is_the_paired_t_interval():
    rng = np.random.default_rng(3)
    shared = rng.normal(100, 30, 12)
    a, b = shared + rng.normal(0, 1, 12), shared + 5 + rng.normal(0, 1, 12)
    (found,) = compare(kpis(a), kpis(b))
    assert found.difference == interval(b - a)
    assert found.difference.half_width < found.a.half_width / 5


@pytest.mark.parametrize(("better", "finding"), [("lower", "worse"), ("higher", "better"), ("neither", "differs")])
def test_a_clear_rise_is_named_by_what_is_better(better, finding):
    a = np.array([1.0, 2.0, 3.0])
    (found,) = compare(kpis(a, better), kpis(a + np.array([1.0, 1.1, 0.9]), better))
    assert found.finding == finding


def test_noise_is_not_told_apart():
    (found,) = compare(kpis([1.0, 2.0, 3.0]), kpis([2.0, 1.0, 3.5]))
    assert found.finding == "not told apart"


def test_pairs_follow_the_replication_not_the_row():
    a, b = kpis([1.0, 2.0, 3.0]), kpis([1.5, 2.5, 3.5]).iloc[::-1]
    (found,) = compare(a, b)
    assert (found.difference.mean, found.difference.half_width) == (0.5, pytest.approx(0.0, abs=1e-12))
