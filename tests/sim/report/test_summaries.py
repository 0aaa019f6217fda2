"""Sums over records."""

import numpy as np
import pytest

from sim.report import summaries
from sim.report.runs import read


def test_waits_by_hour_are_means_over_those_served(make_chain, tmp_path):
    table = summaries.by_hour(read([make_chain(tmp_path / "run")]).chain)
    assert table["hour"].tolist() == list(range(9, 21))
    assert set(table["customers"]) == {180.0}
    assert table.set_index("hour")["mean_wait_s"][18] == pytest.approx(60)


def test_paired_changes_have_the_interval_of_their_differences(make_chain, tmp_path):
    found = read([make_chain(tmp_path / "a", replications=3), make_chain(tmp_path / "b", replications=3, slower_s=5.0)])
    row = summaries.kpis(found.chain, found.again).set_index("kpi").loc["mean_wait_s"]
    assert row["change"] == pytest.approx(5.0)
    assert row["change_high"] - row["change_low"] < (row["high"] - row["low"]) / 2


def test_runs_of_different_seeds_are_not_paired(make_chain, tmp_path):
    found = read([make_chain(tmp_path / "a"), make_chain(tmp_path / "b", seed=8)])
    assert summaries.kpis(found.chain, found.again)[["change_low", "change_high"]].isna().all(axis=None)


def test_stockouts_count_stores_only(make_chain, tmp_path):
    table = summaries.stockouts(read([make_chain(tmp_path / "run")]).chain)
    assert set(table["location_code"]) == {"SH01", "GZ01", "BJ01"}
    assert summaries.rates(table, "region")["SOUTH"] == pytest.approx(6.5 / 200)


def test_the_distribution_of_responses_adds_up_to_those_answered(make_load, tmp_path):
    test = read([make_load(tmp_path / "load", failures=36)]).load
    assert summaries.responses(test)["share"].sum() == pytest.approx(0.99)
    assert summaries.within(test, 1e9) == pytest.approx(0.99)


def test_requests_over_time_add_up_to_all(make_load, tmp_path):
    table = summaries.over_time(read([make_load(tmp_path / "load", failures=36)]).load)
    width = table["to_s"] - table["from_s"]
    assert (width * table["failed_per_s"]).sum() == pytest.approx(36)
    assert (width * table["answered_per_s"]).sum() == pytest.approx(3600 - 36)


def test_the_service_table_holds_a_row_a_journey_and_level(make_load, tmp_path):
    test = read([make_load(tmp_path / "load")]).load
    table = summaries.service(test)
    assert len(table) == sum(len(levels) for levels in test.profile.journeys.values())
    assert np.all(table["p50_s"] <= table["p95_s"])
