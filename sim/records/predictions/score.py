"""The record of predictions scored by what happened: by run when it was made, by quantity how it did."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1
CALIBRATED: dict[str, str] = {"pass": "CALIBRATED", "fail": "NOT CALIBRATED", "inconclusive": "UNDECIDED"}
"""The decision in words."""


class ScoredRun(Record):
    """A run whose predictions are scored."""

    folder: str
    scenario: str
    scenario_hash: str
    first: str
    """First day that is scored."""
    last: str
    replications: Count
    made: str
    """When it was made, and whether before, within or after the days that it predicts, in words."""
    p: Share
    """Chance of a deviation as large in any quantity where the model is true."""


class ScoreRow(Record):
    """One quantity over all runs."""

    quantity: str
    unit: str
    runs: Count
    cells: Count
    actual: float | None
    """Mean over cells."""
    predicted: float | None
    """Mean of the medians."""
    bias: float | None
    """Mean error of the median over the mean actual value; above 0 too much was predicted."""
    wape: float | None
    pinball: float | None
    """Mean quantile score, in the unit."""
    held_80: Count
    held_95: Count | None
    """None where a run has too few replications for 95 %."""


class Score(Record):
    """The record of one scoring."""

    format: Literal[1] = FORMAT
    log: str
    level: Share
    """Share of true models that are found not calibrated."""
    decision: Literal["pass", "fail", "inconclusive"]
    p: Share
    """Of all runs together (Fisher's combination)."""
    sentence: str
    runs: list[ScoredRun]
    rows: list[ScoreRow]
    notes: list[str]
