"""The record of plans beside each other under common random numbers, and which is best at what confidence."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Record, Share
from sim.records.rollout.outcome import Number, PlanOutcome

FORMAT: Final = 1


class Rival(Record):
    """Another plan beside the best one."""

    plan: str
    difference: Number
    """Chance of the goal under the best plan less that under this one."""
    low: Number
    high: Number
    """Ends of its 95 % interval, of sampling alone."""
    sooner: Share
    """Share of samples in which all stores are live sooner under the best plan."""
    days: Number
    """By which all stores are live sooner under the best plan, mean over samples in which they are live under both."""
    cheaper: Number
    """By how much the best plan is cheaper, mean."""


class Best(Record):
    """The plan with the highest chance of the goal."""

    plan: str
    goal: str
    confidence: Share
    """Lower bound of the probability that no other plan has a higher chance, by Bonferroni's inequality; 0 where the two highest are level."""
    rivals: list[Rival]


class Rollouts(Record):
    """One plan or several."""

    format: Literal[1] = FORMAT
    plans: list[PlanOutcome]
    """In the order of the command line."""
    best: Best | None
    """None for one plan, or where the plans have no goal of one name."""
    conditions: list[str]
    """Which overlap of phases would make the goal likely, of each plan under which it is not."""
    example: bool = False
    """The plans are made up, to show what an outcome looks like."""
    sentence: str
