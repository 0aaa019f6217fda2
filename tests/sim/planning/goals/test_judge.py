"""A goal is met, not met or not decidable yet, by the interval and by the date; a scope is a region or stores."""

from datetime import date

import pandas as pd
import pytest

from sim.planning.goals.judge import FEW, KEEPS, MISSES, NONE, OPEN, STRADDLES, judge
from sim.records.kpis import KPIS
from sim.records.outcome import read_kpis
from sim.records.refusal import Refusal
from sim.study.run import run

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def runs(small, tmp_path_factory):
    """Folders of the small chain, and of one whose tills are faster."""
    root = tmp_path_factory.mktemp("runs")
    made = [small(replications=4, days=2), small(replications=4, days=2, trading={"fixed_s": 3})]
    return [run(scenario, root) for scenario in made]


@pytest.fixture
def goals(tmp_path):
    """Writes a file of goals: `goals({"kpi": …, "at_most": …})`; owner, date and name are filled in."""

    def write(*asked):
        file = tmp_path / "goals.yaml"
        full = [
            {"name": f"goal {n}", "owner": "operations", "by": "2026-12-31", **each} for n, each in enumerate(asked)
        ]
        file.write_text(str({"goals": full}))
        return file

    return write


@pytest.fixture
def table(tmp_path):
    """Writes a table of figures and returns its path."""

    def write(text, name="figures.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def states(judged):
    return [(line.state, line.rule) for line in judged.goals]


def test_the_interval_decides(goals, table):
    figures = table("availability\n" + "\n".join(["99.90%", "99.91%", "99.92%"]))
    file = goals(*({"kpi": "availability", "at_least": level} for level in ("99.8%", "99.91%", "99.99%")))
    judged = judge(file, figures, None, date(2027, 1, 1))
    assert states(judged) == [("met", KEEPS), ("not decidable yet", STRADDLES), ("not met", MISSES)]
    assert judged.sentence == "1 of 3 goals met. Not met: goal 2. Not decidable yet: goal 1."
    assert judged.decision == "fail"


def test_real_figures_that_miss_may_improve_until_the_date(goals, table):
    figures, file = table("waits\n90\n91\n92\n"), goals({"kpi": "waits", "at_most": 60})
    assert states(judge(file, figures, None, date(2026, 12, 30))) == [("not decidable yet", OPEN)]
    assert states(judge(file, figures, None, date(2026, 12, 31))) == [("not met", MISSES)]


def test_a_run_says_what_will_be_so_its_miss_stands(goals, runs):
    file = goals({"kpi": "ticket_handling_time_s", "at_most": 1})
    assert states(judge(file, runs[0], None, TODAY)) == [("not met", MISSES)]


def test_figures_of_after_the_day_or_after_the_date_do_not_count(goals, table):
    figures = table("date,waits\n2026-05-01,10\n2026-05-02,11\n2026-07-01,99\n2027-02-01,500\n")
    file = goals({"kpi": "waits", "at_most": 60})
    early, late = (judge(file, figures, None, day).goals[0] for day in (TODAY, date(2027, 3, 1)))
    assert (early.samples, early.as_of) == (2, "2026-05-02")
    assert (late.samples, late.as_of) == (3, "2026-07-01")


def test_a_change_is_paired_where_the_runs_pair(goals, runs):
    base, fast = runs
    line = judge(goals({"kpi": "ticket_handling_time_s", "change": "-5 %"}), fast, base, TODAY).goals[0]
    assert (line.state, line.paired, line.samples) == ("met", True, 4)
    means = [read_kpis(each).query("kpi == 'ticket_handling_time_s'")["value"].mean() for each in (base, fast)]
    assert line.baseline == pytest.approx(means[0])
    assert line.estimate == pytest.approx(means[1] / means[0] - 1)
    assert line.low < line.estimate < line.high < -0.05


def test_a_baseline_may_be_a_table_or_a_number(goals, runs, table):
    before = table("ticket handling time\n60\n61\n59\n", "before.csv")
    file = goals(
        {"kpi": "ticket_handling_time_s", "change": "-30%"},
        {"kpi": "ticket_handling_time_s", "change": "-30%", "baseline": 60},
    )
    first, second = judge(file, runs[1], before, TODAY).goals
    assert first.baseline == second.baseline == 60
    assert (first.baseline_samples, second.baseline_samples, first.paired) == (3, 0, False)
    assert first.estimate == pytest.approx(second.estimate)
    assert first.high - first.low > second.high - second.low


@pytest.mark.parametrize(
    "kpi", ["ticket_handling_time_s", "mean_wait_s", "stock_discrepancy_stores", "customers_per_day"]
)
def test_regions_add_up_to_the_chain(goals, runs, kpi):
    """All stores together give the key figure of the chain, which warehouses take no part in."""
    everywhere = {"stores": ["E1", "E2", "S1", "S2"]}
    whole, stores = judge(goals({"kpi": kpi, "at_most": 1}, {"kpi": kpi, "at_most": 1, "scope": everywhere}), runs[0], None, TODAY).goals  # fmt: skip
    assert stores.estimate == pytest.approx(whole.estimate)


def test_a_region_is_its_stores(goals, runs):
    scopes = ({"region": "EAST"}, {"region": "East"}, {"stores": ["E1", "E2"]})
    asked = [{"kpi": "customers_per_day", "at_least": 1, "scope": scope} for scope in scopes]
    lines = judge(goals(*asked), runs[0], None, TODAY).goals
    assert len({line.estimate for line in lines}) == 1
    assert 150 < lines[0].estimate < 330


def test_every_key_figure_can_be_a_goal_of_a_scope(goals, runs):
    asked = [{"kpi": kpi.name, "at_least": 0, "scope": {"region": "SOUTH"}} for kpi in KPIS]
    judged = judge(goals(*asked), runs[0], None, TODAY)
    assert {line.rule for line in judged.goals} <= {KEEPS, NONE, STRADDLES, MISSES, FEW}


def test_a_table_is_long_or_wide_in_english_or_chinese(goals, table):
    file = goals({"kpi": "mean_wait_s", "at_most": 60, "scope": {"stores": ["SH01"]}})
    tables = [
        "store,mean wait (s)\nSH01,40\nSH01,44\nSH02,900\n",
        "门店,平均等待时间（秒）\nSH01,40\nSH01,44\nSH02,900\n",
        "kpi,store,value\nmean_wait_s,sh01,40\nmean wait,SH01,44\nother,SH01,1\n",
        "标题,,\n指标,门店,数值\n平均等待时间,SH01,40\nmean_wait_s,SH01,44\n平均等待时间,SH02,900\n",
    ]
    for text in tables:
        line = judge(file, table(text), None, TODAY).goals[0]
        assert (line.samples, line.estimate, line.grade) == (2, 42.0, "supplied"), text


def test_a_workbooks_sheets_are_read_together(goals, tmp_path):
    with pd.ExcelWriter(tmp_path / "figures.xlsx") as book:
        for name, values in (("October", [40, 41]), ("November", [42])):
            pd.DataFrame({"waits": values}).to_excel(book, sheet_name=name, index=False)
    assert judge(goals({"kpi": "waits", "at_most": 60}), tmp_path / "figures.xlsx", None, TODAY).goals[0].samples == 3


def test_one_figure_or_none_decides_nothing(goals, table):
    file = goals({"kpi": "waits", "at_most": 60}, {"kpi": "waits", "at_most": 60, "scope": {"stores": ["B"]}})
    judged = judge(file, table("store,waits\nA,1\n"), None, TODAY)
    assert states(judged) == [("not decidable yet", FEW), ("not decidable yet", NONE)]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"kpi": "waits"}, "goals.0: expected one of change, at_most and at_least"),
        ({"kpi": "waits", "at_most": 1, "at_least": 2}, "goals.0: expected one of change, at_most and at_least"),
        ({"kpi": "waits", "at_most": "fast"}, "goals.0.at_most: expected a number, found 'fast'"),
        ({"kpi": "waits", "change": 0}, "goals.0: expected a change other than 0"),
        ({"kpi": "waits", "change": "-130%"}, "goals.0.change: expected a number ≥ -1"),
        ({"kpi": "waits", "change": "-30%"}, "goal goal 0: expected a baseline: --baseline RUN|TABLE"),
        ({"kpi": "waits", "at_most": 1, "scope": {}}, "expected either a region or stores"),
        ({"kpi": "waits", "at_most": 1, "by": "soon"}, "goals.0.by: expected a date"),
        ({"kpi": "waits", "at_most": 1, "scope": {"region": "EAST"}}, "expected a column region, for the scope of goal goal 0"),
        ({"kpi": "satisfaction", "at_least": 4.5}, "expected columns kpi and value, or a column satisfaction"),
    ],
)  # fmt: skip
def test_a_goal_that_cannot_be_judged_is_refused_with_its_field(goals, table, asked, line):
    figures = table("waits\n1\n2\n")
    with pytest.raises(Refusal) as refusal:
        judge(goals(asked), figures, None, TODAY)
    assert line in str(refusal.value)


