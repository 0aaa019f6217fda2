"""Nominal 95 % intervals over five replications hold what they are intervals of, also where figures are made by rare bursts."""

import numpy as np
import pytest
from _shop_weeks import KPIS, SHOPS, differences, holds, trials

from sim.evidence.statistics.replications import interval

SHOP = SHOPS["two tills, a week"]
TRIALS, PROMISED = 300, 0.93
SAMPLING_ERROR = 2 * np.sqrt(PROMISED * (1 - PROMISED) / TRIALS)


@pytest.fixture(scope="module")
def played():
    return differences(SHOP, replications=24)


def covered(of, number=TRIALS, method=None):
    found = trials(of, 5, number)
    return np.mean(
        [holds(method(sample.cells.mean(axis=1)) if method else sample.interval(), mean) for sample, mean in found]
    )


@pytest.mark.parametrize("shift", ["", *SHOP.shifts])
@pytest.mark.parametrize("kpi", KPIS)
def test_the_interval_of_a_mean_or_a_difference_covers_it(played, kpi, shift):
    assert covered(played[kpi, shift]) >= PROMISED - SAMPLING_ERROR


def test_students_t_does_not_where_one_day_in_many_makes_the_difference(played):
    assert covered(played["waits_over_target", "payment outage"], method=interval) < PROMISED - 5 * SAMPLING_ERROR
