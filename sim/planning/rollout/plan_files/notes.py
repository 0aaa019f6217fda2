"""Sentences on what of a file of tasks is not read, or read otherwise than a user may expect: the outcome repeats them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sim.evidence.wording import percent
from sim.planning.rollout.plan_files.imported import Three


def source(name: str) -> str:
    """Where the tasks come from."""
    return f"Tasks come from {name[-80:]}."


def alone(number: int, of: int, spread: Three) -> str:
    """Of lengths that the file states with one number."""
    if spread[0] == spread[2]:
        return f"Tasks whose length does not vary, because the file has one number of it: {number} of {of}."
    low, likely, high = map(percent, spread)
    return f"Tasks with one number for their length, which varies from {low} to {high} of it, most likely {likely}: {number} of {of}."


def renamed(number: int, before: str, now: str) -> str:
    """Of names that a plan cannot have."""
    return f"Names written otherwise than in the file: {number}, the first {_short(before)}, here {now}."


def in_parts(role: str, parts: int) -> str:
    """Of a role with parts of people at work."""
    return f"People of {role} are counted in parts, of which {parts} are one person."


def raised(role: str) -> str:
    """Of a role of which a task takes more than the file has."""
    return f"A task needs more of {role} than the file has: there are as many as it needs."


def unnumbered(roles: int) -> str:
    """Of roles whose number the file does not state."""
    return f"Roles without a number in the file, of which there are as many as one task needs at most: {roles}."


def begun(number: int) -> str:
    """Of work that is done."""
    return f"Tasks that have begun in the file, and are sampled whole: {number}."


def inactive(number: int) -> str:
    """Of tasks that are switched off."""
    return f"Inactive tasks of the file, which are left out: {number}."


def latest(names: Sequence[str]) -> str:
    """Of deadlines."""
    return f"Tasks with a latest start, a latest end or a deadline, which moves nothing: {_counted(names)}."


def late(names: Sequence[str]) -> str:
    """Of tasks as late as possible."""
    return f"Tasks planned as late as possible, and sampled as soon as possible: {_counted(names)}."


def fixed(names: Sequence[str]) -> str:
    """Of tasks that must start on a day, or are scheduled by hand."""
    return f"Tasks with a fixed start in the file, which begin no earlier: {_counted(names)}."


def extra_days(days: Sequence[date]) -> str:
    """Of working days outside the working weekdays."""
    return f"Working days outside the working weekdays, which are not worked: {_counted([day.isoformat() for day in days])}."


def own_holidays(role: str) -> str:
    """Of a role that works on holidays of the plan."""
    return f"{_short(role)} has fewer holidays in the file than the project, whose holidays count."


def unread(headings: Sequence[str]) -> str:
    """Of columns without a field."""
    return f"Columns that are not read: {_counted(headings)}."


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)}, the first {_short(names[0])}"


def _short(text: str, most: int = 60) -> str:
    """A name of the file, on one line."""
    text = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
