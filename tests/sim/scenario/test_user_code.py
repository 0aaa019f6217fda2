"""Python files that a scenario names: nothing of them is executed before a user allows it, and then what was hashed."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from sim.chain.chain import Chain
from sim.cli.app import status
from sim.records.outcome import Manifest
from sim.records.refusal import Refusal
from sim.report.pages.run_page import write_page
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.user_code import allow, files

RULE = "{policy: own, file: mine.py, name: Nothing}"
BY_CLASS = f"{{policy: by_class, classes: {{A: {RULE}}}}}"
OTHERWISE = f"{{policy: by_class, classes: {{A: {{policy: none}}}}, otherwise: {RULE}}}"


@pytest.fixture
def here(tmp_path, small, monkeypatch):
    """A folder with a small scenario, and with a policy that leaves a file when it is executed."""
    monkeypatch.chdir(tmp_path)
    chain = small(days=2, online={"orders_per_day": 0})
    (tmp_path / "base.yaml").write_text(chain.model_dump_json(exclude={"replenishment"}))
    (tmp_path / "mine.py").write_text(
        "import numpy as np\nopen('executed', 'w')\n"
        "class Nothing:\n  def order(self, review): return np.zeros_like(review.position)\n"
    )
    return tmp_path


def scenario(folder, slot="stores", rule=RULE):
    (folder / "own.yaml").write_text(f"extends: base.yaml\nreplenishment: {{{slot}: {rule}}}\n")
    return "own.yaml"


@pytest.mark.parametrize("slot", ["stores", "franchise", "warehouses", "by_warehouse"])
@pytest.mark.parametrize("rule", [RULE, BY_CLASS, OTHERWISE], ids=["alone", "of a class", "otherwise"])
def test_wherever_a_scenario_names_a_file_it_is_refused_with_its_place(here, slot, rule):
    if slot == "by_warehouse":
        rule = f"{{{load('base.yaml').warehouses[0].code}: {rule}}}"
    with pytest.raises(Refusal, match=r"allow-code.*mine\.py") as refused:
        load(scenario(here, slot, rule))
    assert refused.value.field.startswith(f"replenishment.{slot}")
    assert files(load(scenario(here, slot, rule), allow_code=True)).keys() == {"mine.py"}
    assert not (here / "executed").exists(), "loading executes nothing, allowed or not"


@pytest.mark.parametrize(
    "command",
    [
        ["run", "own.yaml"],
        ["run", "base.yaml", "--set", f"replenishment.stores={RULE}"],
        ["compare", "base.yaml", "own.yaml", "--replications", "2"],
        ["replenish", "own.yaml", "--replications", "2"],
        ["replenish", "base.yaml", "--policies", "as_is,own.yaml", "--replications", "2"],
        ["replenish", "own.yaml", "--optimise", "base_stock", "--budget", "6", "--replications", "2"],
        ["capacity", "--scenario", "own.yaml", "--host", "http://127.0.0.1:9"],
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_no_command_executes_a_file_that_a_scenario_names_unless_allowed(here, capsys, command):
    scenario(here)
    assert status(command) == 64
    refused = capsys.readouterr().err.strip().splitlines()[-1]
    assert "--allow-code" in refused
    assert "mine.py" in refused
    assert not (here / "executed").exists()


def test_a_run_that_was_allowed_lists_what_it_executed_with_its_hash(here, capsys):
    scenario(here)
    assert status(["run", "own.yaml", "--allow-code", "--out", "runs"]) == 0
    sha256 = hashlib.sha256((here / "mine.py").read_bytes()).hexdigest()
    assert f"executed: mine.py, SHA-256 {sha256}" in capsys.readouterr().out
    (run,) = (here / "runs").iterdir()
    assert Manifest.read(run / "outcome" / "manifest.json").code == {"mine.py": sha256}
    write_page(run, here / "page.html")
    assert re.search(rf"executed</dt><dd>mine\.py, SHA-256 {sha256}", (here / "page.html").read_text())


def test_a_scenario_that_was_made_otherwise_executes_nothing_before_it_is_allowed(here):
    """A manifest holds a whole scenario: read back as one, it must not act."""
    said = load(scenario(here), allow_code=True).model_dump_json()
    again = Scenario.model_validate(json.loads(said))
    with pytest.raises(Refusal, match="allow_code"):
        Chain(again)
    assert not (here / "executed").exists()
    Chain(allow(again))
    assert (here / "executed").exists()


def test_no_scenario_can_allow_itself(here):
    for field in ("_allowed: true", "allowed: true", "allow_code: true"):
        with pytest.raises(Refusal):
            load(scenario(here, rule=RULE.replace("}", f", {field}}}")))


def test_a_file_that_changed_after_its_hash_was_taken_is_refused(here):
    loaded = load(scenario(here), allow_code=True)
    with open(here / "mine.py", "a") as file:
        file.write("open('changed', 'w')\n")
    with pytest.raises(Refusal, match="as it was when the scenario was loaded"):
        Chain(loaded)
    assert not (here / "changed").exists()


def test_a_file_whose_name_alone_is_overridden_is_refused(here):
    (here / "other.py").write_text("open('executed', 'w')")
    for allowed in (False, True):
        with pytest.raises(Refusal):
            Chain(load(scenario(here), ["replenishment.stores.file=other.py"], allow_code=allowed))
    assert not (here / "executed").exists()
