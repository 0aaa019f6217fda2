"""The network of a plan: activities with what each waits for, the people it needs and the calendar it is worked by."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from sim.planning.rollout.calendars import Calendars
from sim.planning.rollout.sections.amounts import NOTHING

Three = tuple[float, float, float]
Kind = Literal["task", "consent", "wave", "store", "phase"]
"""A task; a franchise store's consent; the go-live of a wave or of a store; the beginning of a phase."""


@dataclass(frozen=True)
class Link:
    """What an activity waits for."""

    source: int
    from_start: bool = False
    lag_days: float = 0.0
    """Calendar days after the start."""
    gate: int = -1
    """Number of the gate that opens some days after the start, drawn by sample; −1 for none."""


@dataclass
class Activity:
    """One activity. Its place in the network is its priority."""

    name: str
    kind: Kind
    task: str
    """Name of the task that it is one of; else what it is."""
    phase: str
    wave: str = ""
    store: str = ""
    days: Three = NOTHING
    cost: Three = NOTHING
    needs: dict[str, int] = field(default_factory=dict)
    drivers: dict[str, float] = field(default_factory=dict)
    defects: float = 0.0
    calendar: int = 0
    not_before: float = 0.0
    """Days since the start."""
    after: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Network:
    """Activities in the order of their priority, and the people there are."""

    activities: tuple[Activity, ...]
    calendars: Calendars
    people: dict[str, int]
    """By role."""
    rates: dict[str, float]
    """Cost of a working day by role."""
    review_every: float
    rework: float
    rework_growth: float
    """A day of waiting for the review."""
    released: np.ndarray | None = None
    """Money released by month from that of the start, cumulative, times the threshold, float64[months]; None without a budget."""
    months: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Day on which each further month begins, float64[months − 1]."""

    @cached_property
    def queued(self) -> np.ndarray:
        """Whether an activity is started in its turn: it needs people, or money of a budget. bool[n]."""
        money = self.released is not None
        return np.array([bool(each.needs) or (money and each.cost[2] > 0) for each in self.activities], dtype=bool)

    @cached_property
    def calendar(self) -> np.ndarray:
        """Calendar of each activity, int64[n]."""
        return np.array([each.calendar for each in self.activities], dtype=np.int64)

    @cached_property
    def whole_days(self) -> np.ndarray:
        """Whether it begins with a day: go-lives. bool[n]."""
        return np.array([each.kind in ("wave", "store") for each in self.activities], dtype=bool)

    @cached_property
    def rate(self) -> np.ndarray:
        """Cost of a working day of each activity's people, float64[n]."""
        return np.array(
            [sum(self.rates[role] * number for role, number in each.needs.items()) for each in self.activities]
        )

    def where(self, kind: Kind, **of: str) -> np.ndarray:
        """Numbers of the activities of a kind whose fields have these values, int64[m]."""
        held = [
            n
            for n, each in enumerate(self.activities)
            if each.kind == kind and all(getattr(each, name) == value for name, value in of.items())
        ]
        return np.array(held, dtype=np.int64)
