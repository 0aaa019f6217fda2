"""Predictions are as uncertain as what was fitted: `python tests/sim/backtest/test_history.py [LOGS]` prints docs/backtest.md's table of coverage."""

import sys
from datetime import date, timedelta

import numpy as np
import pytest

from sim.backtest.accuracy import quantiles
from sim.backtest.actuals import Actuals
from sim.backtest.history import drawn, history, raised
from sim.scenario.model import Scenario
from sim.traffic.log.tickets import Tickets

START, HISTORY, HELD = date(2025, 9, 1), 42, 28
WEEKDAYS = np.array([0.9, 0.8, 0.9, 1.0, 1.1, 1.3, 1.0])
SIZE = 25.0
FLAT = np.ones(12)


def scenario(customers=100.0, months=(1.0,) * 12):
    return Scenario.model_validate(
        {
            "name": "shop", "start": START, "days": HISTORY, "regions": [{"code": "R", "name": "R"}],
            "suppliers": [{"code": "P", "lead_time_days": 1}], "warehouses": [{"code": "W", "region": "R"}],
            "stores": [
                {"code": "S1", "region": "R", "warehouse": "W", "tills": 1, "customers_per_day": customers, "opens": "09:00", "closes": "19:00"}
            ],
            "skus": [{"code": "TEA", "price": 3, "unit_cost": 1}],
            "traffic": {"month_factors": months},
        }
    )  # fmt: skip


def customers(rng, days=HISTORY + HELD, months=FLAT):
    dates = np.datetime64(START) + np.arange(days)
    mean = 100 * WEEKDAYS[(dates.astype(int) + 3) % 7] * months[dates.astype("datetime64[M]").astype(int) % 12]
    return rng.poisson(mean * rng.gamma(SIZE, 1 / SIZE, days))


def actuals(counts, rng):
    """One-line tickets of one store at even hours."""
    n, days = int(counts.sum()), len(counts)
    at_s = np.repeat(np.arange(days), counts) * 86_400 + rng.integers(9 * 3_600, 19 * 3_600, n)
    stamp = np.datetime64(START, "s") + np.sort(at_s).astype("timedelta64[s]")
    ones = np.ones(n, dtype=np.int64)
    tickets = Tickets(stamp, 0 * ones, ("S1",), -ones, np.arange(n + 1), 0 * ones, ones)
    sold = counts[None, :, None].astype(float)
    return Actuals(START, (0,), ("S1",), tickets, np.zeros(1, dtype=np.int64), ("A",), sold[..., 0], sold, 3 * sold, ())


def past_of(counts, rng, months=(1.0,) * 12):
    first = START + timedelta(days=HISTORY)
    return history(scenario(months=months), actuals(counts, rng), first, first + timedelta(days=HELD - 1))


def means(made):
    """Customers that a scenario expects on each held-back day."""
    days = [made.start + timedelta(days=n) for n in range(made.warmup_days, made.days)]
    traffic, level = made.traffic, made.stores[0].customers_per_day
    return level * np.array(
        [traffic.month_factors[day.month - 1] * traffic.weekday_factors[day.weekday()] for day in days]
    )


def totals(made, rng):
    """Customers of the held-back days together, by replication, as traffic would draw them."""
    sizes = [one.traffic.day_gamma_size or 1e6 for one in made]
    return np.array(
        [
            rng.poisson(means(one) * rng.gamma(size, 1 / size, HELD)).sum()
            for one, size in zip(made, sizes, strict=True)
        ],
        float,
    )


def held(logs):
    """Of so many logs, how many totals of four weeks the 80 and 95 % intervals hold: with parameters that are drawn, and with the fitted ones."""
    kept = np.zeros((2, 2))
    for seed in range(logs):
        rng = np.random.default_rng(seed)
        counts = customers(rng)
        past = past_of(counts, rng)
        for row, made in enumerate((drawn(past, 39), [past.scenario] * 39)):
            low_95, low_80, _, high_80, high_95 = quantiles(totals(made, rng))
            actual = counts[HISTORY:].sum()
            kept[row] += low_80 <= actual <= high_80, low_95 <= actual <= high_95
    return kept / logs


def test_parameters_scatter_between_resampled_days_as_they_do_between_logs():
    """Of 50 logs the means that were fitted scatter so much; of one log those that were drawn should scatter as much."""
    fitted = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        fitted.append(means(past_of(customers(rng), rng).scenario).sum())
    within = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        within.append(np.std([means(one).sum() for one in drawn(past_of(customers(rng), rng), 39)]))
    assert 0.75 < np.mean(within) / np.std(fitted) < 1.35
    assert np.std(fitted) > 100  # of 2,800: what an interval without it would leave out


def test_a_month_that_the_history_lacks_is_the_scenarios_own_relative_to_those_it_has():
    months = np.array([1.0] * 8 + [0.8, 1.0, 1.2, 1.0])
    rng = np.random.default_rng(5)
    past = past_of(customers(rng, months=months), rng, tuple(months))
    assert past.unseen_months == [11]
    factors = past.scenario.traffic.month_factors
    assert factors[10] / np.average([factors[8], factors[9]], weights=[30, 31]) == pytest.approx(1.2 / 0.9, rel=0.02)


def test_customers_who_leave_without_a_ticket_are_put_back():
    rng = np.random.default_rng(6)
    past = past_of(customers(rng), rng)
    level = past.scenario.stores[0].customers_per_day
    again = raised(past, np.array([0.8]))
    assert again.scenario.stores[0].customers_per_day == pytest.approx(level / 0.8)
    mean = np.mean([one.stores[0].customers_per_day for one in drawn(again, 20)])
    assert mean == pytest.approx(level / 0.8, rel=0.06)


def test_what_is_drawn_depends_on_nothing_but_the_scenario_and_the_log():
    rng = np.random.default_rng(7)
    past = past_of(customers(rng), rng)
    assert [one.hash for one in drawn(past, 5)] == [one.hash for one in drawn(past, 5)]


if __name__ == "__main__":
    logs = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    for name, kept in zip(("drawn from resampled days", "as they were fitted"), held(logs), strict=True):
        print(f"| {name} | {logs} | {kept[0]:.0%} | {kept[1]:.0%} |")
