"""The record of a proof of concept: its stages with their findings, in the order in which they were done, and the finding of the whole."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Amount, Count, Positive, Record, Seconds
from sim.records.verdict import Decision

FORMAT: Final = 1

StageName = Literal["adapter check", "chain before", "replay", "capacity", "stock truth", "race", "chain after"]
STAGES: tuple[StageName, ...] = (
    "adapter check", "chain before", "replay", "capacity", "stock truth", "race", "chain after",
)  # fmt: skip
"""In the order in which they are done. `chain before` is the scenario under its own system, `chain after` under the measured service."""
StageState = Literal["pass", "fail", "inconclusive", "invalid", "not shown", "informs"]


class StageLine(Record):
    """A stage that was done."""

    stage: StageName
    state: StageState
    """A verdict's decision; `not shown` where the platform does not let it be done; `informs` where there is nothing to pass."""
    finding: str
    evidence: str = ""
    """File or folder with its record, as a path from the folder of the proof of concept; empty without one."""
    began_at: str
    took_s: Seconds


class KpiChange(Record):
    """A key figure of the chain under its own system and under the measured service, each with the 95 % interval of its mean."""

    kpi: str
    unit: str
    before: float | None
    after: float | None
    """None where nothing of it was observed."""
    difference: float | None
    low: float | None
    high: float | None
    """Interval of the difference, paired by replication."""
    finding: str
    """`better`, `worse`, `differs`, `not told apart`, `equal`, `no difference seen` or `nothing seen`."""


class ProofOfConcept(Record):
    """The proof of concept of one platform."""

    format: Literal[1] = FORMAT
    host: str
    adapter: str
    adapter_sha256: str
    scenario: str
    scenario_hash: str
    replications: Count
    stores: Count
    currency: str
    targets: list[str]
    """Besides the default ones."""
    at_least: Count | None
    """Stores whose peak the platform must carry; None for those of the scenario."""
    minutes: Positive
    """Within which all stages were to end."""
    peak_orders_per_hour: Amount | None = None
    times_peak: Positive | None = None
    """Load of the replay, over that of the peak. Both None before they are known."""
    stages: list[StageLine] = []
    kpis: list[KpiChange] = []
    decision: Decision = "inconclusive"
    sentence: str = ""

    def of(self, name: StageName) -> StageLine | None:
        """The stage of a name; None where it was not done."""
        return next((each for each in self.stages if each.stage == name), None)
