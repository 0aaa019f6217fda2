"""Differences of several runs hold together: each interval takes its part of the chance of error, whatever the runs share."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from sim.evidence.kpi_days import KpiDays
from sim.evidence.run_comparison import differences
from sim.evidence.several_runs import level_of_each, pairs_of

RNG = np.random.default_rng(5)
DAILY = pd.DataFrame({"replication": [0], "location_code": ["SH01"], "day": [0], "customers": [9.0], "orders": [0.0]})


def run(*kpis):
    """Six replications of three days of each KPI."""
    return {
        kpi: KpiDays("s", "lower", pd.DataFrame(RNG.gamma(2, 10, (6, 3))), within=kpi == "mean_wait_s") for kpi in kpis
    }


RUNS = [run("mean_wait_s", "fill_rate"), run("mean_wait_s", "fill_rate"), run("mean_wait_s")]


@pytest.mark.parametrize(("all_pairs", "chosen"), [(False, [(0, 1), (0, 2)]), (True, [(0, 1), (0, 2), (1, 2)])])
def test_each_pair_is_compared_as_two_runs_are_at_its_part_of_the_confidence(all_pairs, chosen):
    found = pairs_of(RUNS, [DAILY] * 3, 0.95, all_pairs=all_pairs)
    assert [(pair.a, pair.b) for pair in found] == chosen
    for pair in found:
        expected = differences(RUNS[pair.a], RUNS[pair.b], 1 - 0.05 / len(chosen), True)
        assert list(pair.differences.values()) == expected
        assert set(pair.differences) == RUNS[pair.a].keys() & RUNS[pair.b].keys()


def test_a_pair_that_did_not_draw_the_same_traffic_is_known_by_its_own_days():
    found = pairs_of(RUNS, [DAILY, DAILY, DAILY.assign(customers=8.0)], 0.95, all_pairs=True)
    same = [{each.same_traffic for each in pair.differences.values()} for pair in found]
    assert same == [{True}, {False}, {False}]


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_all_intervals_of_a_figure_hold_as_often_as_promised_under_common_random_numbers(shared):
    """5,000 comparisons of four runs with their first in ten replications; without the correction one of three intervals fails too often."""
    trials, replications, others = 5_000, 10, 3
    own = RNG.normal(0, np.sqrt(1 - shared), (trials, replications, others + 1))
    values = own + RNG.normal(0, np.sqrt(shared), (trials, replications, 1))
    apart = values[:, :, 1:] - values[:, :, :1]
    error = apart.std(axis=1, ddof=1) / np.sqrt(replications)

    def held(level):
        half = stdtrit(replications - 1, (1 + level) / 2) * error
        return (np.abs(apart.mean(axis=1)) <= half).all(axis=1).mean()

    assert held(level_of_each(0.95, others)) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / trials)
    assert held(0.95) < 0.92
