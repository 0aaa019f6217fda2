"""Runs from Python: what is played, what frames carry, and that comparisons and sums agree with the KPIs."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

import sim as lab
from sim.cli.app import status
from sim.scenario.loader import load
from sim.study.compare import compare_runs
from sim.study.run import run as play

from ..report.conftest import chain_folder


def test_a_run_takes_a_name_a_path_or_a_scenario_and_is_the_same(run, tmp_path):
    (tmp_path / "chain-50.yaml").write_text("extends: chain-50\n" + "question: How long do customers wait?\n")
    loaded = lab.load("chain-50", days=3, stores=2, replications=2)
    again = lab.run(loaded, out=tmp_path)
    from_file = lab.load(tmp_path / "chain-50.yaml", days=3, stores=2, replications=2)
    assert from_file.stores == loaded.stores
    assert again.folder.name == run.folder.name
    for name in ("kpis", "daily", "hourly"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(run, name))


def test_a_run_is_what_the_command_plays(tmp_path):
    ours = lab.run("corner-shop", {"stores.SH01.customers_per_day": 200}, replications=2, jobs=2, out=tmp_path / "a")
    theirs = play(load("corner-shop", ["stores.SH01.customers_per_day=200", "replications=2"]), tmp_path / "b")
    for file in ("outcome/kpis.parquet", "outcome/daily.parquet", "outcome/hourly.parquet", "trace.parquet"):
        assert (ours.folder / file).read_bytes() == (theirs / file).read_bytes()


def test_frames_carry_dates_regions_and_names(run):
    daily = run.daily
    assert daily["date"].drop_duplicates().tolist() == list(pd.date_range("2026-09-07", periods=3))
    first = daily[daily["location_code"] == "SH01"].iloc[0]
    assert (first["location_name"], first["region"], first["region_name"]) == ("上海 徐汇店", "EAST", "华东 East China")
    assert set(daily["location_kind"]) == {"store", "warehouse"}
    assert daily.groupby("date")["warmup"].first().tolist() == [True, True, False]
    assert daily[["location_name", "region", "region_name"]].notna().all().all()


def test_a_place_without_a_name_goes_by_its_code(out):
    nameless = lab.run("corner-shop", ["stores.SH01.name=''", "trace=null"], out=out)
    assert set(nameless.daily["location_name"]) >= {"SH01"}


def test_counters_of_the_days_that_count_add_up_to_the_kpis(run):
    for frame in (run.daily, run.hourly):
        counted = frame[~frame["warmup"]].groupby("replication").sum(numeric_only=True)
        kpis = run.kpis.pivot(index="replication", columns="kpi", values="value")
        np.testing.assert_allclose(counted["wait_s"] / counted["tickets"], kpis["mean_wait_s"])
        np.testing.assert_allclose(counted["customers"], kpis["customers_per_day"])


def test_a_summary_has_a_row_a_kpi(run):
    summary = run.summary
    of = run.kpis.groupby("kpi")["value"]
    np.testing.assert_allclose(summary["value"], of.mean().reindex(summary.index))
    known = summary.dropna(subset=["low", "high"])
    assert known["value"].between(known["low"], known["high"]).all()
    assert "mean_wait_s" in run._repr_html_()


def test_what_a_caller_does_to_a_frame_stays_with_the_caller(run):
    frame = run.daily
    frame.loc[:, "customers"] = -1.0
    assert (run.daily["customers"] >= 0).all()


def test_a_comparison_takes_runs_or_their_folders_and_is_the_commands(run, other):
    found = lab.compare(run, other)
    pd.testing.assert_frame_equal(found, lab.compare(str(run.folder), other.folder))
    rows = {row.kpi: row for row in compare_runs([run.folder, other.folder])}
    assert found.index.tolist() == list(rows)
    assert found.loc["attribute_entry_time_s", "difference"] == rows["attribute_entry_time_s"].difference.mean
    assert found["finding"].to_dict() == {name: row.finding for name, row in rows.items()}
    assert found["same_traffic"].all()
    np.testing.assert_allclose(found["b"] - found["a"], found["difference"], atol=1e-9)
    known = found.dropna(subset=["low", "high"])
    assert known["difference"].between(known["low"], known["high"]).all()


def test_several_runs_have_a_row_a_pair_and_kpi_with_intervals_that_hold_together(tmp_path):
    folders = [
        chain_folder(tmp_path / name, name=name, slower_s=slower_s) for name, slower_s in (("a", 0), ("b", 9), ("c", 5))
    ]
    found = lab.compare(*folders, level=0.9)
    assert found.index.names == ["run", "against", "kpi"]
    two = lab.compare(folders[0], lab.Run(folders[2]), level=1 - (1 - 0.9) / 2)
    pd.testing.assert_frame_equal(found.loc["c", "a"], two)
    every = lab.compare(*folders, all_pairs=True)
    assert every.index.droplevel("kpi").unique().tolist() == [("b", "a"), ("c", "a"), ("c", "b")]
    assert every.loc[("c", "b", "mean_wait_s"), "finding"] == "better"
    with pytest.raises(lab.Refusal, match="runs: expected runs or their folders"):
        lab.compare(*folders, 0.9)
    page = lab.page(folders, tmp_path / "page.html", all_pairs=True)
    assert "<th>c − b</th>" in page.read_text()


def test_a_trace_carries_times_places_and_lines_the_baskets(shop):
    trace, lines = shop.trace, shop.lines
    assert trace["time"].between("2026-05-16 17:00", "2026-05-16 18:00").all()
    assert trace["time"].is_monotonic_increasing
    assert set(trace["location_name"]) == {"上海 徐汇店", "上海仓"}
    assert lines["quantity"].sum() == trace["quantities"].map(sum).sum()
    assert lines["price"].gt(0).all()
    assert lines["sku_code"].str.startswith("SKU-").all()


def test_a_finished_run_is_opened_from_its_folder(run):
    opened = lab.open(run.folder)
    assert isinstance(opened, lab.Run)
    pd.testing.assert_frame_equal(opened.kpis, run.kpis)


def test_figures_have_their_finding_as_title(run, other, tmp_path):
    waits, both, stock = run.plot.waits(), run.plot.waits(other), run.plot.stockouts()
    assert waits.title.startswith("Customers wait longest from ")
    assert "mean_wait_s_again" in both.data
    assert "out of stock" in stock.title
    assert waits._repr_png_().startswith(b"\x89PNG")
    assert waits.title in " ".join(waits.figure.get_suptitle().split())
    for suffix in ("png", "svg", "pdf"):
        assert waits.save(tmp_path / f"waits.{suffix}").stat().st_size > 1_000


def test_a_page_is_written_of_runs(run, other, tmp_path):
    assert lab.page([run, other.folder], tmp_path / "page.html").stat().st_size > 50_000


def test_the_scenarios_that_ship_are_listed():
    assert "pilot" in lab.scenarios()


def test_an_override_may_be_any_value():
    changes = {"stores.SH01.tills": 3, "question": "Why?", "trace": None, "start": "2026-01-02"}
    found = lab.load("corner-shop", changes)
    assert (found.stores[0].tills, found.question, found.trace, str(found.start)) == (3, "Why?", None, "2026-01-02")
    assert lab.load("corner-shop", "seed=5").seed == 5


CODE = "extends: corner-shop\nreplenishment: {stores: {policy: own, file: mine.py, name: Mine}}\n"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda folder: lab.run("no-such"), "no-such: expected a scenario file or a shipped scenario"),
        (lambda folder: lab.run("pilot", replications=0), "replications: expected a whole number from 1"),
        (lambda folder: lab.run("pilot", days=0), "days: expected a whole number from 1"),
        (lambda folder: lab.run("pilot", {"seed": -1}), "--set: seed: expected"),
        (lambda folder: lab.run(lab.load("pilot"), {"seed": 1}), "overrides: expected none with a Scenario"),
        (lambda folder: lab.run("chain-50", days=3000, replications=1000), "chain-50: expected at most"),
        (lambda folder: lab.run(folder / "code.yaml"), "allow-code"),
        (lambda folder: lab.open(folder), "expected a run folder"),
        (lambda folder: lab.Run(folder), "expected the run folder of a chain"),
        (lambda folder: lab.LoadTest(folder), "expected the run folder of a load test"),
        (lambda folder: lab.verdict(folder), "expected the run folder of a load test"),
        (lambda folder: lab.compare(folder, folder), "expected the run folder of a chain"),
    ],
)
def test_what_cannot_be_used_is_a_refusal_in_one_line(tmp_path, monkeypatch, call, expected):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.yaml").write_text(CODE)
    (tmp_path / "mine.py").write_text("class Mine: ...\n")
    with pytest.raises(lab.Refusal) as refused:
        call(tmp_path)
    assert expected in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "runs").exists()


def test_runs_that_do_not_pair_are_refused(run, shop):
    with pytest.raises(lab.Refusal, match="differences are paired"):
        lab.compare(run, shop)


def test_a_run_without_a_trace_has_none(run):
    with pytest.raises(lab.Refusal, match="no such file"):
        _ = run.trace


def test_a_film_of_a_run_is_the_commands_and_plays_in_a_notebook(run, tmp_path):
    film = run.film(replication=1)
    assert status(["film", str(run.folder), "--replication", "1", "--out", str(tmp_path / "theirs.html")]) == 0
    assert film.save(tmp_path / "ours.html").read_bytes() == (tmp_path / "theirs.html").read_bytes()
    frame = re.fullmatch(r'<iframe srcdoc="([^"]*)" title="([^"]*)" style="[^"]*"></iframe>', film._repr_html_())
    assert unescape(frame[1]) == film.html
    assert unescape(frame[2]) == film.title
    assert repr(film) == f"<Film: {film.title}>"
    with pytest.raises(lab.Refusal, match="--days: expected 1 to 1 days"):
        run.film(days=2)
