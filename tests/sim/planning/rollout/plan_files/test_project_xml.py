"""Microsoft Project's XML: what is read of a project, the schedule that it becomes, and what is refused by its task and element."""

from datetime import date
from pathlib import Path

import pytest

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.plan_files.document import document
from sim.planning.rollout.plan_files.project_xml import read_project
from sim.planning.rollout.samples import Sampled
from sim.records.refusal import Refusal

from ..plans import spans

EAST = Path(__file__).with_name("east-china.xml")
TEXT = EAST.read_text(encoding="utf-8")
FIXED = TEXT.replace("PT64H0M0S", "PT80H0M0S").replace("PT160H0M0S", "PT80H0M0S")
"""The project with one length of its configuration, 10 days."""


def days(day):
    """Days from the project's start."""
    return float((date.fromisoformat(day) - date(2027, 3, 1)).days)


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "plan.xml"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_the_schedule_is_the_one_made_by_hand(written):
    """Five days of contract, two working days of lag, ten of configuration; trainers work on Saturdays, no role on Labour Day."""
    plan = written(FIXED)
    found = spans(Sampled(plan, read_plan(plan), 1).samples())
    assert {name: found[name] for name in found if name[0].isupper() and "go-live" not in name} == {
        "Prepare": (0, 0),
        "Pilot": (0, 0),
        "Rollout": (0, 0),
        "Contract": (0, days("2027-03-08")),
        "Configuration interfaces": (days("2027-03-10"), days("2027-03-24")),
        "Training material": (days("2027-03-04"), days("2027-03-09")),
        "Installation": (days("2027-03-24"), days("2027-03-29")),
        "Training": (days("2027-03-29"), days("2027-03-31")),
        "Observed": (days("2027-04-05"), days("2027-04-19")),
        "Rollout Training": (days("2027-04-19"), days("2027-05-11")),
        "Support": (days("2027-05-13"), days("2027-05-20")),
    }
    assert found["Pilot live: go-live"][0] == days("2027-04-05")
    assert found["East live 18 stores: go-live"][0] == days("2027-05-13")


def test_lengths_money_and_people_have_the_units_of_the_schema():
    made = document(read_project(EAST))["rollout"]
    tasks = {task["name"]: task for task in made["tasks"]}
    assert tasks["Configuration interfaces"]["days"] == [8, 10, 20]
    assert tasks["Configuration interfaces"]["cost"] == 120_000
    assert tasks["Contract"]["cost"] == 50_000
    assert made["currency"] == "CNY"
    assert made["roles"]["Trainer"]["cost_per_day"] == 100 * 8
    assert (made["roles"]["Analyst"]["number"], tasks["Configuration interfaces"]["needs"]) == (3, {"Analyst": 3})
    assert made["roles"]["Analyst"]["cost_per_day"] * 3 == 1.5 * 200 * 8


def test_calendars_have_their_weekdays_exceptions_and_what_they_are_based_on():
    made = document(read_project(EAST))["rollout"]
    assert made["works"] == ["mon", "tue", "wed", "thu", "fri"]
    assert made["roles"]["Trainer"]["works"] == ["mon", "tue", "wed", "thu", "fri", "sat"]
    assert made["roles"]["Trainer"]["away"] == [
        {"name": "leave", "first": date(2027, 4, 12), "last": date(2027, 4, 13)}
    ]
    assert [(each["name"], each["first"].isoformat()) for each in made["holidays"]] == [
        ("Labour Day", "2027-05-01"),
        *(("New Year", f"{year}-01-01") for year in (2027, 2028, 2029)),
    ]


def test_milestones_with_stores_are_waves():
    waves = {wave["name"]: wave for wave in document(read_project(EAST))["waves"]}
    assert {name: (wave["stores"], wave["go_live"].isoformat()) for name, wave in waves.items()} == {
        "Pilot live": (2, "2027-04-05"),
        "East live 18 stores": (18, "2027-05-17"),
    }


def test_what_is_not_read_is_named():
    notes = "\n".join(document(read_project(EAST))["rollout"]["notes"])
    assert "Working days outside the working weekdays, which are not worked: 1, the first 2027-05-08." in notes
    assert "a deadline, which moves nothing: 1, the first Support." in notes
    assert "7 of 8" in notes
    assert "the first Configuration / interfaces, here Configuration interfaces." in notes


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("<Name>Observed</Name>", "<Name>Observed</Name><PercentComplete>40</PercentComplete>", "have begun"),
        ("<Name>Observed</Name>", "<Name>Observed</Name><Active>0</Active>", "Inactive tasks of the file, which are left out: 1."),
        ("<Name>Support</Name>", "<Name>Support</Name><ConstraintType>1</ConstraintType>", "as late as possible"),
        ("<Name>Support</Name>", "<Name>Support</Name><Manual>1</Manual><Start>2027-06-01T08:00:00</Start>", "fixed start"),
        ("<MaxUnits>2</MaxUnits>", "<MaxUnits>1</MaxUnits>", "A task needs more of Trainer than the file has"),
        ("<BaseCalendarUID>1</BaseCalendarUID>", "", "Trainer has fewer holidays"),
    ],
)  # fmt: skip
def test_what_is_read_otherwise_is_a_note_of_the_outcome(written, old, new, note):
    assert TEXT.count(old) == 1
    path = written(TEXT.replace(old, new))
    assert note in "\n".join(read_plan(path).rollout.notes)


