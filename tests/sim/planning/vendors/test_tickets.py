"""Support tickets: quantiles of the time to the first answer, by hour of the week."""

from datetime import date

import numpy as np
import pytest

from sim.planning.vendors.tickets import by_hour, figures, responses
from sim.records.refusal import Refusal

TODAY = date(2026, 11, 30)


def table(tmp_path, text):
    path = tmp_path / "tickets.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_ticket_counts_in_the_hour_in_which_it_was_opened_and_one_without_an_answer_never_ends(tmp_path):
    path = table(
        tmp_path,
        "opened,answered\n2026-10-05 09:10,2026-10-05 10:10\n2026-10-05 09:50,\n2026-10-11 23:00,2026-10-12 07:30\n",
    )
    found = responses(path, TODAY)
    assert (found.hour.tolist(), found.wait_h.tolist()) == ([9, 9, 167], [1, np.inf, 8.5])
    assert found.latest == date(2026, 10, 11)
    rows = by_hour(found.hour, found.wait_h)
    assert [(row.hour, row.support_tickets, row.p50_h, row.p90_h) for row in rows] == [
        (9, 2, 1, None),
        (167, 1, 8.5, 8.5),
    ]


def test_quantiles_are_the_smallest_waits_that_so_many_do_not_exceed():
    found = figures(np.arange(1.0, 101.0))
    assert found["response_p50_h"].estimate == 50
    assert found["response_p90_h"].estimate == 90
    assert 40 <= found["response_p50_h"].low < 50 < found["response_p50_h"].high <= 61


def test_the_interval_of_a_quantile_holds_the_true_one_as_often_as_it_promises():
    rng = np.random.default_rng(3)
    held = sum(
        f.low <= np.log(2) <= f.high for f in (figures(rng.exponential(size=60))["response_p50_h"] for _ in range(400))
    )
    assert held / 400 > 0.93


def test_where_most_tickets_have_no_answer_the_quantile_has_no_end():
    found = figures(np.array([1.0, 2.0, np.inf, np.inf, np.inf]))
    assert found["response_p90_h"].estimate is None
    assert found["response_p90_h"].high is None
    assert found["answered"].estimate == 0.4


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("2026-10-05 09:10,2026-10-04 10:10", "row 2, column answered: expected an instant after 2026-10-05 09:10:00, found '2026-10-04 10:10:00'"),
        ("soon,2026-10-04 10:10", "row 2, column opened: expected a date and a time of day, such as 2026-10-01 09:30, found 'soon'"),
        ("2027-10-05 09:10,", "row 2, column opened: expected an instant up to 2026-11-30, to which ages count (as_of), found '2027-10-05 09:10'"),
        ("2026-10-05 09:10Z,2026-10-05 10:10", "row 2, column answered: expected a time zone in every instant, or in none, found '2026-10-05 10:10'"),
        ("03/04/2026 09:10,", "column opened: expected an order of day and month, or dates such as 2026-10-01 09:30, found '03/04/2026'"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused_by_row(tmp_path, rows, line):
    path = table(tmp_path, f"opened,answered\n{rows}\n")
    with pytest.raises(Refusal) as refused:
        responses(path, TODAY)
    assert str(refused.value) == f"{path}: {line}"


@pytest.mark.parametrize(
    ("opened", "answered", "hour", "wait_h"),
    [
        ("2026-10-05T09:10:00+08:00", "2026-10-05T02:10:00Z", 9, 1),
        ("2026-10-05T09:10:00.250Z", "2026-10-05T11:10:00.250+0200", 9, 0),
        ("2026-10-05 09:10 UTC+08:00", "2026-10-05 10:10 UTC+08:00", 9, 1),
        ("2026-10-05 09:10", "–", 9, np.inf),
        ("2026-10-05 09:10", "未响应", 9, np.inf),
    ],
)
def test_instants_may_have_a_time_zone_and_a_dash_is_no_answer(tmp_path, opened, answered, hour, wait_h):
    found = responses(table(tmp_path, f"opened,answered\n{opened},{answered}\n"), TODAY)
    assert (found.hour.tolist(), found.wait_h.tolist()) == ([hour], [wait_h])
