"""Health is judged in the latest quarter, by intervals, from runs, load tests and tables, each named for what it is."""

from datetime import date

import pandas as pd
import pytest

from sim.planning.goals.judge import KEEPS, MISSES, OPEN
from sim.planning.health.judging import ABSENT, NO_BASELINE, NO_SPREAD, judge, trend
from sim.planning.health.quarters import Quarter
from sim.planning.health.satisfaction import SatisfactionModel
from sim.records.outcome import COUNTERS, read_kpis
from sim.records.refusal import Refusal
from sim.records.samples import write_samples
from sim.study.run import run

from ...evidence.conftest import run_of, samples_of

ON = date(2027, 1, 1)


@pytest.fixture(scope="module")
def played(small, tmp_path_factory):
    """A run of the small chain that begins in one quarter and ends in the next."""
    scenario = small(start=date(2026, 3, 30), days=4, warmup_days=1, replications=3)
    return run(scenario, tmp_path_factory.mktemp("runs"))


@pytest.fixture
def load_test(tmp_path):
    def write(response_s=0.2, failing=0, name="replay", **changes):
        outcome = ["failed" if n < failing else "ok" for n in range(2_000)]
        samples = samples_of([0.05 * n for n in range(2_000)], response_s, outcome)
        write_samples(tmp_path / name / "samples.parquet", samples)
        run_of(samples, **{"started_at": "2026-10-02T08:00:00+08:00"} | changes).write(tmp_path / name / "loadrun.json")
        return tmp_path / name

    return write


