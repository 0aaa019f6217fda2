"""Decisions from Python: the records that the commands write, as frames, sentences and figures."""

import json

import pytest
import yaml

import sim as lab
from sim.cli.app import status
from sim.records.samples import write_samples

from ..evidence.conftest import run_of, samples_of
from ..planning.gates.records import TODAY, Case


@pytest.fixture(scope="module")
def found():
    return lab.vendors("example")


@pytest.fixture
def goal_file(tmp_path):
    goal = {"name": "waits", "kpi": "mean_wait_s", "at_most": 60, "owner": "ops", "by": "2027-01-01"}
    file = tmp_path / "goals.yaml"
    file.write_text(yaml.safe_dump({"goals": [goal, goal | {"name": "short waits", "at_most": 20}]}))
    (tmp_path / "figures.csv").write_text("date,mean wait (s)\n2026-11-01,40\n2026-11-02,41\n2026-11-03,43\n")
    return file


def test_vendors_give_the_record_of_the_command_as_frames(found, tmp_path, capsys):
    assert status(["vendors", "example", "--quiet", "--json", str(tmp_path / "v.json")]) == 0
    assert json.loads((tmp_path / "v.json").read_text()) == found.record.model_dump(mode="json")
    assert found.sentence == str(found) == capsys.readouterr().out.splitlines()[-1]
    table = found.table
    assert table.index.tolist() == ["Aster", "Cedar", "Dune", "Birch"]
    assert table.filter(regex="^on_").sum(axis=1).tolist() == pytest.approx([1, 1, 1, 1])
    scores = found.scores
    assert (scores["score"] * scores["weight"]).groupby(scores["vendor"]).sum().to_dict() == pytest.approx(
        table["score"].to_dict()
    )
    assert {"p95_s", "incident_availability"} <= set(found.evidence.query("vendor == 'Cedar'")["figure"])
    assert found.missing.query("vendor == 'Dune'")["weight"].sum() == pytest.approx(table.loc["Dune", "on_none"])
    assert len(found.conditions) == 3
    assert found.page(tmp_path / "page.html").read_text(encoding="utf-8").count("<svg") >= 2


def test_figures_of_vendors_hold_what_was_drawn(found):
    wins = found.plot.wins()
    assert wins.title.startswith("Aster wins 99")
    assert wins.data.loc["Aster"].tolist() == found.table.loc["Aster", ["wins_near", "wins_any"]].tolist()
    assert "made up" in wins.rests_on
    assert found.plot.ranking().title == "Aster leads with 7.8 of 10; 31.5 % of the weight was measured"
    assert found.plot.ranking()._repr_png_().startswith(b"\x89PNG")


def test_goals_are_judged_from_a_table_and_from_a_run(goal_file, run):
    judged = lab.goals(goal_file, table=goal_file.with_name("figures.csv"), on=TODAY)
    assert judged.table["state"].tolist() == ["met", "not decidable yet"]
    assert judged.table.loc["waits", "estimate"] == pytest.approx(124 / 3)
    assert str(judged) == judged.sentence
    assert judged.picture.data.index.tolist() == ["waits", "short waits"]
    of_run = lab.goals(goal_file, run=run)
    assert of_run.table.loc["waits", "estimate"] == pytest.approx(run.summary.loc["mean_wait_s", "value"])
    assert "<table" in of_run._repr_html_()


def test_goals_take_either_a_run_or_a_table(goal_file, run):
    with pytest.raises(lab.Refusal, match="a run or a table, not both"):
        lab.goals(goal_file, run=run, table="figures.csv")
    with pytest.raises(lab.Refusal, match="the folder of a run, or --table"):
        lab.goals(goal_file)


def test_a_gate_names_each_condition_and_what_is_missing(tmp_path):
    case = Case(tmp_path, "of the peak", "of the pilot")
    case.plan |= {
        "scenario": None,
        "live": 1,
        "waves": [{"name": "first", "stores": 1, "go_live": "2026-12-01", "peak_orders_per_hour": 500.0}],
    }
    del case.plan["conditions"]["training"]
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(case.plan))
    judged = lab.gate(tmp_path / "plan.yaml", "first", case.runs, on=TODAY)
    assert judged.sentence == str(judged) == "NOT KNOWN for first: training."
    assert judged.missing.index.tolist() == ["training"]
    assert judged.table.loc["verdict", ["state", "grade", "age_days"]].tolist() == ["GO", "measured", 10]
    with pytest.raises(lab.Refusal, match="a base URL"):
        lab.gate(tmp_path / "plan.yaml", "first", case.runs, host="shop")


def test_two_load_tests_side_by_side(tmp_path):
    for name, response_s in (("candidate", 0.3), ("release", 0.2)):
        samples = samples_of([0.05 * n for n in range(2_000)], response_s)
        write_samples(tmp_path / name / "samples.parquet", samples)
        run_of(samples).write(tmp_path / name / "loadrun.json")
    found = lab.verdict_against(tmp_path / "candidate", lab.LoadTest(tmp_path / "release"), ["mean=50ms"])
    means = found.table.query("quantity == 'mean' and scope == 'all requests'").iloc[0]
    assert (means["difference"], means["margin"], means["decision"]) == (pytest.approx(0.1), 0.05, "fail")
    assert found.record.decision == "fail"
    assert found.picture.title
