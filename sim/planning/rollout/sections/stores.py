"""What a rollout does in its stores: consent, learning, sales lost and gained."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.planning.goals.goal_file import Text
from sim.planning.rollout.sections.amounts import Factor, Length, Length3, Named, Share, Share3
from sim.records.load_run import Record
from sim.scenario.sections.section import Within


class Consent(Record):
    """Franchise stores agree before anything is done in them. One that is late goes live alone, after its wave."""

    after: Named | None = None
    """Task before which they are not asked; None: from the start."""
    days: Length3
    """Working days until an answer."""
    chance: Annotated[float, Within(0.05, 1)] = 1.0
    """That an answer is yes."""
    again_days: Length = 30.0
    """Calendar days until they are asked again."""
    most: Annotated[int, Field(ge=1, le=50)] = 12
    """Times that a store is asked; the last answer is yes."""


class Staff(Record):
    """One kind of store staff, and how it learns."""

    share: Annotated[float, Within(0.001, 1)]
    """Of a store's work; those of all kinds add up to 1."""
    untrained: Annotated[float, Within(0.05, 1)]
    """Proficiency without training: work done in a given time, of what settled staff do."""
    trained_days: Length = 0.0
    """Training before the go-live; learning then is as at work."""
    time_constant_days: Length3
    """In which the distance from full proficiency falls to 1/e."""
    criterion: Annotated[float, Within(0.05, 0.9999)] = 0.9
    """Proficiency that counts as trained."""

    @model_validator(mode="after")
    def _learns(self) -> Self:
        if self.time_constant_days[0] <= 0:
            raise ValueError("a time constant above 0")
        return self


class Errors(Record):
    """Errors at the till per operation."""

    settled: Share = 0.002
    untrained: Share = 0.02
    """At proficiency 0; between them it is linear in proficiency."""
    incentive: Share = 0.0
    """Share of errors that incentives on operation accuracy avoid."""


class Adoption(Record):
    """How staff come to use the new system."""

    staff: dict[Named, Staff] = Field(min_length=1, max_length=20)
    ambassadors: Annotated[float, Within(0, 50, "people")] = 0.0
    """A store."""
    ambassador_effect: Factor = 0.0
    """Each ambassador divides the time constant by 1 plus this."""
    errors: Errors = Errors()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(staff.share for staff in self.staff.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"shares of staff that add up to 1, not to {total:g}")
        return self


class Runs(Record):
    """Two runs of the chain, beside the plan: before and after the change."""

    before: Text
    after: Text


class Effects(Record):
    """What the change costs and brings in sales."""

    sales_per_store_day: Annotated[float, Within(0.01, 1e9, "currency")]
    margin: Annotated[float, Within(0.001, 1)]
    """Of sales; what a sale lost or gained is worth."""
    lost_at_zero: Share = 0.0
    """Share of sales that a store would lose at proficiency 0; lost in proportion to what lacks of full proficiency."""
    errors_cost: Share = 0.0
    """Share of a sale's value that an error costs."""
    gains: dict[Text, Share3] = Field(default={}, max_length=50)
    """Share of sales gained by module, in proportion to proficiency."""
    runs: Runs | None = None
    """Their relative difference of sales is a gain of every store live."""
    horizon_months: Annotated[int, Field(ge=1, le=240)] = 60
    """From the start: payback is looked for within it."""
