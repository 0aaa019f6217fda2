"""What is kept of a run is keyed by the code that computed it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from sim.scenario.loader import load
from sim.study import code_identity, run
from sim.study.kept_kpis import Kept

ROOT = Path(__file__).parents[3]


@pytest.fixture
def copied(tmp_path):
    for package in ("sim", "ext"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.c"))
    return tmp_path


def test_the_same_code_elsewhere_and_later_has_the_same_digest(copied):
    os.utime(copied / "sim" / "clock.py", (0, 0))
    assert code_identity.digest(copied) == code_identity.digest()


@pytest.mark.parametrize("name", ["sim/chain/store/tills.py", "ext/trading.pyx", "ext/shadow.py"])
def test_another_line_in_a_source_is_another_digest(copied, name):
    with (copied / name).open("a") as file:
        file.write("# changed\n")
    assert code_identity.digest(copied) != code_identity.digest()


def test_a_module_compiled_otherwise_is_another_digest(copied):
    compiled = next(file for file in (copied / "ext").iterdir() if file.name.endswith(code_identity._SUFFIXES[3:]))
    compiled.write_bytes(compiled.read_bytes() + b"\0")
    assert code_identity.digest(copied) != code_identity.digest()


def test_a_renamed_module_is_another_digest(copied):
    (copied / "sim" / "clock.py").rename(copied / "sim" / "clocks.py")
    assert code_identity.digest(copied) != code_identity.digest()


def test_what_other_code_played_is_played_again(tmp_path, monkeypatch):
    shop = load(ROOT / "scenarios" / "corner-shop.yaml", ["stores.SH01.customers_per_day=20"])
    file = tmp_path / "kept.jsonl"
    Kept(file).play(shop, [0])
    Kept(file).play(shop, [0])
    assert len(file.read_text().splitlines()) == 1
    monkeypatch.setattr(code_identity, "digest", lambda: "0" * 16)
    Kept(file).play(shop, [0])
    first, second = (json.loads(line)[0] for line in file.read_text().splitlines())
    assert first[:2] == second[:2]
    assert first[2] != second[2]


def test_parts_of_a_study_that_other_code_played_are_played_again(tmp_path, monkeypatch):
    shop = load(ROOT / "scenarios" / "corner-shop.yaml", ["stores.SH01.customers_per_day=20", "replications=2"])
    play, played = run._play, []

    def stopped(scenario, replication, *rest):
        played.append(replication)
        if played == [0, 1]:
            raise KeyboardInterrupt
        play(scenario, replication, *rest)

    monkeypatch.setattr(run, "_play", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.run(shop, tmp_path)
    monkeypatch.setattr(code_identity, "digest", lambda: "0" * 16)
    run.run(shop, tmp_path)
    assert played == [0, 1, 0, 1]


def test_a_log_that_holds_other_tickets_is_another_scenario(tmp_path):
    log, file = tmp_path / "log.csv", tmp_path / "log.yaml"
    file.write_text(
        f"extends: {ROOT / 'scenarios' / 'corner-shop.yaml'}\ntraffic: {{log: {{file: log.csv, first_day: 2025-01-01}}}}\n"
    )
    log.write_text("timestamp,ticket,sku,quantity\n")
    before = load(file).hash
    assert load(file).hash == before
    log.write_text("timestamp,ticket,sku,quantity\n2025-01-01 10:00,1,SKU-00001,1\n")
    assert load(file).hash != before
