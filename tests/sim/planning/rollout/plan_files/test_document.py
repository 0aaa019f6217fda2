"""One plan in two formats and by a plain forward pass; and a YAML plan that takes its tasks from a file."""

import csv
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.plan_files import notes
from sim.planning.rollout.samples import Sampled
from sim.records.refusal import Refusal
from sim.report.languages import recorded

from ..plans import spans
from .test_project_xml import EAST

START = date(2027, 3, 1)
HOLIDAYS = {date(2027, 3, 8), date(2027, 3, 9)}


@st.composite
def projects(draw):
    """Tasks with whole days, links to earlier ones with lags of working days, and days before which they do not begin."""
    tasks = []
    for n in range(draw(st.integers(1, 7))):
        before = draw(st.lists(st.integers(0, n - 1), unique=True, max_size=3)) if n else []
        links = [(each, draw(st.sampled_from(("FS", "SS"))), draw(st.sampled_from((0, 0, 1, 4)))) for each in before]
        tasks.append((draw(st.integers(0, 12)), links, draw(st.sampled_from((None, None, 3, 16)))))
    return tasks


def works(day):
    return day.weekday() < 5 and day not in HOLIDAYS


def after(day, length):
    """The working day on which work goes on after `length` working days from a day."""
    while length or not works(day):
        length -= works(day)
        day += timedelta(days=1)
    return day


def forward(tasks):
    """Start and end of each task as days since the start: a forward pass, day by day."""
    found = []
    for length, links, earliest in tasks:
        begins = [START + timedelta(days=earliest or 0), START]
        begins += [after(found[n][kind == "FS"], lag) for n, kind, lag in links]
        begin = after(max(begins), 0)
        found.append((begin, after(begin, length)))
    return found


def as_csv(path, tasks):
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(("id", "task", "duration", "predecessors", "not before", "start", "stores"))
        write.writerow(("live", "live", 0, "", "", START, 1))
        for n, (length, links, earliest) in enumerate(tasks):
            said = ";".join(f"t{each}{kind}+{lag} days" for each, kind, lag in links)
            day = START + timedelta(days=earliest) if earliest else ""
            write.writerow((f"t{n}", f"task {n}", f"{length} days", said, day, "", ""))
    return path


def as_xml(path, tasks):
    types = {"FS": 1, "SS": 3}
    held = []
    for n, (length, links, earliest) in enumerate(tasks):
        said = "".join(
            f"<PredecessorLink><PredecessorUID>{each + 2}</PredecessorUID><Type>{types[kind]}</Type><LinkLag>{lag * 4800}</LinkLag></PredecessorLink>"
            for each, kind, lag in links
        )
        day = (
            f"<ConstraintType>4</ConstraintType><ConstraintDate>{START + timedelta(days=earliest)}T08:00:00</ConstraintDate>"
            if earliest
            else ""
        )
        held.append(
            f"<Task><UID>{n + 2}</UID><Name>task {n}</Name><Duration>PT{length * 8}H0M0S</Duration>{day}{said}</Task>"
        )
    away = "".join(
        f"<Exception><TimePeriod><FromDate>{day}T00:00:00</FromDate><ToDate>{day}T23:59:00</ToDate></TimePeriod><DayWorking>0</DayWorking></Exception>"
        for day in sorted(HOLIDAYS)
    )
    calendar = f"<Calendars><Calendar><UID>1</UID><Exceptions>{away}</Exceptions></Calendar></Calendars>"
    live = f"<Task><UID>1</UID><Name>live (1 store)</Name><Start>{START}T08:00:00</Start></Task>"
    begins = f"<StartDate>{START}T08:00:00</StartDate><CalendarUID>1</CalendarUID>"
    path.write_text(f"<Project>{begins}{calendar}<Tasks>{live}{''.join(held)}</Tasks></Project>")
    return path  # fmt: skip


def played(path):
    """Start and end of each task by its name."""
    found = spans(Sampled(path, read_plan(path), 1).samples())
    return [
        found[name]
        for name in sorted((name for name in found if name.startswith("task ")), key=lambda name: int(name[5:]))
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tasks=projects())
def test_both_formats_are_sampled_as_a_forward_pass_schedules_them(tmp_path, tasks):
    expected = [tuple(float((day - START).days) for day in span) for span in forward(tasks)]
    assert played(as_xml(tmp_path / "plan.xml", tasks)) == expected
    as_csv(tmp_path / "plan.csv", tasks)
    rollout = {"tasks_from": "plan.csv", "holidays": [{"first": day, "last": day} for day in sorted(HOLIDAYS)]}
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump({"name": "plan", "rollout": rollout}))
    assert played(tmp_path / "plan.yaml") == expected


