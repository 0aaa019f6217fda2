"""The adapters of Vendure and django-oscar against the real thing, as a QA engineer uses them: check, replay, verdict, a race for the last units."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from loadtests.adapters import load
from loadtests.adapters.base import CatalogueCodes
from loadtests.checks.oversell import race
from loadtests.checks.session import Trial
from loadtests.http.options import Wire
from loadtests.planning.dry_run import ONE_LINE, steps
from loadtests.platforms.goods import GONE, LAST, UNITS
from sim.evidence.stock_truth.reconciliation import stock_truth
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples
from sim.records.trace import TraceHeader, write_trace

from ..conftest import journeys, write_catalogue
from .conftest import ask, restock

pytestmark = pytest.mark.platforms


@pytest.fixture
def trial(platform):
    name, served = platform
    with Trial(
        load(name), served.url, Wire(timeout_s=60.0), served.environment, f"test-{name}", CatalogueCodes()
    ) as trial:
        trial.discover()
        yield trial


def run(words, platform):
    from sim.cli.app import app

    _, served = platform
    words = [*words, "--host", served.url]
    ran = CliRunner().invoke(app, words, env=dict(served.environment), standalone_mode=False)
    if ran.exception:
        raise ran.exception
    return ran


def test_what_is_in_stock_is_discovered_and_what_is_not_is_left_out(trial):
    assert len(trial.adapter.assortment.products) == 120
    assert GONE not in trial.adapter.shelf.skus


def test_stock_is_read_over_all_locations(trial):
    available = trial.adapter.stock(trial.errand("stock", []), ["SKU-0100", LAST])
    assert available["SKU-0100"] == sum(UNITS)


def test_an_order_takes_its_units_from_availability_and_a_return_gives_them_back(trial):
    place = list(trial.adapter.shelf.skus).index("SKU-0007")
    read = lambda: trial.adapter.stock(trial.errand("stock", []), ["SKU-0007"])["SKU-0007"]  # noqa: E731
    before = read()
    order = trial.play("checkout", skus=[place], quantities=[3], row=1)
    assert [made.units for made in order.made] == [{"SKU-0007": 3}]
    assert read() == before - 3
    assert trial.play("order_status", carried=order.brought).brought
    if "return_goods" in trial.adapter.covered():
        assert trial.play("return_goods", carried=order.brought).brought
        assert read() == before


def test_an_order_beyond_the_stock_has_the_outcome_of_the_platforms_rules(platform, trial):
    """Vendure puts the available units into the cart, which is partial; django-oscar refuses, and the basket is empty for the next shopper."""
    place = list(trial.adapter.shelf.skus).index("SKU-0011")
    played = trial.play("checkout", skus=[place], quantities=[sum(UNITS) + 1], row=2)
    outcomes = {each.step: each.outcome for each in played.requests}
    assert outcomes["add"] in ({"vendure": ("partial", "rejected"), "oscar": ("rejected",)}[platform[0]])
    again = trial.play("checkout", skus=[place], quantities=[1], row=3)
    assert [made.units for made in again.made] == [{"SKU-0011": 1}]


def test_the_check_lists_what_works_and_what_is_not_covered(platform):
    ran = run(["adapter", "check", platform[0]], platform)
    for journey in ("browse", "stock_check", "checkout", "order_status"):
        assert f"  {journey:<15} works" in ran.stdout
    assert "  transfer_stock  not covered" in ran.stdout
    read = {line for line in ran.stdout.splitlines() if line.startswith("order read by")}
    assert len(read) == 4
    assert any("one who logged out (a token that has ended): refused" in line for line in read)
    if platform[0] == "oscar":
        assert all(": refused (403)" in line for line in read)
    else:
        assert any(": shown (200)" in line for line in read), "a guest's order is shown to every request with its code"


def test_every_step_that_a_platforms_journeys_send_is_seen_without_sending_it(trial):
    sent, brought = {}, None
    for number, journey in enumerate(("checkout", "browse", "search", "stock_check", "order_status", "return_goods")):
        if journey not in trial.adapter.covered():
            continue
        what = {"skus": [21], "quantities": [1], "row": 50 + number, "location": 0, "customer": 1}
        seen = steps(trial.adapter, journey, [ONE_LINE._replace(skus=[21])])
        played = trial.play(journey, carried=brought, **what)
        brought = brought or played.brought
        sent[journey] = ([each.step for each in played.requests], list(seen.names), seen.unseen)
    assert {journey: (names, "") for journey, (names, *_) in sent.items()} == {
        journey: (seen, unseen) for journey, (_, seen, unseen) in sent.items()
    }


def test_a_replay_is_judged_and_its_stock_holds(platform, tmp_path):
    """Few enough orders at a time that neither platform loses an update."""
    rng = np.random.default_rng(7)
    rows = []
    for turn in range(24):
        what = {
            "t": 100.0 + turn * 0.5,
            "session": turn,
            "customer": turn,
            "skus": [int(rng.integers(40)), 41 + turn % 9],
        }
        kind = ("browse", "checkout", "stock_check", "checkout", "search")[turn % 5]
        rows.append({**what, "journey": kind, "quantities": [2, 1]})
    for number in [number for number, row in enumerate(rows) if row["journey"] == "checkout"]:
        row = rows[number]
        rows.append({**row, "t": 112.0 + number * 0.01, "journey": "order_status", "follows": number})
    header = TraceHeader("made", "0" * 64, 1, "2026-10-01", "Asia/Shanghai")
    write_trace(tmp_path / "trace.parquet", header, [journeys(*rows)])
    write_catalogue(tmp_path / "catalogue.parquet", skus=60)
    words = ["replay", str(tmp_path / "trace.parquet"), "--adapter", platform[0], "--out", str(tmp_path / "run")]
    run([*words, "--timeout", "30"], platform)
    done, samples = LoadRun.read(tmp_path / "run" / "loadrun.json"), read_samples(tmp_path / "run" / "samples.parquet")
    assert done.accounts.close
    assert done.unmet == {}
    assert set(samples["outcome"].to_pylist()) == {"ok"}
    truth = stock_truth(done.stock)
    assert truth.units_ordered == 3 * sum(row["journey"] == "checkout" for row in rows)
    assert truth.holds
    for file in (tmp_path / "run").rglob("*"):
        if file.is_file():
            assert b"only-on-loopback" not in file.read_bytes(), file


def test_a_sold_out_sku_is_restocked_for_the_next_test_however_the_database_orders_its_rows(platform, trial):
    name, served = platform
    place = list(trial.adapter.shelf.skus).index(LAST)
    order = trial.play("checkout", skus=[place], quantities=[5], row=4)
    assert [made.units for made in order.made] == [{LAST: 5}]
    ask(served, "ANALYZE")  # the planner now reads small tables in the order of their last writes
    restock(name, served)
    trial.discover()
    assert trial.adapter.stock(trial.errand("stock", []), [LAST]) == {LAST: 5}
    assert LAST in {product.code for product in trial.adapter.assortment.products}


def test_a_race_for_five_units_shows_that_they_are_sold_to_all_clients(trial):
    """Both platforms check stock when a cart is filled and not again, under a lock, when it is paid."""
    ran = race(trial, clients=12)
    (sku,) = ran.skus
    assert (sku.sku_code, sku.available_before, sku.promised) == (LAST, 5, 12)
    assert {ending.text: ending.clients for ending in ran.endings} == {"accepted": 12}
    assert (ran.decision, ran.oversold) == ("fail", 7)


@pytest.mark.parametrize("started", ["vendure"], indirect=True)
def test_a_clerk_whose_session_was_lost_logs_in_again(trial):
    trial.adapter._desk.headers["Authorization"] = "Bearer of-yesterday"
    assert trial.adapter.stock(trial.errand("stock", []), ["SKU-0100"]) == {"SKU-0100": sum(UNITS)}
