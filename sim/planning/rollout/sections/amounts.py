"""Amounts in a plan: numbers with a range and a unit, and three-point estimates of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.planning.file_fields import amount
from sim.planning.goals.goal_file import Text
from sim.records.load_run import Record
from sim.scenario.sections.section import Day, Within

Named = Annotated[str, Field(max_length=80, pattern=r"^\w[\w .&-]*$")]
"""A name that others refer to: letters, digits, spaces, dots, dashes."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Length = Annotated[float, Within(0, 1_000, "d")]
Share = Annotated[float, Within(0, 1), BeforeValidator(amount)]
Factor = Annotated[float, Within(0, 100)]
Money = Annotated[float, Within(0, 1e12, "currency")]
People = Annotated[int, Within(1, 200, "people")]


def _three(value: Any) -> Any:
    """One number stands for an amount that does not vary."""
    return [value] * 3 if isinstance(value, (int, float, str)) and not isinstance(value, bool) else value


def _rising(value: tuple[float, float, float]) -> tuple[float, float, float]:
    if not value[0] <= value[1] <= value[2]:
        raise ValueError("[least, most likely, most], each no less than the one before")
    return value


Length3 = Annotated[tuple[Length, Length, Length], AfterValidator(_rising), BeforeValidator(_three)]
"""Days: least, most likely, most; one number where they do not vary."""
Money3 = Annotated[tuple[Money, Money, Money], AfterValidator(_rising), BeforeValidator(_three)]
Share3 = Annotated[tuple[Share, Share, Share], AfterValidator(_rising), BeforeValidator(_three)]
Multiple = Annotated[float, Within(0, 100), BeforeValidator(amount)]
Spread = Annotated[tuple[Multiple, Multiple, Multiple], AfterValidator(_rising)]
NOTHING, FIXED = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


class Period(Record):
    """Some days in a row, both ends among them."""

    name: Text = ""
    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.last - self.first).days < 3_660:
            raise ValueError("a last day from the first on, within ten years")
        return self


def names_once(what: str, names: Callable[[Any], list[str]]) -> Callable[[Any], Any]:
    """A check that no name stands twice in a list. Raises ValueError with the first that does."""

    def check(value: Any) -> Any:
        held = names(value)
        if twice := next((name for n, name in enumerate(held) if name in held[:n]), None):
            raise ValueError(f"{what} with names of their own ({twice} stands twice)")
        return value

    return check
