"""The record of a gate: the conditions of a wave's go-live, each with its evidence, the evidence's age and its grade."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.decisions import evidence
from sim.records.load_run import Amount, Count, Record

FORMAT: Final = 1

State = Literal["GO", "NO-GO", "NOT KNOWN"]
Grade = evidence.Grade | Literal["simulated", "none"]
"""That of the evidence; `simulated` for a figure of a chain's run, `none` without evidence."""
DECISION: dict[State, Literal["pass", "fail", "inconclusive"]] = {
    "GO": "pass",
    "NO-GO": "fail",
    "NOT KNOWN": "inconclusive",
}
"""The decision of the record, by its state in words."""


class Condition(Record):
    """One condition."""

    name: str
    needed: str
    """What it asks for."""
    state: State
    because: str
    """What the evidence shows, or why there is none."""
    evidence: str = ""
    """The file, as a path below the folder of evidence; empty without one."""
    age_days: Count | None = None
    """None where there is no evidence, or its date is not recorded."""
    grade: Grade = "none"


class Gate(Record):
    """The gate before a wave."""

    format: Literal[1] = FORMAT
    plan: str
    plan_sha256: str
    wave: str
    go_live: str
    host: str
    evidence: str
    """The folder that was read."""
    judged_on: str
    max_age_days: Count
    stores_after: Count
    """Live after the wave."""
    peak_orders_per_hour: Amount | None
    """None where it is not known."""
    decision: Literal["pass", "fail", "inconclusive"]
    sentence: str
    conditions: list[Condition]
    left_out: list[str]
    """Conditions that the plan leaves out."""
    notes: list[str]
    """Files under the folder that could not be read."""
