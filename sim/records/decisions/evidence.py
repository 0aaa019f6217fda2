"""A piece of evidence: where it comes from, how strong it is, and what it shows."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sim.records.load_run import Record

Grade = Literal["measured", "supplied", "reference", "rfp", "judgement"]
GRADES: tuple[Grade, ...] = ("measured", "supplied", "reference", "rfp", "judgement")
"""Strongest first: measured by this lab, measured by the vendor or another tool, a reference customer's word, an RFP answer, a scorer's judgement."""


class Figure(Record):
    """A figure with the ends of its interval, which are the estimate where there is none."""

    low: float
    estimate: float | None
    high: float | None
    """None stands for +∞: a quantile among failed requests, a capacity whose end was not found."""


class Piece(Record):
    """One piece of evidence about a vendor."""

    source: str
    """A file or a folder as the user named it."""
    kind: str
    """`verdict`, `load test file`, `capacity`, `race`, `adapter check`, `service profile`, `chain run`, `support tickets`, `incidents`, `costs`."""
    grade: Grade
    dated: str
    """Day on which it was made, as 2026-10-01; empty where neither the file nor the user gives one."""
    age_days: int | None
    sentence: str
    """Its finding in words."""
    figures: dict[str, Figure]
    """By name; empty where it may not be counted."""


def weakest(grades: list[Grade]) -> Grade:
    """The weakest of some grades."""
    return max(grades, key=GRADES.index)


def age_days(dated: str, as_of: date) -> int | None:
    """Days from `dated` to `as_of`; None without a date."""
    return (as_of - date.fromisoformat(dated)).days if dated else None
