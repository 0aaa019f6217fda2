"""Counters add up, in the hour or the day in which things happen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.output.tally import MONTH, Tally

HOUR, DAY = 3_600.0, 86_400.0


def test_a_counter_is_hourly_or_daily():
    tally = Tally(2, 3)
    tally.add("tickets", 1, DAY + 2.5 * HOUR, 4)
    tally.add("demanded_units", 1, DAY + 2.5 * HOUR, 5)
    assert tally.hourly["tickets"][1, 26] == 4
    assert tally.daily["demanded_units"][1].tolist() == [0, 5, 0]


def test_what_happens_at_the_end_counts_in_the_last_hour():
    tally = Tally(1, 1)
    tally.add("tickets", 0, DAY, 1)
    tally.add_many("tickets", 0, np.array([DAY, DAY + 5]), 1.0)
    assert tally.hourly["tickets"][0, 23] == 3


events = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 2 * DAY), st.integers(0, 9)), max_size=30)


@given(events)
def test_many_at_once_is_one_by_one(events):
    one, many, each = Tally(3, 2), Tally(3, 2), Tally(3, 2)
    location, t, value = (
        (np.array(column) for column in zip(*events, strict=True)) if events else [np.zeros(0, int)] * 3
    )
    for event in events:
        one.add("sold_units", *event)
    many.add_many("sold_units", location, t, value)
    for place in range(3):
        each.add_many("sold_units", place, t[location == place], value[location == place])
    np.testing.assert_array_equal(one.hourly["sold_units"], many.hourly["sold_units"])
    np.testing.assert_array_equal(one.hourly["sold_units"], each.hourly["sold_units"])


def test_a_day_of_hours_is_its_hours_or_their_sum():
    tally, hours = Tally(2, 2), np.arange(48.0).reshape(2, 24)
    for _ in range(2):
        tally.add_hours(("sold_units", "sales_value"), 1, 1, hours)
    np.testing.assert_array_equal(tally.hourly["sold_units"][1], np.append(np.zeros(24), 2 * hours[0]))
    assert tally.daily["sales_value"].tolist() == [[0, 0], [0, 2 * hours[1].sum()]]


def test_months_turn_without_losing_an_hour():
    """Hours are in memory for one month at a time; taken together they are the run's, and days are their sums."""
    days, tally, taken = 2 * MONTH + 5, Tally(2, 2 * MONTH + 5), []
    for day in range(days):
        tally.add("tickets", 1, day * 24 * HOUR + 30, 1 + day)
        tally.add_many("tickets", 1, np.array([day * 24 + 23.5]) * HOUR, 1)
        tally.add("tickets", 0, (day * 24 + 1) * HOUR, 2)
        tally.add_hours(("tickets", "counts"), 0, day, np.ones((2, 24)))
        if (month := tally.turn(day)) is not None:
            taken.append(month)
    assert [first for first, _ in taken] == [0, MONTH, 2 * MONTH]
    hours = np.concatenate([month["tickets"] for _, month in taken], axis=1).reshape(2, days, 24)
    assert hours[1, :, 0].tolist() == list(range(1, days + 1))
    assert np.all(hours[1, :, 23] == 1)
    assert np.all(hours[0] == 1 + 2 * (np.arange(24) == 1))
    assert tally.by_day()["tickets"].tolist() == hours.sum(axis=2).tolist()
    assert tally.by_day()["counts"][0].tolist() == [24.0] * days
