"""The record of a study: its design, and at each point the mean of key figures and what they change against the first point, with intervals."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from sim.records.load_run import Count, Positive, Record, Share

FORMAT: Final = 1


class Mean(Record):
    """A mean over replications with the ends of its interval; None where nothing was observed, or too little for an interval."""

    mean: float | None
    low: float | None
    high: float | None
    finding: str = ""
    """Of a change, as `retail-lab compare` names it: `better`, `worse`, `differs`, `equal`, `no difference seen`, `nothing seen` or `not told
    apart`."""


class FactorLine(Record):
    """A field that was varied, by path: its levels, or the ends of its range."""

    path: str
    levels: list[Any] = Field(default=[])
    low: float | None = None
    high: float | None = None


class KpiLine(Record):
    """A key figure that the record holds; the study's table holds all."""

    name: str
    unit: str
    better: Literal["higher", "lower", "neither"]


class PointLine(Record):
    """A scenario at a level of each factor."""

    scenario: str
    scenario_hash: str
    levels: dict[str, Any]
    """By path."""
    wait_target_s: float
    replications: Count
    means: dict[str, Mean]
    """By key figure."""
    changes: dict[str, Mean]
    """By key figure, this point less the first one, paired by replication; empty for the first."""


class EffectLine(Record):
    """What a level of a factor changes in a key figure against the factor's first level; of a range the high end against the low one."""

    scenario: str
    kpi: str
    factor: str
    level: Any
    change: Mean


class IndexLine(Record):
    """Sobol' indices of a factor for a key figure: shares of its variance with 95 % bootstrap intervals; None where it does not vary."""

    scenario: str
    kpi: str
    factor: str
    first: float | None
    first_interval: tuple[float | None, float | None]
    total: float | None
    total_interval: tuple[float | None, float | None]


class TargetLine(Record):
    """A half-width that was asked for, at every point."""

    kpi: str
    half_width: Positive
    relative: bool
    """Whether it is a share of the mean."""
    reached: bool
    widest: float | None
    """The largest half-width of a point, in the same measure, at the confidence of one look."""
    replications_advised: Count | None
    """About how many the target needs, at the scatter seen; None where it was not observed."""


class SelectionLine(Record):
    """The best point by a key figure, or the points among which it is."""

    kpi: str
    indifference: Positive
    """The smallest difference worth finding, in the unit of the key figure."""
    confidence: Share
    """Least probability that the best is among those left, where it is ahead by at least that; of `knpp` as `indifference` falls beside the
    scatter."""
    left: list[Count] = Field(min_length=1)
    """Points not eliminated, by number; one where the selection is decided, several where the most replications ended it before."""
    replications: Count
    """At which it stood there; of `rinott` those of the point that needed most."""
    procedure: Literal["kn", "knpp", "rinott", "subset"] = "kn"
    """Elimination: KN (Kim & Nelson 2001), KN++ (Kim & Nelson 2006); two stages (Rinott 1978); or a subset after a fixed number of
    replications (Nelson, Swann, Goldsman & Song 2001), which also stands in where `rinott` needs more than the study may play."""
    independent: bool = False
    """Whether each point had random numbers of its own, in place of common ones."""
    replications_needed: Count | None = None
    """With which it would be decided at the latest, at the scatter seen; None where it is decided, and of `subset`."""


class WarmupLine(Record):
    """A key figure day by day at the first point, as means over replications, the warm-up included."""

    kpi: str
    advised_days: Count | None
    """Days to leave out by MSER with batches of a week; None where the run is too short to show that it has settled."""
    mean: list[float | None]
    """By day; None where nothing of it happened."""
    smoothed: list[float | None]
    """Welch's moving average over a week."""


class Study(Record):
    """Scenarios × factors × replications under common random numbers, or, where a selection has them independent, each with its own."""

    format: Literal[1] = FORMAT
    name: str
    question: str
    design: str
    seed: int
    currency: str
    replications: Count
    """Of each point; with a selection of those that were played most."""
    confidence: Share
    """Of each interval."""
    confidence_together: Share
    """Of each change, so that the changes of one key figure hold together (Bonferroni)."""
    confidence_of_a_look: Share
    """Of the half-widths that targets are compared with, so that they hold at whichever look the study ended (Bonferroni)."""
    factors: list[FactorLine]
    without_effect: list[str]
    """Paths of factors that changed no key figure in any replication: the scenario does not use them in the days played."""
    kpis: list[KpiLine]
    points: list[PointLine] = Field(min_length=1)
    """The first is the one that others are compared with."""
    effects: list[EffectLine]
    indices: list[IndexLine]
    targets: list[TargetLine]
    selection: SelectionLine | None
    warmup_days: Count
    """That the scenario leaves out."""
    warmup: list[WarmupLine]
    """Empty where it was not asked for."""
    played_by: dict[str, str]
    """Versions of libraries, and the code of the lab, that every replication was played by."""
