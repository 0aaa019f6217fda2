"""The record of two processes that were played in the chain: times of their parts, and the differences that they make."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.decisions.goals import State
from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1


class PartTime(Record):
    """The time of one part of a process, in closed form."""

    process: Literal["till", "back_office"]
    part: str
    """What it is for: ticket, sku, unit, payment, order, parcel, line."""
    as_is_s: float
    as_is_sd_s: float
    to_be_s: float
    to_be_sd_s: float


class PassTimes(Record):
    """Times of a whole pass, s, at equally spaced levels from 0.5 % to 99.5 %."""

    process: Literal["till", "back_office"]
    multiples: dict[str, float]
    """How often each part counts: SKUs and units of a mean ticket, lines of a mean order."""
    as_is_s: list[float]
    to_be_s: list[float]


class ProcessLine(Record):
    """One key figure under both processes: B − A paired by replication, and its change as a share of A."""

    kpi: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    judged: bool
    """Whether the change that was asked for is asked of it."""
    as_is: float | None
    to_be: float | None
    changed_by: float | None
    changed_by_low: float | None
    changed_by_high: float | None
    change: float | None
    least_change: float | None
    most_change: float | None
    state: State | None
    rule: str


class ProcessComparison(Record):
    """As-Is and To-Be, played in a scenario with the same customers."""

    format: Literal[1] = FORMAT
    as_is: str
    to_be: str
    as_is_file: str
    as_is_sha256: str
    to_be_file: str
    to_be_sha256: str
    scenario: str
    currency: str = "currency"
    """Of the scenario; records made before it was kept have none."""
    scenario_hashes: list[str]
    """Of the two scenarios that were played, As-Is first."""
    replications: Count
    confidence: Share
    limit: float
    """The change that was asked for: −0.3 for −30 %."""
    decision: Literal["pass", "fail", "inconclusive"]
    sentence: str
    lines: list[ProcessLine]
    parts: list[PartTime]
    passes: list[PassTimes]
    notes: list[str]
