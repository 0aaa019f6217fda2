"""What every part of a scenario has in common: it is frozen, and it refuses a field it does not know."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from operator import not_
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

_EXCEL_ZERO = datetime(1899, 12, 30)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]+(.*))?")


class Section(BaseModel):
    """A part of a scenario: frozen, and closed to fields that are not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, coerce_numbers_to_str=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Fields are described by the strings that follow them. pydantic's `use_attribute_docstrings` would read the source of every class at
        import, a third of the time in which a command starts."""
        schema = handler(core)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, field in cls.model_fields.items():
            docs = (_docstrings(each).get(name) for each in cls.__mro__ if issubclass(each, Section))
            if described := next(filter(None, docs), None):
                fields[field.alias or name]["description"] = described
        return schema


@cache
def _docstrings(section: type[Section]) -> dict[str, str]:
    """The string that follows each field in the source of a section; empty for one that is made from a table."""
    try:
        (found,) = ast.parse(inspect.getsource(section)).body
    except OSError:
        return {}
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(getattr(found, "body", []))
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


@dataclass(frozen=True)
class Within:
    """The physical range of a number, or of every value that a distribution can draw, and its unit (1: none). Both ends are allowed.

    Of a distribution without an upper end, the mean and the quantile at 1 − 10⁻⁹ must lie in the range.
    """

    low: float
    high: float
    unit: str = "1"

    def __str__(self) -> str:
        return f"{self.low:,.10g} to {self.high:,.10g} {self.unit if self.unit != '1' else ''}".rstrip()

    def check(self, value: Any) -> Any:
        """The value itself. Raises ValueError where it, or a distribution's end, lies outside the range."""
        ends = value.ends if hasattr(value, "ends") else (value, value)
        if not self.low <= min(ends) <= max(ends) <= self.high:
            kind = "a number" if ends[0] == ends[1] else "a distribution whose values are"
            raise ValueError(f"{kind} from {self}")
        return value

    def _number(self, value: Any) -> Any:
        """A boolean is no number, though pydantic would take `true` for 1."""
        if isinstance(value, bool):
            raise ValueError(f"a number from {self}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_after_validator_function(
            self.check, core_schema.no_info_before_validator_function(self._number, handler(source))
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        """Beside the sections of distributions, the range is that of a plain number: JSON Schema holds nothing else against it."""
        return handler(schema) | {"minimum": self.low, "maximum": self.high, "unit": self.unit}


def _clock(value: object) -> object:
    """A time of day as 9:30, 09:30:00 or, from a spreadsheet, a fraction of a day."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 0 <= value < 1:
            raise ValueError("a time of day, such as 09:30")
        return (_EXCEL_ZERO + timedelta(seconds=round(value * 86_400))).time()
    if isinstance(value, str) and len(value) > 1 and value[1] == ":":
        return "0" + value
    return value


def _instant(value: object) -> object:
    """An instant as ISO has it, with slashes or 年月日, or as a spreadsheet's serial number (days since 1899-12-30)."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 1 <= value < 2_958_466:
            raise ValueError("a date from 1900 to 9999")
        return _EXCEL_ZERO + timedelta(seconds=round(value * 86_400))
    if isinstance(value, str) and (parts := _DAY.fullmatch(value.strip())):
        year, month, day, clock = parts.groups()
        return f"{year}-{month:0>2}-{day:0>2}" + (f"T{_clock(clock)}" if clock else "")
    return value


def _day(value: object) -> object:
    instant = _instant(value)
    if isinstance(instant, datetime) and instant.time() == time():
        return instant.date()
    return instant


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("a local date and time, without a zone")
    return value


def _of_an_age(value: date) -> date:
    """Dates far from now are slips of a finger, and days added to them overflow."""
    if not 1900 <= value.year <= 2199:
        raise ValueError("a date from 1900 to 2199")
    return value


SPARE = Field(exclude_if=not_)
"""Of a field that came later: where it is empty or 0, a scenario is written down, and hashed, as it was before there was the field."""


def _described(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$", max_length=40)]
Share = Annotated[float, Within(0, 1)]
Factor = Annotated[float, Within(0, 1000)]
Days = Annotated[float, Within(0, 36_600, "d")]
Interval = Annotated[float, Within(0.001, 3_660, "d")]
"""Between two reviews, counts or rounds of transfers: a minute and a half at least."""
Seconds = Annotated[float, Within(0, 86_400, "s")]
Minutes = Annotated[float, Within(0, 60 * 24 * 366, "min")]
Money = Annotated[float, Within(0, 1e9, "currency")]
Kilometres = Annotated[float, Within(0, 40_000, "km")]
PerDay = Annotated[float, Within(0, 1e6, "1/d")]
"""Customers or orders of one day."""
Weight = Annotated[float, Within(0, 1e6)]
"""What counts is its share in a sum of others."""
Units = Annotated[int, Within(0, 10**9, "units")]
ClockTime = Annotated[time, BeforeValidator(_clock), _described(r"^\d{1,2}:\d{2}(:\d{2})?$", "09:30")]
LocalTime = Annotated[
    datetime,
    BeforeValidator(_instant),
    AfterValidator(_local),
    AfterValidator(_of_an_age),
    _described(r"^\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2})?)?$", "2026-10-01 09:30"),
]
Day = Annotated[
    date, BeforeValidator(_day), AfterValidator(_of_an_age), _described(r"^\d{4}-\d{2}-\d{2}$", "2026-10-01")
]
