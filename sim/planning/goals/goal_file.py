"""The file of goals: what is measured, how far it must come, where, whose it is, and by when."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from sim.planning.file_fields import amount, refuse
from sim.records.kpis import KPIS
from sim.records.load_run import Record
from sim.records.refusal import Refusal
from sim.scenario.documents import read

RESERVED = ("kpi", "value", "date", "store", "region")
"""Columns of a table of figures that are no key figure."""
SHARE = "a share from 0 to 1, such as 0.05 or 5%"
_SHARES = frozenset(kpi.name for kpi in KPIS if kpi.unit.startswith("share"))


def is_share(kpi: str) -> bool:
    """Whether a key figure of the lab is a share, which is at most 1."""
    return kpi in _SHARES


def _printed(value: str) -> str:
    """A text of one line that every file can hold."""
    if not value.strip() or not value.isprintable():
        raise ValueError("a text of one line")
    return value.strip()


Text = Annotated[str, Field(max_length=200), AfterValidator(_printed)]
Figure = Annotated[float, BeforeValidator(amount), Field(ge=-1e15, le=1e15)]


class Scope(Record):
    """A region by its code or name, or stores by their codes."""

    region: Text | None = None
    stores: list[Text] = Field(default=[], max_length=20_000)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.region is None) == (not self.stores):
            raise ValueError("either a region or stores")
        return self


class Limit(Record):
    """What is asked of a figure: a level (`at_most`, `at_least`), or a `change` against a baseline."""

    change: Annotated[Figure, Field(ge=-1, le=1e6)] | None = None
    """Share of the baseline: −30 % is at most 0.7 times it, +10 % at least 1.1 times."""
    at_most: Figure | None = None
    at_least: Figure | None = None
    baseline: Annotated[Figure, Field(gt=0)] | None = None
    """In the figure's unit; goes before any other source of a baseline."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        given = [each for each in (self.change, self.at_most, self.at_least) if each is not None]
        if len(given) != 1:
            raise ValueError("one of change, at_most and at_least")
        if self.change == 0:
            raise ValueError("a change other than 0 (a level: at_most or at_least)")
        if self.baseline is not None and self.change is None:
            raise ValueError("a baseline only beside a change")
        return self

    @property
    def limit(self) -> float:
        """The level, or the change."""
        return next(each for each in (self.change, self.at_most, self.at_least) if each is not None)

    @property
    def side(self) -> Literal["at most", "at least"]:
        """On which side of the limit it is met: a fall asks for at most, a rise for at least."""
        falls = self.at_most is not None or (self.change is not None and self.change < 0)
        return "at most" if falls else "at least"


class Goal(Limit):
    """One goal."""

    name: Text
    kpi: Text
    """A key figure of the lab, or of the table."""
    scope: Scope | Literal["all"] = "all"
    owner: Text
    by: date

    @model_validator(mode="after")
    def _a_key_figure(self) -> Self:
        if self.kpi in RESERVED:
            raise ValueError(f"a kpi that is none of {', '.join(RESERVED)}")
        if self.change is None and is_share(self.kpi) and abs(self.limit) > 1:
            raise ValueError(f"for {self.kpi} {SHARE}, not {self.limit:g}")
        return self

    @property
    def where(self) -> str:
        """Its scope in words."""
        if not isinstance(self.scope, Scope):
            return "all"
        if self.scope.region is not None:
            return f"region {self.scope.region}"
        return f"stores {', '.join(self.scope.stores)}"


class GoalFile(Record):
    """The goals of a file."""

    confidence: Annotated[float, BeforeValidator(amount), Field(ge=0.5, le=0.9999)] = 0.95
    goals: list[Goal] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        twice = [name for name, n in Counter(goal.name for goal in self.goals).items() if n > 1]
        if twice:
            raise ValueError(f"goals with names of their own ({twice[0]} stands twice)")
        return self


def read_goals(path: Path) -> GoalFile:
    """The goals of a YAML file. Raises `Refusal` with the field that is wrong."""
    document = read(path, "goals")
    try:
        return GoalFile.model_validate(document)
    except ValidationError as error:
        refuse(path, document, error, "a file of goals")


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises `Refusal` where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Refusal(path, "", "a file that can be read", error.strerror) from None
