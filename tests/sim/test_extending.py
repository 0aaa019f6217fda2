"""Every example of docs/extending.md does what the page says, within a copy of the lab where it changes a file of the lab."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.adapters import load as load_adapter
from sim.chain.chain import Chain
from sim.scenario.loader import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
BLOCK = re.compile(r"^```(python|yaml|text) ?([\w/.]*)(?: before \"([^\n]*)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLAY = """
import json, sys
from sim.chain.chain import Chain
from sim.scenario.loader import load
from sim.scenario.schema import json_schema
from sim.cli.app import command_tree, app
table = Chain(load("own.yaml")).play().kpis
command = command_tree(app).commands["replenish"]
replenish = {option.name: getattr(option, "help", "") for option in command.get_params(command.make_context("replenish", ["own.yaml"]))}
print(json.dumps({
    "kpis": dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist())),
    "schema": list(json_schema()["$defs"]),
    "policies": replenish["policies"],
    "optimise": replenish["optimise"],
}))
"""


def blocks(section: str) -> list[tuple[str, str, str, str]]:
    """Language, file, the text before which it stands in that file, and what it says."""
    return BLOCK.findall(SECTIONS[section])


@pytest.fixture
def here(tmp_path, small, monkeypatch):
    monkeypatch.chdir(tmp_path)
    busy = small(days=2, start="2026-09-07", online={"orders_per_day": 0}, trading={"patience_s": 1.0})
    (tmp_path / "base.yaml").write_text(busy.model_dump_json(exclude={"replenishment", "engine", "faults"}))
    return tmp_path


def written(section: str, folder: Path) -> None:
    """The scenario of a section, and the files of the user's own."""
    own = "extends: base.yaml\n"
    for language, file, before, text in blocks(section):
        if language == "yaml":
            own += text
        elif not before:
            (folder / file).write_text(text)
    (folder / "own.yaml").write_text(own)


def kpis(name: str) -> dict[str, float]:
    table = Chain(load(name, allow_code=True)).play().kpis
    return dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))


def within_a_copy(section: str, folder: Path) -> dict:
    """What a copy of the lab plays and lists, after the blocks of a section were put into the files that they name."""
    written(section, folder)
    shutil.copytree(ROOT / "sim", folder / "lab" / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("ext", "loadtests"):
        (folder / "lab" / name).symlink_to(ROOT / name)
    for language, file, before, text in blocks(section):
        if before:
            apart = "\n\n" if language == "python" else ""
            path = folder / "lab" / file
            said = path.read_text(encoding="utf-8")
            at = said.index(f"\n{before}") + 1
            path.write_text(said[:at] + text + apart + said[at:], encoding="utf-8")
    changed = {file for _, file, before, _ in blocks(section) if before}
    assert 1 <= len(changed) <= 2
    environment = {**os.environ, "PYTHONPATH": str(folder / "lab")}
    played = subprocess.run(
        [sys.executable, "-P", "-c", PLAY], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout.splitlines()[-1])


def test_every_block_of_the_page_is_executed_here():
    assert set(SECTIONS) == {
        "A policy of your own", "A policy of the lab", "A fault", "A key figure", "An adapter", "An engine",
    }  # fmt: skip
    assert PAGE.count("```") == 2 * sum(len(blocks(section)) for section in SECTIONS)


def test_a_policy_of_ones_own_orders(here):
    written("A policy of your own", here)
    assert kpis("own.yaml")["order_lines_per_week"] > 2 * kpis("base.yaml")["order_lines_per_week"]


def test_a_policy_of_the_lab_orders_and_is_listed(here):
    written("A policy of your own", here)
    orders = kpis("own.yaml")["order_lines_per_week"]
    found = within_a_copy("A policy of the lab", here)
    assert found["kpis"]["order_lines_per_week"] == orders
    assert "FixedQuantity" in found["schema"]
    assert "fixed" in found["policies"]
    assert "fixed" in found["optimise"]


def test_a_fault_of_the_lab_changes_the_day(here):
    found = within_a_copy("A fault", here)
    assert "BlockedEntrance" in found["schema"]
    assert found["kpis"]["turned_away"] > kpis("base.yaml")["turned_away"] + 0.05


def test_a_key_figure_of_the_lab_is_counted(here):
    found = within_a_copy("A key figure", here)["kpis"]
    assert found["sold_units_per_day"] > 0
    assert found["days_of_cover"] == pytest.approx(found["stock_units"] / found["sold_units_per_day"])


def test_an_adapter_covers_the_journeys_that_it_has_methods_for(here):
    written("An adapter", here)
    kind = load_adapter("my_platform.py")
    assert kind.name == "my_platform"
    assert list(kind.covered()) == ["browse"]


def test_an_engine_of_ones_own_plays(here):
    written("An engine", here)
    assert kpis("base.yaml")["abandonment"] > 0
    assert kpis("own.yaml")["abandonment"] == 0
