"""Settings of a replay reach the load generator as they were given, or are refused by name."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import fields

import pytest

from loadtests.planning.plan import Plan, add_flags, flag, read_options
from sim.records.refusal import Refusal

EMPTY = {str: "", float: 0.0, int: 0, bool: False}
POSITIVE = {"time_scale", "timeout_s", "rate_cap", "error_ratio"}
FIELDS = {each.name: each for each in fields(Plan)}


def sent(plan: Plan) -> Plan:
    """The plan as Locust's process reads it from its command line."""
    parser = ArgumentParser(allow_abbrev=False)
    parser.add_argument("--host")
    add_flags(parser)
    return read_options(parser.parse_args(plan.flags()))


@pytest.mark.parametrize("name", FIELDS)
def test_nothing_and_zero_survive_the_way_to_locust_or_are_refused_by_name(name):
    given = {name: EMPTY[type(FIELDS[name].default)]}
    if name in POSITIVE:
        with pytest.raises(Refusal, match=flag(name)):
            Plan(**given)
    else:
        assert sent(Plan(**given)) == Plan(**given)


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_survives_the_way_to_locust(name):
    other = {str: "-1.5", float: 0.75, int: 3, bool: True}[type(FIELDS[name].default)]
    plan = Plan(**{name: other})
    assert sent(plan) == plan


def test_what_locust_was_not_asked_keeps_its_default():
    parser = ArgumentParser()
    parser.add_argument("--host")
    add_flags(parser)
    assert read_options(parser.parse_args([])) == Plan()


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", [each.name for each in fields(Plan) if type(each.default) is float])
def test_a_number_that_is_none_is_refused_by_name(name, wrong):
    with pytest.raises(Refusal, match=flag(name)):
        Plan(**{name: wrong})
