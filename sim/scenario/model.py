"""The `Scenario`: one validated, fully resolved description of a run. It says what may stand in a file, not what it does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Discriminator, Field, PrivateAttr, Tag, field_validator, model_validator

from sim.scenario.sections.changeovers import Changeover
from sim.scenario.sections.engines import Engine
from sim.scenario.sections.faults import Fault, RandomFault
from sim.scenario.sections.places import (
    Lane,
    OpeningCover,
    OpeningStock,
    PriceRow,
    Region,
    Shift,
    Sku,
    SkuRange,
    Store,
    Supplier,
    Warehouse,
    priced,
)
from sim.scenario.sections.section import SPARE, Code, Day, LocalTime, Section, Within
from sim.scenario.sections.supply import Online, Replenishment, StockAccuracy, Transfers
from sim.scenario.sections.system import RetailSystem
from sim.scenario.sections.trading import Trading
from sim.scenario.sections.traffic import Traffic

_zones = cache(available_timezones)


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("the name of a time zone, such as Asia/Shanghai")
    return name


def _form(value: object) -> str:
    return "list" if isinstance(value, list) else "rule"


class Source(Section):
    """What stands behind a parameter. One that has no source is listed as assumed, as is one that is said to be."""

    kind: Literal["measured", "calibrated", "supplied", "published", "assumed"]
    """`supplied`: from a table of the user's, taken as it stands."""
    source: str
    assumed_for: Annotated[int, Within(0, 10**9, "records"), SPARE] = 0
    """Of the records of a list, those for which the table was silent and a value was assumed."""


class TraceWindow(Section):
    """The stretch of the run whose traffic is written down; replication 0 only."""

    first: LocalTime
    last: LocalTime

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last <= self.first:
            raise ValueError("last later than first")
        return self


@dataclass(frozen=True)
class Origin:
    """The file and the overrides that a scenario was loaded from; empty for one made in Python. It makes no difference to `==`."""

    path: str = field(default="", compare=False)
    overrides: tuple[str, ...] = field(default=(), compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What of its files was left out, a sentence each."""


class Scenario(Section):
    """A chain, its traffic, its system and its faults: everything that a run is made from."""

    _origin: Origin = PrivateAttr(Origin())
    format: Annotated[Literal[1], Within(1, 1)] = 1
    name: Code
    question: str = ""
    """What a person asks of it, in a sentence."""
    start: Day
    days: Annotated[int, Within(1, 3_660, "d")]
    warmup_days: Annotated[int, Within(0, 3_659, "d")] = 0
    """Days at the start that are played and not counted in KPIs."""
    horizon: Annotated[Literal["terminating", "steady_state"] | None, SPARE] = None
    """What is asked about: `terminating`, these days from this state of opening, all of which count; `steady_state`, how the chain trades in the
    long run, so that `warmup_days` has to leave out the days that depend on the state at the start (a study advises how many)."""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    seed: Annotated[int, Within(0, 2**63 - 1)] = 1
    replications: Annotated[int, Within(1, 100_000, "replications")] = 1
    engine: Engine = "compiled"
    """What plays the customers: `compiled` is fast, `simpy` is made of SimPy processes to read and to subclass, and they agree on every
    customer; `{file: mine.py, class: Mine}` is a class of the user's."""

    regions: Annotated[list[Region], Field(min_length=1, max_length=10_000)]
    stores: Annotated[list[Store], Field(min_length=1, max_length=20_000)]
    warehouses: Annotated[list[Warehouse], Field(max_length=10_000)] = []
    suppliers: Annotated[list[Supplier], Field(min_length=1, max_length=10_000)]
    lanes: list[Lane] = []
    rosters: Annotated[list[Shift], Field(max_length=100_000)] = []
    skus: Annotated[
        Annotated[list[Sku], Field(min_length=1, max_length=1_000_000), Tag("list")] | Annotated[SkuRange, Tag("rule")],
        Discriminator(_form),
    ]
    opening_stock: Annotated[
        Annotated[list[OpeningStock], Tag("list")] | Annotated[OpeningCover, Tag("rule")], Discriminator(_form)
    ] = OpeningCover()
    prices: Annotated[list[PriceRow], SPARE, Field(max_length=1_000_000)] = []
    """A price list: the prices of the start, and those of days to come."""

    system: RetailSystem = RetailSystem()
    changeovers: Annotated[list[Changeover], SPARE, Field(max_length=1_000)] = []
    """From when on which stores work with another system."""
    traffic: Traffic = Traffic()
    trading: Trading = Trading()
    replenishment: Replenishment = Replenishment()
    transfers: Transfers = Transfers()
    online: Online = Online()
    accuracy: StockAccuracy = StockAccuracy()
    faults: Annotated[list[Fault], Field(max_length=1_000)] = []
    random_faults: Annotated[list[RandomFault], SPARE, Field(max_length=100)] = []
    """Faults that every replication draws anew, beside `faults`."""
    trace: TraceWindow | None = None
    sources: dict[str, Source] = {}
    """By path of a parameter or of a whole section."""

    @field_validator("skus", mode="before")
    @classmethod
    def _priced(cls, skus: object) -> object:
        return priced(skus)

    @property
    def hash(self) -> str:
        """SHA-256 of the whole resolved scenario: equal hashes give equal bytes."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
