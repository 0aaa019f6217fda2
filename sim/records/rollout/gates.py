"""The record of gates that read KPIs: the chain's KPIs over rollout states, and how long each gate holds its wave."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.records.load_run import Count, Record, Share

Number = Annotated[float, Field(ge=-1e18, le=1e18)]


class KpiPoint(Record):
    """A KPI at one proficiency of the newest wave's staff."""

    proficiency: Share
    mean: Number
    low: Number
    high: Number
    """Ends of the 95 % interval over the replications; where the limit is relative to before, that of the distance from it, paired by replication."""


class LimitOutcome(Record):
    """A limit of a gate, and the KPI that it is of."""

    kpi: str
    unit: str
    scope: Literal["live", "chain"]
    side: Literal["at most", "at least"]
    limit: Number
    """In the KPI's unit; of one relative to the time before the first wave at the mean of the replications."""
    before: Number
    """The KPI before the first wave, in the same stores."""
    worse_by_at_most: Number | None
    """Share of that, where the limit is relative to it."""
    points: list[KpiPoint]
    """By rising proficiency."""
    waits: Share
    """Of the samples, those in which the wave waits for it: of the gate's limits the last that is kept, or one that never is."""
    never: Share
    """Of the samples, those in which it is never kept."""


class GateOutcome(Record):
    """The gate of one wave."""

    wave: str
    before: list[str]
    """Waves that are live when it is observed."""
    live_stores: Count
    observed_days: Count
    held_days_p50: Number | None
    held_days_p80: Number | None
    """Days by which the wave goes live later than without its gate, where the waves before it are live; None for good."""
    observed_only: Share
    """Of the samples, those in which it waits for the observed days and no longer."""
    held_for_good: Share
    """Of the samples, those in which it never opens though the waves before are live."""
    limits: list[LimitOutcome]


class GatesOutcome(Record):
    """What gates do to a plan."""

    scenario: str
    replications: Count
    """Of each rollout state."""
    days: Count
    """That count in a replication."""
    gates: list[GateOutcome]
    """By wave."""
    days_p50: Number | None
    days_p80: Number | None
    """By which the day on which all stores are live is later than without gates, at these quantiles; None for never."""
    held_for_good: Share
    """Of the samples, those in which a gate holds a wave for good."""
