"""KPIs by day: what they add up to, and which intervals and findings follow."""

import numpy as np
import pandas as pd
import pytest

from sim.evidence.kpi_days import BURST_H, days_of, replications_of
from sim.evidence.run_comparison import differences
from sim.records.kpis import kpis
from sim.records.outcome import COUNTERS

SCENARIO = {"warmup_days": 1, "trading": {"wait_target_s": 300.0}}
SEEN = {"customers": 100.0, "tickets": 100.0, "demanded_units": 300.0, "opening_s": 36_000.0, "till_open_s": 72_000.0}


def run(replications=5, days=8, **by_counter):
    """KPIs and daily rows of one store, whose first day is warm-up; counters are numbers, or functions of (replication, day)."""
    rows, tables = [], []
    for replication in range(replications):
        counted = {name: np.zeros((1, days)) for name in COUNTERS}
        for name, value in (SEEN | by_counter).items():
            counted[name][0] = [value(replication, day) if callable(value) else value for day in range(days)]
        tables.append(kpis(counted, 1, 1, replication).to_pandas())
        rows += [
            {"replication": replication, "day": day} | {name: counted[name][0, day] for name in COUNTERS}
            for day in range(days)
        ]
    return days_of(pd.concat(tables), pd.DataFrame(rows), SCENARIO)


def noisy(replication, day):
    return 1000.0 + 97 * ((7 * replication + 3 * day) % 11)


def test_the_mean_of_the_days_of_a_replication_is_its_kpi():
    table = run(wait_s=noisy, tickets=lambda r, d: 90.0 + (r * d) % 7)
    by_hand = [sum(noisy(r, d) for d in range(1, 8)) / sum(90.0 + (r * d) % 7 for d in range(1, 8)) for r in range(5)]
    cells = table["mean_wait_s"].cells
    assert cells.shape == (5, 7)
    np.testing.assert_allclose(cells.mean(axis=1), by_hand)


def test_a_sum_a_day_is_each_days_own():
    cells = run(customers=lambda r, d: 100.0 + r + 10 * d)["customers_per_day"].cells
    np.testing.assert_allclose(cells, [[100 + r + 10 * d for d in range(1, 8)] for r in range(5)])


def test_stock_depends_on_the_day_before_and_keeps_students_t():
    table = run(on_hand_units=noisy)
    assert not table["stock_units"].within
    assert table["stock_units"].cells.shape == (5, 1)


def test_events_that_no_replication_showed_are_bounded_by_bursts_of_twenty_minutes():
    """350 hours in which the store was open: at most 3.689 bursts of a third of an hour in them."""
    late = run()["waits_over_target"]
    found = late.interval()
    assert (late.still, found.mean, found.low) == (True, 0.0, 0.0)
    assert found.high == pytest.approx(3.6889 * BURST_H / 350, rel=1e-4)


def findings(a, b):
    return {each.kpi: each for each in differences(a, b, 0.95, same=True)}


def test_only_demand_is_called_equal():
    found = findings(run(wait_s=noisy), run(wait_s=noisy))
    assert found["customers_per_day"].finding == "equal"
    assert found["stock_units"].finding == "no difference seen"
    assert found["waits_over_target"].finding == "nothing seen"
    assert found["waits_over_target"].asked == 3500
    assert found["mean_wait_s"].finding == "no difference seen"
    assert found["mean_wait_s"].difference.high > 0


def test_the_variance_ratio_is_that_of_unpaired_over_paired_differences():
    rng = np.random.default_rng(3)
    shared, first, second = rng.normal(0, 3, 40), rng.normal(0, 1, 40), rng.normal(0, 1, 40)
    a, b = (replications_of(table(shared + own)) for own in (first, second))
    (found,) = differences(a, b, 0.95, same=True)
    expected = (np.var(shared + first, ddof=1) + np.var(shared + second, ddof=1)) / np.var(second - first, ddof=1)
    assert found.variance_ratio == pytest.approx(expected)
    assert found.variance_ratio == pytest.approx((9 + 1) * 2 / 2, rel=0.5)
    assert np.isnan(differences(a, a, 0.95, same=True)[0].variance_ratio)


def table(values):
    """One KPI in replications, without days."""
    return pd.DataFrame(
        {
            "replication": range(len(values)),
            "kpi": "fill_rate",
            "value": values,
            "unit": "share of units",
            "better": "higher",
        }
    )


def test_events_that_one_run_showed_are_no_longer_unseen():
    late = run(waits_over_target=lambda r, d: 4.0 * (r == d))
    found = findings(run(), late)["waits_over_target"]
    assert found.asked == 0
    assert found.finding in ("worse", "not told apart")
    assert found.difference.low < found.difference.mean < found.difference.high


def test_pairs_without_the_kpi_on_some_day_fall_back_to_replications():
    priority = run(priority_tickets=lambda r, d: float(d == 3), priority_wait_s=lambda r, d: 30.0 * r * (d == 3))
    of = priority["mean_wait_priority_s"]
    assert not of.within
    assert of.interval().mean == pytest.approx(60.0)


def test_a_table_without_days_has_students_t_throughout():
    table = pd.DataFrame(
        {"replication": [0, 1], "kpi": "mean_wait_s", "value": [1.0, 3.0], "unit": "s", "better": "lower"}
    )
    assert not replications_of(table)["mean_wait_s"].within
