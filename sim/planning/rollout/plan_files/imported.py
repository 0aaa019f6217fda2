"""What a file of tasks holds, whatever its format: tasks with what they wait for, people, working days, and what of it is not read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sim.planning.rollout.sections.amounts import WEEKDAYS, Weekday

Three = tuple[float, float, float]
WEEK: tuple[Weekday, ...] = WEEKDAYS[:5]
HOURS = 8.0
"""Of a working day, where a file does not say."""


@dataclass(frozen=True)
class Wait:
    """What a task waits for: the end of another, or its start, and then a lag."""

    key: str
    """Of the other."""
    from_start: bool = False
    lag_days: float = 0.0
    working: bool = True
    """Whether the lag is of working days; else of calendar days."""


@dataclass
class Line:
    """One task as the file has it."""

    key: str
    """By which the file refers to it."""
    name: str
    where: str
    """For a person: `row 8`, `task 7 (interfaces)`."""
    level: int = 1
    """Of the outline; those that follow with a greater one are parts of it."""
    phase: str = ""
    """In a table with a column for it."""
    days: float = 0.0
    """Working days."""
    three: Three | None = None
    """Least, most likely and most working days, where the file states them."""
    waits: list[Wait] = field(default_factory=list)
    needs: dict[str, float] = field(default_factory=dict)
    """People by role; parts of a person as fractions."""
    cost: float = 0.0
    not_before: date | None = None
    planned: date | None = None
    """Day on which it begins in the file's own schedule."""
    stores: int | list[str] | None = None
    """Of a milestone: stores that go live with it."""
    parent: Line | None = None
    parts: list[Line] = field(default_factory=list)

    @property
    def milestone(self) -> bool:
        """Whether it takes no time."""
        return self.days == 0 and self.three in (None, (0.0, 0.0, 0.0)) and not self.parts


@dataclass
class People:
    """One role."""

    number: float = 1.0
    cost_per_day: float = 0.0
    works: tuple[Weekday, ...] | None = None
    """None: as the plan's tasks without roles."""
    away: list[tuple[date, date, str]] = field(default_factory=list)


@dataclass
class Imported:
    """A whole file."""

    path: Path
    lines: list[Line]
    people: dict[str, People] = field(default_factory=dict)
    works: tuple[Weekday, ...] = WEEK
    holidays: list[tuple[date, date, str]] = field(default_factory=list)
    start: date | None = None
    currency: str = ""
    notes: list[str] = field(default_factory=list)
    """Sentences on what is not read, or read otherwise than a user may expect."""

    def outline(self) -> None:
        """Give each line its parent and its parts, by level."""
        above: list[Line] = []
        for line in self.lines:
            while above and above[-1].level >= line.level:
                above.pop()
            if above:
                line.parent = above[-1]
                above[-1].parts.append(line)
            above.append(line)
