"""Which fields may stand where in a scenario, over all kinds of section that may stand there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.model import Scenario


def fields(path: Sequence) -> list[str]:
    """The names of the fields at a path; elements of lists take no step of a path, or their position. Empty where any key may stand."""
    return sorted({field.alias or name for model in _at(path) for name, field in model.model_fields.items()})


def at_path(path: Sequence) -> list[FieldInfo]:
    """What the models say of the field at a path, one entry for each kind of section that has it."""
    models = _at(path[:-1])
    return [field for model in models for name, field in model.model_fields.items() if path[-1] in (field.alias, name)]


def _at(path: Sequence) -> list[type[BaseModel]]:
    models: list[type[BaseModel]] = [Scenario]
    for step in path:
        if not isinstance(step, int):
            models = [inner for model in models for inner in _inside(model, step)]
    return models


def _inside(model: type[BaseModel], field: str) -> list[type[BaseModel]]:
    return _models(model.model_fields[field].annotation) if field in model.model_fields else []


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
