"""Python files that a scenario names: executed only where that was allowed, and then exactly as they were when the scenario was loaded."""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.scenario.references import Miss
from sim.scenario.sections.engines import OwnEngine
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


def executed(rule: Own | OwnEngine) -> ModuleType:
    """A scenario's Python file as a module: the very text whose hash the scenario has, and only where that was allowed."""
    file = rule.file
    assert file is not None, "code of the main program is not executed again"
    if not rule._allowed:
        raise Refusal(file, "", "--allow-code (allow_code=True in Python) before this Python file is executed")
    try:
        text = Path(file).read_bytes()
    except OSError as error:
        raise Refusal(file, "", "a Python file that runs", error.strerror) from None
    if (found := hashlib.sha256(text).hexdigest()) != rule.sha256:
        raise Refusal(file, "", f"the file as it was when the scenario was loaded, SHA-256 {rule.sha256}", found)
    name = f"own_code_{found}"
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = file
    try:
        exec(compile(text, file, "exec"), module.__dict__)
    except SyntaxError as error:
        raise Refusal(file, "", "a Python file that runs", str(error)) from None
    except Exception as error:
        raise failure(file, error) from None
    return module


def failure(where: str, error: Exception) -> Refusal:
    """An exception of a user's own code, with the last line of its file, `where`, that was executed."""
    calls = traceback.extract_tb(error.__traceback__)
    at = next((call for call in reversed(calls) if call.filename == where), calls[-1])
    found = f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"
    return Refusal(where, "", "a Python file that runs", found)


def _named(scenario: Scenario) -> Iterator[tuple[tuple, Own | OwnEngine]]:
    if isinstance(scenario.engine, OwnEngine):
        yield ("engine",), scenario.engine
    yield from _own(scenario.replenishment, ("replenishment",))


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
