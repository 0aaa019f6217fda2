"""How a chain keeps its shelves full: policies, rationing, transfers, online sourcing, and how well its book knows its stock."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.sections.distributions import Lognormal, VaryingDays, VaryingLines, VaryingMinutes
from sim.scenario.sections.policies import Forecast, ForecastRule, MinMax, Policy, Weekdays
from sim.scenario.sections.section import (
    SPARE,
    ClockTime,
    Code,
    Days,
    Interval,
    Money,
    PerDay,
    Seconds,
    Section,
    Share,
    Units,
    Weight,
    Within,
)
from sim.scenario.sections.shelves import Filling, Planograms


class SendBack(Section):
    """When stores send excess stock back to their warehouse."""

    above_days: Days = 60.0
    """Stock of a store above these days of mean demand goes back."""
    every_days: Interval = 28.0


class Replenishment(Section):
    """How stores and warehouses order, and how a shortage is shared."""

    stores: Policy = MinMax(policy="min_max", least_days=4, most_days=8)
    franchise: Policy | None = None
    """Franchise stores order for themselves by this; None: as the direct ones."""
    warehouses: Policy = MinMax(policy="min_max", least_days=12, most_days=24)
    by_warehouse: Annotated[dict[Code, Policy], SPARE] = {}
    """Warehouses that order by a policy of their own, by code; all others order by `warehouses`."""
    forecast: Forecast = ForecastRule()
    """What policies that look ahead go by."""
    abc: tuple[Share, Share] = (0.8, 0.95)
    """Shares of the value sold up to which SKUs, best sellers first, are of class A and of class B."""
    rationing: Literal["cover", "pro_rata", "unit_by_unit"] = "cover"
    """How a warehouse that is short serves its stores."""
    unfilled: Literal["forgotten", "kept"] = "forgotten"
    """What it cannot give: the store asks again at its next review, or the warehouse serves it, oldest order first, when goods come in."""
    pick_s_per_line: Seconds = 25.0
    unload_minutes: Annotated[float, Within(0, 1_440, "min")] = 30.0
    """Of one delivery, at a dock."""
    shelf_days: Days = 3.0
    """Days of mean demand that a shelf holds; the rest of a store's stock is in its back room."""
    planogram: Annotated[Planograms | None, SPARE] = None
    """What else a shelf holds, at least: facings, packs, a table. None: `shelf_days` alone."""
    send_back: SendBack | None = None
    """Stores return slow stock to their warehouse; None: they never do."""
    refill_minutes: Annotated[float, Within(1, 1_440, "min")] = 60.0
    """Between two rounds that fill the shelves from the back room."""
    filling: Annotated[Filling | None, SPARE] = None
    """How staff fill shelves. None: every round fills every shelf."""

    @model_validator(mode="after")
    def _classes_follow(self) -> Self:
        if self.abc[0] > self.abc[1]:
            raise ValueError("abc with the share of A at most that of A and B")
        return self


