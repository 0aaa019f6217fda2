"""Python files that a scenario names: executed only where that was allowed, and then exactly as they were when the scenario was loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from sim.scenario.model import Scenario
from sim.scenario.references import Miss
from sim.scenario.sections.policies import Own


def allow(scenario: Scenario) -> Scenario:
    """The same scenario, whose Python files may now be executed."""
    for _, rule in _named(scenario):
        rule._allowed = True
    return scenario


def files(scenario: Scenario) -> dict[str, str]:
    """SHA-256 of each Python file that a scenario names, by path."""
    return {rule.file: rule.sha256 or "" for _, rule in _named(scenario) if rule.file}


def not_allowed(scenario: Scenario) -> Iterator[Miss]:
    """Each Python file that a scenario names, as something that was not asked for."""
    for path, rule in _named(scenario):
        expected = "no Python file to execute, unless --allow-code (allow_code=True in Python) allows it"
        yield Miss((*path, "file"), expected, rule.file)


def unknown(scenario: Scenario) -> Iterator[Miss]:
    """Each Python file whose content was not seen when the scenario was loaded, because a layer changed its name alone."""
    for path, rule in _named(scenario):
        if rule.sha256 is None:
            yield Miss((*path, "file"), "policy: own and its file in one place, such as one --set", rule.file)


def _named(scenario: Scenario) -> Iterator[tuple[tuple, Own]]:
    return _own(scenario.replenishment, ("replenishment",))


def _own(value: object, path: tuple) -> Iterator[tuple[tuple, Own]]:
    if isinstance(value, Own):
        if value.file is not None:
            yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _own(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for key, element in value.items():
            yield from _own(element, (*path, key))
