"""Rows add up: weeks of days, all stores of stores, and a store's day that is not compared counts nowhere."""

from datetime import date

import numpy as np

from sim.backtest.cells import Days, rows

FIRST = date(2025, 10, 6)


def made(compared=None, days=15, value=2.0):
    tickets = np.arange(2.0 * days).reshape(2, days)
    units = np.stack([tickets, 3 * tickets], axis=-1)
    seen = Days(tickets, units, value * units, empty=0 * tickets, wait_s=tickets)
    compared = np.ones((2, days), dtype=bool) if compared is None else compared
    return {row.name: row for row in rows(seen, compared, ("A1", "B2"), ("A", "B"), FIRST, "CNY")}


def test_weeks_and_all_stores_are_sums():
    found = made()
    by_store = found["customers, a store's day"].values
    assert found["customers, all stores' day"].values.tolist() == [by_store.sum(axis=0).tolist()]
    assert found["customers, a store's week"].values.tolist() == [[21, 70], [126, 175]]
    assert found["customers, all stores' week"].values.tolist() == [[147, 245]]
    assert found["sales of class B, a day"].values[0].tolist() == (6 * by_store.sum(axis=0)).tolist()


def test_a_day_that_is_not_compared_counts_nowhere():
    compared = np.ones((2, 15), dtype=bool)
    compared[1, 0] = compared[:, 3] = False
    found = made(compared)
    assert np.isnan(found["customers, a store's day"].values[1, 0])
    assert found["customers, all stores' day"].values[0, 0] == 0  # the first store's alone
    assert np.isnan(found["units of class A, a day"].values[0, 3])
    assert found["customers, a store's week"].values[1, 0] == 126 - 15 - 18


def test_a_log_without_prices_has_no_sales():
    assert not [name for name in made(value=np.nan) if name.startswith("sales")]


def test_a_cell_of_a_week_begins_on_its_first_day():
    row = made()["customers, a store's week"]
    assert row.day_of(1) == date(2025, 10, 13)