class Transfers(Section):
    """Stock moved between warehouses, and between stores (调拨), where the system can do it (`multi_warehouse_transfers`)."""

    review_days: Interval = 1.0
    warehouses: bool = True
    stores: bool = False
    franchise_agrees: Share = 0.0
    """Share of franchise stores that lend and borrow."""
    surplus_days: Days = 14.0
    """Stock above these days of cover may leave."""
    deficit_days: Days = 4.0
    """A location below these days of cover asks."""
    least_units: Units = 12
    """Smaller shipments are not worth their freight."""
    saving_per_unit: Money = 3.0
    """Currency a unit is worth where it is short; it moves when that exceeds its freight."""
    cost_per_unit_km: Money = 0.001
    lead_time_days: VaryingDays = Lognormal(distribution="lognormal", mean=2.0, cv=0.2)
    """Where no lane gives one."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.deficit_days > self.surplus_days:
            raise ValueError("deficit_days ≤ surplus_days")
        return self


class Sourcing(Section):
    """Which locations ship an online order; docs/allocation.md gives the rules."""

    policy: Literal["nearest", "cheapest", "complete_first", "priced"] = "complete_first"
    resolve_hours: Annotated[float, Within(0.1, 8_784, "h")] = 4.0
    """Between two solves of the prices of stock that `priced` adds to the cost of shipping."""
    horizon_days: Annotated[float, Within(0.1, 366, "d")] = 7.0
    """Days of mean demand that the prices look ahead."""


class Online(Section):
    """Online orders: how many, from where, and how they are sourced."""

    orders_per_day: PerDay = 0.0
    """Of the whole chain, mean over an average year; hours, weekdays and holidays as in `traffic`."""
    region_shares: dict[Code, Share] = {}
    """Where the orders come from; empty: as the stores' customers."""
    hour_shares: Annotated[list[Weight], Field(min_length=24, max_length=24)] | None = None
    """None: as in the stores."""
    basket_lines: VaryingLines | None = None
    """None: as in the stores."""
    batch_minutes: Annotated[float, Within(0.1, 1_440, "min")] = 10.0
    """Orders are sourced together this often."""
    sourcing: Sourcing = Sourcing()
    from_stores: bool = True
    ship_cost_same_region: Money = 1.0
    ship_cost_other_region: Money = 2.5
    """Currency a unit."""
    parcel_cost: Money = 8.0
    """Currency a parcel, whatever is in it."""
    safety_units: Units = 1
    """Units a store keeps for its own customers."""
    browse_per_order: Annotated[float, Within(0, 10_000, "sessions")] = 9.0
    """Sessions that only look, per order placed."""
    pick_minutes: VaryingMinutes = Lognormal(distribution="lognormal", mean=8.0, cv=0.5)
    """Of one parcel, in a store; a warehouse uses `pick_s_per_line`."""
    delivery_days: VaryingDays = Lognormal(distribution="lognormal", mean=1.5, cv=0.3)
    """From the parcel picked to the order handed over."""
    kg_co2e_per_tonne_km: Annotated[float, Within(0, 1_000, "kg/(t km)")] = 0.1
    """Of road freight, for parcels and deliveries alike."""


class StockAccuracy(Section):
    """How the book comes to differ from the shelf, and how it is counted right."""

    shrinkage_share: Share = 0.003
    """Units that vanish, as a share of units sold; the book does not know."""
    shrinkage_classes: Annotated[dict[Code, Share], SPARE] = {}
    """Of SKUs of a class, this share instead: `{A: 0.02}`."""
    damage_share: Annotated[Share, SPARE] = 0
    """Units that are damaged and thrown away, as a share of units sold."""
    damage_booked_share: Annotated[Share, SPARE] = 0
    """Of them, those that are written off in the book; it does not know of the others."""
    receiving_error_share: Annotated[Share, SPARE] = 0
    """Delivered lines that bring a pack less or more than their papers say; the book goes by the papers."""
    misscan_share: Share = 0.001
    """Units booked as another SKU of the group."""
    count_every_days: Interval | None = 30.0
    """Each location counts all its stock this often; None: never."""
    count_classes: dict[Code, Interval] = {}
    """SKUs of a class are counted this often instead: `{A: 7, C: 90}`."""
    count_weekdays: Weekdays | None = None
    """Days on which counts take place; what falls on another waits for the next of them. None: every day."""
    gap_check_days: Annotated[Interval | None, SPARE] = None
    """Staff of each store look for SKUs this often of which none is on hand though the book has some, and correct the book; None: never."""
    gap_missed_share: Annotated[Share, SPARE] = 0
    """Of such SKUs, those that a check overlooks."""
    audit_at: Annotated[ClockTime | None, SPARE] = None
    """Time of day at which every store's shelves are looked at, and counted as an auditor finds them; None: never."""
