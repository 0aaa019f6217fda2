"""The records of one journey in the load generator: the row that schedules it, and a sample of each of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loadtests.adapters.excerpts import Excerpt

NAN = float("nan")


class Row(NamedTuple):
    """One scheduled journey. `follows` is the trace row it needs, −1 for none; `followers` how many later rows need this one."""

    at_s: float
    row: int
    journey: str
    location: int
    customer: int
    skus: list[int]
    quantities: list[int]
    follows: int
    followers: int


class Sample(NamedTuple):
    """One request as it happened; `sim.records.samples.SCHEMA` describes the fields. Times are seconds from the run's start."""

    row: int
    journey: str
    step: str
    t_intended: float
    t_start: float
    t_end: float
    outcome: str
    """One of `sim.records.samples.OUTCOMES`."""
    status: int = 0
    size: int = 0
    """Bytes of the answer's body."""
    error: str | None = None
    attempt: int = 1
    waited_s: float = 0.0
    t_completed: float = NAN
    excerpt: Excerpt | None = None
    """Of an answer that was not a success."""
