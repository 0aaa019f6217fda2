"""The service profile: latency and failures of a system as a load test measured them, in the form that the simulated chain takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from sim.records.load_run import LARGEST, LONGEST_S, Record

FORMAT: Final = 1
LEVELS: tuple[float, ...] = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Probabilities of the latency quantiles; between two of them the chain interpolates linearly."""

Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, strict=True, json_schema_extra={"unit": "s"})]
Share = Annotated[float, Field(ge=0, le=1, strict=True, json_schema_extra={"unit": "1"})]
Rate = Annotated[float, Field(ge=0, le=1e9, strict=True, json_schema_extra={"unit": "1/s"})]
Count = Annotated[int, Field(ge=0, le=LARGEST, strict=True, json_schema_extra={"unit": "journeys"})]
Requests = Annotated[float, Field(ge=0.01, le=10_000, strict=True, json_schema_extra={"unit": "requests"})]


class LoadLevel(Record):
    """One journey at one load on the system."""

    requests_per_s: Rate
    """Requests per second of the whole system while these journeys ran."""
    journeys: Count
    latency_s: list[Seconds]
    """Quantiles at `LEVELS` of the time in the software of a journey that was answered: the sum of its requests' response times,
    without think time."""
    availability: Share
    availability_low: Share
    availability_high: Share
    """Share of journeys without a failed request outside outages, with its 95 % interval."""

    @model_validator(mode="after")
    def _quantiles_rise(self) -> Self:
        if len(self.latency_s) != len(LEVELS) or any(
            b < a for a, b in zip(self.latency_s, self.latency_s[1:], strict=False)
        ):
            raise ValueError(f"{len(LEVELS)} latency quantiles in rising order")
        return self


class Outages(Record):
    """Incidents seen: failures closer together than `gap_s` are one. In an outage no request is answered; in a burst
    some are, and it counts in the availability of the load levels."""

    window_s: Seconds
    """Observed."""
    gap_s: Seconds
    lengths_s: list[Seconds] = []
    """Of outages, in the order in which they came."""
    bursts_s: list[Seconds] = []
    """Lengths of bursts."""
    unavailability_high: Share
    """Upper 95 % bound on the share of time the system is down, from this window: a short run without outages does not exclude them in a year."""
    declared_length_s: Seconds = 0.0
    """Least mean length of an outage assumed in that bound."""

    @model_validator(mode="after")
    def _fit_into_the_window(self) -> Self:
        if len(self.lengths_s) > max(self.window_s, 1.0):
            raise ValueError("at most one outage for each second of window_s")
        return self


class ServiceProfile(Record):
    """Measured service of a system: latency quantiles and failures by journey and load."""

    format: Literal[1] = FORMAT
    source: str
    """Where the figures come from: a run's id, or `assumed`."""
    measured: bool
    journeys: dict[str, Annotated[list[LoadLevel], Field(min_length=1)]]
    """By journey, load levels in rising order of `requests_per_s`."""
    requests_per_journey: dict[str, Requests] = {}
    outages: Outages
    measured_load_per_s: tuple[Rate, Rate] | None = None
    """Lowest and highest load that any window of the load test carried."""
    stock_sync_lag_s: Seconds | None = None

    @model_validator(mode="after")
    def _loads_rise(self) -> Self:
        for journey, levels in self.journeys.items():
            if any(b.requests_per_s < a.requests_per_s for a, b in pairwise(levels)):
                raise ValueError(f"load levels of {journey} in rising order of requests_per_s")
        if self.measured_load_per_s and self.measured_load_per_s[0] > self.measured_load_per_s[1]:
            raise ValueError("a lowest measured_load_per_s up to the highest")
        return self

    @property
    def load_range_per_s(self) -> tuple[float, float]:
        """The loads that were measured, requests per second; outside them the chain takes the nearest and marks its KPIs as extrapolated."""
        if self.measured_load_per_s:
            return self.measured_load_per_s
        loads = [level.requests_per_s for levels in self.journeys.values() for level in levels]
        return (min(loads), max(loads)) if loads else (0.0, 0.0)
