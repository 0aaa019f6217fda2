"""An engine in a Python file that a scenario names: executed where that is allowed, listed with its hash, refused in one line."""

from __future__ import annotations

import hashlib
import json

import pytest

from sim.chain.chain import Chain
from sim.cli.app import status
from sim.records.outcome import Manifest
from sim.records.refusal import Refusal
from sim.report.pages.run_page import write_page
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.schema import json_schema
from sim.study.cost import estimate

MINE = """
from sim.chain.store.simpy_engine import SimpyEngine

open("executed", "w")


class Patient(SimpyEngine):
    def open_day(self, sheet, answers, regime, refills=None):
        super().open_day(sheet, answers, regime, refills)
        self.patience_s = [1e9] * len(sheet)


class Broken(SimpyEngine):
    def open_day(self, sheet, answers, regime, refills=None):
        self.nothing[0]


class Half:
    def open_day(self, sheet, answers, regime, refills=None):
        pass
"""


@pytest.fixture
def here(tmp_path, small, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chain = small(days=1, online={"orders_per_day": 0}, trading={"patience_s": 1.0})
    (tmp_path / "base.yaml").write_text(chain.model_dump_json(exclude={"replenishment", "engine"}))
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "own.yaml").write_text("extends: base.yaml\nengine: {file: mine.py, class: Patient}\n")
    return tmp_path


def abandonment(scenario):
    table = Chain(scenario).play().kpis
    return dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))["abandonment"]


def test_a_class_that_a_scenario_names_plays_its_customers(here):
    assert abandonment(load("base.yaml")) > 0
    assert abandonment(load("own.yaml", allow_code=True)) == 0


@pytest.mark.parametrize("command", [["run", "own.yaml"], ["compare", "base.yaml", "own.yaml", "--replications", "2"]])
def test_no_command_executes_an_engine_unless_allowed(here, capsys, command):
    assert status(command) == 64
    refused = capsys.readouterr().err.strip().splitlines()[-1]
    assert "engine.file" in refused
    assert "--allow-code" in refused
    assert not (here / "executed").exists()


def test_a_run_and_its_page_list_the_engine_with_its_hash(here, capsys):
    assert status(["run", "own.yaml", "--allow-code", "--out", "runs"]) == 0
    sha256 = hashlib.sha256((here / "mine.py").read_bytes()).hexdigest()
    assert f"executed: mine.py, SHA-256 {sha256}" in capsys.readouterr().out
    (run,) = (here / "runs").iterdir()
    manifest = Manifest.read(run / "outcome" / "manifest.json")
    assert manifest.code == {"mine.py": sha256}
    assert manifest.scenario["engine"] == {"file": "mine.py", "class": "Patient", "sha256": sha256}
    write_page(run, here / "page.html")
    assert f"mine.py, SHA-256 {sha256}" in (here / "page.html").read_text()


def test_another_text_of_the_file_is_another_scenario(here):
    before = load("own.yaml", allow_code=True)
    assert load("own.yaml", allow_code=True).hash == before.hash
    (here / "mine.py").write_text(MINE + "\n")
    assert load("own.yaml", allow_code=True).hash != before.hash
    with pytest.raises(Refusal, match="as it was when the scenario was loaded"):
        Chain(before)


def test_a_scenario_read_back_from_a_manifest_executes_nothing(here):
    text = load("own.yaml", allow_code=True).model_dump_json()
    with pytest.raises(Refusal, match="allow_code"):
        Chain(Scenario.model_validate(json.loads(text)))
    assert not (here / "executed").exists()


@pytest.mark.parametrize(
    ("engine", "named"),
    [
        ("{file: none.py, class: Patient}", r"engine\.file.*a file that exists"),
        ("{file: mine.py}", r"engine\.class"),
        ("{class: Patient}", r"engine\.file"),
        ("{file: mine.py, class: Patient, allowed: true}", r"engine\.allowed"),
        ("fast", r"engine.*compiled"),
        ("3", r"engine.*compiled"),
    ],
)
def test_an_engine_that_cannot_be_read_is_refused_with_its_field(here, engine, named):
    (here / "own.yaml").write_text(f"extends: base.yaml\nengine: {engine}\n")
    with pytest.raises(Refusal, match=named):
        load("own.yaml", allow_code=True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Absent", "Absent.*a class with the methods of an engine"),
        ("Half", "Half.*methods of an engine: open_day, advance"),
        ("Broken", r"AttributeError.*mine\.py:15"),
    ],
)
def test_a_class_that_is_no_engine_is_refused_in_one_line(here, capsys, name, said):
    with pytest.raises(Refusal, match=said):
        Chain(load("own.yaml", [f"engine.class={name}"], allow_code=True)).play()
    assert status(["run", "own.yaml", "--allow-code", "--set", f"engine.class={name}"]) == 64
    assert "Traceback" not in capsys.readouterr().err


def test_an_engine_of_ones_own_is_estimated_as_simpys(here):
    own, simpy = load("own.yaml", allow_code=True), load("base.yaml", ["engine=simpy"])
    assert estimate(own) == estimate(simpy)


def test_the_schema_takes_a_name_or_a_file_with_a_class():
    text = json.dumps(json_schema())
    assert '"OwnEngine"' in text
    assert set(json_schema()["$defs"]["OwnEngine"]["properties"]) == {"file", "class", "sha256"}
