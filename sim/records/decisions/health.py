"""The record of quarterly health: each measure in each quarter with its interval, its state, its trend and what it rests on."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.decisions.goals import State
from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1

Grade = Literal["measured", "supplied", "simulated", "modelled"]
"""Measured by a load test, in a user's table, out of a chain, or a model laid over a chain."""
Direction = Literal["better", "worse", "not told apart", "unknown"]


TITLES = {
    "mean_response": "mean response",
    "errors_per_10000": "errors per 10,000 requests",
    "satisfaction": "satisfaction",
    "stock_discrepancy": "stock discrepancy",
}
"""What sentences and pages call a measure, by its name."""


class QuarterLine(Record):
    """A measure in one quarter, in its unit."""

    quarter: str
    """`2026Q3`."""
    estimate: float
    low: float | None
    high: float | None
    """None where nothing bounds it."""
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    """Against the same quarter a year before, or a known baseline, as a share of it; None for a level, and where nothing bounds it."""
    limit: float | None
    """The level that is asked for, in the unit; of a change, that share of the baseline. None without a baseline."""
    state: State
    rule: str
    """Why it is so, in a sentence."""
    samples: Count
    grade: Grade
    how: str
    """What the interval is made from, in a phrase."""
    source: str


class Trend(Record):
    """Least-squares line through the quarters of a measure."""

    quarters: Count
    slope: float | None
    """Unit of the measure a quarter; None for fewer than three quarters."""
    low: float | None
    high: float | None
    direction: Direction
    """`better` or `worse` where the interval of the slope leaves out 0."""


class MeasureLine(Record):
    """A measure over its quarters."""

    name: str
    unit: str
    side: Literal["at most", "at least"]
    limit: float
    """In the unit; a share of the baseline where `change` is true (−0.3 for −30 %)."""
    change: bool
    baseline: float | None
    """Known exactly, in the unit; None for a level, and where the same quarter a year before is the baseline."""
    state: State
    """In the quarter of the report."""
    rule: str
    quarters: list[QuarterLine]
    """Rising."""
    trend: Trend


class Health(Record):
    """Measures of health, judged on a day for the latest quarter of which there is any figure."""

    format: Literal[1] = FORMAT
    quarter: str
    judged_on: str
    confidence: Share
    """Two-sided level of the intervals."""
    sources: list[str]
    targets: str
    """The file of targets; empty for those of the house."""
    formula: str
    """Of the satisfaction model, with its parameters; empty where no figure is modelled."""
    decision: Literal["pass", "fail", "inconclusive"]
    sentence: str
    measures: list[MeasureLine]
    notes: list[str]
    """What was left out of the sources, a sentence each."""
