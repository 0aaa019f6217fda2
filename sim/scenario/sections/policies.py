"""What a scenario may say of replenishment policies and of the forecasts that some of them go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Discriminator, Field, PrivateAttr, Tag, model_validator

from sim.scenario.sections.section import ClockTime, Code, Day, Days, Interval, Section, Share, Units, Within

Weekdays = Annotated[list[Annotated[int, Within(1, 7)]], Field(min_length=1)]
"""ISO weekdays, Monday is 1."""
Level = Annotated[int, Within(-(10**9), 10**9, "units")]
Target = Annotated[float, Within(1e-6, 1 - 1e-6)]


SINGLE: dict[str, type[_Policy]] = {}
"""Policies for one kind of goods, by the name that stands under `policy`: whatever lists policies is made from this table."""


def _single(model: type[_Policy]) -> type[_Policy]:
    """Enter a policy into `SINGLE`, under the name that its field `policy` has."""
    (name,) = get_args(model.model_fields["policy"].annotation)
    SINGLE[name] = model
    return model


class _Policy(Section):
    named: ClassVar[dict[str, dict[str, dict]]] = {}
    """Names under which `replenish --policies` knows it: its parameters at stores and at warehouses."""
    searched: ClassVar[dict[str, Callable[[float], dict]]] = {}
    """Names under which `replenish --optimise` knows it: its parameters from the one number that is searched for."""

    review_days: Interval = 1.0
    at: ClockTime | None = None
    """Time of day of the review; None: after closing."""
    weekdays: Weekdays | None = None
    """The order calendar: reviews that fall on other weekdays do not take place. None: any day will do."""


@_single
class MinMax(_Policy):
    """When the position falls to `least_days` of mean demand, order up to `most_days`."""

    named = {
        "min_max": {"stores": {"least_days": 4, "most_days": 8}, "warehouses": {"least_days": 12, "most_days": 24}}
    }
    searched = {"min_max": lambda x: {"least_days": round(x / 2, 3), "most_days": round(x, 3)}}
    policy: Literal["min_max"]
    least_days: Days
    most_days: Days

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least_days >= self.most_days:
            raise ValueError("least_days < most_days")
        return self


@_single
class ReorderUpTo(_Policy):
    """(s,S) in units, the same for every SKU of the location: order up to S when the position is at or below s."""

    policy: Literal["s_S"]
    s: Level
    S: Level

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.s >= self.S:
            raise ValueError("s < S")
        return self


@_single
class ReorderQuantity(_Policy):
    """(r,Q) in units: when the position is at or below r, order the least number of Qs that lifts it above r."""

    policy: Literal["r_Q"]
    r: Level
    Q: Annotated[int, Within(1, 10**9, "units")]


@_single
class BaseStock(_Policy):
    """(R,S): order at every review up to a level: days of mean demand, or units."""

    named = {"base_stock": {"stores": {"days": 6}, "warehouses": {"days": 18}}}
    searched = {"base_stock": lambda x: {"days": round(x, 3)}}
    policy: Literal["base_stock"]
    days: Days | None = None
    units: Units | None = None

    @model_validator(mode="after")
    def _one_level(self) -> Self:
        if (self.days is None) == (self.units is None):
            raise ValueError("days or units, one of the two")
        return self


@_single
class DaysOfCover(_Policy):
    """Order at every review up to what the forecast expects of the next `days`."""

    named = {"days_of_cover": {"stores": {"days": 6}, "warehouses": {"days": 18}}}
    searched = {"days_of_cover": lambda x: {"days": round(x, 3)}}
    policy: Literal["days_of_cover"]
    days: Annotated[float, Within(0.01, 3_660, "d")]


@_single
class ForecastDriven(_Policy):
    """Order up to the forecast over lead time and review interval, plus safety stock for one target of service."""

    named = {
        "fill_rate": {"stores": {"fill_rate": 0.98}, "warehouses": {"fill_rate": 0.98}},
        "cycle_service": {"stores": {"cycle_service": 0.95}, "warehouses": {"cycle_service": 0.95}},
    }
    searched = {"cycle_service": lambda x: {"cycle_service": round(x, 6)}}
    policy: Literal["forecast"]
    fill_rate: Target | None = None
    """Share of units served from stock."""
    cycle_service: Target | None = None
    """Share of review cycles without a stock-out."""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.fill_rate is None) == (self.cycle_service is None):
            raise ValueError("fill_rate or cycle_service, one of the two")
        return self


@_single
class Newsvendor(_Policy):
    """For a short shelf life: as much as the margin of a unit sold is worth against the cost of one written off."""

    named = {"newsvendor": {"stores": {}, "warehouses": {"policy": "forecast", "fill_rate": 0.98}}}
    policy: Literal["newsvendor"]
    salvage_share: Share = 0.0
    """Of its cost that a unit left over still brings."""


@_single
class Push(_Policy):
    """A new product goes out once: stores get their part, by mean demand, of a share of what the warehouse has."""

    policy: Literal["push"]
    on: Day | None = None
    """None: the scenario's first day."""
    share: Annotated[float, Within(1e-6, 1)] = 0.6


