"""A cell with two ends, several weekdays or a unit means what a person who fills in a form means by it."""

from datetime import date, datetime, time, timedelta

import pytest

from sim.tables.spans import closing, days, hours, weekday, weekdays


@pytest.mark.parametrize(
    "cell", ["9:00-22:00", "09:00～22:00", "9点至22点", "9:00 — 22:00", "9:00 AM - 10:00 PM", "9:00到22:00"]
)
def test_hours_stand_in_one_cell(cell):
    assert hours(cell) == (time(9), time(22))


@pytest.mark.parametrize(
    "cell", ["24:00", "0:00", "24点", datetime(1900, 1, 1), date(1900, 1, 1), timedelta(days=1), time()]
)
def test_a_day_that_ends_at_midnight_ends_in_its_last_minute(cell):
    assert closing(cell) == time(23, 59)
    assert hours("24小时营业") == (time(), time(23, 59))


@pytest.mark.parametrize("cell", ["9:00", "9-", "morning", "9:00-25:00", None])
def test_what_has_no_two_ends_is_refused(cell):
    with pytest.raises(ValueError, match="9:00-22:00"):
        hours(cell)


@pytest.mark.parametrize(
    ("cell", "found"),
    [("周一,周三", [1, 3]), ("周一、三、五", [1, 3, 5]), ("一三五", [1, 3, 5]),
     ("星期日", [7]), ("Mon-Fri", [1, 2, 3, 4, 5]), ("周二至周四", [2, 3, 4]),
     ("每天", [1, 2, 3, 4, 5, 6, 7]), ("周末", [6, 7]), ("1,3", [1, 3]), (5, [5]), ("Tue / Thu", [2, 4])],
)  # fmt: skip
def test_weekdays_stand_in_one_cell(cell, found):
    assert weekdays(cell) == found


@pytest.mark.parametrize("cell", ["周八", "8", "", "Fri-Mon", "Mon-Tue-Wed"])
def test_what_is_no_weekday_is_refused(cell):
    with pytest.raises(ValueError, match="weekday"):
        weekdays(cell)
    with pytest.raises(ValueError, match="a weekday"):
        weekday(cell)


@pytest.mark.parametrize(
    ("cell", "found"),
    [(3, (3, 3)), ("3天", (3, 3)), ("2-4", (2, 4)), ("2~4 天", (2, 4)),
     ("2至4天", (2, 4)), ("3±1 天", (2, 4)), ("3天±1天", (2, 4)), ("约3天", (3, 3)),
     ("48小时", (2, 2)), ("24-48h", (1, 2)), ("1周", (7, 7)), ("次日达", (1, 1)),
     ("当日", (0, 0)), ("T+1", (1, 1)), ("2 to 3 days", (2, 3))],
)  # fmt: skip
def test_a_duration_has_a_unit_or_two_ends(cell, found):
    assert days(cell) == pytest.approx(found)


@pytest.mark.parametrize("cell", ["soon", "4-2", "1±3", "3 months", "1-2-3", "", "-"])
def test_what_is_no_duration_is_refused(cell):
    with pytest.raises(ValueError, match="days such as"):
        days(cell)