def test_a_run_has_the_labs_key_figures_stores_and_regions_alone(goals, runs):
    for asked, line in [
        ({"kpi": "mean_wait", "at_most": 1}, "a key figure, perhaps mean_wait_s"),
        ({"kpi": "mean_wait_s", "at_most": 1, "scope": {"region": "NORTH"}}, "a region of small"),
        ({"kpi": "mean_wait_s", "at_most": 1, "scope": {"stores": ["E9"]}}, "stores of small"),
    ]:
        with pytest.raises(Refusal, match=line):
            judge(goals(asked), runs[0], None, TODAY)


def test_a_cell_that_is_no_number_is_named(goals, table):
    with pytest.raises(Refusal, match=r"row 3, column waits: expected a number, found 'many'"):
        judge(goals({"kpi": "waits", "at_most": 60}), table("waits\n1\nmany\n"), None, TODAY)


@pytest.mark.parametrize(
    ("kpi", "heading", "cells", "estimate"),
    [
        ("abandonment", "abandonment (%)", (3, 4, 5), 0.04),
        ("abandonment", "abandonment (%)", ("3%", "4%", "5 ％"), 0.04),
        ("abandonment", "abandonment", (0.03, 0.04, 0.05), 0.04),
        ("mean_wait_s", "mean_wait_s (min)", (1, 2, 3), 120),
        ("mean_wait_s", "mean_wait_s", (1, 2, 3), 2),
    ],
)
def test_figures_of_a_table_have_the_unit_of_their_heading(goals, table, kpi, heading, cells, estimate):
    figures = table("\n".join([heading, *map(str, cells)]))
    line = judge(goals({"kpi": kpi, "at_most": 0.5}), figures, None, TODAY).goals[0]
    assert line.estimate == pytest.approx(estimate)


