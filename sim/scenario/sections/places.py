"""The places of a chain and what it carries: regions, stores with their rosters, warehouses, suppliers, lanes, SKUs, opening stock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from operator import not_
from statistics import median
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sim.scenario.sections.distributions import Constant, Lognormal, Uniform, Varying, VaryingDays
from sim.scenario.sections.policies import Weekdays
from sim.scenario.sections.section import (
    SPARE,
    ClockTime,
    Code,
    Day,
    Kilometres,
    LocalTime,
    Money,
    PerDay,
    Section,
    Share,
    Units,
    Weight,
    Within,
)
from sim.scenario.sections.shelves import SHELF_UNITS

Tills = Annotated[int, Within(0, 1_000, "tills")]
Pack = Annotated[int, Within(1, 100_000, "units")]
_PRICE = (1e-6, 1e7, "currency")
_WEIGHT = (1e-6, 1e5, "kg")
Cover = Annotated[Varying, Within(0, 1e6, "d")]
Price = Annotated[float, Within(*_PRICE)]
Popularity = Annotated[Varying, Within(1e-9, 1e6)]


class Region(Section):
    """A region: what a name and a code stand for in every table by region."""

    code: Code
    name: str


class Store(Section):
    """A store: its tills, hours, region and share of the traffic."""

    code: Code
    name: str = ""
    region: Code
    ownership: Literal["direct", "franchise"] = "direct"
    """A franchise store's stock moves to others only by agreement (`transfers.franchise_agrees`)."""
    warehouse: Code
    """The warehouse that delivers to it."""
    customers_per_day: PerDay
    """Mean over an average year, before month, weekday, holiday and Gamma factors."""
    tills: Tills
    self_checkouts: Tills = 0
    opens: ClockTime = time(9)
    closes: ClockTime = time(22)
    roster: Code | None = None
    """Staffed tills by weekday and hour; without one all tills are staffed while the store is open."""

    @model_validator(mode="after")
    def _open(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("closes later than opens, on the same day")
        return self


class Shift(Section):
    """One row of a roster; where rows overlap their tills add up, never past the store's own."""

    roster: Code
    first_weekday: Annotated[int, Within(1, 7)] = 1
    """ISO weekday, Monday is 1."""
    last_weekday: Annotated[int, Within(1, 7)] = 7
    starts: ClockTime
    ends: ClockTime
    tills: Tills
    proficiency: Annotated[float, Within(0.01, 100)] = 1.0
    """Factor on the time per item: a beginner has more than 1."""
    reserve_tills: Annotated[Tills, SPARE] = 0
    """Tills that its staff open besides when lines are long (`trading.reserve`), as far as the store has them."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.ends <= self.starts or self.last_weekday < self.first_weekday:
            raise ValueError("ends later than starts on the same day, last_weekday not before first_weekday")
        return self


class Warehouse(Section):
    """A warehouse: its region, hours and pickers."""

    code: Code
    name: str = ""
    region: Code
    warehouse: Annotated[Code | None, SPARE] = None
    """The warehouse that feeds it, as it feeds stores: central, regional, stores. None: the suppliers."""
    docks: Annotated[int, Within(1, 10_000, "docks")] = 4
    pickers: Annotated[int, Within(1, 100_000, "pickers")] = 10
    opens: ClockTime = time(8)
    closes: ClockTime = time(20)
    """Work under way at closing is finished; the rest waits for the morning."""


class Supplier(Section):
    """A supplier: how long a delivery takes and how much of it comes."""

    code: Code
    lead_time_days: VaryingDays
    fill_rate: Share = 1.0
    """Share of an ordered quantity that is delivered; the rest is not."""
    minimum_order: Money = 0.0
    """Currency at unit cost; a smaller order is not sent, and the location asks again at its next review."""
    order_weekdays: Weekdays | None = None
    """Days on which it takes orders; others wait for the next of them. None: every day."""
    disruptions_per_year: Annotated[float, Within(0, 8_784, "1/a")] = 0.0
    """In 365 days of up-time: up-times are exponential with a mean of 365 days over it. In the calendar there are fewer."""
    disruption_days: VaryingDays = Lognormal(distribution="lognormal", mean=10.0, cv=0.6)
    """While one lasts nothing leaves: orders wait for its end, and the next up-time begins."""
    shelf_life_days: Annotated[int, Within(1, 36_600, "d")] | None = None
    """Of its goods, where the SKU does not say, from their arrival at a location; older units are written off. None: they keep."""
    direct: Annotated[bool | list[Code], SPARE] = False
    """true: stores order its goods from it, past their warehouses, and it delivers to their doors. Codes: only these stores or warehouses do."""
    unavailable_share: Annotated[float, Within(0, 0.99), SPARE] = 0.0
    """Share of time that it is out of a SKU, for each of its SKUs on its own; an order line for it then is not delivered."""
    unavailable_days: Annotated[Annotated[float, Within(0.1, 3_660, "d")] | None, SPARE] = None
    """Mean time that it is out of a SKU at a stretch; the stretches, and the times between them, are exponential."""
    late_share: Annotated[Share, SPARE] = 0.0
    """Share of its deliveries that arrive later than their lead time."""
    late_days: Annotated[VaryingDays | None, SPARE] = None
    """How much later these arrive."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.unavailable_share and self.unavailable_days is None:
            raise ValueError("unavailable_days beside unavailable_share")
        if self.late_share and self.late_days is None:
            raise ValueError("late_days beside late_share")
        return self

    def delivers_to(self, place: Store | Warehouse) -> bool:
        """Whether a place that a warehouse feeds has this supplier's goods from the supplier itself."""
        if isinstance(self.direct, bool):
            return self.direct and isinstance(place, Store)
        return place.code in self.direct


class Lane(Section):
    """From a supplier or a location to a location. Stores and warehouses are served over the lane from the warehouse that feeds them."""

    origin: Code
    destination: Code
    lead_time_days: VaryingDays | None = None
    """None: the supplier's own."""
    distance_km: Kilometres = 0.0
    truck_kg: Annotated[float, Within(1, 1e6, "kg")] | None = None
    """What one delivery from a warehouse can carry: of what a warehouse has for it, the rest is left and forgotten. None: everything."""


class Sku(Section):
    """A stock-keeping unit: price, cost, pack and life."""

    code: Code
    name: str = ""
    supplier: Code | None = None
    """None: suppliers take turns, in list order."""
    price: Price
    """Where a list gives none: the median of the others', assumed."""
    unit_cost: Price
    """Where a list gives none: the price less the margin of `SkuRange`, assumed."""
    weight_kg: Annotated[float, Within(*_WEIGHT)] = 0.5
    pack: Pack = 1
    """Units in which it is ordered and moved."""
    shelf_units: Annotated[
        Annotated[int, Within(*SHELF_UNITS)] | None, Field(exclude_if=lambda units: units is None)
    ] = None
    """What the shelf of every store holds; None: what `replenishment.planogram` and `shelf_days` give."""
    group: str = ""
    """SKUs of one group substitute each other."""
    sku_class: Code | None = None
    """For policies and counts by class; None: A, B or C by the value it sells."""
    shelf_life_days: Annotated[int, Within(1, 36_600, "d")] | None = None
    """Days from its arrival at a location after which a unit is written off; None: as its supplier's goods."""
    popularity: Weight | None = None
    """Weight in a basket line; None: Zipf by the order of the list (`traffic.zipf_exponent`)."""


class SkuCategory(Section):
    """SKUs of one category among those made by rule. What it does not say is as in `SkuRange`."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    """Its SKUs are called by it and their rank: dairy 17."""
    sku_share: Share
    """Of the SKUs; shares of all categories add up to 1, and each has one SKU at least."""
    line_share: Share
    """Of basket lines, before a basket's SKUs are made distinct; shares of all categories add up to 1."""
    supplier: Code | None = None
    """None: suppliers take turns, in list order."""
    sku_class: Code | None = None
    """For policies and counts by class; None: A, B or C by the value it sells."""
    shelf_life_days: Annotated[int, Within(1, 36_600, "d")] | None = None
    """None: as its supplier's goods."""
    popularity: Popularity | None = None
    price: Annotated[Varying, Within(*_PRICE)] | None = None
    margin: Share | None = None
    weight_kg: Annotated[Varying, Within(*_WEIGHT)] | None = None
    pack: Annotated[Varying, Within(1, 100_000, "units")] | None = None
    """Drawn by SKU, in whole units."""
    group_size: Annotated[int, Within(1, 1_000_000, "SKUs")] | None = None
    """Neighbours in popularity, of the same category, that substitute each other."""


class SkuRange(Section):
    """SKUs made by rule, where a chain has no list yet."""

    count: Annotated[int, Within(1, 1_000_000, "SKUs")]
    price: Annotated[Varying, Within(*_PRICE)] = Lognormal(distribution="lognormal", mean=32.0, cv=0.9)
    margin: Share = 0.35
    """Unit cost is price × (1 − margin)."""
    weight_kg: Annotated[Varying, Within(*_WEIGHT)] = Constant(value=0.5)
    pack: Pack = 6
    group_size: Annotated[int, Within(1, 1_000_000, "SKUs")] = 8
    """Neighbours in popularity that substitute each other."""
    popularity: Annotated[Popularity | None, SPARE] = None
    """Of the weights of SKUs in a basket line: of n SKUs, its quantiles at 1 − (rank − ½) / n. None: Zipf (`traffic.zipf_exponent`)."""
    categories: Annotated[list[SkuCategory], SPARE, Field(max_length=1_000)] = []
    """Of other prices, packs, suppliers and popularity; SKUs are numbered by popularity over all of them."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        for name in ("sku_share", "line_share") if self.categories else ():
            total = sum(getattr(category, name) for category in self.categories)
            if abs(total - 1) > 1e-6:
                raise ValueError(f"categories whose {name} adds up to 1, not to {total:.6g}")
        if len(self.categories) > self.count:
            raise ValueError(f"a count of at least {len(self.categories)}, one SKU a category")
        return self


_RULE = SkuRange(count=1)


def priced(skus: object) -> object:
    """Records of SKUs, of which those without `price` or `unit_cost` have an assumed one; anything else as it is.

    The price is the median of those given, or of SKUs made by rule where none is; the cost is the price less the margin of SKUs made by rule.
    """
    if not isinstance(skus, list) or all(
        not isinstance(sku, Mapping) or not ({"price", "unit_cost"} - sku.keys()) for sku in skus
    ):
        return skus
    given = [price for sku in skus if isinstance(sku, Mapping) and (price := _number(sku.get("price"))) is not None]
    usual = round(median(given) if given else float(_RULE.price.quantile(0.5)), 2) or 0.01
    return [_with_price(sku, usual) if isinstance(sku, Mapping) else sku for sku in skus]


def _with_price(sku: Mapping, usual: float) -> Mapping:
    price = sku.get("price", usual)
    known = _number(price)
    cost = max(round((usual if known is None else known) * (1 - _RULE.margin), 2), 0.01)
    return {"price": price, "unit_cost": cost, **sku}


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except ValueError:
        return None
    return number if number is not None and 0 < number < _PRICE[1] else None


class PriceRow(Section):
    """One row of a price list: what a SKU sells for, and costs, from a day on."""

    model_config = ConfigDict(serialize_by_alias=True)

    sku: Code
    price: Price
    unit_cost: Annotated[Price | None, SPARE] = None
    """None: as before."""
    from_: Annotated[Day | None, Field(alias="from", exclude_if=not_)] = None
    """The first day on which it holds, from midnight on. None: it holds when the scenario starts."""


class OpeningStock(Section):
    """One row: a SKU at a location when the scenario starts, before the doors of its first day open.

    A row without `units` has goods on order alone: further orders of a SKU are further rows, as are its lots that expire on other days.
    """

    location: Code
    sku: Code
    units: Annotated[Units | None, Field(exclude_if=lambda units: units is None)] = None
    """On hand, be they promised or not."""
    book: Annotated[
        Annotated[int, Within(-(10**9), 10**9, "units")] | None, Field(exclude_if=lambda book: book is None)
    ] = None
    """Units on record, where they are not those on hand."""
    expires: Annotated[Day | None, SPARE] = None
    """The last day on which the units on hand may be sold. None: they have their whole shelf life before them."""
    promised: Annotated[Units, SPARE] = 0
    """Units that customers and online orders have been promised: handed over when the location first opens, or when goods come in."""
    on_order: Annotated[Units, SPARE] = 0
    """Units on their way to the location. What another location has sent is no longer on hand there."""
    arrives: Annotated[LocalTime | None, SPARE] = None
    """When the units on order come to its doors: a day, or a day and time. None: after a lead time from the start."""
    origin: Annotated[Code | None, SPARE] = None
    """The supplier or location that they come from. None: the warehouse that feeds the location, else the SKU's supplier."""
    as_of: Annotated[Day | None, SPARE] = None
    """The day of the figures; only the scenario's first, or the day before it, fits."""


class ClassCover(Section):
    """Opening stock by rule of the SKUs of one class, where it is another; None: as of all others."""

    store_days: Cover | None = None
    warehouse_days: Cover | None = None


class OpeningCover(Section):
    """Opening stock by rule: days of mean demand, rounded up to packs; a warehouse covers the demand of its stores.

    A location with rows in `listed` carries what they name, and the rule does not speak of it.

    Drawn by location and SKU: a chain in its stride has SKUs at every point between two deliveries.
    """

    store_days: Cover = Uniform(distribution="uniform", low=3, high=8)
    warehouse_days: Cover = Uniform(distribution="uniform", low=10, high=24)
    listed: list[OpeningStock] = []
    """A table for some of the locations: `{table: stock.csv}`."""
    as_of: Annotated[Day | None, SPARE] = None
    """The day of the figures in `listed`, where rows do not carry it."""
    store_least_units: Units = 2
    classes: Annotated[dict[Code, ClassCover], SPARE] = {}
    """SKUs of a class begin with this cover instead: `{FRESH: {store_days: 1}}`."""
    in_stride: Annotated[bool, SPARE] = False
    """Under the rule, the chain has run before the start: of SKUs that a supplier is out of, what the spell has left is on hand, and records differ
    by errors since the last count, as `accuracy` makes them. False: the covers are on hand, and the book is right."""
