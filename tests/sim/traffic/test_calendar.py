"""The calendar multiplies what it should and leaves alone what it should."""

import numpy as np
import pytest

from sim.traffic.calendar import Calendar

ONES = np.ones(24)
OPEN = (9 * 3600.0, 21 * 3600.0)


def hours_of(rate):
    """Expected arrivals by hour of the day."""
    counts = np.zeros(24)
    middle = (rate.edges_s[1:] + rate.edges_s[:-1]) / 2
    np.add.at(counts, (middle % 86400 // 3600).astype(int), rate.mean)
    return counts


def test_a_day_takes_month_and_weekday_and_a_holiday_stands_in_for_the_weekday(scenario_of):
    months = [1, 1, 1, 1, 2, 3, 1, 1, 1, 1, 1, 1]
    holiday = {"name": "fair", "first": "2026-05-12", "last": "2026-05-13", "factor": 5}
    shop = scenario_of(
        traffic={"month_factors": months, "weekday_factors": [1, 1.5, 1, 1, 1, 1, 0.5], "holidays": [holiday]}
    )
    calendar = Calendar(shop, "store")
    factors = [calendar.factor(day) for day in (0, 1, 6, 8, 9, 28)]
    assert factors == [2 * 1, 2 * 1.5, 2 * 0.5, 2 * 5, 2 * 5, 3 * 1]


def test_the_average_year_weighs_months_by_their_days(scenario_of):
    shop = scenario_of(traffic={"month_factors": [2] + [1] * 11, "weekday_factors": [0.5] * 7})
    assert Calendar(shop, "store").average == pytest.approx((31 * 2 + 334) / 365 / 2)


def test_hour_shares_are_taken_over_the_hours_that_a_store_is_open(scenario_of):
    shares = [0.0] * 9 + [1, 2, 3] + [4.0] * 12
    calendar = Calendar(scenario_of(traffic={"hour_shares": shares}), "store")
    counts = hours_of(calendar.rate(2, 9.5 * 3600, 12 * 3600, 110, ONES))
    assert counts[9:12] == pytest.approx([110 * 0.5 / 5.5, 110 * 2 / 5.5, 110 * 3 / 5.5])
    assert counts.sum() == pytest.approx(110)


def test_nobody_is_expected_in_hours_that_have_no_share(scenario_of):
    calendar = Calendar(scenario_of(traffic={"hour_shares": [1.0] * 8 + [0.0] * 16}), "store")
    assert calendar.rate(0, *OPEN, 100, ONES).total == 0


def test_cells_scale_their_own_stretch_of_the_day(scenario_of):
    cells = np.ones(96)
    cells[40] = 3.0  # 10:00 to 10:15
    calendar = Calendar(scenario_of(traffic={"cell_minutes": 15}), "store")
    counts = hours_of(calendar.rate(0, *OPEN, 120, cells))
    assert counts[10] == pytest.approx(10 + 2 * 2.5)
    assert counts[11] == pytest.approx(10)


def test_a_spike_jumps_and_falls_linearly_in_its_own_channel_only(scenario_of):
    spike = {"name": "live", "at": "2026-05-05T10:00:00", "duration_minutes": 120, "factor": 9, "channel": "store"}
    shop = scenario_of(traffic={"spikes": [spike]})
    counts = hours_of(Calendar(shop, "store").rate(1, *OPEN, 120, ONES))
    assert counts[10:13] == pytest.approx([10 * (1 + 8 * 0.75), 10 * (1 + 8 * 0.25), 10])
    assert Calendar(shop, "store").rate(0, *OPEN, 120, ONES).total == pytest.approx(120)
    assert Calendar(shop, "online").rate(1, *OPEN, 120, ONES).total == pytest.approx(120)


def test_a_spike_goes_on_past_midnight(scenario_of):
    spike = {"name": "live", "at": "2026-05-05T23:00:00", "duration_minutes": 120, "factor": 9}
    calendar = Calendar(scenario_of(traffic={"spikes": [spike]}), "online")
    late, early = (hours_of(calendar.rate(day, 0.0, 86400.0, 240, ONES)) for day in (1, 2))
    assert late[23] == pytest.approx(10 * (1 + 8 * 0.75))
    assert early[0] == pytest.approx(10 * (1 + 8 * 0.25))
    assert early[1] == pytest.approx(10)


def test_a_holiday_may_have_hours_of_its_own(scenario_of):
    holiday = {"name": "eve", "first": "2026-05-05", "last": "2026-05-05", "factor": 1}
    shop = scenario_of(traffic={"holidays": [{**holiday, "hour_shares": [0.0] * 10 + [1.0] + [0.0] * 13}]})
    counts = hours_of(Calendar(shop, "store").rate(1, *OPEN, 50, ONES))
    assert counts[10] == pytest.approx(50)


def test_weekdays_have_hours_of_their_own_and_holidays_and_the_web_shop_do_not(scenario_of):
    sunday = np.eye(24)[10].tolist()
    holiday = {"name": "day", "first": "2026-05-17", "last": "2026-05-17", "factor": 1}
    shop = scenario_of(traffic={"weekday_hour_shares": [[1.0] * 24] * 6 + [sunday], "holidays": [holiday]})
    stores, online = Calendar(shop, "store"), Calendar(shop, "online")
    assert stores.hours_of(6).tolist() == sunday  # 2026-05-10
    for calendar, day in ((stores, 5), (stores, 13), (online, 6)):
        assert calendar.hours_of(day).tolist() == [1.0] * 24
    assert stores.mean_hours(9 * 3600.0, 11 * 3600.0)[[9, 10]].tolist() == pytest.approx([3 / 7, 4 / 7])
