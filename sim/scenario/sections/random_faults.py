"""Faults that come at random over a run: how often, when, where, and after which others."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sim.scenario.sections.distributions import Varying
from sim.scenario.sections.faults import LONGEST_MINUTES, FaultKind
from sim.scenario.sections.section import ClockTime, Section, Share, Within


def _each_once(months: list[int]) -> list[int]:
    if len(set(months)) < len(months):
        raise ValueError("each month once")
    return months


Name = Annotated[str, Field(pattern=r"^[^/]+$", max_length=40)]
Month = Annotated[int, Within(1, 12)]


class RandomFault(Section):
    """A fault that comes at random: on its own, by a Poisson process, after another random fault, or both.

    Every replication draws its own; each random fault is drawn from its name, so that one more changes no other.
    """

    name: Name
    fault: FaultKind
    """What it is: a fault without `at` and `minutes`."""
    minutes: Annotated[Varying, Within(0, LONGEST_MINUTES, "min")]
    """How long one lasts; to the second, and a second at least."""
    per_year: Annotated[float, Within(0, 10_000, "1/yr")] | None = None
    """Mean number in 365 days, of each place, of each region or of the chain (`each`)."""
    months: Annotated[list[Month], Field(min_length=1), AfterValidator(_each_once)] | None = None
    """In which they come, all of `per_year`; every month without."""
    from_time: ClockTime | None = None
    """Time of day from which they come; midnight without."""
    until_time: ClockTime | None = None
    """Time of day until which they come; midnight without."""
    each: Literal["place", "region", "chain"] = "chain"
    """What has faults of its own: every place of the fault, every region, or the chain as a whole."""
    share: Annotated[float, Within(1e-6, 1)] = 1.0
    """Chance with which one of a region, or of the chain, hits each place there."""
    after: dict[Name, Share] = {}
    """By name of a random fault that stands above: the chance that one of it is followed by one of these."""
    within_hours: Annotated[float, Within(0, 8_784, "h")] | None = None
    """From the beginning of the other until it follows: uniform from 0 to this."""

    @model_validator(mode="after")
    def _comes(self) -> Self:
        if self.per_year is None and not self.after:
            raise ValueError("per_year, after, or both")
        if self.per_year is None and (self.months or self.from_time or self.until_time):
            raise ValueError(
                "per_year beside months, from_time and until_time: what follows another comes when that does"
            )
        if bool(self.after) != (self.within_hours is not None):
            raise ValueError("after and within_hours, or neither")
        if self.until_time is not None and self.until_time <= (self.from_time or time()):
            raise ValueError("until_time later than from_time")
        return self

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        field = self.fault.of_places
        if self.each != "chain" and field is None:
            raise ValueError(f"each: chain with a {self.fault.kind}, which has no places")
        if self.each == "region" and field not in ("stores", "warehouses"):
            raise ValueError(f"each: place or chain with {field}, which stand in no region")
        if self.share < 1 and (self.each == "place" or field is None):
            raise ValueError("share beside each: region or chain, and a fault that has places")
        return self
