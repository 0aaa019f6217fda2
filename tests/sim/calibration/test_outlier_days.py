"""Days are proposed as holidays where they stand out, and hardly ever where none does."""

from datetime import date

import numpy as np
import pytest

from sim.calibration.outlier_days import standing_out

FIRST = date(2024, 7, 1)
WEEKDAYS = np.array([0.9, 0.8, 0.9, 1.0, 1.2, 1.5, 1.3])


def drawn(seed, days=200, customers=200, size=24.0, stores=1, factor=1.0):
    """Customers of stores by day under months and weekdays of their own, 1 to 8 October times `factor`."""
    rng = np.random.default_rng(seed)
    dates = np.datetime64(FIRST) + np.arange(days)
    months = rng.uniform(0.8, 1.25, 12)[dates.astype("datetime64[M]").astype(int) % 12]
    busy = (dates >= np.datetime64("2024-10-01")) & (dates <= np.datetime64("2024-10-08"))
    mean = customers * months * WEEKDAYS[(dates.astype(int) + 3) % 7] * np.where(busy, factor, 1)
    return rng.poisson(mean * rng.gamma(size, 1 / size, (stores, days)))


def found_in(count, open_=None):
    return standing_out(FIRST, count, np.ones(count.shape, dtype=bool) if open_ is None else open_)


def overlaps(run):
    return run.first <= date(2024, 10, 8) and run.last >= date(2024, 10, 1) and run.factor > 1


def test_hardly_any_log_without_holidays_has_a_day_that_stands_out():
    wrong = sum(bool(found_in(drawn(seed))) for seed in range(40))
    assert wrong <= 4  # of 40: at 4 %, more in 2 of 100 choices of seeds


@pytest.mark.parametrize(("customers", "size", "least"), [(50, 1e6, 9), (500, 24, 6), (50, 24, 3)])
def test_eight_days_of_more_than_half_again_are_found(customers, size, least):
    logs = [drawn(seed, customers=customers, size=size, factor=1.6) for seed in range(10)]
    assert sum(any(map(overlaps, found_in(log))) for log in logs) >= least


def test_a_chain_of_many_stores_shows_what_one_store_hides():
    (week,) = found_in(drawn(1, stores=20, factor=1.6))
    assert (week.first, week.last) == (date(2024, 10, 1), date(2024, 10, 8))
    assert week.factor == pytest.approx(1.6, rel=0.25)


def test_closed_days_do_not_stand_out():
    count = drawn(3, stores=5)
    open_ = np.ones(count.shape, dtype=bool)
    open_[:, 90:95] = False
    assert not any(run.first <= date(2024, 10, 3) <= run.last for run in found_in(np.where(open_, count, 0), open_))


def test_too_few_customers_say_nothing():
    assert found_in(drawn(4, customers=2, factor=1.6)) == ()


def test_ten_years_are_scanned_in_seconds():
    assert len(found_in(drawn(5, days=3660, factor=3))) >= 1


def rates(logs=200):
    """Print, for docs/calibration.md, the share of logs in which days are proposed: without a holiday, and 1 to 8 October at 1.6."""
    for size, sized in ((1e6, "Poisson"), (24.0, "Gamma size 24")):
        for customers in (50, 500):
            for days in (90, 180, 365):
                kind = {"days": days + 92, "customers": customers, "size": size}
                wrong = np.mean([bool(found_in(drawn(seed, **kind))) for seed in range(logs)])
                busy = (drawn(seed, factor=1.6, **kind) for seed in range(logs, 2 * logs))
                right = np.mean([any(map(overlaps, found_in(log))) for log in busy])
                print(f"| {sized} | {customers} | {days + 92} | {wrong:.1%} | {right:.0%} |", flush=True)


if __name__ == "__main__":
    rates()
