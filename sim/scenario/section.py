"""What every part of a scenario has in common: it is frozen, and it refuses a field it does not know."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _clock(value: object) -> object:
    """YAML 1.1 reads 09:30 as base-60 and Excel writes 9:30:00; both mean a time of day."""
    if isinstance(value, int) and not isinstance(value, bool):
        return time(value // 60 % 24, value % 60) if value < 24 * 60 else time(value // 3600 % 24, value // 60 % 60)
    if isinstance(value, str) and len(value) > 1 and value[1] == ":":
        return "0" + value
    return value


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("a local date and time, without a zone")
    return value


Code = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_\-]+$", max_length=40),
    BeforeValidator(lambda v: str(v) if isinstance(v, int) else v),
]
Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
ClockTime = Annotated[time, BeforeValidator(_clock)]
LocalTime = Annotated[datetime, AfterValidator(_local)]
