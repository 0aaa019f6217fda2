"""Which fields may stand where in a scenario, over all kinds of section that may stand there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel

from sim.scenario.model import Scenario


def fields(path: Sequence) -> list[str]:
    """The names of the fields at a path; elements of lists take no step of a path, or their position. Empty where any key may stand."""
    models: list[type[BaseModel]] = [Scenario]
    for step in path:
        if not isinstance(step, int):
            models = [inner for model in models for inner in _inside(model, step)]
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})


def _inside(model: type[BaseModel], field: str) -> list[type[BaseModel]]:
    return _models(model.model_fields[field].annotation) if field in model.model_fields else []


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
