"""Weekdays get hours of their own where they differ, and hardly ever where they do not."""

import numpy as np
import pytest

from sim.calibration.hour_profiles import by_weekday, profiles_differ

HOURS = np.array([0] * 9 + [1, 2, 3, 4, 3, 2, 2, 3, 5, 4, 2, 1] + [0] * 3) / 32
WEEKDAYS = np.array([0.9, 0.8, 0.9, 1, 1.5, 1.9, 0.8])


def drawn(seed, weeks=13, customers=100, sunday=0.0, drift=False):
    """Customers by day and hour, in Gamma clusters; on Sundays a share `sunday` comes at 10 h; hours move in the second half with `drift`."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("2025-01-06") + np.arange(7 * weeks)
    weekday = (days.astype(int) + 3) % 7
    shares = np.tile(HOURS, (len(days), 1))
    shares[weekday == 6] = (1 - sunday) * HOURS + sunday * np.eye(24)[10]
    if drift:
        shares[len(days) // 2 :] = np.roll(shares[len(days) // 2 :], 1, axis=1)
    scatter = rng.gamma(30, 1 / 30, shares.shape) * rng.gamma(20, 1 / 20, (len(days), 1))
    return rng.poisson(customers * WEEKDAYS[weekday][:, None] * shares * scatter), days


@pytest.mark.parametrize("drift", [False, True], ids=["steady", "drifting"])
def test_hardly_any_log_with_one_profile_gets_seven(drift):
    assert sum(profiles_differ(*drawn(seed, weeks=8, drift=drift)) for seed in range(40)) <= 3


def test_a_sunday_of_other_hours_is_found():
    assert all(profiles_differ(*drawn(seed, customers=300, sunday=0.13)) for seed in range(8))


def test_a_small_log_keeps_one_profile():
    assert not profiles_differ(*drawn(1, weeks=4, customers=5, sunday=0.13))


def test_profiles_are_those_of_each_weekday_and_of_all_days_where_nobody_came():
    cells, days = drawn(2, sunday=0.5)
    weekday = (days.astype(int) + 3) % 7
    found = by_weekday(np.where((weekday == 2)[:, None], 0, cells), weekday, HOURS)
    assert found[6, 10] == pytest.approx(0.5 + 0.5 * HOURS[10], abs=0.04)
    assert found[2].tolist() == HOURS.tolist()
    assert found.sum(axis=1) == pytest.approx(1)


def test_one_open_weekday_has_nothing_to_differ_from():
    cells, days = drawn(3)
    mondays = (days.astype(int) + 3) % 7 == 0
    assert not profiles_differ(cells[mondays], days[mondays])
