"""What a changeover may say, and one clear line for what it may not."""

import json
from pathlib import Path
from typing import get_args

import pytest
import yaml

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.sections.changeovers import MODULES, Module, SystemChange
from sim.scenario.sections.system import RetailSystem
from sim.scenario.shortened import shortened
from sim.scenario.sources import assumed

from ..conftest import PROFILE


@pytest.fixture
def lines(folder):
    """The lines of a refusal, of what `--set changeovers=` says."""

    def of(*changeovers: str) -> str:
        with pytest.raises(Refusal) as refused:
            load(folder.path / "shop.yaml", [f"changeovers=[{', '.join(changeovers)}]"])
        return str(refused.value)

    return of


@pytest.mark.parametrize(
    ("changeover", "line"),
    [
        ("{}", "changeovers.0.on: expected a value, found nothing"),
        ("{on: 2026-05-17}", "changeovers.0: expected what changes: system, modules or learning"),
        ("{on: 2026-05-17, stores: [SH9], modules: [members]}", "changeovers.0.stores.0: expected the code of a store"),
        ("{on: 2026-05-17, stores: [], modules: [members]}", "changeovers.0: expected the codes of stores, or all"),
        ("{on: 2026-05-17, stores: [SH01, SH01], modules: [members]}", "changeovers.0.stores: expected a list that"),
        ("{on: 2026-05-17, modules: [member]}", "changeovers.0.modules.0: expected 'stock and tills', 'members'"),
        (
            "{on: 2026-05-17, modules: [members, members]}",
            "changeovers.0.modules: expected a list that names each once",
        ),
        ("{on: 2027-05-17, system: {offline_tills: false}}", "changeovers.0.on: expected a day up to 2026-05-1"),
        ("{on: 2026-05-17, learning: {proficiency: 0}}", "learning.proficiency: expected a number from 0.05 to 1"),
        ("{on: 2026-05-17, learning: {proficiency: 1, errors: {settled: 0.1, untrained: 0}}}", "an untrained share"),
        (
            "{on: 2026-05-17, system: {service: {profile: none.json}}}",
            "changeovers.0.system.service.profile: expected a f",
        ),
        ("{on: 2026-05-17, system: {offline_till: true}}", "a field that the lab knows, perhaps offline_tills"),
    ],
)
def test_what_a_changeover_may_not_say(lines, changeover, line):
    assert line in lines(changeover)


@pytest.mark.parametrize("field", sorted(RetailSystem.model_fields.keys() - SystemChange.model_fields.keys()))
def test_fields_that_all_stores_have_in_common_are_refused_by_name(lines, field):
    said = lines(f"{{on: 2026-05-17, system: {{{field}: 1}}}}")
    assert f"not {field}, which all have in common" in said


def test_a_store_changes_over_once_a_day_and_to_a_module_once_and_names_are_unique(lines):
    all_, one = "{on: 2026-05-16, modules: [members]}", "{on: 2026-05-16, stores: [SH01], modules: [reports]}"
    assert "changeovers.1.on: expected another day for SH01 than an earlier changeover" in lines(all_, one)
    again = "{on: 2026-05-17, stores: [SH01], modules: [members]}"
    assert "changeovers.1.modules.0: expected a module that SH01 has from no other changeover" in lines(all_, again)
    named = [f"{{on: 2026-05-1{day}, name: east, learning: {{proficiency: 1}}}}" for day in (6, 7)]
    assert "expected a name that no other changeover has, found 'east'" in lines(*named)


def test_a_changeover_takes_a_measured_service_and_is_changed_by_its_name(folder):
    folder.write("profile.json", json.dumps(PROFILE))
    said = "changeovers=[{name: east, on: 2026-05-17, system: {attribute_entry: true}}]"
    flags = [
        said,
        f"changeovers.east.system.service.profile={folder.path}/profile.json",
        "changeovers.east.learning.proficiency=0.5",
    ]
    scenario = load(folder.path / "shop.yaml", flags)
    (changeover,) = scenario.changeovers
    assert changeover.system.service.measured
    assert changeover.system.attribute_entry
    assert Scenario.model_validate(json.loads(scenario.model_dump_json())) == scenario
    mine = [line for line in assumed(scenario) if line.startswith("changeovers")]
    assert mine == ["changeovers.learning.proficiency = 0.5"]


def test_the_table_of_modules_in_the_docs_is_that_of_the_code():
    trading = (Path(__file__).parents[4] / "docs/trading.md").read_text(encoding="utf-8")
    journeys = [", ".join(f"`{journey}`" for journey in switched.journeys) or "–" for switched in MODULES.values()]
    for module, named, switched in zip(MODULES, journeys, MODULES.values(), strict=True):
        assert f"| {module} | {named} | {switched.feature} |" in trading
    assert tuple(MODULES) == get_args(Module)


def test_a_scenario_without_changeovers_is_written_down_and_hashed_as_before_there_were_any(folder):
    scenario = load(folder.path / "shop.yaml")
    assert "changeovers" not in scenario.model_dump()
    assert "changeovers" not in yaml.safe_dump(json.loads(scenario.model_dump_json()))


def test_a_shorter_run_keeps_what_it_holds(folder):
    changes = [  # of three days
        "{name: one, on: 2026-05-16, stores: [SH01], learning: {proficiency: 0.5}}",
        "{name: two, on: 2026-05-16, stores: [SH02], learning: {proficiency: 0.5}}",
        "{name: late, on: 2026-05-17, learning: {proficiency: 0.9}}",
        "{name: module, on: 2026-05-18, modules: [members]}",
    ]
    scenario = load(folder.path / "shop.yaml", ["days=3", f"changeovers=[{', '.join(changes)}]"])
    short = shortened(scenario, days=2, stores=["SH01"])
    assert [changeover.name for changeover in short.changeovers] == ["one", "late", "module"]
    assert [changeover.name for changeover in shortened(scenario, days=1).changeovers] == ["one", "two", "module"]
