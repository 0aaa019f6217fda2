"""The retail system under study, as the chain feels it, and the faults it may meet."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import Discriminator, Field, Tag

from sim.records.profile import ServiceProfile
from sim.records.trace import Journey
from sim.scenario.sections.distributions import Constant, Lognormal, VaryingMinutes, VaryingSeconds
from sim.scenario.sections.section import LocalTime, Minutes, Section, Share, Within


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


class RetailSystem(Section):
    """The software a chain may buy. Two vendors are two of these under the same traffic."""

    name: str = "incumbent"
    service: Annotated[
        Annotated[AssumedService, Tag("assumed")] | Annotated[ServiceProfile, Tag("measured")], Discriminator(_basis)
    ] = AssumedService()
    """Assumed, or measured: `service: {profile: service_profile.json}` reads what `retail-lab profile` wrote."""
    multi_warehouse_transfers: bool = True
    offline_tills: bool = True
    """Tills go on selling while the system cannot be reached; the book hears of it afterwards."""
    backup_payment_channel: bool = False
    stock_sync_minutes: Minutes = 5.0
    """How late the book hears of a sale at the till."""
    attribute_entry: bool = False
    """The clerk must enter attributes (`trading.attribute_entry_s`) for each SKU of a ticket."""
    till_failures_per_day: Annotated[float, Within(0, 1_000, "1/d")] = 0.0
    """Mean failures of a till per day it is staffed."""
    till_repair_minutes: VaryingMinutes = Constant(value=45)
    requests_per_journey: dict[Journey, Annotated[float, Within(0.01, 10_000, "requests")]] = {}
    """API requests that one journey makes, 1 where none is given; a measured profile brings its own."""


FAULTS: dict[str, type[Section]] = {}
"""Faults by the name that stands under `kind`: the union of what may stand in a scenario is made from this table."""


def _fault(model: type[Section]) -> type[Section]:
    """Enter a fault into `FAULTS`, under the name that its field `kind` has."""
    (name,) = get_args(model.model_fields["kind"].annotation)
    FAULTS[name] = model
    return model


class _Fault(Section):
    at: LocalTime
    minutes: Annotated[float, Within(0.01, 60 * 24 * 366, "min")]


@_fault
class PowerCut(_Fault):
    """Stores without power: tills run on battery, then stand; no one comes in; the goods stay."""

    kind: Literal["power_cut"]
    stores: list[str] | Literal["all"] = "all"
    battery_minutes: Minutes = 0.0


@_fault
class SystemOutage(_Fault):
    """The software answers nobody."""

    kind: Literal["system_outage"]


@_fault
class PaymentOutage(_Fault):
    """One payment channel refuses everybody."""

    kind: Literal["payment_outage"]
    channel: str


@_fault
class NetworkCut(_Fault):
    """Single stores cannot reach the software; it feels to them like an outage."""

    kind: Literal["network_cut"]
    stores: list[str] | Literal["all"] = "all"


if TYPE_CHECKING:  # a union made from a table: a type checker sees the base class
    Fault = _Fault
else:
    Fault = Annotated[reduce(or_, FAULTS.values()), Field(discriminator="kind")]
