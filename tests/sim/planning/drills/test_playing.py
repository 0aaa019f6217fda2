"""Drills are played with the same customers, their costs and worths are paired, and what was played is kept."""

import json
from pathlib import Path

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.chain.store.engine import VISIT, DayResult
from sim.planning.drills.playing import plan, play
from sim.planning.drills.steps import read_steps, shipped
from sim.planning.drills.watching import Watch, in_line
from sim.records.refusal import Refusal
from sim.study import kept_kpis

SHOP = Path("corner-shop")
QUICK = ["stores.SH01.customers_per_day=700", "skus.count=60"]


@pytest.fixture(scope="module")
def drilled(tmp_path_factory):
    kept = tmp_path_factory.mktemp("drills") / "kept.jsonl"
    planned = plan(SHOP, ["power_cut", "network_cut"], QUICK)
    return planned, kept, play(planned, 3, read_steps(shipped()), kept=kept)


def by_name(lines):
    return {line.name: line for line in lines}


def test_a_power_cut_loses_customers_and_a_generator_keeps_them(drilled):
    cut = by_name(drilled[2].drills)["power_cut"]
    helps = by_name(cut.mitigations)
    assert cut.cost["customers_lost"].mean > 50
    assert cut.cost["lost_sales"].excludes_zero
    assert helps["generator"].worth["sales"].mean > helps["longer_battery"].worth["sales"].mean > 0
    assert [each.name for each in cut.mitigations] == ["generator", "longer_battery"]
    assert drilled[2].drills[0] is cut
    assert cut.course.softened_by == "generator"
    assert cut.switch is not None


def test_what_is_in_place_is_worth_what_the_drill_would_cost_more_without_it(drilled):
    cut = by_name(drilled[2].drills)["network_cut"]
    (tills,) = cut.mitigations
    assert tills.have
    assert tills.worth["sales"].mean > 10 * abs(cut.cost["sales"].mean)
    assert (cut.course.softened, cut.course.softened_by) == ([], "")


def test_worths_hold_together(drilled):
    assert drilled[2].confidence_together == pytest.approx(1 - 0.05 / 3)


def test_what_was_played_is_not_played_again(drilled, monkeypatch):
    planned, kept, before = drilled
    monkeypatch.setattr(kept_kpis, "_played", lambda *_: pytest.fail("played again"))
    assert play(planned, 3, read_steps(shipped()), kept=kept) == before


def test_the_scenario_without_a_drill_is_played_once_for_all_of_them(drilled):
    planned, kept, _ = drilled
    keys = [json.loads(line)[0] for line in kept.read_text().splitlines()]
    assert len(keys) == 3 * planned.plays
    assert sum(scenario == planned.base.hash for scenario, *_ in keys) == 3
    found = planned.watches(planned.base, 1)
    assert planned.watches.of("power_cut", found) == dict(planned.watches.by_drill)["power_cut"](planned.base, 1)


def test_a_further_drill_plays_only_what_is_new(drilled, tmp_path):
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(drilled[1].read_bytes())
    more = plan(SHOP, ["power_cut", "network_cut", "payment_outage"], QUICK)
    play(more, 3, read_steps(shipped()), kept=kept)
    assert len(kept.read_text().splitlines()) == 3 * more.plays


def test_the_line_is_that_of_the_visits_and_watching_it_changes_nothing(drilled):
    base = drilled[0].base
    watch = Watch((0,), (0,), 0, 600, 1_320)
    found = watch(base, 0)
    daily = Chain(base, 0).play().daily.to_pandas()
    assert found["sales"] == daily["sales_value"].sum()
    assert found["wait_s"] == daily.loc[0, "wait_s"] / daily.loc[0, "tickets"]
    line = [found[f"at {minute}"] for minute in range(600, 1_320)]
    # The area under the line is the time that customers spent in it (Little's law).
    in_hours = daily.loc[0, "wait_s"] + daily.loc[0, "abandoned_wait_s"]
    assert 60 * sum(line) == pytest.approx(in_hours, rel=0.25)


def test_a_customer_stands_in_line_from_reaching_the_tills_until_a_ticket_begins_or_they_leave():
    visits = np.zeros(4, dtype=VISIT)
    visits["joined_s"] = [10, 20, np.nan, 30]
    visits["started_s"] = [15, np.nan, np.nan, 30]
    visits["ended_s"] = [40, 60, 5, 50]
    visits["fate"] = [0, 1, 2, 0]
    none = np.empty(0)
    assert in_line(DayResult(visits, none, none, none, none), np.array([9.0, 12, 25, 35, 60])).tolist() == [0, 1, 1, 1, 0]  # fmt: skip


@pytest.mark.parametrize("name", ["payment-outage", "live-stream"])
def test_shipped_scenarios_with_faults_spikes_and_holidays_take_every_drill(name):
    planned = plan(Path(name), [])
    faults, spikes, holidays = (len(each) for each in (planned.base.faults, planned.base.traffic.spikes, planned.base.traffic.holidays))  # fmt: skip
    assert not any(why.startswith(("holiday", "power", "payment", "network", "live")) for why in planned.left_out)
    assert len(planned.scenarios["power_cut"].faults) == faults + 1
    assert len(planned.scenarios["live_stream"].traffic.spikes) == spikes + 1
    assert len(planned.scenarios["holiday_peak"].traffic.holidays) == holidays + 1


def test_a_drill_that_is_named_and_cannot_be_played_is_refused_and_else_left_out():
    with pytest.raises(Refusal, match="--drills: supplier_fails: expected a drill that corner-shop can be put through"):
        plan(SHOP, ["supplier_fails"])
    with pytest.raises(Refusal, match="perhaps power_cut"):
        plan(SHOP, ["power_cu"])
    planned = plan(SHOP, [])
    assert planned.left_out == (
        "warehouse_closed: it takes 3 days that count, and there are 1.",
        "supplier_fails: it takes 3 days that count, and there are 1.",
    )
    assert {drill.name for drill in planned.drills} == {
        "holiday_peak",
        "power_cut",
        "payment_outage",
        "network_cut",
        "live_stream",
    }
