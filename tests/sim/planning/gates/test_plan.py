"""A plan says which stores are live after each wave; one that cannot be used is refused with its field."""

import re
from pathlib import Path

import pytest
import yaml

from sim.records.refusal import Refusal
from sim.scenario.loader import load

ROOT = Path(__file__).parents[4]


def test_stores_of_earlier_waves_are_live_too(case):
    case.plan["waves"].insert(0, {"name": "last", "stores": 7, "go_live": "2028-01-01"})
    assert (case.judge().stores_after, case.judge(wave="second").stores_after) == (1, 2)
    assert case.judge(wave="last").stores_after == 9
    case.plan["live"] = 30
    assert case.judge().stores_after == 31


def test_a_region_is_the_stores_of_the_scenario(case):
    case.plan["waves"] = [{"name": "first", "region": "华东 East China", "go_live": "2026-12-01"}]
    assert case.judge().stores_after == 2
    assert case.of("training").because == "2 of 3 people are trained."


def test_a_region_is_what_no_other_wave_names(case):
    case.plan["waves"][1] = {"name": "second", "region": "EAST", "go_live": "2027-01-01"}
    assert (case.judge().stores_after, case.judge(wave="second").stores_after) == (1, 2)
    assert case.of("training", wave="second").because == "0 of 1 people are trained."
    case.plan["live"] = ["SU02"]
    with pytest.raises(Refusal, match=r"waves.1.region: expected a region with stores that are not live by then"):
        case.judge()


def test_the_plan_of_the_docs_is_a_plan(case):
    text = (ROOT / "docs" / "deciding.md").read_text(encoding="utf-8")
    goals, plan = (re.search(rf"```yaml\n(# {name}.*?)```", text, re.DOTALL)[1] for name in ("goals", "plan"))
    (case.folder / "goals.yaml").write_text(goals)
    case.plan = yaml.safe_load(plan)
    assert case.judge(wave="east-china").stores_after == sum(
        store.region == "EAST" for store in load("chain-50").stores
    )
    assert case.judge(wave="rest").stores_after == case.judge(wave="east-china").stores_after + 30


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"waves": []}, "waves: expected at least 1 of them"),
        ({"host": None}, "host: expected the system that goes live, here or as --host URL"),
        ({"live": ["SH01"]}, "waves.0.stores: expected each store once (live has it), found 'SH01'"),
        ({"waves": [{"name": "first", "stores": ["SH99"], "go_live": "2026-12-01"}]}, "waves.0.stores: expected a store of pilot, found 'SH99'"),
        ({"waves": [{"name": "first", "region": "WEST", "go_live": "2026-12-01"}]}, "waves.0.region: expected a region of pilot"),
        ({"waves": [{"name": "first", "region": "EAST", "stores": 1, "go_live": "2026-12-01"}]}, "waves.0: expected either stores or a region"),
        ({"waves": [{"name": "first", "go_live": "2026-12-01"}]}, "waves.0: expected either stores or a region"),
        ({"waves": [{"name": "../up", "stores": 1, "go_live": "2026-12-01"}]}, "waves.0.name: expected a text that matches"),
        ({"waves": [{"name": "second", "stores": 1, "go_live": "2026-12-01"}]}, "--wave: expected one of second"),
        ({"waves": [{"name": "first", "stores": "SH02", "go_live": "2026-12-01"}]}, "waves.0.stores: expected a list, found 'SH02'"),
        ({"waves": [{"name": "first", "stores": 0, "go_live": "2026-12-01"}]}, "waves.0.stores: expected a number ≥ 1, found 0"),
        ({"conditions": {"discrepancy_at_most": 0.5}}, "discrepancy_at_most: expected a share from 0 to 0.1, such as 0.005 or 0.5%, found 0.5"),
        ({"conditions": {"max_age": 3}}, "conditions.max_age: expected a field of a plan"),
        ({"conditions": {"goals": {"file": "goals.yaml", "names": ["x"]}}}, "goals.names: expected goals of goals.yaml: faster tills"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_used_is_refused_with_its_field(case, change, line):
    case.plan |= change
    with pytest.raises(Refusal) as refusal:
        case.judge()
    assert line in str(refusal.value)


def test_without_a_scenario_waves_are_numbers_of_stores(case):
    case.plan |= {"scenario": None, "waves": [{"name": "first", "region": "EAST", "go_live": "2026-12-01"}]}
    with pytest.raises(Refusal, match="a scenario in the plan"):
        case.judge()
    case.plan["waves"] = [{"name": "first", "stores": 4, "go_live": "2026-12-01", "peak_orders_per_hour": 500}]
    (case.folder / "trained.csv").write_text("store,trained\nSH01,yes\n")
    assert case.judge().decision == "pass"
