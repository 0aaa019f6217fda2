"""The section `rollout` as a whole: when it begins, what is done, by whom, at which risk, for how much, and to which end."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from sim.planning.goals.goal_file import Text
from sim.planning.rollout.sections.amounts import FIXED, Money, Named, Period, Spread, Weekday, names_once
from sim.planning.rollout.sections.gates import Gates
from sim.planning.rollout.sections.risks import Budget, Goal, Risks
from sim.planning.rollout.sections.stores import Adoption, Consent, Effects
from sim.planning.rollout.sections.work import WORKING, Phase, Reviews, Role, Task, Weekdays
from sim.records.load_run import Record
from sim.scenario.sections.section import Day

GO_LIVE = "go-live"
"""In `after` of a task of a store its own go-live, of a task of a wave that of the wave; so marked, the task comes after it."""
BEFORE = "go-live before"
"""The go-live of the wave before; nothing for the first."""
_GO_LIVE_ON: list[Weekday] = ["mon", "tue", "wed", "thu"]
Tasks = Annotated[list[Task], Field(max_length=500)]


class TasksFrom(Record):
    """A file of another tool that has the tasks: Microsoft Project's XML, CSV or a workbook."""

    file: Text
    """Beside the plan."""
    spread: Spread = FIXED
    """Multiples of a length that the file states alone: least, most likely, most; [1, 1, 1] where it does not vary."""


class Rollout(Record):
    """A rollout as it is to be sampled."""

    tasks_from: TasksFrom | Text | None = None
    """File of tasks, phases, roles and holidays; what the plan says of them goes before."""
    notes: list[Text] = Field(default=[], max_length=50)
    """Sentences on what the plan rests on; the outcome repeats them."""
    start: Day
    currency: Annotated[str, Field(max_length=8, pattern=r"^\w*$")] = ""
    seed: Annotated[int, Field(ge=0, le=2**53)] = 1
    """Plans that are compared have the same."""
    phases: Annotated[
        list[Phase],
        Field(min_length=1, max_length=20),
        AfterValidator(names_once("phases", lambda phases: [each.name for each in phases])),
    ]
    roles: dict[Named, Role] = Field(default={}, max_length=50)
    works: Weekdays = WORKING
    """On which tasks without roles are worked."""
    holidays: list[Period] = Field(default=[], max_length=200)
    """On which no role works, and no store goes live."""
    freezes: list[Period] = Field(default=[], max_length=200)
    """In which no store goes live."""
    go_live_on: Weekdays = _GO_LIVE_ON
    drivers: list[Text] = Field(default=[], max_length=50)
    """What lengthens many tasks together."""
    reviews: Reviews = Reviews()
    tasks: Tasks = []
    each_wave: Tasks = []
    each_store: Tasks = []
    consent: Consent | None = None
    overhead_per_month: Money = 0.0
    """Of the project, until its last task has ended."""
    budget: Budget | None = None
    risks: Risks = []
    adoption: Adoption | None = None
    effects: Effects | None = None
    gates: Gates | None = None
    goals: Annotated[
        list[Goal],
        Field(max_length=50),
        AfterValidator(names_once("goals", lambda goals: [each.name for each in goals])),
    ] = []
    """The first is that by which plans are compared."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        tasks = [task.name for each in (self.tasks, self.each_wave, self.each_store) for task in each]
        names_once("tasks and phases", list)([*tasks, *(phase.name for phase in self.phases)])
        if reserved := {GO_LIVE, BEFORE} & set(tasks):
            raise ValueError(f"tasks with other names than {min(reserved)}")
        if self.phases[0].begins_after_days is not None:
            raise ValueError("a first phase that begins at the start, without begins_after_days")
        if self.effects and not self.adoption:
            raise ValueError("adoption beside effects: sales are lost and gained by proficiency")
        if self.gates and not self.adoption:
            raise ValueError("adoption beside gates: KPIs depend on proficiency")
        return self
