"""Policies compared on the same demand, and parameters that a search finds, against what is known of them."""

from __future__ import annotations

from datetime import time, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.study import search as study
from sim.study.kept_kpis import Kept
from sim.study.replenish import Played, advice, against_first, play, run_in, variant


@pytest.fixture
def shop(tmp_path, small):
    """The small chain as a file, a week of it, that needs no running in."""
    path = tmp_path / "small.yaml"
    scenario = small(days=7, warmup_days=3, opening_stock={"store_days": 3, "warehouse_days": 3})
    path.write_text(scenario.model_dump_json())
    return path


def test_policies_meet_the_same_customers(shop, tmp_path):
    played = play(shop, ["as_is", "base_stock", "fill_rate"], ["replications=3"], tmp_path / "runs")
    customers = [one.kpis.query("kpi == 'customers_per_day'")["value"].tolist() for one in played]
    assert customers[0] == customers[1] == customers[2]
    differences = against_first(played)
    assert len(differences) == 2
    assert all(row.difference.observations == 3 for rows in differences for row in rows if row.kpi == "fill_rate")
    by_kpi = {row.kpi: row for row in differences[0]}
    paired = (
        played[1].kpis.query("kpi == 'stock_value'")["value"].to_numpy()
        - played[0].kpis.query("kpi == 'stock_value'")["value"].to_numpy()
    )
    assert by_kpi["stock_value"].difference.mean == pytest.approx(paired.mean())


