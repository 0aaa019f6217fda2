"""The risks of a rollout: their chance, what each delays and costs, and what is done against it."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from sim.planning.goals.goal_file import Text
from sim.planning.rollout.sections.amounts import (
    NOTHING,
    Length3,
    Money,
    Money3,
    Named,
    Share,
    Share3,
    names_once,
)
from sim.records.load_run import Record


class StoreLoss(Record):
    """Sales that stores lose from their go-live on."""

    share_of_sales: Share3
    days: Length3


class Mitigation(Record):
    """What is done against a risk."""

    name: Text
    taken: bool = True
    """Whether it is part of the plan; the outcome shows the risk with and without it either way."""
    cost: Money = 0.0
    chance: Share | None = None
    """Of the risk with it; as without where none is given."""
    remaining: Share = 1.0
    """Of the delays, the cost and the lost sales, with it."""


class Risk(Record):
    """What may happen, with everything that it hits."""

    name: Named
    chance: Share
    where: dict[Named, Share] = Field(default={}, max_length=1)
    """Its chance where another risk, listed before it, happens."""
    delays: dict[Named, Length3] = Field(default={}, max_length=100)
    """Working days by task; a task of a wave or a store is delayed in each of them."""
    cost: Money3 = NOTHING
    stores: StoreLoss | None = None
    mitigation: Mitigation | None = None


def _depend_on_earlier(risks: list[Any]) -> list[Any]:
    for n, risk in enumerate(risks):
        for other in risk.where:
            if other not in [each.name for each in risks[:n]]:
                raise ValueError(f"{risk.name} to depend on a risk that is listed before it, not on {other}")
    return risks


Risks = Annotated[
    list[Risk],
    Field(max_length=100),
    AfterValidator(names_once("risks", lambda risks: [risk.name for risk in risks])),
    AfterValidator(_depend_on_earlier),
]


class Budget(Record):
    """Money released month by month; what goes beyond waits for approval."""

    by_month: list[Money] = Field(min_length=1, max_length=240)
    """From the month of the start on."""
    threshold: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Share of the money released so far beyond which a task's commitment needs approval."""
    approval_days: Length3 = (5.0, 10.0, 20.0)
    """Calendar days until it is there."""


class Goal(Record):
    """What is to be reached by a day."""

    name: Named
    within_months: Annotated[int, Field(ge=1, le=240)]
    """From the start, whole months."""
    phases_done: list[Named] = Field(default=[], max_length=50)
    stores_live: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Those live before the plan among them."""
    cost_at_most: Money | None = None
    """Of the whole rollout."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.phases_done and not self.stores_live and self.cost_at_most is None:
            raise ValueError("phases_done, stores_live or cost_at_most")
        return self
