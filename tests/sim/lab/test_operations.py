"""Health, drills and processes from Python: the records of the commands as frames, sentences and figures."""

import json
from datetime import date

import pytest

import sim as lab
from sim.cli.app import status

FIGURES = """date,mean response (s),requests,errors,satisfaction,respondents,book units,counted units
2025-08,1.4,90000,320,4.5,300,10000,10040
2026-07,1.1,100000,210,4.6,300,10000,10010
2026-08,1.2,90000,190,4.7,310,10000,9990
2026-09,1.1,95000,200,4.6,290,10000,10020
"""
ON = date(2026, 10, 5)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    path = tmp_path_factory.mktemp("health") / "figures.csv"
    path.write_text(FIGURES)
    return path


@pytest.fixture(scope="module")
def judged(figures):
    return lab.health(figures, on=ON)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    out = tmp_path_factory.mktemp("drills")
    return out, lab.drill("corner-shop", ["power_cut"], {"days": 1}, replications=2, out=out)


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    return lab.process("example", scenario="corner-shop", replications=2, out=tmp_path_factory.mktemp("processes"))


def test_health_gives_the_record_of_the_command_as_frames(judged, figures, tmp_path, capsys):
    asked = ["health", str(figures), "--on", ON.isoformat(), "--quiet", "--json", str(tmp_path / "h.json")]
    assert status(asked) in (0, 1, 2)
    assert json.loads((tmp_path / "h.json").read_text()) == judged.record.model_dump(mode="json")
    assert str(judged) == capsys.readouterr().out.splitlines()[-1]
    now = judged.table.loc[("mean_response", "2026Q3")]
    assert now["estimate"] == pytest.approx((1.1 * 100_000 + 1.2 * 90_000 + 1.1 * 95_000) / 285_000)
    assert now["low"] < now["estimate"] < now["high"]
    assert judged.latest["state"].to_dict() == {line.name: line.state for line in judged.record.measures}


def test_a_figure_of_health_holds_the_quarters_of_its_measure(judged, tmp_path):
    picture = judged.plot.mean_response()
    assert picture.data["estimate"].tolist() == judged.table.loc["mean_response", "estimate"].tolist()
    assert "supplied" in picture.rests_on
    assert judged.page(tmp_path / "h.html").read_text(encoding="utf-8").count("<svg") == 4
    (tmp_path / "response.csv").write_text("date,mean response (s)\n2026-07,1.1\n2026-08,1.2\n")
    with pytest.raises(lab.Refusal, match="expected figures of satisfaction, found none"):
        lab.health(tmp_path / "response.csv", on=ON).plot.satisfaction()


def test_health_takes_runs_and_their_folders(run):
    assert lab.health(run).table.equals(lab.health([run.folder]).table)
    assert set(lab.health(run).table["grade"]) == {"simulated", "modelled"}


def test_drills_give_the_record_of_the_command_and_go_on_from_what_is_kept(played, tmp_path, capsys):
    out, found = played
    asked = [
        "drill",
        "corner-shop",
        "--drills",
        "power_cut",
        "--set",
        "days=1",
        "--replications",
        "2",
        "--out",
        str(out),
    ]
    assert status([*asked, "--quiet", "--json", str(tmp_path / "d.json")]) == 0
    assert json.loads((tmp_path / "d.json").read_text()) == found.record.model_dump(mode="json")
    assert str(found) == capsys.readouterr().out.splitlines()[-1]
    cost, line = found.table.loc["power_cut"], found.record.drills[0].cost["lost_sales"]
    assert (cost["lost_sales"], cost["lost_sales_half_width"]) == (line.mean, line.half_width)
    assert found.worths["sales"].is_monotonic_decreasing
    assert set(found.worths["mitigation"]) == {each.name for each in found.record.drills[0].mitigations}
    assert found.steps["role"].str.len().min() > 0


def test_figures_of_drills_hold_what_was_drawn(played, tmp_path):
    _, found = played
    assert found.plot.course("power_cut").data["drill"].tolist() == found.record.drills[0].course.drill
    assert found.plot.worths().data.equals(found.worths)
    course, most = found.record.drills[0].course, found.worths.query("sales > sales_half_width").iloc[0]
    assert f"grows to {max(course.drill):.0f} customers" in found.plot.course("power_cut").title
    assert f"to {max(course.without):.0f} without it" in found.plot.course("power_cut").title
    name = most["mitigation"].replace("_", " ")
    assert found.plot.worths().title.startswith(
        f"Of mitigations sure to keep sales, {name} in power cut keeps most: {most['sales']:,.0f} ±"
    )
    assert "<svg" in found.page(tmp_path / "d.html", lang="zh").read_text(encoding="utf-8")
    with pytest.raises(lab.Refusal, match="--drills: expected one of power_cut, found 'flood'"):
        found.plot.course("flood")
    with pytest.raises(lab.Refusal, match="perhaps power_cut"):
        lab.drill("corner-shop", ["power_cu"])


def test_processes_give_the_record_of_the_command_as_frames(processes, tmp_path, capsys):
    asked = ["process", "example", "--scenario", "corner-shop", "--replications", "2", "--out", str(tmp_path)]
    assert status([*asked, "--quiet", "--json", str(tmp_path / "p.json")]) in (0, 1, 2)
    assert json.loads((tmp_path / "p.json").read_text()) == processes.record.model_dump(mode="json")
    assert str(processes) == capsys.readouterr().out.splitlines()[-1]
    line = processes.table.loc["ticket_handling_time_s"]
    assert line["changed_by"] == pytest.approx(line["to_be"] - line["as_is"])
    assert (
        processes.parts.query("part == 'ticket'")["to_be_s"].item()
        < processes.parts.query("part == 'ticket'")["as_is_s"].item()
    )
    assert processes.picture.data["as_is_s"].is_monotonic_increasing
    assert "<svg" in processes.page(tmp_path / "p.html").read_text(encoding="utf-8")


def test_a_process_alone_and_a_change_without_a_meaning_are_refused():
    with pytest.raises(lab.Refusal, match="a second file after it"):
        lab.process("as-is.yaml")
    with pytest.raises(lab.Refusal, match="--change: expected a change"):
        lab.process("example", change="much")
