"""What lists policies and faults is made from one table of each."""

from __future__ import annotations

import typing

import pytest

from sim.scenario.schema import json_schema
from sim.scenario.sections.faults import FAULTS, Fault, FaultKind
from sim.scenario.sections.policies import NAMED, SEARCHED, SINGLE, ByClass, Policy, Single
from sim.study.replenish import SHIPPED
from sim.study.search import KINDS


def members(union: object) -> set[type]:
    return set(typing.get_args(typing.get_args(union)[0]))


def test_the_unions_hold_what_the_tables_hold():
    assert members(Single) == set(SINGLE.values())
    assert members(Policy) == {*SINGLE.values(), ByClass}
    assert members(FaultKind) == set(FAULTS.values())
    assert {timed.__bases__[0] for timed in members(Fault)} == set(FAULTS.values())


def test_the_schema_defines_every_policy_and_every_fault():
    assert {model.__name__ for model in (*SINGLE.values(), *FAULTS.values())} <= set(json_schema()["$defs"])


def test_the_command_and_its_search_take_every_policy_that_is_entered_for_them():
    assert set(SHIPPED) == {"as_is", *NAMED}
    assert set(KINDS) == set(SEARCHED)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_searched_for_is_a_sound_policy(name):
    fields = KINDS[name](0.9)
    assert SINGLE[fields["policy"]].model_validate(fields)


@pytest.mark.parametrize("name", NAMED)
def test_a_named_policy_is_sound_at_stores_and_at_warehouses(name):
    assert set(NAMED[name]) == {"stores", "warehouses"}
    for fields in NAMED[name].values():
        assert SINGLE[fields["policy"]].model_validate(fields)
