"""The retail system under study, as the chain feels it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from sim.records.profile import ServiceProfile
from sim.records.trace import Journey
from sim.scenario.sections.distributions import Constant, Lognormal, VaryingMinutes, VaryingSeconds
from sim.scenario.sections.section import SPARE, Minutes, Section, Share, Within


class AssumedService(Section):
    """How fast and how available the software is believed to be, before anyone measured it."""

    latency_s: VaryingSeconds = Lognormal(distribution="lognormal", mean=0.35, cv=0.6)
    """Of a journey."""
    journeys: dict[Journey, VaryingSeconds] = {}
    """Of single journeys, where they differ."""
    availability: Share = 1.0
    """Share of journeys that do not fail outside outages; a failed one is repeated after `trading.retry_s`."""
    outages_per_30_days: Annotated[float, Within(0, 10_000, "1/(30 d)")] = 0.0
    outage_minutes: VaryingMinutes = Constant(value=10)


def _basis(value: object) -> str:
    measured = isinstance(value, ServiceProfile) or (isinstance(value, dict) and "measured" in value)
    return "measured" if measured else "assumed"


AnyService = Annotated[
    Annotated[AssumedService, Tag("assumed")] | Annotated[ServiceProfile, Tag("measured")], Discriminator(_basis)
]
"""Assumed, or measured: `service: {profile: service_profile.json}` reads what `retail-lab profile` wrote."""
FailuresPerDay = Annotated[float, Within(0, 1_000, "1/d")]


class RetailSystem(Section):
    """The software a chain may buy. Two vendors are two of these under the same traffic."""

    name: str = "incumbent"
    service: AnyService = AssumedService()
    """Assumed, or measured: `service: {profile: service_profile.json}` reads what `retail-lab profile` wrote."""
    multi_warehouse_transfers: bool = True
    offline_tills: bool = True
    """Tills go on selling while the system cannot be reached; the book hears of it afterwards."""
    backup_payment_channel: bool = False
    stock_sync_minutes: Minutes = 5.0
    """How late the book hears of a sale at the till."""
    attribute_entry: bool = False
    """The clerk must enter attributes (`trading.attribute_entry_s`) for each SKU of a ticket."""
    till_failures_per_day: FailuresPerDay = 0.0
    """Mean failures of a till per day it is staffed."""
    till_repair_minutes: VaryingMinutes = Constant(value=45)
    technicians: Annotated[Annotated[int, Within(1, 10_000, "technicians")] | None, SPARE] = None
    """Technicians of each region, who mend the devices of its stores one at a time, first come, first served; None: a repair never waits."""
    requests_per_journey: dict[Journey, Annotated[float, Within(0.01, 10_000, "requests")]] = {}
    """API requests that one journey makes, 1 where none is given; a measured profile brings its own."""
