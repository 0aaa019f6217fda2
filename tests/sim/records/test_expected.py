"""What pydantic says of a value becomes the words of a refusal, in one place for every door."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from sim.records.expected import expected

ROOT = Path(__file__).parents[3]


class Point(BaseModel, extra="forbid"):
    x: float = 0.0

    @field_validator("x")
    @classmethod
    def _from_0_on(cls, x):
        if x < 0:
            raise ValueError("a number from 0 on")
        return x


class Everything(BaseModel):
    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    units: Annotated[int, Field(gt=0)] = 1
    code: Annotated[str, Field(max_length=3, pattern="^[A-Z]+$")] = "A"
    kind: Literal["store", "online"] = "store"
    days: Annotated[list[int], Field(min_length=2, max_length=3)] = [1, 2]
    first: date = date(2026, 10, 1)
    at: datetime = datetime(2026, 10, 1)
    opens: time = time(9)
    paid: bool = True
    factors: dict[str, float] = {}
    near: Point = Point()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("share", 1.5, "a number ≤ 1"),
        ("share", float("nan"), "a finite number"),
        ("share", "x", "a number"),
        ("units", 0, "a number > 0"),
        ("units", 1.5, "a whole number"),
        ("code", 3, "a text"),
        ("code", "ABCD", "at most 3 characters"),
        ("code", "a", "a text that matches ^[A-Z]+$"),
        ("kind", "till", "'store' or 'online'"),
        ("days", [1], "at least 2 of them"),
        ("days", [1] * 4, "at most 3 of them"),
        ("days", 1, "a list"),
        ("first", "soon", "a date, such as 2026-10-01"),
        ("at", "soon", "a date and time, such as 2026-10-01 09:30"),
        ("opens", "25:00", "a time of day, such as 09:30"),
        ("paid", "perhaps", "true or false"),
        ("factors", 1, "a mapping of fields"),
        ("near", 1, "a mapping of fields"),
        ("near", {"x": 1, "y": 2}, "a field of this record"),
        ("near", {"x": -1}, "a number from 0 on"),
    ],
)
def test_a_value_is_refused_in_the_words_of_the_lab(field, value, words):
    with pytest.raises(ValidationError) as refused:
        Everything(**{field: value})
    assert expected(refused.value.errors()[0]) == words


def test_errors_of_models_are_put_in_words_in_one_place():
    modules = [file for room in ("sim", "loadtests") for file in (ROOT / room).rglob("*.py")]
    assert [file.name for file in modules if "Value error, " in file.read_text(encoding="utf-8")] == ["expected.py"]
