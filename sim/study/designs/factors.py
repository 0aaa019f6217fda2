"""Factors of a study: fields of a scenario by path, with the levels that they take, or a range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Level = Any
"""A value of a scenario's field: a number, a text, a truth value, a mapping."""
Point = dict[str, Level]
"""By path of a factor, its level."""


@dataclass(frozen=True)
class Factor:
    """A field that a study varies: over `levels` in their order, or between `low` and `high`."""

    path: str
    """Such as `stores.SH01.tills`."""
    levels: tuple[Level, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def ranges(self) -> bool:
        """Whether it is a range."""
        return self.low is not None

    def at(self, u: float) -> Level:
        """Its level at a place u in [0, 1): equal parts for each level; of a range between whole numbers a whole number."""
        if self.low is None or self.high is None:
            return self.levels[int(u * len(self.levels))]
        if isinstance(self.low, int) and isinstance(self.high, int):
            return self.low + int(u * (self.high - self.low + 1))
        return self.low + u * (self.high - self.low)

    def place(self, level: Level) -> float:
        """Where in [0, 1] a level is: the first at 0, the last at 1."""
        if self.low is None or self.high is None:
            return self.levels.index(level) / max(len(self.levels) - 1, 1)
        return (level - self.low) / (self.high - self.low)
