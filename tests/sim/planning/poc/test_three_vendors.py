"""Three proofs of concept as their folders lie: one sound, one with 0.4 % errors, one that stalls; ranked, and held against a gate."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
import yaml

from sim.cli.app import status
from sim.evidence.verdict.judge import judge
from sim.planning.gates.gate import gate
from sim.planning.vendors.comparing import compare
from sim.planning.vendors.vendor_file import load as load_vendors
from sim.records.capacity import Capacity
from sim.records.oversell import Race
from sim.records.samples import write_samples
from sim.scenario.loader import load

from ...evidence.conftest import run_of, samples_of
from ..gates.records import capacity, race, stage, stock

NOW = datetime.now(UTC)
RATE_PER_S, LENGTH_S = 20.0, 300.0
HOSTS = {"Aster": "http://127.0.0.1:1", "Birch": "http://127.0.0.1:2", "Cedar": "http://127.0.0.1:3"}


def proof(folder, host, hash_, failed_every=0, stall_s=0.0, carried=4.0):
    """Write the records of a proof of concept: a replay of 6,000 checkouts, a search, a race."""
    t = np.arange(0, LENGTH_S, 1 / RATE_PER_S)
    in_stall_s = np.maximum(t % 40 - (40 - stall_s), 0) if stall_s else np.zeros(len(t))
    held_s = np.where(in_stall_s > 0, stall_s - in_stall_s, 0.0)
    outcome = np.full(len(t), "ok", dtype=object)
    if failed_every:
        outcome[::failed_every] = "failed"
    samples = samples_of(t, 0.05 + held_s, outcome)
    of = {"host": host, "scenario_hash": hash_, "started_at": NOW.isoformat(timespec="seconds")}
    run = run_of(samples, **of, stock=[stock()])
    write_samples(folder / "replay" / "samples.parquet", samples)
    run.write(folder / "replay" / "loadrun.json")
    judge(samples, run).write(folder / "replay" / "verdict.json")
    stages = [stage(carried, "pass", "stage-01")] if carried else [stage(0.5, "inconclusive", "stage-01")]
    record = capacity(host=host, scenario_hash=hash_, stages=stages, decision="pass" if carried else "inconclusive")
    Capacity.model_validate(record).write(folder / "capacity" / "capacity.json")
    run_of(samples, **of).write(folder / "capacity" / "stage-01" / "loadrun.json")
    Race.model_validate(race(host=host, started_at=of["started_at"])).write(folder / "race" / "race.json")


@pytest.fixture
def proofs(tmp_path):
    hash_ = load("pilot", ["replications=1"]).hash
    proof(tmp_path / "runs/poc-aster", HOSTS["Aster"], hash_)
    proof(tmp_path / "runs/poc-birch", HOSTS["Birch"], hash_, failed_every=250)
    proof(tmp_path / "runs/poc-cedar", HOSTS["Cedar"], hash_, stall_s=3.0, carried=0.0)
    plan = {
        "name": "rollout", "host": HOSTS["Aster"], "scenario": "pilot", "live": 0, "conditions": {"left_out": ["training", "goals"]},
        "waves": [{"name": "pilot", "stores": ["SH01", "SU02"], "go_live": "2030-01-01", "peak_orders_per_hour": 900}],
    }  # fmt: skip
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan))
    vendors = {
        "name": "pilot",
        "dimensions": {"stability": {"weight": 100, "criteria": {
            "response": {"weight": 40, "from": {"p99_s": {"best": 0.1, "worst": 3}}},
            "availability": {"weight": 40, "from": {"availability": {"best": 1, "worst": 0.99}}},
            "capacity": {"weight": 20, "from": {"stores_carried": {"best": 8, "worst": 0}}},
        }}},
        "requirements": {"99.9 % answered": {"priority": "must", "shown_by": {"availability": {"at_least": 0.999}}}},
        "vendors": {name: {"evidence": [f"runs/poc-{name.lower()}"]} for name in HOSTS},
    }  # fmt: skip
    (tmp_path / "vendors.yaml").write_text(yaml.safe_dump(vendors))
    return tmp_path


def test_the_sound_one_leads_and_the_one_with_errors_is_disqualified(proofs):
    ranking = compare(load_vendors(proofs / "vendors.yaml"), date.today())
    assert [(each.vendor, each.rank) for each in ranking.standings] == [("Aster", 1), ("Cedar", 2), ("Birch", None)]
    assert ranking.sentence.startswith("Aster leads")
    assert "99.9 % answered" in " ".join([ranking.sentence, *ranking.conditions])
    assert all(piece.grade == "measured" for each in ranking.standings for piece in each.pieces)


def test_the_gate_refuses_the_second_and_says_what_is_missing_for_the_third(proofs):
    def judged(name):
        folder = proofs / "runs" / f"poc-{name.lower()}"
        return gate(proofs / "plan.yaml", "pilot", folder, date.today(), HOSTS[name])

    aster, birch, cedar = map(judged, HOSTS)
    assert (aster.decision, birch.decision, cedar.decision) == ("pass", "fail", "inconclusive")
    states = {each.name: each.state for each in birch.conditions}
    assert states["verdict"] == "NO-GO"
    assert "verdict" in birch.sentence
    missing = {each.name: each.because for each in cedar.conditions if each.state == "NOT KNOWN"}
    assert "headroom" in missing
    assert "oversell" not in missing
    assert "headroom" in cedar.sentence


def test_all_three_are_judged_through_the_command_line(proofs, monkeypatch, capsys):
    monkeypatch.chdir(proofs)
    assert status(["vendors", "vendors.yaml", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("Aster leads")
    words = ["gate", "plan.yaml", "--wave", "pilot", "--quiet", "--host"]
    for name, code in (("Aster", 0), ("Birch", 1), ("Cedar", 2)):
        assert status([*words, HOSTS[name], "--evidence", f"runs/poc-{name.lower()}"]) == code
