"""Faults that a chain may meet, at given times or at random: what a scenario says of each, and what each changes while it lasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, create_model, model_validator

from sim.clock import on_tick
from sim.scenario.sections.distributions import Varying
from sim.scenario.sections.section import ClockTime, LocalTime, Minutes, Section, Share, Within


@dataclass(frozen=True)
class Effect:
    """What is otherwise in a store, or for customers of the web shop, from one instant until another; a field that is left out changes nothing."""

    from_s: float
    """Seconds since the scenario's first midnight, on tick, as is `until_s`."""
    until_s: float
    doors_closed: bool = False
    """No customer comes in; those inside stay."""
    power_lost: bool = False
    """Tills stand still."""
    unreachable: bool = False
    """The software cannot be reached."""
    channel_down: str | None = None
    """Name of the payment channel that refuses every payment at tills."""
    broken_device: int | None = None
    """Position of the till or self-checkout that does not work."""

    @property
    def changes(self) -> list[tuple[str, str | int]]:
        """(field, value) of what is otherwise."""
        fields = ("doors_closed", "power_lost", "unreachable", "channel_down", "broken_device")
        pairs = ((name, getattr(self, name)) for name in fields)
        return [(name, value) for name, value in pairs if value is not None and value is not False]


FAULTS: dict[str, type[_Fault]] = {}
"""Faults by the name that stands under `kind`: the unions of what may stand in a scenario are made from this table."""
LONGEST_MINUTES = 60.0 * 24 * 366
PLACES = ("stores", "warehouses", "suppliers", "lanes")
"""Fields of a fault that list the places which it hits; each has one of them, or none."""


def _fault(model: type[_Fault]) -> type[_Fault]:
    """Enter a fault into `FAULTS`, under the name that its field `kind` has."""
    (name,) = get_args(model.model_fields["kind"].annotation)
    FAULTS[name] = model
    return model


class _Fault(Section):
    """What a fault is, apart from when it is.

    Codes under `stores`, `warehouses`, `suppliers` and `lanes` and a name under `channel` are checked when a scenario is loaded.
    Stores that are left out of a run are taken out of `stores` and `lanes`.
    """

    kind: str

    @property
    def of_places(self) -> str | None:
        """The field of `PLACES` that the fault has; None: it is everywhere."""
        return next((name for name in PLACES if name in type(self).model_fields), None)

    def at_places(self, places: Sequence[str | LaneEnds]) -> Self:
        """The same fault at some of its places."""
        assert self.of_places is not None  # one that is everywhere is nowhere alone
        return self.model_copy(update={self.of_places: list(places)})

    def lasting(self, at: datetime, minutes: float) -> Fault:
        """The same fault from an instant on, for so long; nothing is validated again."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return _TIMED[self.kind].model_construct(**values, at=at, minutes=minutes)

    def effects(self, from_s: float, until_s: float, store: str | None) -> Iterator[Effect]:
        """What the fault, which lasts from `from_s` until `until_s`, changes in a store, by its code; None: in the web shop."""
        yield from ()

    def stops_supplier(self, code: str) -> bool:
        """Whether nothing leaves this supplier while the fault lasts."""
        return False

    def stops_warehouse(self, code: str) -> bool:
        """Whether neither picking nor unloading begins in this warehouse while the fault lasts."""
        return False

    def stops_lane(self, origin: str, destination: str) -> bool:
        """Whether what leaves `origin` for `destination` while the fault lasts sets off when it ends."""
        return False

    def at_store(self, store: str | None) -> bool:
        """Whether a fault with a field `stores` is at this store; the web shop is none."""
        stores = getattr(self, "stores", ())
        return store is not None and (stores == "all" or store in stores)


@_fault
class PowerCut(_Fault):
    """Stores without power: tills run on battery, then stand; no one comes in; the goods stay."""

    kind: Literal["power_cut"]
    stores: list[str] | Literal["all"] = "all"
    battery_minutes: Minutes = 0.0

    def effects(self, from_s: float, until_s: float, store: str | None) -> Iterator[Effect]:
        """Doors close at once, tills stand still when the battery is empty."""
        if self.at_store(store):
            yield Effect(from_s, until_s, doors_closed=True)
            empty_s = float(on_tick(from_s + 60 * self.battery_minutes))
            yield Effect(min(empty_s, until_s), until_s, power_lost=True)


@_fault
class SystemOutage(_Fault):
    """The software answers nobody."""

    kind: Literal["system_outage"]

    def effects(self, from_s: float, until_s: float, store: str | None) -> Iterator[Effect]:
        """The software is out of reach everywhere."""
        yield Effect(from_s, until_s, unreachable=True)


@_fault
class PaymentOutage(_Fault):
    """One payment channel refuses everybody."""

    kind: Literal["payment_outage"]
    channel: str

    def effects(self, from_s: float, until_s: float, store: str | None) -> Iterator[Effect]:
        """The channel is down at the tills of every store."""
        if store is not None:
            yield Effect(from_s, until_s, channel_down=self.channel)


@_fault
class NetworkCut(_Fault):
    """Single stores cannot reach the software; it feels to them like an outage."""

    kind: Literal["network_cut"]
    stores: list[str] | Literal["all"] = "all"

    def effects(self, from_s: float, until_s: float, store: str | None) -> Iterator[Effect]:
        """The software is out of reach in these stores."""
        if self.at_store(store):
            yield Effect(from_s, until_s, unreachable=True)


@_fault
class SupplierStop(_Fault):
    """Nothing leaves these suppliers; orders wait until it ends."""

    kind: Literal["supplier_stop"]
    suppliers: list[str] | Literal["all"] = "all"

    def stops_supplier(self, code: str) -> bool:
        """Whether the supplier is named."""
        return self.suppliers == "all" or code in self.suppliers


@_fault
class WarehouseStop(_Fault):
    """No order is picked and no lorry unloaded in these warehouses until it ends; work under way is finished."""

    kind: Literal["warehouse_stop"]
    warehouses: list[str] | Literal["all"] = "all"

    def stops_warehouse(self, code: str) -> bool:
        """Whether the warehouse is named."""
        return self.warehouses == "all" or code in self.warehouses


class LaneEnds(Section):
    """A lane, by the codes of its two ends."""

    origin: str
    destination: str


@_fault
class LaneClosed(_Fault):
    """Nothing sets off on these lanes until it ends; what is under way arrives."""

    kind: Literal["lane_closed"]
    lanes: list[LaneEnds] | Literal["all"] = "all"

    def stops_lane(self, origin: str, destination: str) -> bool:
        """Whether the lane is named, in this direction."""
        return self.lanes == "all" or any(
            (lane.origin, lane.destination) == (origin, destination) for lane in self.lanes
        )


class _When(Section):
    at: LocalTime
    minutes: Annotated[float, Within(0.01, LONGEST_MINUTES, "min")]


if TYPE_CHECKING:  # a union made from a table: a type checker sees the base class
    FaultKind = _Fault

    class Fault(_Fault, _When):
        """A fault at a given time."""

    _TIMED: dict[str, type[Fault]] = {}
else:
    _TIMED = {
        name: create_model(
            f"Timed{model.__name__}", __base__=(model, _When), __module__=__name__, __doc__=model.__doc__
        )
        for name, model in FAULTS.items()
    }
    FaultKind = Annotated[reduce(or_, FAULTS.values()), Field(discriminator="kind")]
    Fault = Annotated[reduce(or_, _TIMED.values()), Field(discriminator="kind")]


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
