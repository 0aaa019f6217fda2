"""Rollouts from Python: the record of the command as frames, sentences and figures."""

import json

import pytest

import sim as lab
from sim.cli.app import status
from sim.report.languages import percent
from sim.report.rollouts.figures import plans_picture

from ..planning.rollout.plan_files.test_project_xml import EAST
from ..planning.rollout.plans import plan, task


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Two plans with one goal; the second waits for less."""
    folder = tmp_path_factory.mktemp("plans")
    goals = [{"name": "soon", "within_months": 1, "phases_done": ["next"]}]
    more = {
        "phases": [{"name": "work"}, {"name": "next"}],
        "goals": goals,
        "risks": [{"name": "storm", "chance": 0.3, "delays": {"a": 5}, "mitigation": {"name": "roof", "remaining": 0.1}}],
    }  # fmt: skip
    tasks = [task("a", [10, 14, 30]), task("b", [5, 8, 12], phase="next")]
    one = plan(folder, lambda held: held.update(name="one"), "one.yaml", tasks=tasks, **more)
    more["phases"] = [{"name": "work"}, {"name": "next", "begins_after_days": 3}]
    two = plan(
        folder, lambda held: held.update(name="two"), "two.yaml", tasks=[tasks[0], tasks[1] | {"needs": {}}], **more
    )
    return one, two


@pytest.fixture(scope="module")
def found(paths):
    return lab.rollout(paths, samples=300)


def test_plans_give_the_record_of_the_command_as_frames(found, paths, tmp_path, capsys):
    assert status(["rollout", *map(str, paths), "--samples", "300", "--quiet", "--json", str(tmp_path / "r.json")]) == 0
    assert json.loads((tmp_path / "r.json").read_text()) == found.record.model_dump(mode="json")
    assert str(found) == found.sentence == capsys.readouterr().out.splitlines()[-1]
    table = found.table
    assert table.index.tolist() == ["one", "two"]
    assert table.loc["two", "chance"] == found.record.best.rivals[0].difference + table.loc["one", "chance"]
    assert (table["ends_p50"] <= table["ends_p80"]).all()
    assert found.goals[["plan", "name"]].values.tolist() == [["one", "soon"], ["two", "soon"]]
    assert found.overlaps.query("plan == 'one'")["chance"].between(0, 1).all()
    assert (
        found.risks.query("plan == 'one'")["days_after"].item()
        < found.risks.query("plan == 'one'")["days_before"].item()
    )
    assert found.tasks.query("plan == 'one'")["criticality"].max() == 1
    assert found.rivals.index.tolist() == ["one"]
    assert [line.split(":")[0] for line in found.conditions] == ["one"] * len(found.conditions)


def test_figures_of_plans_hold_what_was_drawn(found, tmp_path):
    assert found.plot.plans().data.equals(found.table)
    chances = found.table["chance"].sort_values(ascending=False)
    best, other = (percent(chance, "en") for chance in chances)
    assert found.plot.plans().title == f"two meets the common goal in {best} of samples, the next plan in {other}"
    apart = found.record.model_copy(update={"best": None})
    day = found.table["live_p50"].min()
    assert plans_picture(apart).title.endswith(f"has all stores live first: {day:%Y-%m-%d} in the median")
    gantt = found.plot.gantt("two")
    assert gantt.title.startswith("Half of the samples end by")
    assert {"work", "next", "a", "b"} <= set(gantt.data["name"])
    assert found.plot.curves().data["share"].between(0, 1).all()
    alone = lab.Rollouts(
        found.record.model_copy(update={"plans": found.record.plans[:1], "best": None, "conditions": []})
    )
    assert "<svg" in alone.page(tmp_path / "page.html", lang="zh").read_text(encoding="utf-8")
    with pytest.raises(lab.Refusal, match=r"one.yaml: .*expected a plan with something to draw as learning"):
        found.plot.learning()
    with pytest.raises(lab.Refusal, match="plan: expected one of one, two, found 'three'"):
        found.plot.gantt("three")


def test_a_file_of_tasks_is_sampled_with_its_spread():
    fixed, varied = (lab.rollout(EAST, samples=100, spread=each).table for each in (None, (0.8, 1, 1.6)))
    assert fixed["live_p80"].item() < varied["live_p80"].item()
    assert "live by" in lab.rollout(EAST, samples=100).sentence
