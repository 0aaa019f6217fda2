"""Incident lists: spells down, how often they come, and the share of time that a system was up."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.vendors.comparing import compare
from sim.planning.vendors.incidents import Down, Period, figures, read
from sim.planning.vendors.vendor_file import IncidentList, load
from sim.records.refusal import Refusal
from sim.scenario import documents

from .test_comparing import TODAY, scored
from .test_score_sheets import book
from .test_vendor_file import written

BEGIN = datetime(2026, 1, 1)
YEAR = {"from": date(2025, 10, 1), "to": date(2026, 9, 30)}


def table(tmp_path, text):
    path = tmp_path / "incidents.csv"
    path.write_text(text, encoding="utf-8")
    return path


def down(path, **asked):
    return read(path, IncidentList(source=path.name, **asked), TODAY)


def spells_min(found):
    return [(end - start) / timedelta(minutes=1) for start, end in found.spells]


def test_an_incident_lasts_until_its_end_or_for_its_minutes_and_those_that_overlap_are_one(tmp_path):
    path = table(
        tmp_path,
        "start,end,minutes\n2026-03-02 10:00,2026-03-02 10:30,\n2026-03-02 10:20,,25\n2026-01-01 00:00,2026-01-01 01:00,60\n",
    )
    found = down(path, **YEAR)
    assert spells_min(found) == [60, 45]
    shows = figures(found)
    assert shows["incident_availability"].estimate == pytest.approx(1 - 105 / (365 * 1440))
    assert shows["incidents_per_month"].estimate == pytest.approx(2 / (365 / (365.25 / 12)))
    assert shows["longest_incident_min"].estimate == 60


def test_what_lies_outside_the_period_is_cut_off_or_left_out(tmp_path):
    path = table(
        tmp_path,
        "start,end\n2025-09-30 23:30,2025-10-01 00:30\n2025-01-01 10:00,2025-01-01 11:00\n2026-09-30 23:50,2026-10-01 10:00\n",
    )
    found = down(path, **YEAR)
    assert (spells_min(found), found.outside) == ([30, 10], 1)


def test_without_a_period_the_span_of_the_incidents_is_taken_and_is_said_to_be_assumed(tmp_path):
    table(tmp_path, "start,minutes\n2026-03-01 00:00,60\n2026-03-31 23:00,60\n")

    def change(held):
        scored(held, Alpha=9, Beta=5)
        held["vendors"]["Alpha"]["incidents"] = "incidents.csv"

    ranking = compare(load(written(tmp_path, change)), TODAY)
    (piece,) = ranking.standings[0].pieces
    assert (piece.kind, piece.grade, piece.dated, piece.sentence) == (
        "incidents",
        "supplied",
        "2026-03-31",
        "Incidents: 2 in 31 days.",
    )
    assert piece.figures["incident_availability"].estimate == pytest.approx(1 - 2 / (31 * 24))
    (note,) = (each for each in ranking.notes if each.endswith("assumed."))
    assert note.startswith("incidents.csv of Alpha names no period: it is taken to begin with the first incident")


def test_only_the_severities_and_scopes_that_count_are_down(tmp_path):
    head = ["开始时间", "持续时间（分钟）", "严重程度", "影响范围"]
    rows = [["2026-03-01 10:00", 30, 1, "POS"], ["2026-03-02 10:00", 20, 2, "POS"], ["2026-03-03 10:00", 10, 1, "报表"]]
    path = book(tmp_path / "list.xlsx", 故障=[head, *rows])
    assert spells_min(down(path, **YEAR)) == [30, 20, 10]
    assert spells_min(down(path, severity=[1], **YEAR)) == [30, 10]
    assert spells_min(down(path, severity=["1"], scope=["pos"], **YEAR)) == [30]
    with pytest.raises(Refusal, match="scope: expected a scope of the table: POS, 报表, perhaps POS, found 'POS1'"):
        down(path, scope=["POS1"], **YEAR)


def test_a_year_without_an_incident_bounds_the_rate_and_the_time_down(tmp_path):
    shows = figures(down(table(tmp_path, "start,end\n"), **YEAR))
    assert shows["incidents_per_month"].low == shows["incidents_per_month"].estimate == 0
    assert shows["incidents_per_month"].high == pytest.approx(3.689 / 12, abs=1e-3)
    up = shows["incident_availability"]
    assert (up.estimate, up.high) == (1, 1)
    assert up.low == pytest.approx(1 - 3.689 / (365 * 24), abs=1e-6)


@pytest.mark.parametrize(("n", "low", "high"), [(1, 0.0253, 5.572), (5, 1.6235, 11.668), (10, 4.7954, 18.390)])
def test_the_interval_of_a_rate_is_garwoods(n, low, high):
    """Limits of a Poisson mean from Garwood (1936), as tables print them."""
    begin = BEGIN
    period = Period(begin, begin + timedelta(days=365.25 / 12), assumed=False)
    spells = tuple((begin + timedelta(hours=k), begin + timedelta(hours=k, minutes=6)) for k in range(n))
    shows = figures(Down(spells, period, n, 0))
    rate, up = shows["incidents_per_month"], shows["incident_availability"]
    assert (rate.low, rate.high) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))
    share = timedelta(minutes=6) / period.length
    assert (1 - up.high, 1 - up.low) == (pytest.approx(low * share, rel=1e-3), pytest.approx(high * share, rel=1e-3)), (
        "with equal lengths the interval of the time down is that of the rate"
    )


def test_the_interval_of_the_time_up_holds_the_true_share_as_often_as_it_promises():
    rng, begin = np.random.default_rng(5), BEGIN
    period, held = Period(begin, begin + timedelta(days=365), assumed=False), 0
    mean_min, number = 40.0, 8.0
    true_up = 1 - number * mean_min / (365 * 1440)
    for _ in range(400):
        starts = np.sort(rng.uniform(0, 364, rng.poisson(number)))
        spells = tuple(
            (begin + timedelta(days=s), begin + timedelta(days=s, minutes=rng.gamma(2.0, mean_min / 2))) for s in starts
        )
        up = figures(Down(spells, period, len(spells), 0))["incident_availability"]
        held += up.low <= true_up <= up.high
    assert held / 400 >= 0.93


@given(st.lists(st.tuples(st.integers(0, 500_000), st.integers(0, 5_000)), min_size=1, max_size=30))
def test_the_time_up_is_that_of_the_minutes_that_no_incident_covers(tmp_path_factory, rows):
    begin = BEGIN.replace(year=2025)
    lines = [f"{begin + timedelta(minutes=start):%Y-%m-%d %H:%M},{length}" for start, length in rows]
    path = table(tmp_path_factory.mktemp("incidents"), "\n".join(["start,minutes", *lines]))
    found = figures(down(path, **{"from": date(2025, 1, 1), "to": date(2025, 12, 31)}))["incident_availability"]
    whole = np.zeros(365 * 1440, dtype=bool)
    for start, length in rows:
        whole[start : start + length] = True
    assert found.estimate == pytest.approx(1 - whole.mean(), abs=1e-9)
    assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            "start,end\n2026-03-02 10:00,2026-03-01 10:00",
            "row 2, column end: expected an instant after 2026-03-02 10:00:00, found '2026-03-01 10:00'",
        ),
        ("start,end\n2026-03-02 10:00,", "row 2, column end: expected an end (of one that goes on: the last day of the list), found nothing"),
        (
            "start,minutes\n2026-03-02 10:00,-5",
            "row 2, column minutes: expected a length of 0 minutes or more, found '-5'",
        ),
        (
            "start,minutes\n2026-03-02 10:00,long",
            "row 2, column minutes: expected a length of time such as 35, 0:35 or 35 s, found 'long'",
        ),
        (
            "start,end,minutes\n2026-03-02 10:00,2026-03-02 10:30,90",
            "row 2, column end: expected an end that agrees with minutes, 90, found '2026-03-02 10:30'",
        ),
        (
            "start,end\n2026-12-02 10:00,2026-12-02 11:00",
            "row 2, column start: expected an instant up to 2026-11-01, to which ages count (as_of), found '2026-12-02 10:00'",
        ),
        (
            "start,end\n,2026-12-02 11:00",
            "row 2, column start: expected a date and a time of day, such as 2026-10-01 09:30, found nothing",
        ),
        ("start,severity\n2026-03-02 10:00,1", "row 1: expected a column end, or minutes, found 'start, severity'"),
        ("start,end\n", "expected incidents, or the period (from, to) in which there was none, found no rows"),
        ("start,minutes\n2026-03-02 10:00,5\n", "expected the period (from, to) of a list with one incident"),
        (
            "start,minutes\n1926-03-02 10:00,5\n2026-03-02 10:00,5\n",
            "expected a period of more than no time and at most 10 years, found '1926-03-02 10:00:00 to 2026-03-02 10:05:00'",
        ),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_refused_by_row(tmp_path, rows, line):
    path = table(tmp_path, rows)
    with pytest.raises(Refusal) as refused:
        down(path)
    assert str(refused.value) == f"{path}: {line}"


@pytest.mark.parametrize(
    ("given_", "line"),
    [
        ({"from": date(2026, 1, 1)}, "expected both from and to, or neither"),
        ({"from": date(2026, 3, 1), "to": date(2026, 1, 1)}, "expected a day to that is not before from"),
        ({"from": date(2026, 3, 1), "to": date(2026, 12, 1)}, "to: expected a day up to 2026-11-01, to which ages count (as_of), found '2026-12-01'"),
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_refused_with_its_line(tmp_path, given_, line):
    table(tmp_path, "start,minutes\n2026-03-02 10:00,5\n")

    def change(held):
        scored(held, Alpha=9, Beta=5)
        held["vendors"]["Alpha"]["incidents"] = {"source": "incidents.csv"} | given_

    path = written(tmp_path, change)
    assert documents.line_of(path, ("vendors", "Alpha", "incidents"))
    with pytest.raises(Refusal, match=r"vendors\.Alpha\.incidents") as refused:
        compare(load(path), TODAY)
    assert line in str(refused.value)


@pytest.mark.parametrize(
    ("heading", "minutes"),
    [
        ("持续时间（小时）", 120),
        ("duration (h)", 120),
        ("持续时间（分钟）", 2),
        ("duration", 2),
        ("duration (s)", 1 / 30),
    ],
)
def test_a_length_has_the_unit_of_its_heading(tmp_path, heading, minutes):
    found = down(table(tmp_path, f"start,{heading}\n2026-02-01 10:00,2\n"), **YEAR)
    assert spells_min(found) == pytest.approx([minutes])


def test_instants_of_several_time_zones_are_one_time_line(tmp_path):
    rows = "2026-02-01T10:00:00+08:00,2026-02-01T11:00:00+08:00\n2026-02-01T02:30:00Z,2026-02-01T04:00:00Z\n"
    assert spells_min(down(table(tmp_path, f"start,end\n{rows}"), **YEAR)) == [120]