LINK = "<PredecessorUID>9</PredecessorUID><Type>1</Type>"
TASK = "<Name>Observed</Name>"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (LINK, LINK.replace("1</Type>", "0</Type>"), r"task 11 \(Training\), PredecessorLink, Type: expected finish-to-start .*'FF \(0\)'"),
        (LINK, LINK.replace("1</Type>", "2</Type>"), r"found 'SF \(2\)'"),
        (LINK, f"{LINK}<LinkLag>-4800</LinkLag>", "LinkLag: expected a lag of 0 or more"),
        (LINK, f"{LINK}<LinkLag>50</LinkLag><LagFormat>19</LagFormat>", "expected a lag in time, found 'per cent of a task'"),
        (LINK, f"{LINK}<CrossProject>1</CrossProject>", "expected a predecessor of this file"),
        (LINK, "<PredecessorUID>99</PredecessorUID>", r"task 11 \(Training\): expected a predecessor that is an active task of the file, found '99'"),
        (LINK, "<PredecessorUID>1</PredecessorUID><Type>3</Type>", "expected a start-to-start link from a task"),
        (TASK, f"{TASK}<CalendarUID>2</CalendarUID>", r"task 9 \(Observed\), CalendarUID: expected no calendar of its own"),
        (TASK, f"{TASK}<ConstraintType>3</ConstraintType>", "ConstraintType: expected a constraint on the start"),
        (TASK, f"{TASK}<ConstraintType>4</ConstraintType>", "ConstraintDate: expected a day, found nothing"),
        (TASK, f"{TASK}<Duration>P3W</Duration>", "Duration: expected a length such as PT16H0M0S, found 'P3W'"),
        (TASK, f"{TASK}<Start>2027-13-01</Start>", "Start: expected a day"),
        (TASK, f"{TASK}<DurationFormat>8</DurationFormat>", "expected a length in working time, found 'elapsed time'"),
        (TASK, f"{TASK}<ExternalTask>1</ExternalTask>", "expected a task of this file"),
        (TASK, f"{TASK}<FixedCost>NaN</FixedCost>", "FixedCost: expected a number"),
        ("<UID>9</UID><ID>9</ID>", "<UID>8</UID><ID>9</ID>", r"task 8 \(Observed\): expected a UID of its own"),
        ("<Value>PT64H0M0S</Value>", "<Value>PT99H0M0S</Value>", r"task 3 .*, days: expected \[least, most likely, most\]"),
        ("<FieldID>188743783</FieldID><Value>", "<FieldID>1</FieldID><Value>", "expected both of them, found 'most'"),
        ("<Value>2</Value>", "<Value>many?</Value>", "expected a number of stores, or their codes, found 'many\\?'"),
        ("<TaskUID>7</TaskUID>", "<TaskUID>5</TaskUID>", "expected people of its parts alone"),
        ("<TaskUID>7</TaskUID><ResourceUID>2<", "<TaskUID>7</TaskUID><ResourceUID>8<", "assignment 3, ResourceUID: expected the UID of a resource"),
        ("<Name>Trainer</Name>", "<Name>Analyst</Name>", r"resource 2 \(Analyst\), Name: expected a name of its own"),
        ("<Type>2</Type><Month>0", "<Type>6</Type><Month>0", "calendar Standard, Exception New Year, Type: expected days in a row"),
        ("<BaseCalendarUID>1<", "<BaseCalendarUID>2<", "expected the UID of a calendar that is not based on itself, found 2"),
        ("<CalendarUID>1</CalendarUID>", "<CalendarUID>7</CalendarUID>", "project, CalendarUID: expected the UID of a calendar"),
        ("<ScheduleFromStart>1<", "<ScheduleFromStart>0<", "expected a project that is scheduled from its start"),
        ("<Project ", "<!DOCTYPE Project [<!ENTITY a 'b'>]><Project ", "without a document type"),
        ("</Tasks>", "", "Microsoft Project's XML"),
        ("<Start>2027-05-17T08:00:00</Start>", "", r"task 12 .*: expected the planned day of a go-live"),
    ],
)  # fmt: skip
def test_what_no_plan_can_have_is_refused_by_task_and_element(written, old, new, line):
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(Refusal, match=line):
        read_plan(written(text))


def test_a_document_type_is_refused_in_any_encoding(written):
    text = TEXT.replace("<Project ", "<!DOCTYPE Project [<!ENTITY a 'b'>]><Project ").replace("UTF-8", "UTF-16")
    with pytest.raises(Refusal, match="without a document type"):
        read_project(written(text, "utf-16"))


def test_a_link_from_an_inactive_task_holds_nothing(written):
    made = document(
        read_project(written(TEXT.replace("<Name>Observed</Name>", "<Name>Observed</Name><Active>0</Active>")))
    )
    assert next(task for task in made["rollout"]["tasks"] if task["name"] == "Rollout Training").get("after") is None


def test_a_project_without_go_lives_needs_waves_from_yaml(written):
    path = written(TEXT.replace("(18 stores)", "").replace("<Value>2</Value>", "<Value></Value>"))
    with pytest.raises(Refusal, match=r"expected a milestone with stores, .* or a YAML plan with waves and"):
        read_plan(path)
