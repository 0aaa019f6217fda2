"""What a scenario says of its customers: when they come, what they want, and days that are not like others."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from sim.scenario.sections.distributions import Constant, Lognormal, Varying, VaryingLines
from sim.scenario.sections.promotions import Promotion, PromotionRule
from sim.scenario.sections.section import SPARE, Day, Factor, LocalTime, Section, Share, Weight, Within

_FLAT_HOURS = [1.0] * 24
HourShares = Annotated[list[Weight], Field(min_length=24, max_length=24)]
"""Weights of the hours of a day, the one from midnight first."""
GammaSize = Annotated[float, Within(0.01, 1e6)]
"""Shape of a Gamma factor with mean 1: its variance is 1 / size."""


class Holiday(Section):
    """Days of other traffic."""

    name: str
    first: Day
    last: Day
    factor: Factor
    """On the day's customers; weekday factors do not apply on top."""
    hour_shares: HourShares | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError("last not earlier than first")
        return self


class Spike(Section):
    """A live stream: demand jumps from one instant on and decays."""

    name: str
    at: LocalTime
    duration_minutes: Annotated[float, Within(0.1, 60 * 24 * 366, "min")]
    channel: Literal["store", "online", "both"] = "online"
    factor: Factor
    """On the rate of arrivals at `at`; it falls linearly to 1 while the spike lasts."""
    skus: list[str] = []
    """What it sells; empty: everything as usual."""
    sku_share: Share = 0.0
    """Share of basket lines, while it lasts, that ask for one of `skus`."""


LogField = Literal[
    "timestamp", "ticket", "sku", "quantity", "price", "amount", "store", "name", "group", "customer", "till", "status", "type", "original"
]  # fmt: skip
"""What a column of a transaction log may hold; `amount` is a line's total, `original` the ticket that a refund names."""


class LogReplay(Section):
    """A real transaction log played as it stands, ticket by ticket, ties and all, instead of drawn customers.

    Stores that it does not name keep drawn customers.
    """

    file: str
    preset: Literal["uci", "plain"] = "plain"
    columns: dict[LogField, str] = {}
    """Columns that are called otherwise than in the preset, by field."""
    encoding: str = ""
    """Of a CSV; empty: UTF-8, else GB18030."""
    void: list[str] = []
    """Values of the status column that are no sale."""
    dates: Literal["dmy", "mdy", "ymd", ""] = ""
    """Order of day and month, where rows such as 3/4/2025 leave it open."""
    time_zone: str = ""
    """Of the stores' clocks, for stamps that carry a zone."""
    items: str = ""
    """The column that lists a ticket's items, where a log has one line a ticket."""
    sheet: str = ""
    """Of a workbook; empty: every sheet with the headings of a log."""
    cancelled_prefix: str = ""
    """What the number of a cancelled ticket begins with."""
    first_day: Day
    """The log's day that becomes the scenario's first."""
    stores: dict[str, str] = {}
    """From the log's store names to store codes, others left out; empty: the names are codes.

    Without a store column, every ticket goes to the first store.
    """
    spread_minutes: Annotated[Literal[0, 5, 10, 15, 20, 30, 60], Within(0, 60, "min"), SPARE] = 0
    """Cells over each of which its tickets come evenly spread, drawn by replication: a stamp is of payment, after the wait. 0: at the stamp."""
    sha256: str | None = None
    """Of the file, set when it is loaded: other tickets are another scenario."""


class SkuGroup(Section):
    """How SKUs of one group are bought, where it differs from the rest."""

    hour_shares: HourShares | None = None
    """Weights of the hours in which its lines are bought; None: whenever customers come."""
    line_units: Annotated[Varying, Within(0, 1e6, "units")] | None = None
    """Units of a line, rounded, at least one; None: `traffic.line_units`."""


class Pair(Section):
    """Two SKUs that are bought together."""

    skus: Annotated[list[str], Field(min_length=2, max_length=2)]
    lift: Annotated[float, Within(1e-3, 1e6)]
    """Share of baskets with both, over the product of the shares with each."""


class Traffic(Section):
    """When customers come, and what they buy."""

    month_factors: Annotated[list[Factor], Field(min_length=12, max_length=12)] = [1.0] * 12
    weekday_factors: Annotated[list[Factor], Field(min_length=7, max_length=7)] = [1.0] * 7
    """Monday first."""
    hour_shares: HourShares = _FLAT_HOURS
    """Weights of the hours of a day, taken over the hours a store is open."""
    weekday_hour_shares: Annotated[list[HourShares], Field(min_length=7, max_length=7)] | None = None
    """The same by weekday, Monday first, for stores' days that are no holidays; None: `hour_shares` on all days."""
    holidays: Annotated[list[Holiday], Field(max_length=1_000)] = []
    spikes: Annotated[list[Spike], Field(max_length=1_000)] = []
    day_gamma_size: GammaSize | None = 24.0
    """Shape of the Gamma factor (mean 1) that a whole store-day shares; None: no such factor."""
    cell_gamma_size: GammaSize | None = 100.0
    """Shape of the Gamma factor of each cell within the day."""
    sku_day_gamma_size: Annotated[GammaSize | None, SPARE] = None
    """Shape of the Gamma factor (mean 1) on a SKU's popularity that a day of the chain shares; None: no such factor."""
    dispersion: Annotated[Annotated[float, Within(0.01, 10)] | None, SPARE] = None
    """Variance over mean of the number of customers, and of online orders, given the factors above; below 1 more regular. None: 1, Poisson."""
    cell_minutes: Annotated[Literal[5, 10, 15, 20, 30, 60], Within(5, 60, "min")] = 60
    basket_lines: VaryingLines = Lognormal(distribution="lognormal", mean=8.0, cv=0.8)
    """Distinct SKUs a customer wants; rounded to whole lines, at least one."""
    line_units: Annotated[Varying, Within(0, 1e6, "units")] = Constant(value=1)
    """Units of each, rounded, at least one."""
    groups: dict[str, SkuGroup] = {}
    """By `skus.group`."""
    pairs: Annotated[list[Pair], Field(max_length=1_000)] = []
    """SKUs that are bought together in stores; each keeps its popularity."""
    promotions: Annotated[list[Promotion], SPARE, Field(max_length=10_000)] = []
    promotion_rule: Annotated[PromotionRule | None, SPARE] = None
    """Further promotions, round after round."""
    zipf_exponent: Annotated[float, Within(0, 10)] = 0.7
    member_share: Share = 0.5
    """Customers who are known by a member number."""
    members: Annotated[int, Within(1, 10**8, "members")] = 10_000
    """Of each store."""
    log: LogReplay | None = None

    @model_validator(mode="after")
    def _someone_comes(self) -> Self:
        if sum(self.hour_shares) <= 0:
            raise ValueError("hour_shares with at least one hour above 0")
        if not all(sum(shares) > 0 for shares in self.weekday_hour_shares or ()):
            raise ValueError("weekday_hour_shares with at least one hour above 0 on each weekday")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A scenario without the fields that came later is written, and hashed, as it was before they came."""
        said = handler(self)
        return {name: value for name, value in said.items() if name not in _LATER or value not in (None, {}, [])}


_LATER = ("weekday_hour_shares", "groups", "pairs")
