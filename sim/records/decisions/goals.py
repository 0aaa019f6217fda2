"""The record of goals that were judged: each with its interval, its decision and the rule behind it."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1

State = Literal["met", "not met", "not decidable yet"]
DECISION: dict[State, Literal["pass", "fail", "inconclusive"]] = {
    "met": "pass",
    "not met": "fail",
    "not decidable yet": "inconclusive",
}
"""The decision of a record, by the state of a goal."""


class GoalLine(Record):
    """One goal. `limit`, `estimate`, `low` and `high` are shares of the baseline where `change` is true (−0.3 for −30 %), else in `unit`."""

    name: str
    kpi: str
    unit: str
    scope: str
    """`all`, `region EAST`, or the stores."""
    owner: str
    by: str
    side: Literal["at most", "at least"]
    """On which side of the limit the goal is met."""
    limit: float
    change: bool
    state: State
    estimate: float | None
    low: float | None
    high: float | None
    """None where nothing bounds it on that side."""
    samples: Count
    baseline: float | None
    """Mean of the baseline, in `unit`; None for a level."""
    baseline_samples: Count
    paired: bool
    """The samples were paired with the baseline's, replication by replication."""
    grade: Literal["simulated", "supplied"]
    as_of: str | None
    """Date of the latest figure, or on which the run was made; None where neither is recorded."""
    rule: str
    """Why it is so, in a sentence."""


class Goals(Record):
    """Goals of a file, judged on a day from one source of figures."""

    format: Literal[1] = FORMAT
    file: str
    file_sha256: str
    judged_on: str
    confidence: Share
    """Two-sided level of the intervals; a decision uses the matching one-sided bound."""
    source: str
    """The run's folder or the table that the figures are from."""
    baseline: str
    """The run's folder or the table of the baseline; empty where none was given."""
    scenario_hash: str = ""
    """Of the run; empty for a table."""
    decision: Literal["pass", "fail", "inconclusive"]
    sentence: str
    goals: list[GoalLine]
