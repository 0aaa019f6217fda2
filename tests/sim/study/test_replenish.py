"""Policies compared on the same demand, and parameters that a search finds, against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status
from sim.records.refusal import Refusal
from sim.scenario.load import load
from sim.study import search as study
from sim.study.replenish import against_first, play, variant


@pytest.fixture
def shop(tmp_path, small):
    """The small chain as a file, a week of it."""
    path = tmp_path / "small.yaml"
    path.write_text(small(days=7, warmup_days=2).model_dump_json())
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
    assert status([*arguments, "--optimise", "base_stock", "--budget", "12"]) == 0
    said = capsys.readouterr().out
    assert "fill_rate" in said
    assert "saves" in said
    assert (out / "small-as_is-frontier.svg").read_text().lstrip().startswith("<?xml")
    assert load(out / "base_stock-searched.yaml").replenishment.stores.policy == "by_class"
    assert status([*arguments, "--optimise", "nothing"]) == 64


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
    exact = study.start(scenario, "base_stock", prices)
    found = study.search(scenario, "base_stock", prices, budget=90, replications=1)
    assert found.began == exact
    assert found.tried <= 60
    assert found.saving.mean > -0.02 * found.cost.mean

    def cost(days):
        values = dict.fromkeys(exact, days)
        return study._costs(
            study._with(scenario, "base_stock", values), range(2, 4), prices, study._margin(scenario), 1
        ).mean()

    grid = min(cost(days) for days in np.arange(1.5, 8, 0.75))
    assert found.cost.mean < 1.1 * grid


@given(st.floats(0.5, 0.9999), st.floats(-2, 2))
def test_steps_of_a_service_level_stay_between_none_and_all(level, step):
    moved = study._move("cycle_service", level, step)
    assert 0 < moved < 1
    assert (moved > level) == (step > 0) or step == 0 or abs(step) < 1e-6
