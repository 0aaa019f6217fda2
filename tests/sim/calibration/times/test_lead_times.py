"""Lead times are recovered from orders of which some are still open, with intervals that hold the truth; run as a program it prints how often."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from sim.calibration.times.lead_sheet import read_purchases
from sim.calibration.times.lead_times import fit_lead_times, product_limit
from sim.records.refusal import Refusal
from sim.traffic.log.reading import Reading

FIRST = date(2025, 1, 1)


def lognormal(rng, mean, cv, size=None):
    variance = np.log1p(cv**2)
    return mean * np.exp(rng.normal(-variance / 2, np.sqrt(variance), size))


def orders(rng, suppliers, each, days=180, cv=0.3, weekdays=range(7), fill=1.0):
    """Rows (supplier, ordered, received or nothing on the last day, units ordered, units received)."""
    allowed = [day for day in range(days) if (FIRST + timedelta(days=day)).weekday() in weekdays]
    rows = []
    for supplier, mean in suppliers.items():
        for ordered in rng.choice(allowed, each):
            took = int(np.rint(lognormal(rng, mean, cv)))
            came = ordered + took <= days
            units = int(rng.integers(20, 200))
            rows.append((supplier, FIRST + timedelta(days=int(ordered)), FIRST + timedelta(days=int(ordered) + took) if came else "",
                         units, int(rng.binomial(units, fill)) if came else ""))  # fmt: skip
    return rows


@pytest.fixture
def fitted(tmp_path):
    return lambda rows, heading="supplier,order date,receipt date,qty ordered,qty received", **by: fit_rows(
        tmp_path / "po.csv", rows, heading, **by
    )


def fit_rows(path, rows, heading="supplier,order date,receipt date,qty ordered,qty received", **by):
    path.write_text("\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return fit_lead_times(read_purchases(path, Reading()), **by)


def test_planted_lead_times_and_fill_rates_are_recovered(fitted):
    truth = {"A": 3.0, "B": 6.0, "C": 12.0}
    found = {each.origin: each for each in fitted(orders(np.random.default_rng(1), truth, 400, fill=0.9)).lead_times}
    for supplier, mean in truth.items():
        assert found[supplier].form == "empirical"
        assert found[supplier].days.low <= mean <= found[supplier].days.high
        assert found[supplier].days.value == pytest.approx(mean, rel=0.05)
        assert found[supplier].lead.mean == pytest.approx(mean, rel=0.05)
        assert found[supplier].fill_rate.value == pytest.approx(0.9, abs=0.01)


def test_open_orders_are_censored_and_not_left_out(fitted):
    rows = orders(np.random.default_rng(2), {"A": 20.0}, 600, days=60)
    found = fitted(rows).lead_times[0]
    seen = np.mean([(row[2] - row[1]).days for row in rows if row[2]])
    assert found.open > 80
    assert seen < 19
    assert found.days.value == pytest.approx(20, rel=0.04)
    few = fitted(orders(np.random.default_rng(3), {"A": 20.0}, 45, days=60)).lead_times[0]
    assert few.form in ("lognormal", "gamma")
    assert few.days.low <= 20 <= few.days.high


def test_suppliers_with_few_orders_are_drawn_towards_the_others(fitted):
    rng = np.random.default_rng(4)
    truth = {f"S{n}": float(lognormal(rng, 7, 0.1)) for n in range(12)}
    rows = orders(rng, truth, 30) + orders(rng, {"NEW": 7.0}, 2)
    found = {each.origin: each for each in fitted(rows).lead_times}
    assert found["NEW"].drawn
    assert found["NEW"].days.value == pytest.approx(7, rel=0.15)
    drawn = [abs(found[supplier].days.value / mean - 1) for supplier, mean in truth.items()]
    assert np.mean(drawn) < 0.045


def test_an_order_in_parts_counts_once_by_its_units(fitted):
    heading = "po number,supplier,sku,order date,receipt date,qty ordered,qty received"
    rows = [(f"P{n}", "A", "X", "2025-03-03", "2025-03-06", 100, 75) for n in range(12)]
    rows += [(f"P{n}", "A", "X", "2025-03-03", "2025-03-14", 100, 25) for n in range(12)]
    found = fitted(rows, heading).lead_times[0]
    assert (found.orders, found.in_parts) == (12, 12)
    assert found.days.value == pytest.approx(0.75 * 3 + 0.25 * 11, rel=0.04)
    assert found.fill_rate.value == 1


def test_lines_of_one_day_are_one_order_and_rows_without_a_sku_are_their_own(fitted):
    rows = [("A", f"X{n % 3}", f"2025-03-{1 + n // 3:02d}", f"2025-03-{4 + n // 3 + n % 3:02d}") for n in range(36)]
    lines = fitted(rows, "supplier,sku,order date,receipt date").lead_times[0]
    assert (lines.orders, lines.in_parts) == (12, 12)
    assert fitted([(row[0], *row[2:]) for row in rows], "supplier,order date,receipt date").lead_times[0].orders == 36


def test_an_order_that_never_came_is_unfilled_and_says_nothing_of_the_lead_time(fitted):
    rows = orders(np.random.default_rng(5), {"A": 4.0}, 90, days=400)
    rows += [("A", "2025-01-10", "", 100, "")] * 10
    found = fitted(rows).lead_times[0]
    assert found.overdue == 10
    assert found.days.value == pytest.approx(4, rel=0.1)
    assert found.fill_rate.value == pytest.approx(0.9, abs=0.03)


def test_weekdays_without_an_order_are_the_calendar_where_chance_does_not_explain_them(fitted):
    twice = fitted(orders(np.random.default_rng(6), {"A": 4.0}, 60, weekdays=(0, 3))).lead_times[0]
    assert (twice.weekdays, twice.weekdays_regular) == ((1, 4), True)
    few = fitted(orders(np.random.default_rng(7), {"A": 4.0}, 12)).lead_times[0]
    assert not few.weekdays_regular


def test_lanes_are_fitted_where_they_are_asked_for(fitted):
    heading = "supplier,warehouse,order date,receipt date"
    near = [("A", "W1", *row[1:3]) for row in orders(np.random.default_rng(8), {"A": 3.0}, 80)]
    far = [("A", "W2", *row[1:3]) for row in orders(np.random.default_rng(9), {"A": 9.0}, 80)]
    found = fitted(near + far, heading, by_lane=True).lead_times
    assert [(each.origin, each.destination) for each in found] == [("A", "W1"), ("A", "W2")]
    assert [each.days.value for each in found] == pytest.approx([3, 9], rel=0.1)
    with pytest.raises(Refusal, match="a column with destinations"):
        fitted(
            [row[:3] for row in orders(np.random.default_rng(8), {"A": 3.0}, 80)],
            "supplier,order date,receipt date",
            by_lane=True,
        )


def test_the_product_limit_estimate_is_that_of_a_textbook_example():
    # Freireich et al. 1963, 6-mercaptopurine arm: remission in weeks, as in Cox and Oakes 1984.
    seen = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    days = np.array(seen + censored, dtype=float)
    values, mass = product_limit(days, np.ones(21), np.arange(21) < 9)
    assert values.tolist() == [6, 7, 10, 13, 16, 22, 23]
    survival = 1 - np.cumsum(mass)[:-1]
    assert survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538], abs=1e-3)
    assert mass.sum() == pytest.approx(1)


def held(draws, tmp, suppliers, each, days=180):
    """Share of all suppliers' intervals that hold the mean."""
    hits = []
    for seed in range(draws):
        rng = np.random.default_rng(1_000 + seed)
        truth = {f"S{n}": float(lognormal(rng, 7, 0.25)) for n in range(suppliers)}
        found = fit_rows(
            tmp / "po.csv", [row[:3] for row in orders(rng, truth, each, days)], "supplier,order date,receipt date"
        )
        hits += [each_.days.low <= truth[each_.origin] <= each_.days.high for each_ in found.lead_times]
    return float(np.mean(hits))


@pytest.mark.parametrize(("suppliers", "each"), [(8, 12), (1, 100)])
def test_intervals_hold_the_mean_at_their_rate(tmp_path, suppliers, each):
    assert held(max(60 // suppliers, 8) if suppliers > 1 else 60, tmp_path, suppliers, each, 60) >= 0.86


if __name__ == "__main__":
    import tempfile

    print("| Suppliers | Orders each | Days | Intervals at 95 % that hold the mean |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for suppliers, each, days in [
            (1, 20, 180),
            (1, 100, 180),
            (1, 100, 30),
            (8, 5, 180),
            (8, 12, 180),
            (8, 12, 30),
            (8, 60, 180),
        ]:
            share = held(600 // suppliers, Path(folder), suppliers, each, days)
            print(f"| {suppliers} | {each} | {days} | {share:.1%} |")
