"""The work of a rollout: phases, roles, tasks and reviews."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.planning.goals.goal_file import Text
from sim.planning.rollout.sections.amounts import (
    NOTHING,
    Factor,
    Length,
    Length3,
    Money,
    Money3,
    Named,
    People,
    Period,
    Share,
    Weekday,
)
from sim.records.load_run import Record
from sim.scenario.sections.section import Day, Within

WORKING: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
Weekdays = Annotated[list[Weekday], Field(min_length=1, max_length=7)]
Weight = Annotated[float, Within(-1, 1)]


class Phase(Record):
    """A phase; each begins once the one before has ended, unless it is to overlap it."""

    name: Named
    begins_after_days: Length | None = None
    """Calendar days from the beginning of the phase before, whether that has ended or not."""


class Role(Record):
    """People who do the same work."""

    number: People = 1
    cost_per_day: Money = 0.0
    """Of one of them."""
    works: Weekdays = WORKING
    away: list[Period] = Field(default=[], max_length=100)
    """Days on which none of them works, beside the plan's holidays."""


class StartOf(Record):
    """What a task waits for where it need not be finished."""

    start_of: Named
    days: Length = 0.0
    """Calendar days from that start."""


After = Annotated[list[Named | StartOf], Field(max_length=200)]


class Task(Record):
    """A task: once, once a wave, or once a store, by the list that it stands in."""

    name: Named
    phase: Named | None = None
    """A task of a wave or a store is in its wave's phase where it names none."""
    days: Length3
    """Working days."""
    not_before: Day | None = None
    """Day before which it does not begin, though all it waits for be there."""
    after: After = []
    """Tasks, phases or waves that are finished before it begins; a wave is its go-live."""
    needs: dict[Named, People] = Field(default={}, max_length=20)
    """People by role, from its start to its end."""
    drivers: dict[Named, Weight] = Field(default={}, max_length=20)
    """Correlation of its length with a driver, on the scale of the normal distribution."""
    cost: Money3 = NOTHING
    """Beside its people."""
    defects: Share = 0.0
    """Chance that its result has to be reworked; the next review shows it."""
    modules: list[Text] = Field(default=[], max_length=50)
    """Of a task of a wave or a store: only in waves that switch on one of these; empty for all."""

    @model_validator(mode="after")
    def _share(self) -> Self:
        if sum(weight**2 for weight in self.drivers.values()) > 1 + 1e-12:
            raise ValueError("drivers whose squares add up to at most 1")
        return self


class Reviews(Record):
    """Reviews at fixed intervals, at which defects surface."""

    every_days: Annotated[float, Within(1, 366, "d")] = 14.0
    """Calendar days."""
    rework: Factor = 0.3
    """Of the task's length, where a review follows at once."""
    growth_per_week: Factor = 0.1
    """By which rework grows with each week from the task's end to the review."""