def test_per_cent_without_a_sign_are_refused_in_a_table_and_in_a_goal(goals, table):
    with pytest.raises(
        Refusal, match=r"row 2, column abandonment: expected a share from 0 to 1, such as 0.05 or 5%, found '3'"
    ):
        judge(goals({"kpi": "abandonment", "at_most": "5%"}), table("abandonment\n3\n4\n"), None, TODAY)
    with pytest.raises(
        Refusal, match=r"goals.yaml:1: goals.0: expected for abandonment a share from 0 to 1, such as 0.05 or 5%, not 5"
    ):
        judge(goals({"kpi": "abandonment", "at_most": 5}), table("abandonment\n3%\n4%\n"), None, TODAY)


@pytest.mark.parametrize("scope", ["EAST", {"region": "EAST", "stores": ["A"]}, {"stores": []}])
def test_a_scope_is_refused_by_the_path_that_the_file_has(goals, table, scope):
    with pytest.raises(
        Refusal, match=r"goals.yaml:1: goals.0.scope: expected (a mapping of fields|either a region or stores)"
    ):
        judge(goals({"kpi": "abandonment", "at_most": "5%", "scope": scope}), table("abandonment\n3%\n"), None, TODAY)


def test_a_table_without_the_key_figure_is_refused_with_the_nearest_heading(goals, table):
    with pytest.raises(Refusal, match=r"or a column mean_wait, perhaps mean_wait_s, found 'store, mean_wait_s'"):
        judge(goals({"kpi": "mean_wait", "at_most": 5}), table("store,mean_wait_s\nA,3\n"), None, TODAY)
