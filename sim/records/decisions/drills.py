"""The record of drills: what each costs a chain, what each way to soften it is worth, and its course, with intervals."""

from __future__ import annotations

from typing import Any, Final, Literal

from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1
COSTS = ("lost_sales", "sales", "customers_lost", "wait_s")
"""What is measured: currency at list price, customers, and the mean wait in s of those served where and when the drill hits."""

SUMS = ("lost_sales", "sales", "customers_lost")
"""Those of `COSTS` that are sums over days."""


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


class FaultLine(Record):
    """One random fault of the scenario: what it costs, with what only follows it, is the scenario as it stands less the scenario without it."""

    name: str
    kind: str
    number: Spread
    """That last at an instant of the days that count, in a year (`RandomFaults.a_year`) or in those days."""
    cost: dict[str, Spread]
    """By cost of `SUMS`, in the same time."""
    each: dict[str, Spread] | None
    """By cost, of one such fault; None where none happened."""


class RandomFaults(Record):
    """What the random faults of a scenario cost, and what softens them, each mitigation alone."""

    days: Count
    """That count in each replication."""
    a_year: bool
    """Numbers, costs and worths are those of 365 days; else of the days that count, which are a part of a year while some faults have a season."""
    faults: list[FaultLine]
    """The costliest first."""
    mitigations: list[MitigationLine]
    """The one worth most first; `worth` holds by cost of `SUMS`, at the confidence that holds for all of these together."""


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
    random_faults: RandomFaults | None = None
    """None where the scenario has none, or they were not asked for."""
    steps_from: str
    """The user's table of steps; empty for those that ship."""
