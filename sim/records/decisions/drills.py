"""The record of drills: what each costs a chain, what each way to soften it is worth, and its course, with intervals."""

from __future__ import annotations

from typing import Any, Final, Literal

from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1
COSTS = ("lost_sales", "sales", "customers_lost", "wait_s")
"""What is measured: currency at list price, customers, and the mean wait in s of those served where and when the drill hits."""


class Spread(Record):
    """A mean over replications, with the half-width of its interval."""

    mean: float
    half_width: float

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside."""
        return abs(self.mean) > self.half_width


class MitigationLine(Record):
    """What may soften a drill. `worth` holds, by cost, what it changes for the better: sales more, customers and waits less."""

    name: str
    have: bool
    """The scenario has it; its worth is what the drill would cost more without it."""
    overlay: dict[str, Any]
    """Values by path of the scenario, laid over the drill."""
    worth: dict[str, Spread]
    """At the confidence that holds for all mitigations together."""


class Course(Record):
    """A drill's course as means over replications: of the line at the watched store by minute of the day, or of units lost by day."""

    at: list[int]
    """Minutes of the day, or days since the scenario's start."""
    without: list[float]
    """Without the drill."""
    drill: list[float]
    softened: list[float]
    """With the mitigation that keeps most customers (most sales, where it is of units lost) of those not in place; empty without one."""
    softened_by: str
    """Its name."""


class Step(Record):
    """What one role does in a drill."""

    minute: float
    """After the trigger; below 0 before it."""
    role: str
    step: str
    role_zh: str = ""
    step_zh: str = ""


class DrillLine(Record):
    """One drill."""

    name: str
    at: str
    """The instant of the trigger, local time."""
    minutes: float
    place: str
    """What it hits: a store, a warehouse, a supplier, a payment channel; empty for all stores."""
    store: str
    """Whose line the course shows; empty where it shows units lost a day."""
    overlay: dict[str, Any]
    cost: dict[str, Spread]
    """By cost, the drill less the scenario without it."""
    mitigations: list[MitigationLine]
    """The one worth most first."""
    course: Course
    switch: float | None
    """Minutes (days, where the course is one of days) from the trigger until the course is above all that the day has without the drill;
    None where it never is."""
    steps: list[Step]


class Drills(Record):
    """Drills over one scenario, under common random numbers."""

    format: Literal[1] = FORMAT
    scenario: str
    scenario_hash: str
    seed: int
    replications: Count
    currency: str
    confidence: Share
    """Of each cost."""
    confidence_together: Share
    """Of the worths of all mitigations together (Bonferroni)."""
    drills: list[DrillLine]
    """The costliest first."""
    left_out: list[str]
    """Drills that the scenario cannot be put through, and why."""
    steps_from: str
    """The user's table of steps; empty for those that ship."""
