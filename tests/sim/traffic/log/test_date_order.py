"""The order of day and month is decided by rows, or asked for; it is never guessed."""

import pytest

from sim.records.refusal import Refusal
from sim.traffic.log.reader import read_log
from sim.traffic.log.reading import Reading


@pytest.fixture
def days_of(tmp_path):
    def read(*dates, order=""):
        rows = "".join(f"{date} 09:30,{n},A,1\n" for n, date in enumerate(dates))
        (tmp_path / "log.csv").write_text(f"timestamp,ticket,sku,quantity\n{rows}")
        return [str(at)[:10] for at in read_log(tmp_path / "log.csv", Reading(dates=order)).tickets.stamp]

    return read


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (("03/04/2025", "25/04/2025"), "2025-04-03"),
        (("04/03/2025", "04/25/2025"), "2025-04-03"),
        (("03.04.25", "31.03.25"), "2025-03-31"),
        (("25/04/03", "25/04/29"), "2025-04-03"),
        (("03-03-2025", "04-04-2025"), "2025-03-03"),
        (("2025-04-03", "03/04/2025", "25/04/2025"), "2025-04-03"),
    ],
)
def test_rows_that_can_be_read_in_one_way_decide(days_of, dates, first):
    assert days_of(*dates)[0] == first


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (
            ("03/04/2025", "04/04/2025"),
            "line 2: expected an order of day and month: 03/04/2025 may be 3 April 2025 or 4 March 2025: --dates dmy or --dates mdy",
        ),
        (("01/02/03", "02/02/03"), "2 January 2003: --dates ymd or --dates dmy or --dates mdy"),
        (("25/04/2025", "04/26/2025"), "line 3: expected one order of day and month in every row"),
    ],
)
def test_rows_that_leave_it_open_or_contradict_each_other_are_asked_about(days_of, dates, said):
    with pytest.raises(Refusal, match=said):
        days_of(*dates)


@pytest.mark.parametrize(("order", "first"), [("dmy", "2025-04-03"), ("mdy", "2025-03-04")])
def test_an_order_that_is_named_is_taken_unless_a_row_contradicts_it(days_of, order, first):
    assert days_of("03/04/2025", order=order) == [first]
    with pytest.raises(
        Refusal, match=f"line 3: expected {'day' if order == 'dmy' else 'month'}.*--dates ... for another order"
    ):
        days_of("03/04/2025", "25/04/2025" if order == "mdy" else "04/25/2025", order=order)


def test_a_date_that_no_order_can_read_is_skipped(days_of):
    assert days_of("25/04/2025", "31/31/2025") == ["2025-04-25"]


def test_an_unknown_order_is_refused(days_of):
    with pytest.raises(Refusal, match="--dates: expected ymd or dmy or mdy, found 'dym'"):
        days_of("2025-04-03", order="dym")