@pytest.fixture
def beside(tmp_path):
    """A YAML plan beside the project, by its fields."""
    (tmp_path / "plan.xml").write_bytes(EAST.read_bytes())

    def write(name="plan.yaml", **fields):
        held = {
            "name": "east",
            "waves": [
                {"name": "Pilot live", "stores": 2, "go_live": "2027-04-05", "phase": "Pilot"},
                {"name": "south", "stores": 9, "go_live": "2027-05-17", "phase": "Rollout"},
            ],
            "rollout": {"tasks_from": "plan.xml"},
        }
        path = tmp_path / name
        path.write_text(yaml.safe_dump(held | fields))
        return path

    return write


def test_a_milestone_with_the_name_of_a_wave_is_its_go_live_and_others_stay_tasks(beside):
    made = read_plan(beside())
    assert (made.waves[0].after, made.waves[0].not_before.isoformat()) == (["Training"], "2027-04-05")
    assert made.waves[1].after == []
    tasks = {task.name: task for task in made.rollout.tasks}
    assert tasks["East live 18 stores"].days == (0, 0, 0)
    assert tasks["Observed"].after == ["Pilot live"]


def test_a_plan_changes_adds_and_varies_the_tasks_of_its_file(beside):
    changed = {
        "tasks_from": {"file": "plan.xml", "spread": ["80 %", 1, 1.5]},
        "tasks": {"Installation": {"days": [1, 2, 9], "defects": 0.2}},
    }
    tasks = {task.name: task for task in read_plan(beside(rollout=changed)).rollout.tasks}
    assert (tasks["Installation"].days, tasks["Installation"].defects) == ((1, 2, 9), 0.2)
    assert tasks["Contract"].days == (4, 5, 7.5)
    assert tasks["Configuration interfaces"].days == (8, 10, 20)
    more = {"tasks_from": "plan.xml", "tasks": [{"name": "party", "phase": "Rollout", "days": 1}], "notes": ["Mine."]}
    made = read_plan(beside(rollout=more)).rollout
    assert made.tasks[-1].name == "party"
    assert (made.notes[0], made.notes[-1]) == ("Tasks come from plan.xml.", "Mine.")


def test_a_plan_extends_one_that_takes_its_tasks_from_a_file(beside, tmp_path):
    beside()
    path = tmp_path / "later.yaml"
    path.write_text("extends: plan.yaml\nname: later\nrollout: {tasks: {Contract: {days: 9}}}\n")
    assert {task.name: task.days[0] for task in read_plan(path).rollout.tasks}["Contract"] == 9
    path.write_text("extends: plan.yaml\nname: later\nrollout: {tasks: {Contrakt: {days: 9}}}\n")
    with pytest.raises(
        Refusal, match=r"rollout.tasks.Contrakt: expected an element of rollout.tasks, perhaps Contract"
    ):
        read_plan(path)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("none.xml", r"none.xml: expected Microsoft Project's XML, found no such file"),
        ("plan.mpp", r"plan.mpp: expected a file of tasks: .xml, .csv, .xlsx, .xls or .parquet, found '.mpp'"),
        (7, r"plan.yaml:2?\d*: rollout.tasks_from: expected"),
        ({"spread": [1, 1, 1]}, r"rollout.tasks_from.file: expected a value"),
        ({"file": "plan.xml", "spread": [2, 1, 3]}, r"rollout.tasks_from.spread: expected \[least, most likely, most\]"),
        ({"file": "plan.xml", "stretch": 1}, r"rollout.tasks_from.stretch: expected a field of"),
    ],
)  # fmt: skip
def test_tasks_from_that_cannot_be_used_are_refused_by_field(beside, given, line):
    with pytest.raises(Refusal, match=line):
        read_plan(beside(rollout={"tasks_from": given}))


def test_every_note_has_its_sentence_in_chinese():
    said = [
        notes.source("plan.xml"),
        notes.alone(3, 8, (1, 1, 1)),
        notes.alone(3, 8, (0.8, 1, 1.5)),
        notes.renamed(2, "a / b", "a b"),
        notes.in_parts("Analyst", 2),
        notes.raised("Analyst"),
        notes.unnumbered(3),
        notes.begun(3),
        notes.inactive(1),
        notes.latest(["Support"]),
        notes.late(["Support"]),
        notes.fixed(["Support"]),
        notes.extra_days([START]),
        notes.own_holidays("Trainer"),
        notes.unread(["comment"]),
    ]
    for line in said:
        chinese = recorded(line, "zh")
        assert chinese != line, line
        assert not set(chinese.lower().split()) & {"tasks", "the", "file"}, chinese


def test_more_tasks_than_a_plan_can_have_are_refused_in_one_line(tmp_path):
    tasks = [(1, [(n - 1, "FS", 0)] if n else [], None) for n in range(501)]
    with pytest.raises(Refusal, match=r"plan.xml: rollout.tasks: expected at most 500 of them"):
        read_plan(as_xml(tmp_path / "plan.xml", tasks))