def test_a_policy_is_a_name_or_a_file_that_changes_replenishment_alone(shop, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("extends: small.yaml\nreplenishment: {stores: {policy: base_stock, days: 3}}\n")
    assert variant(shop, str(mine)).replenishment.stores.days == 3
    mine.write_text("extends: small.yaml\nseed: 6\nreplenishment: {stores: {policy: base_stock, days: 3}}\n")
    with pytest.raises(Refusal, match="seed"):
        variant(shop, str(mine))
    with pytest.raises(Refusal, match="perhaps base_stock"):
        variant(shop, "base_stok")


def test_the_command_writes_the_table_the_frontier_and_what_it_found(shop, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["replenish", str(shop), "--policies", "as_is", "--replications", "2", "--out", str(out)]
    search = ["--optimise", "base_stock", "--budget", "12", "--move", "stores,warehouses"]
    assert status([*arguments, *search]) == 0
    said = capsys.readouterr().out
    assert "warehouses, class A: base_stock" in said
    assert "4 sets of parameters, 2 replications each; the budget of 12 ended it" in said
    assert "fill_rate" in said
    assert "replications that the search has not seen" in said
    assert (out / "small-as_is-frontier.svg").read_text().lstrip().startswith("<?xml")
    found = load(out / "base_stock-searched.yaml").replenishment
    assert found.stores.policy == found.warehouses.policy == "by_class"
    assert status([*arguments, "--optimise", "nothing"]) == 64
    assert status([*arguments, "--optimise", "base_stock", "--move", "shops"]) == 64


def test_the_search_finds_the_newsvendors_level(small):
    """Stores filled every night, margin and holding alone: days that balance a lost margin against a night's holding.

    Begun at a fifth of the exact level it comes back to where a finer grid has its least cost.
    """
    quiet = {
        "online": {"orders_per_day": 0},
        "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
        "skus": {"pack": 1},
        "opening_stock": {"warehouse_days": 300},
        "replenishment": {"warehouses": {"policy": "none"}},
    }
    scenario = small(days=10, warmup_days=4, **quiet)
    prices = study.Prices(holding_per_year=20.0, line_cost=0.0)
    exact = study.start(scenario, "base_stock", prices, ["stores"])
    found = study.search(scenario, "base_stock", prices, budget=90, replications=1)
    assert found.began == exact
    assert found.tried <= 60
    assert found.step <= study.FINEST
    assert found.saving.mean > -0.02 * found.cost.mean

    def cost(days):
        played = study._with(scenario, "base_stock", {"stores": dict.fromkeys(exact["stores"], days)})
        margin = study._margin(scenario)
        return np.mean([study._cost(kpis, prices, margin) for kpis in Kept().play(played, range(2, 4))])

    grid = min(cost(days) for days in np.arange(1.5, 8, 0.75))
    assert found.cost.mean < 1.1 * grid


def test_an_interrupted_search_goes_on_to_the_same_answer(small, tmp_path):
    scenario = small(days=4, warmup_days=2, opening_stock={"store_days": 2, "warehouse_days": 2})
    told = {"floors": ("stores", "warehouses"), "budget": 12}

    def stop(done, total):
        if done == 5:
            raise KeyboardInterrupt

    def count(done, total):
        heard.append((done, total))

    heard, kept = [], tmp_path / "kept.jsonl"
    whole = study.search(scenario, "base_stock", study.Prices(), **told, progress=count)
    assert heard[-1][0] <= heard[-1][1] == 12
    with pytest.raises(KeyboardInterrupt):
        study.search(scenario, "base_stock", study.Prices(), **told, kept=kept, progress=stop)
    lines = kept.read_text().splitlines()
    assert len(lines) == 5
    kept.write_text("\n".join(lines) + "\n" + lines[0][:40])
    played = len(heard)
    heard.clear()
    again = study.search(scenario, "base_stock", study.Prices(), **told, kept=kept, progress=count)
    assert again == whole
    assert len(heard) == played - 5


def test_a_policy_that_is_searched_keeps_the_timetable(small):
    scenario = small(replenishment={"stores": {"policy": "base_stock", "days": 3, "review_days": 2, "at": "09:00"}})
    values = {"stores": {"A": 4.0}, "warehouses": {"A": 9.0}}
    found = study._with(scenario, "base_stock", values).replenishment
    one = found.stores.classes["A"]
    assert (one.days, one.review_days, one.at, found.warehouses.classes["A"].days) == (4.0, 2.0, time(9), 9.0)


def test_exact_starts_grow_with_lead_times_and_their_scatter(small):
    def days(law):
        suppliers = [{"code": "FAST", "lead_time_days": law}]
        found = study.start(small(suppliers=suppliers), "base_stock", study.Prices(), study.FLOORS)
        return np.mean(list(found["warehouses"].values()))

    sure, late = {"distribution": "constant", "value": 4}, {"distribution": "constant", "value": 8}
    scattered = {"distribution": "lognormal", "mean": 4, "cv": 0.5}
    assert 5 < days(sure) < days(scattered)
    assert days(late) > days(sure) + 3


def test_opening_stock_is_run_down_before_days_count(small):
    scenario = small(days=10, warmup_days=3, opening_stock={"store_days": 4, "warehouse_days": 15})
    assert run_in(scenario, ["stores"]).start == scenario.start - timedelta(days=7)
    before = run_in(scenario)
    assert before.start == scenario.start - timedelta(days=14)
    assert (before.days, before.warmup_days) == (24, 17)
    assert run_in(before) == before


def test_advice_is_what_is_sure(small, tmp_path):
    def of(name, stock, fill, written_off=0.0):
        rows = [
            ("stock_value", "currency", "lower", stock),
            ("fill_rate", "share of units", "higher", fill),
            ("written_off_per_day", "currency/day", "lower", 500 + written_off + 0 * stock),
        ]
        kpis = [
            {"replication": n, "kpi": kpi, "unit": unit, "better": better, "value": x}
            for kpi, unit, better, values in rows
            for n, x in enumerate(values)
        ]
        return Played(name, small(replications=4), tmp_path, pd.DataFrame(kpis))

    wave = np.array([0.0, 1.0, -1.0, 0.5])
    first = of("as_is", 30e6 + 1e6 * wave, 0.97 + 0.001 * wave)
    lean_stock, fill = 20e6 + 1.1e6 * wave, 0.972 + 0.0015 * wave
    lean = of("lean", lean_stock, fill)
    bare = of("bare", 5e6 + 1e6 * wave, 0.90 + 0.001 * wave)
    doubtful = of("doubtful", 25e6 + 1e7 * wave, 0.97 + 0.001 * wave)
    said = advice([first, lean, bare, doubtful])
    # Differences are −9.9875 million on average with standard deviation 0.0854, and four of them: 4.857 is t for 98.33 %.
    assert said.startswith(
        "Against as_is, take lean: stock −9.99 ± 0.21 million CNY (−33%), fill rate +0.21 ± 0.10 percentage points"
    )
    assert advice([first, bare, doubtful]).startswith("No policy is sure to need less stock than as_is")
    # Holding ten million for a day costs 6,849 at a quarter a year.
    spoils, keeps = (of(name, lean_stock, fill, more) for name, more in (("spoils", 7_000), ("keeps", 6_000)))
    assert advice([first, spoils]).startswith("No policy")
    assert "take keeps" in advice([first, spoils, keeps])


@given(st.floats(0.5, 0.9999), st.floats(-2, 2))
def test_steps_of_a_service_level_stay_between_none_and_all(level, step):
    moved = study._move("cycle_service", level, step)
    assert 0 < moved < 1
    assert (moved > level) == (step > 0) or step == 0 or abs(step) < 1e-6
