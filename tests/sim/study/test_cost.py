"""What a run will take is told before it starts, and what this machine cannot do is refused."""

import os
import signal
from pathlib import Path

import pytest

from sim.cli.app import USAGE, status
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.study import cost, run
from sim.study.cost import Cost, estimate, refuse_excess, together

SCENARIOS = Path(__file__).parents[3] / "scenarios"
SHOP = SCENARIOS / "corner-shop.yaml"
DAY = ["stores.SH01.customers_per_day=50"]


@pytest.mark.parametrize("file", sorted(SCENARIOS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_scenario_is_estimated_within_what_a_laptop_has(file):
    found = estimate(load(file))
    assert 2**27 < found.memory_bytes < 2**31
    assert 0.05 < found.time_s < 3_600
    assert 0 < found.disk_bytes < 1e9


@pytest.mark.parametrize(
    "more",
    [
        "days=300", "skus.count=100000", "stores.SH01.customers_per_day=1000000", "traffic.basket_lines=200",
        "online.orders_per_day=1000000", "replications=100", "engine=simpy", "replenishment.stores.review_days=0.001",
        "transfers.review_days=0.001", "accuracy.count_every_days=0.001", "replenishment.refill_minutes=1",
        "replenishment.filling={misplaced_share: 0.05}",
        "online.batch_minutes=0.1", "system.till_failures_per_day=1000", "system.service.outages_per_30_days=10000",
        "suppliers.FOODS.disruptions_per_year=8784",
        "suppliers=[{code: FOODS, lead_time_days: 1, unavailable_share: 0.9, unavailable_days: 0.1}]",
        "traffic.month_factors=[9,9,9,9,9,9,9,9,9,9,9,9]",
        "replenishment.warehouses={policy: forecast, fill_rate: 0.98}", "online.browse_per_order=10000",
    ],
)  # fmt: skip
def test_more_of_anything_takes_more(more):
    assert estimate(load(SHOP, [more])).time_s > estimate(load(SHOP)).time_s


def test_a_spike_and_a_holiday_raise_what_the_days_take():
    calm = estimate(load(SHOP))
    for said in (
        "traffic.holidays=[{name: h, first: 2026-05-16, last: 2026-05-16, factor: 50}]",
        "traffic.spikes=[{name: s, at: 2026-05-16 10:00, duration_minutes: 300, channel: both, factor: 50}]",
    ):
        wild = estimate(load(SHOP, [said]))
        assert wild.time_s > calm.time_s
        assert wild.memory_bytes > calm.memory_bytes


def test_processes_share_the_time_and_multiply_the_memory(monkeypatch):
    monkeypatch.setattr(cost.os, "cpu_count", lambda: 4)
    shop = load(SHOP, ["replications=8"])
    one, four, many = (estimate(shop, jobs=jobs) for jobs in (1, 4, 100))
    assert four.time_s == pytest.approx(one.time_s / 4)
    assert four.memory_bytes == 4 * one.memory_bytes
    assert many.memory_bytes == 8 * one.memory_bytes
    assert many.time_s == four.time_s


def test_studies_one_after_the_other_add_their_time_and_share_the_memory():
    assert together([Cost(5, 1, 10), Cost(3, 2, 20)]) == Cost(5, 3, 30)


@pytest.mark.parametrize(
    ("needed", "named"),
    [(Cost(2**60, 1, 1), "memory"), (Cost(1, 1e9, 1), "6 h"), (Cost(1, 1, 2**70), "free in"), (Cost(1, float("inf"), 1), "inf h")],
)  # fmt: skip
def test_what_this_machine_cannot_do_is_refused_unless_the_user_insists(needed, named, tmp_path):
    with pytest.raises(Refusal, match="--yes") as refused:
        refuse_excess(needed, tmp_path)
    assert named in str(refused.value)
    refuse_excess(needed, tmp_path, yes=True)


def test_a_cgroup_limits_what_is_free(monkeypatch):
    said = {"/sys/fs/cgroup/memory.max": 2.0**30, "/sys/fs/cgroup/memory.current": 2.0**28}
    monkeypatch.setattr(cost, "_number", lambda file: said.get(file, cost.inf))
    monkeypatch.setattr(cost, "_meminfo", lambda: 2.0**40)
    assert cost.available_memory_bytes() == 2.0**30 - 2.0**28


def test_without_any_word_of_the_system_the_whole_memory_counts(monkeypatch):
    monkeypatch.setattr(cost, "_number", lambda file: cost.inf)
    monkeypatch.setattr(cost, "_meminfo", lambda: cost.inf)
    assert 0 < cost.available_memory_bytes() <= cost.inf


COMMANDS = {
    "run": ["run", str(SHOP)],
    "compare": ["compare", str(SHOP), str(SHOP), "--replications", "2"],
    "replenish": ["replenish", str(SHOP), "--policies", "as_is,base_stock", "--replications", "2"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_study_beyond_this_machine_is_refused_before_anything_is_played(words, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(cost, "available_memory_bytes", lambda: 2.0**20)
    assert status([*words, "--set", DAY[0], "--out", str(tmp_path / "runs")]) == USAGE
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].startswith("estimated: ")
    assert lines[1].startswith(f"retail-lab: {SHOP}: expected at most ")
    assert len(lines) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_run_prints_its_estimate_and_keeps_it_out_of_its_files(tmp_path, capfd, monkeypatch):
    words = ["run", str(SHOP), "--set", DAY[0], "--out", str(tmp_path)]
    assert status(words) == 0
    assert capfd.readouterr().err.startswith("estimated: ")
    assert not any(b"estimated:" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    monkeypatch.setattr(cost, "available_memory_bytes", lambda: 1.0)
    assert status(words) == USAGE
    assert status([*words, "--yes"]) == 0


def test_a_made_trace_beyond_this_machine_is_refused(tmp_path, capfd):
    words = ["trace", "--out", str(tmp_path), "--peak-orders-per-hour", "1e8", "--minutes", "40000"]
    assert status(words) == USAGE
    assert "--yes" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_the_system_ends_is_one_line(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(run, "_play", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    words = ["run", str(SHOP), "--set", DAY[0], "--replications", "2", "--jobs", "2", "--out", str(tmp_path)]
    assert status(words) == USAGE
    assert capfd.readouterr().err.splitlines()[-1].startswith("retail-lab: --jobs: expected memory for each process")