@_single
class Own(_Policy):
    """A class of the user's, with a method `order(review)` as those of `sim.stock.policies`."""

    policy: Literal["own"]
    file: str | None = None
    """A Python file beside the scenario, executed where `--allow-code` allows it; None: a class of the program or notebook that plays it."""
    name: str
    """Of the class."""
    parameters: dict[str, Any] = {}
    """What the class is made with."""
    sha256: str | None = None
    """Of the file, set when it is loaded: another text is another scenario."""
    _allowed: bool = PrivateAttr(default=False)
    """Whether the file may be executed; no file can set it."""


@_single
class NoReplenishment(_Policy):
    """Nothing is ever ordered."""

    policy: Literal["none"]


if TYPE_CHECKING:  # a union made from a table: a type checker sees the base class
    Single = _Policy
else:
    Single = Annotated[reduce(or_, SINGLE.values()), Field(discriminator="policy")]


NAMED: dict[str, dict[str, dict]] = {
    name: {floor: {"policy": policy} | fields for floor, fields in floors.items()}
    for policy, model in SINGLE.items()
    for name, floors in model.named.items()
}
"""Sections of `replenishment`, by the name that `replenish --policies` takes."""
SEARCHED: dict[str, tuple[str, Callable[[float], dict]]] = {
    name: (policy, parameters) for policy, model in SINGLE.items() for name, parameters in model.searched.items()
}
"""The policy and its parameters from one number, by the name that `replenish --optimise` takes."""


class ByClass(Section):
    """A policy for each class of SKUs: A, B and C by value sold (`replenishment.abc`), or the classes that SKUs name."""

    policy: Literal["by_class"]
    classes: Annotated[dict[Code, Single], Field(min_length=1)]
    otherwise: Single = NoReplenishment(policy="none")
    """For SKUs of no class that has an entry."""


if TYPE_CHECKING:
    Policy = _Policy | ByClass
else:
    Policy = Annotated[reduce(or_, [*SINGLE.values(), ByClass]), Field(discriminator="policy")]


class ForecastRule(Section):
    """Forecasts made by the lab each day from what the book heard of sales."""

    method: Literal[
        "by_class",
        "by_error",
        "seasonal_smoothing",
        "croston_sba",
        "tsb",
        "seasonal_naive",
        "simple",
        "moving_average",
    ] = "by_class"
    """by_class: by the demand class of each SKU at each location; by_error: what did best on the last two weeks."""
    history_days: Annotated[int, Within(28, 3_660, "d")] = 56
    """Days looked back at. Those before the run are drawn from the traffic's own means."""
    window_days: Annotated[int, Within(1, 3_660, "d")] = 28
    """Of the moving average."""
    known_events: bool = True
    """The planner knows holidays and spikes of the calendar, and by how much they lift which SKUs; of promotions, the planned factors."""
    correct_stockouts: bool = True
    """Days that ran out count as their weekday's mean of days that did not, where that is more than was sold."""


class ForecastTable(Section):
    """A forecast from outside: a .csv or .parquet file with columns location, sku, day (0 is the first) and units. No row: no demand."""

    table: str
    sha256: str | None = None
    """Of the file, set when it is loaded: other figures are another scenario."""


def _form(value: object) -> str:
    outside = "table" in value if isinstance(value, Mapping) else isinstance(value, ForecastTable)
    return "table" if outside else "rule"


Forecast = Annotated[
    Annotated[ForecastRule, Tag("rule")] | Annotated[ForecastTable, Tag("table")], Discriminator(_form)
]
