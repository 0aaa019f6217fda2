"""The four measures, their targets, and the file in which a user sets others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from sim.planning.file_fields import amount, refuse
from sim.planning.goals.goal_file import Limit
from sim.planning.health.satisfaction import SatisfactionModel
from sim.records.load_run import Record
from sim.scenario.documents import read

PER = 10_000
"""Requests to which errors are related."""
WORST, BEST = 1.0, 5.0
"""Ends of the scale of satisfaction."""


@dataclass(frozen=True)
class Measure:
    """A measure: its unit, and the values that it can have."""

    name: str
    unit: str
    lowest: float = 0.0
    highest: float | None = None


MEASURES = (
    Measure("mean_response", "s"),
    Measure("errors_per_10000", "errors/10,000 requests", 0.0, PER),
    Measure("satisfaction", "points of 5", WORST, BEST),
    Measure("stock_discrepancy", "share of units on hand"),
)


class Targets(Record):
    """What is asked of each measure; one that is None is not judged."""

    mean_response: Limit | None = None
    errors_per_10000: Limit | None = None
    satisfaction: Limit | None = None
    stock_discrepancy: Limit | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(getattr(self, each.name) for each in MEASURES):
            raise ValueError("at least one measure")
        return self


DEFAULT = Targets(
    mean_response=Limit(at_most=2.0),
    errors_per_10000=Limit(change=-0.3),
    satisfaction=Limit(at_least=4.5),
    stock_discrepancy=Limit(at_most=0.005),
)


class HealthFile(Record):
    """Targets and the parameters of the satisfaction model, as a user sets them."""

    confidence: Annotated[float, BeforeValidator(amount), Field(ge=0.5, le=0.9999)] = 0.95
    measures: Targets = DEFAULT
    satisfaction_model: SatisfactionModel = SatisfactionModel()


def read_targets(path: Path | None) -> HealthFile:
    """The targets of a YAML file; those of the house without one. Raises `Refusal` with the field that is wrong."""
    if path is None:
        return HealthFile()
    document = read(path, "targets")
    try:
        return HealthFile.model_validate(document)
    except ValidationError as error:
        refuse(path, document, error, "targets")
