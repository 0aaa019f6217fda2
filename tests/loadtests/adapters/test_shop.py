"""The demo shop's adapter against the demo shop: every journey of a trace, and the stock truth afterwards."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loadtests.adapters import load
from loadtests.adapters.base import CatalogueCodes
from loadtests.shop.serve import serve
from sim.evidence.stock_truth.reconciliation import stock_truth
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples
from sim.records.trace import JOURNEYS, TraceHeader, write_trace

from ..conftest import journeys, write_catalogue

STORE, WAREHOUSE = 0, 1


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """One replay by the command line, of every journey a few times over; what it printed, its folder and the number of rows."""
    folder = tmp_path_factory.mktemp("shop")
    write_catalogue(folder / "catalogue.parquet", skus=8, units=1_000)
    kinds = [j for j in JOURNEYS if j not in ("order_status", "return_goods")]
    rows, t = [], 100.0
    for turn in range(6):
        for journey in kinds:
            t += 0.03
            place = (
                WAREHOUSE
                if journey in ("receive_goods", "transfer_stock") or (journey == "checkout" and turn % 2)
                else STORE
            )
            count = journey == "stock_count"
            row = {
                "t": t,
                "session": len(rows),
                "journey": journey,
                "location": place,
                "customer": turn,
                "skus": [turn, 7],
            }
            rows.append({**row, "quantities": [900, 950] if count else [2, 1]})
            if journey == "checkout":
                after = {
                    "follows": len(rows) - 1,
                    "session": len(rows) - 1,
                    "location": STORE,
                    "skus": [turn, 7],
                    "quantities": [2, 1],
                }
                rows.append({"t": t, "journey": "order_status", **after})
                rows.append({"t": t, "journey": "return_goods", **after})
    write_trace(
        folder / "trace.parquet", TraceHeader("made", "0" * 64, 1, "2026-10-01", "Asia/Shanghai"), [journeys(*rows)]
    )
    with serve(folder / "catalogue.parquet") as shop:
        from sim.cli.app import app

        run = [
            "replay",
            str(folder / "trace.parquet"),
            "--host",
            shop.url,
            "--out",
            str(folder / "run"),
            "--cancel-orders",
        ]
        ran = CliRunner().invoke(app, run, env={"RETAIL_LAB_SHOP_TOKEN": shop.token}, standalone_mode=False)
        if ran.exception:
            raise ran.exception
    return ran, folder / "run", len(rows)


def test_the_shop_covers_every_journey():
    assert load("shop").covered() == set(JOURNEYS)


def test_every_journey_is_played_and_none_fails(played):
    _, folder, rows = played
    run, samples = LoadRun.read(folder / "loadrun.json"), read_samples(folder / "samples.parquet")
    assert (run.accounts.sent, run.not_covered, run.unmet, run.stopped) == (rows, {}, {}, "")
    assert run.accounts.close
    assert set(samples["journey"].to_pylist()) == set(JOURNEYS)
    bad = samples.filter([outcome != "ok" for outcome in samples["outcome"].to_pylist()]).to_pylist()
    assert {(each["journey"], each["outcome"], each["error"]) for each in bad} <= {
        ("redeem_offer", "rejected", "not_enough_points")
    }


def test_stock_fell_by_what_was_ordered(played):
    """Tills, carts, returns, receipts, counts and transfers together: the shop keeps no unit that the run did not leave it."""
    _, folder, _ = played
    truth = stock_truth(LoadRun.read(folder / "loadrun.json").stock)
    assert truth.skus == 7
    assert truth.discrepancy_rate == 0.0


def test_what_was_made_is_listed_with_what_became_of_it(played):
    _, folder, _ = played
    with open(folder / "created.csv", newline="") as file:
        made = list(csv.DictReader(file))
    assert Counter(row["kind"] for row in made if row["sku"] == "SKU-00008")["order"] == 6
    assert {"order", "return", "receipt", "count", "transfer", "arrival"} == {row["kind"] for row in made}
    assert all("orders cancelled" in row["fate"] for row in made)


def test_the_command_ends_with_the_verdict_and_judges_again(played):
    from sim.cli.app import app

    ran, folder, rows = played
    verdict = json.loads((folder / "verdict.json").read_text())
    assert verdict["sentence"].partition(": ")[2] in ran.output
    assert f"{rows} journeys scheduled = {rows} sent + 0 dropped + 0 lost + 0 not reached" in ran.output
    again = CliRunner().invoke(app, ["verdict", str(folder), "--target", "p95=3s"], standalone_mode=False)
    assert "p95" in again.output
    profile = CliRunner().invoke(app, ["profile", str(folder)], standalone_mode=False)
    assert profile.exit_code == 0
    assert Path(folder / "service_profile.json").exists()


def test_an_order_whose_answer_was_lost_is_found_by_its_key(tmp_path, monkeypatch):
    from loadtests.checks.session import Trial
    from loadtests.http.options import Wire

    write_catalogue(tmp_path / "catalogue.parquet", skus=8, units=1_000)
    with (
        serve(tmp_path / "catalogue.parquet") as shop,
        Trial(
            load("shop"), shop.url, Wire(timeout_s=5.0), {"RETAIL_LAB_SHOP_TOKEN": shop.token}, "r1", CatalogueCodes()
        ) as trial,
    ):
        trial.discover()
        what = {"row": 7, "location": 0, "skus": [0, 3], "quantities": [2, 1]}
        made = trial.play("checkout", **what).made[0]
        errand = trial.errand("looking", [], **what)
        order_found = trial.adapter.find_order(errand, errand.key(trial.adapter.decides))
        assert (order_found.kind, order_found.id, order_found.units) == (made.kind, made.id, made.units)
        other = trial.errand("looking", [], **{**what, "row": 8})
        assert trial.adapter.find_order(other, other.key(trial.adapter.decides)) is None
