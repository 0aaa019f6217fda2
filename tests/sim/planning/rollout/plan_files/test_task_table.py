"""Tasks as CSV and workbooks: cells as planners write them, headings in two languages, and what is refused by row and column."""

import csv

import pytest

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.plan_files import cells
from sim.planning.rollout.plan_files.document import document
from sim.planning.rollout.plan_files.imported import Wait
from sim.planning.rollout.plan_files.task_table import read_table
from sim.planning.rollout.plan_files.template import TASKS, write_template
from sim.planning.rollout.samples import Sampled
from sim.records.refusal import Refusal


@pytest.fixture
def table(tmp_path):
    def write(*rows):
        path = tmp_path / "plan.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return write


@pytest.mark.parametrize(
    ("cell", "days"),
    [("10", 10), ("10 days?", 10), ("2 wks", 10), ("4h", 0.5), ("240 min", 0.5), ("1 mon", 20), ("3 个工作日", 3), ("2周", 10),
     ("1.5d", 1.5), ("1,5 days", 1.5), (7, 7), ("0 个工作日", 0)],
)  # fmt: skip
def test_a_length_is_one_of_working_days(cell, days):
    assert cells.length(cell) == pytest.approx(days)


@pytest.mark.parametrize("cell", ["5 edays", "soon", "3 moons", "-2", "10 日历日"])
def test_a_length_in_calendar_days_or_without_sense_is_none(cell):
    with pytest.raises(ValueError, match="working days such as"):
        cells.length(cell)


KNOWN = {"1": "1", "2": "2", "12": "12", "load test - staging": "2", "press": "12"}


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1", [Wait("1")]),
        ("1;2", [Wait("1"), Wait("2")]),
        ("1，2", [Wait("1"), Wait("2")]),
        ("12FS+2 days", [Wait("12", False, 2)]),
        ("2SS + 1 wk", [Wait("2", True, 5)]),
        ("2SS+3 edays", [Wait("2", True, 3, working=False)]),
        ("1完成-开始+2 个工作日", [Wait("1", False, 2)]),
        ("load test - staging", [Wait("2")]),
        ("press; load test - stagingSS+1d", [Wait("12"), Wait("2", True, 1)]),
        ("1FS-0 days", [Wait("1")]),
        ("", []),
    ],
)
def test_predecessors_are_read_as_project_planners_write_them(cell, found):
    assert cells.waits(cell, KNOWN.get) == found


@pytest.mark.parametrize("cell", ["1FF", "1SF+1 day", "1FS-2 days", "1SS+50%", "9", "1FS+x"])
def test_links_that_no_plan_has_are_refused(cell):
    with pytest.raises(ValueError, match=r"FS or SS|numbers or names of tasks"):
        cells.waits(cell, KNOWN.get)


@pytest.mark.parametrize(
    ("cell", "found"),
    [("Analyst", {"Analyst": 1}), ("Analyst[2],Engineer[50%]", {"Analyst": 2, "Engineer": 0.5}), ("工程师：2；分析员", {"工程师": 2, "分析员": 1}),
     ("crew x2", {"crew": 2}), ("Max 2", {"Max 2": 1})],
)  # fmt: skip
def test_people_are_read_by_role(cell, found):
    assert {need.role: need.number for need in cells.needs(cell)} == found


def test_the_template_is_a_plan_that_can_be_sampled_as_it_stands(tmp_path):
    for name in ("plan.csv", "plan.xlsx"):
        write_template(tmp_path / name)
        made = read_plan(tmp_path / name)
        assert [wave.stores for wave in made.waves] == [2, 18]
        assert (
            len(made.rollout.tasks) == len(TASKS) - 1 - 2 + 2
        )  # two rows are go-lives, two lags are tasks of their own
        assert Sampled(tmp_path / name, made, 50).samples().ends.min() > 0
    assert (made.rollout.roles["trainers"].cost_per_day, made.rollout.roles["trainers"].works[-1]) == (1100, "sat")
    assert made.rollout.holidays[0].name == "Labour Day"