@pytest.fixture
def table(tmp_path):
    def write(text, name="health.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def by_name(judged):
    return {line.name: line for line in judged.measures}


def test_a_run_gives_each_quarter_its_replications_without_the_warm_up(played):
    judged = judge([played], None, ON)
    lines = by_name(judged)
    assert judged.quarter == "2026Q2"
    stock = lines["stock_discrepancy"]
    assert [(each.quarter, each.samples, each.grade) for each in stock.quarters] == [
        ("2026Q1", 3, "simulated"),
        ("2026Q2", 3, "simulated"),
    ]
    assert {each.grade for each in lines["satisfaction"].quarters} == {"modelled"}
    assert judged.formula == SatisfactionModel().formula
    assert judged.notes == [f"{played} has 1 of the 90 days of 2026Q1.", f"{played} has 2 of the 91 days of 2026Q2."]
    assert lines["errors_per_10000"].rule == NO_BASELINE


def test_response_and_stock_of_a_run_are_those_of_its_key_figures(small, tmp_path):
    folder = run(small(start=date(2026, 3, 2), days=2, replications=2), tmp_path)
    kpis = read_kpis(folder).pivot(index="replication", columns="kpi", values="value").mean()
    lines = by_name(judge([folder], None, ON))
    assert lines["stock_discrepancy"].quarters[0].estimate == pytest.approx(kpis["stock_discrepancy_rate"])
    journeys = 1 + small().traffic.member_share
    assert lines["mean_response"].quarters[0].estimate == pytest.approx(kpis["system_time_s"] / journeys)


def test_the_model_of_satisfaction_takes_points_for_waits_losses_missing_units_and_offline_tickets():
    counted = dict.fromkeys(COUNTERS, 0.0)
    counted |= {"customers": 100, "tickets": 80, "demanded_units": 200}
    totals = pd.DataFrame([counted] * 5)
    for row, name, value in ((1, "waits_over_target", 50), (2, "turned_away", 20), (3, "short_units", 100), (4, "offline_tickets", 80)):  # fmt: skip
        totals.loc[row, name] = value
    assert SatisfactionModel().of(totals).tolist() == pytest.approx([4.9, 4.4, 4.3, 3.9, 4.4])
    assert SatisfactionModel(left_points=90).of(totals)[2] == 1.0


def test_a_load_test_is_measured_in_the_quarter_in_which_it_began(load_test):
    old = load_test(failing=200, name="old", started_at="2025-11-02T08:00:00+08:00")
    lines = by_name(judge([old, load_test(failing=20)], None, ON))
    assert lines["mean_response"].state == "met"
    assert [each.grade for each in lines["errors_per_10000"].quarters] == ["measured"] * 2
    assert lines["errors_per_10000"].quarters[1].change == pytest.approx(-0.9)
    assert (lines["satisfaction"].state, lines["satisfaction"].rule) == ("not decidable yet", ABSENT)


def test_requests_of_another_tool_are_cut_at_the_quarters_end(tmp_path):
    midnight_ms = 1_790_812_800_000  # 2026-10-01, in UTC
    rows = [f"{midnight_ms + 1_000 * n},{200 if n < 0 else 400},pay,200,true" for n in range(-300, 600)]
    (tmp_path / "monitor.csv").write_text("timeStamp,elapsed,label,responseCode,success\n" + "\n".join(rows))
    line = by_name(judge([tmp_path / "monitor.csv"], None, ON))["mean_response"]
    found = [(each.quarter, each.grade, round(each.estimate, 3)) for each in line.quarters]
    assert found == [("2026Q3", "supplied", 0.2), ("2026Q4", "supplied", 0.4)]


def test_an_invalid_load_test_does_not_count(load_test):
    late = run_of(samples_of([0.05 * n for n in range(2_000)], 0.2)).generator[0].model_copy(update={"lag_p99_s": 1.0})
    bad = load_test(name="bad", generator=[late])
    judged = judge([load_test(), bad], None, ON)
    assert judged.notes == [f"{bad} is an invalid load test and does not count."]
    assert by_name(judged)["mean_response"].quarters[0].samples == 1


def test_real_figures_that_miss_may_improve_until_the_quarter_ends(table):
    path = table("month,satisfaction,respondents,satisfaction sd\n2026-07,3.1,400,1\n")
    states = [
        (line.state, line.rule)
        for day in (date(2026, 8, 1), date(2026, 10, 1))
        for line in judge([path], None, day).measures
        if line.name == "satisfaction"
    ]
    assert states == [("not decidable yet", OPEN), ("not met", MISSES)]


def test_targets_name_what_is_judged_and_a_baseline_that_is_known(table):
    path = table("quarter,errors,requests,mean response\n2026Q3,40,100000,1.2\n")
    targets = table("confidence: 90%\nmeasures:\n  errors_per_10000: {change: -30%, baseline: 9}\n", "targets.yaml")
    (line,) = judge([path], targets, ON).measures
    assert (line.state, line.rule, line.quarters[0].limit) == ("met", KEEPS, pytest.approx(6.3))


def test_one_figure_of_a_measure_without_its_spread_is_not_decidable(table):
    lines = by_name(judge([table("quarter,mean response\n2026Q3,0.2\n")], None, ON))
    assert (lines["mean_response"].state, lines["mean_response"].rule) == ("not decidable yet", NO_SPREAD)


def test_months_in_several_files_are_one_quarter_and_two_kinds_of_figures_are_refused(table, load_test, played):
    months = [table(f"month,response time (s)\n2026-1{n},0.{n + 1}\n", f"{n}.csv") for n in range(3)]
    line = by_name(judge(months, None, ON))["mean_response"]
    assert (line.quarters[0].samples, line.quarters[0].estimate) == (3, pytest.approx(0.2))
    with pytest.raises(Refusal, match="mean_response, 2026Q4: expected figures of one kind"):
        judge([*months, load_test()], None, ON)
    with pytest.raises(Refusal, match="figures of one kind"):
        judge([played, played], None, ON)
    with pytest.raises(Refusal, match="the folder of a run or of a load test"):
        judge([played.parent], None, ON)


def test_a_trend_is_told_from_three_quarters_on_and_by_its_better_side():
    quarters = [Quarter(2025, 3), Quarter(2025, 4), Quarter(2026, 1), Quarter(2026, 3)]
    falling = [2.0, 1.8, 1.61, 1.2]
    assert trend(quarters[:2], falling[:2], "at most", 0.95).direction == "unknown"
    found = trend(quarters, falling, "at most", 0.95)
    assert found.slope == pytest.approx(-0.2, abs=0.01)
    assert found.direction == "better"
    assert trend(quarters, falling, "at least", 0.95).direction == "worse"
    assert trend(quarters, [1, 2, 1, 2], "at most", 0.95).direction == "not told apart"
