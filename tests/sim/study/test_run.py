"""A study's bytes depend on scenario and seed alone: not on processes, not on interruptions."""

from pathlib import Path

import pytest

from sim.chain.random_faults import occurrences
from sim.records.outcome import Manifest, read_kpis, read_outcome
from sim.records.predictions.timing import read_timing
from sim.records.trace import read_trace
from sim.scenario.loader import load
from sim.study import run as study

SHOP = Path(__file__).parents[3] / "scenarios" / "corner-shop.yaml"
FLAGS = (
    "stores.0.customers_per_day=80",
    "random_faults=[{name: fuse, per_year: 1000, minutes: 20, fault: {kind: power_cut}}]",
)


@pytest.fixture(scope="module")
def scenario():
    return load(SHOP, ["replications=3", *FLAGS])


@pytest.fixture(scope="module")
def serial(scenario, tmp_path_factory):
    return study.run(scenario, tmp_path_factory.mktemp("serial"))


def contents(folder):
    """Every file of a run but the one that says how long it took."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "timing.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_random_faults_that_happened_stand_in_the_outcome(scenario, serial):
    happened = read_outcome(serial, "faults")
    assert set(happened["replication"]) == {0, 1, 2}
    expected = [one for replication in range(3) for one in occurrences(scenario, replication)]
    assert happened["from_s"].tolist() == [one.from_s for one in expected]
    assert [tuple(codes) for codes in happened["places"]] == [one.places for one in expected]
    assert read_timing(serial).outcome_sha256


def test_two_processes_write_the_bytes_of_one(scenario, serial, tmp_path):
    assert contents(study.run(scenario, tmp_path, jobs=2)) == contents(serial)


def test_an_interrupted_study_goes_on_where_it_stopped(scenario, serial, tmp_path, monkeypatch):
    played = []
    play = study._play

    def interrupted(scenario, replication, *rest):
        if replication == 2 and played == [0, 1]:
            raise KeyboardInterrupt
        played.append(replication)
        play(scenario, replication, *rest)

    monkeypatch.setattr(study, "_play", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study.run(scenario, tmp_path)
    played.append("again")
    folder = study.run(scenario, tmp_path)
    assert played == [0, 1, "again", 2]
    assert contents(folder) == contents(serial)


def test_parts_that_other_versions_played_are_played_again(scenario, serial, tmp_path, monkeypatch):
    parts = study.run_folder(scenario, tmp_path) / "parts"
    (parts / "replication-00000").mkdir(parents=True)
    (parts / "versions.json").write_text("numpy 1.0")
    assert contents(study.run(scenario, tmp_path)) == contents(serial)


def test_a_run_says_what_it_was(scenario, serial):
    manifest = Manifest.read(serial / "outcome" / "manifest.json")
    assert manifest.scenario_hash == scenario.hash
    assert manifest.replications == 3
    assert any(line.startswith("trading.patience_s = ") for line in manifest.assumed)
    assert set(read_kpis(serial)["replication"]) == {0, 1, 2}


def test_the_trace_is_the_first_replications(scenario, serial):
    header, table = read_trace(serial / "trace.parquet")
    assert header.scenario_hash == scenario.hash
    assert table.num_rows > 0
    alone = study.run(load(SHOP, ["replications=1", *FLAGS]), serial.parent)
    assert read_trace(alone / "trace.parquet")[1].equals(table)