def test_headings_may_be_chinese_and_phases_come_from_the_outline(table):
    path = table(
        ("任务名称", "工期", "前置任务", "资源名称", "大纲级别", "开始时间"),
        ("准备", "", "", "", 1, ""),
        ("签约", "5 个工作日", "", "分析员", 2, "2027年3月1日"),
        ("接口", "2 周", "2FS+1 天", "工程师[200%]", 2, "2027年3月8日"),
        ("华东上线（18家门店）", "0 个工作日", "准备", "", 1, "2027年3月29日"),
    )
    made = read_plan(path)
    assert [phase.name for phase in made.rollout.phases] == ["准备", "other tasks"]
    assert (made.waves[0].name, made.waves[0].stores, made.waves[0].after) == ("华东上线 18家门店", 18, ["接口"])
    assert made.rollout.roles["工程师"].number == 2
    assert made.rollout.start.isoformat() == "2027-03-01"


def test_every_cell_that_cannot_be_used_is_named(table):
    path = table(
        ("id", "task", "duration", "least", "most", "predecessors", "resources", "cost", "start", "stores"),
        (1, "a", "soon", "", "", "", "", "", "", ""),
        (1, "b", 2, 1, "", "", "", "", "", ""),
        (3, "c", 2, "", "", "7", "x[0]", -5, "2027-02-30", ""),
        (4, "d", 0, "", "", "3FF", "", "", "", "?"),
    )
    with pytest.raises(Refusal) as refusal:
        read_table(path)
    lines = str(refusal.value).splitlines()
    places = [line.split(": expected")[0].removeprefix(f"{path}: ") for line in lines]
    assert places == [
        "row 3, column id", "row 2, column duration", "row 3, column most", "row 4, column predecessors", "row 4, column resources",
        "row 4, column cost", "row 4, column start", "row 5, column predecessors", "row 5, column stores",
    ]  # fmt: skip


def test_names_that_a_plan_cannot_have_are_changed_and_told_apart(table):
    path = table(
        ("task", "outline level", "duration", "start", "stores", "comment"),
        ("East", 1, "", "", "", "x"),
        ("test / check", 2, 1, "2027-03-01", "", ""),
        ("South", 1, "", "", "", ""),
        ("test / check", 2, 1, "", "", ""),
        ("go-live", 2, 0, "2027-04-01", "SH01, SH02", ""),
    )
    made = document(read_table(path))
    assert [task["name"] for task in made["rollout"]["tasks"]] == ["test check", "South test check"]
    assert (made["waves"][0]["name"], made["waves"][0]["stores"]) == ("South go-live", ["SH01", "SH02"])
    notes = "\n".join(made["rollout"]["notes"])
    assert "Names written otherwise than in the file: 3, the first test / check, here test check." in notes
    assert "Columns that are not read: 1, the first comment." in notes


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ((("task", "owner"), ("a", "b")), "expected a table with columns task and duration"),
        ((("task", "duration"),), "expected a row with a task"),
        ((("task", "duration"), ("a", 2)), "expected a milestone with stores"),
        ((("task", "duration", "stores"), ("a", 0, 2)), "the planned day of a go-live"),
        ((("task", "duration", "stores", "start"), ("a", 3, 2, "2027-03-01")), "row 2: expected stores of a milestone"),
        ((("task", "duration", "start"), ("a (2 stores)", 0, "2027-03-01"), ("b", 2_000, "")), r"row 3, days: expected a number from 0 to 1,?000"),
        ((("task", "duration", "start", "resources"), ("a (2 stores)", 0, "2027-03-01"), ("b", 1, "", "x[201]")), "x: expected at most 200 people"),
    ],
)  # fmt: skip
def test_a_table_that_is_no_plan_is_refused(table, rows, line):
    with pytest.raises(Refusal, match=line):
        read_plan(table(*rows))


def test_a_template_of_another_kind_is_refused(tmp_path):
    with pytest.raises(Refusal, match=r"--template: .*expected a name that ends in .csv or .xlsx"):
        write_template(tmp_path / "plan.ods")
