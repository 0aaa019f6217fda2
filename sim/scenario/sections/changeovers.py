"""Changeovers: from a day on, some stores work with another system than before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from sim.records.trace import Journey
from sim.scenario.sections.distributions import VaryingMinutes
from sim.scenario.sections.section import SPARE, Day, Minutes, Seconds, Section, Share, Within
from sim.scenario.sections.system import AnyService, FailuresPerDay, RetailSystem

Module = Literal["stock and tills", "members", "marketing", "reports"]


@dataclass(frozen=True)
class Switched:
    """What a module switches on in a store."""

    journeys: tuple[Journey, ...]
    """That the store asks of its software, as the trace has them."""
    feature: str
    """Of the chain, in the words of docs/trading.md."""


MODULES: dict[Module, Switched] = {
    "stock and tills": Switched(
        ("receive_goods", "transfer_stock", "stock_count"), "none: tills sell by either system"
    ),
    "members": Switched(
        ("member_lookup",), "members are known at the till, and looking them up takes time and is load"
    ),
    "marketing": Switched((), "promotions lift the popularity of their SKUs, and planners who know events expect it"),
    "reports": Switched(("report",), "none"),
}


class SystemChange(Section):
    """Fields of `system` that hold in the stores of a changeover from its day on; one that is left out stays as it was."""

    service: AnyService | None = None
    """Replaces the whole service. Changeovers with equal services are one software: it has the load of all their stores, and its outages."""
    offline_tills: bool | None = None
    backup_payment_channel: bool | None = None
    stock_sync_minutes: Minutes | None = None
    attribute_entry: bool | None = None
    till_failures_per_day: FailuresPerDay | None = None
    till_repair_minutes: VaryingMinutes | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_store(cls, value: object) -> object:
        for name in value if isinstance(value, Mapping) else ():
            if name in RetailSystem.model_fields and name not in cls.model_fields:
                fields = ", ".join(cls.model_fields)
                raise ValueError(
                    f"fields that may differ by store ({fields}), and not {name}, which all have in common"
                )
        return value

    def on(self, system: RetailSystem) -> RetailSystem:
        """The system with what is changed."""
        stated = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        return system.model_copy(update=stated)


class ClerkErrors(Section):
    """Errors of clerks, in shares of the basket lines that come onto a ticket at a till."""

    settled: Share
    """At proficiency 1."""
    untrained: Share
    """At proficiency 0; linear in between."""
    redo_s: Seconds = 0.0
    """Until a clerk has put a noticed error right."""
    unnoticed: Annotated[Share, SPARE] = 0
    """Of errors, those that the clerk does not notice: so many more units are booked as another SKU of the group."""

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.untrained < self.settled:
            raise ValueError("an untrained share that is at least the settled one")
        return self

    def noticed_share(self, proficiency: float) -> float:
        """Of lines, those with an error that the clerk notices."""
        return self._share(proficiency) * (1 - self.unnoticed)

    def unnoticed_share(self, proficiency: float) -> float:
        """Of lines, those with an error that the clerk does not notice."""
        return self._share(proficiency) * self.unnoticed

    def _share(self, proficiency: float) -> float:
        return self.settled + (self.untrained - self.settled) * (1 - proficiency)


class Learning(Section):
    """How clerks come to use the system: on day d after the go-live, 1 − (1 − `proficiency`) e^(−d / `time_constant_days`).

    The exponential learning curve (Mazur & Hastie 1978, Psychological Bulletin 85, 1256-1274). The clerk's times at a till are divided by it.
    """

    proficiency: Annotated[float, Within(0.05, 1)]
    """Work done in a given time on the day of the go-live, as a share of what settled staff do."""
    time_constant_days: Annotated[float, Within(0.01, 3_660, "d")] | None = None
    """None: proficiency stays as it is."""
    errors: ClerkErrors | None = None

    def on_day(self, days: int) -> float:
        """Proficiency some whole days after the go-live, 0 on its day."""
        if self.time_constant_days is None:
            return self.proficiency
        return 1 - (1 - self.proficiency) * exp(-days / self.time_constant_days)


class Changeover(Section):
    """Stores that work with another system from a day on; web shop and warehouses stay with `system`."""

    name: str | None = Field(None, min_length=1, max_length=40)
    """By which a file that extends this one changes it."""
    stores: list[str] | Literal["all"] = "all"
    on: Day
    """From its midnight on. Before the run: the days since have been learned from. After it: only `modules` count, which the stores do without."""
    system: SystemChange = SystemChange()
    modules: list[Module] = []
    """Which the stores work with from that day on, and do without before. A module that no changeover of a store names is always there."""
    learning: Learning | None = None
    """In place of that of an earlier changeover; None: that goes on."""

    def at_store(self, code: str) -> bool:
        """Whether the store of a code changes over."""
        return self.stores == "all" or code in self.stores

    @field_validator("stores", "modules")
    @classmethod
    def _once(cls, value: list[str] | str) -> list[str] | str:
        if isinstance(value, list) and len(set(value)) < len(value):
            raise ValueError("a list that names each once")
        return value

    @model_validator(mode="after")
    def _changes(self) -> Self:
        if self.stores == []:
            raise ValueError("the codes of stores, or all, under stores")
        if self.system == SystemChange() and not self.modules and self.learning is None:
            raise ValueError("what changes: system, modules or learning")
        return self
