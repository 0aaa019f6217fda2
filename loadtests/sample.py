"""The record of one request, passed from an errand to the recorder, a trial, or the errands outside the load."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loadtests.adapters.excerpts import Excerpt

NAN = float("nan")


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
