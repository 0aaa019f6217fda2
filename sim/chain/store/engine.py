"""The interface between a store and the engine that simulates its customers: inputs and results of an engine.

A store passes an engine the day's sheet and each change of regime; the engine simulates the customers in between by the rules of
docs/trading.md. Engines agree with `==` on every customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from sim.chain.store.software import Answers
from sim.clock import tick
from sim.scenario.model import Scenario
from sim.streams import counter_uniform
from sim.traffic.assortment import Assortment
from sim.traffic.day_sheet import DaySheet
from sim.traffic.stages import Stage

# At one instant: regime changes, at SimPy's own priorities 0 and 1, then these, each by number of till or customer. One integer
# carries both; all stay below 2³⁰, where CPython compares integers fastest.
COMPLETION, DEADLINE, JOINING, ARRIVAL = (rank << 24 for rank in (1, 2, 3, 4))
OPENING = COMPLETION - 1
"""A till of the reserve opens: before any ticket ends at the instant."""

SUBSTITUTION = 1
"""Use of `streams.counter_uniform(sheet.key, customer, line, use)`; 2 and up belong to `system`."""


@dataclass(frozen=True)
class Regime:
    """What holds in a store between two changes. Positions are numbered: first the tills, then the self-checkouts."""

    doors: bool
    """Customers may come in."""
    working: bool
    """Tills can work; where they cannot, tickets under way stand still and none begins."""
    online: bool
    """Tills reach the system."""
    channels: tuple[bool, ...]
    """Which payment channels are up."""
    factors: tuple[float, ...]
    """Of each position on the time per item; 0 where it is closed."""
    broken: tuple[bool, ...]
    """Positions whose device has failed."""
    reserve: tuple[float, ...] = ()
    """Of each till that staff may open when lines are long: its factor then; 0 for the others. Empty: no reserve."""
    clerk_factor: float = 1.0
    """Of tills on the fixed time of a ticket and on the entry of attributes; on the time per item it is in `factors` and `reserve`."""
    falls_back: bool = True
    """Payments may go through the backups of the rules."""

    def staffed(self, tills: int) -> int:
        """How many of the tills are open."""
        return sum(factor > 0 and not broken for factor, broken in zip(self.factors[:tills], self.broken, strict=False))

    def slowed(self, clerk_factor: float, tills: int) -> Regime:
        """The regime with clerks at the tills who take so much longer; self-checkouts are as they were."""
        factors = (*(factor * clerk_factor for factor in self.factors[:tills]), *self.factors[tills:])
        reserve = tuple(factor * clerk_factor for factor in self.reserve)
        return replace(self, factors=factors, reserve=reserve, clerk_factor=clerk_factor)

    @cached_property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Channels uint8[n_channels], factors float64[n_positions] and broken uint8[n_positions], for kernels."""
        return np.array(self.channels, np.uint8), np.array(self.factors, np.float64), np.array(self.broken, np.uint8)


@dataclass(frozen=True)
class ReserveRule:
    """When staff of the reserve open a till, and when they leave it again."""

    open_above: float
    """Customers in line by till that is open, or about to."""
    close_at: float
    """Customers in line by till that stays open."""
    opens_s: float
    """From the decision to the open till; on tick."""


@dataclass(frozen=True)
class Rules:
    """The scenario's rules of trading for one store, as an engine needs them: numbers only."""

    store: int
    tills: int
    self_checkouts: int
    line_per_till: bool
    line_limit: int
    """−1: no limit."""
    self_checkout_lines: int
    unmet: Literal["lost", "backordered", "substituted"]
    substitution_share: float
    next_in_group: np.ndarray
    """int32[n_skus]: the next SKU of the same group, cyclically; its own number where the group has no other."""
    attribute_entry: bool
    """Of any system that the store works with; a sheet's times for it are 0 on days without."""
    backups: tuple[int, ...]
    """Backups of a channel that is down, first choice first; empty where no system that the store works with has a backup."""
    cash: int
    """The channel named `cash`, −1 where there is none."""
    reserve: ReserveRule | None = None
    """None: no till opens by the length of the lines."""

    @classmethod
    def of(cls, scenario: Scenario, assortment: Assortment, store: int, stages: Sequence[Stage]) -> Rules:
        """The rules of one store of a scenario, over all its stages."""
        trading, place = scenario.trading, scenario.stores[store]
        systems = [stage.system for stage in stages]
        names = [channel.name for channel in trading.payments]
        return cls(
            store=store,
            tills=place.tills,
            self_checkouts=place.self_checkouts,
            line_per_till=trading.queue == "line_per_till",
            line_limit=-1 if trading.line_limit is None else trading.line_limit,
            self_checkout_lines=trading.self_checkout_lines,
            unmet=trading.unmet,
            substitution_share=trading.substitution_share,
            next_in_group=_next_in_group(assortment.group),
            attribute_entry=any(system.attribute_entry for system in systems),
            backups=tuple(c for c, channel in enumerate(trading.payments) if channel.backup)
            if any(system.backup_payment_channel for system in systems)
            else (),
            cash=names.index("cash") if "cash" in names else -1,
            reserve=None
            if (rule := trading.reserve) is None
            else ReserveRule(rule.open_above, rule.close_at, tick(rule.opens_s)),
        )


VISIT = np.dtype(
    [
        ("joined_s", np.float64),
        ("started_s", np.float64),
        ("ended_s", np.float64),
        ("system_s", np.float64),
        ("attribute_s", np.float64),
        ("till", np.int16),
        ("fate", np.int8),
        ("channel", np.int8),
        ("offline", np.bool_),
    ],
    align=True,
)
"""The record of one visit; `DayResult` documents each column."""


def _column(name: str, meaning: str) -> property:
    return property(lambda result: result.visits[name], doc=meaning)


@dataclass(frozen=True)
class DayResult:
    """The outcomes of the n customers and m basket lines of one store-day, and the backorders filled at its r refills.

    NaN, −1 and 0 where nothing happened. A ticket that broke off with its till did not happen; one that midnight cut did begin. The arrays
    are an engine's own until it opens its next day: copy them to keep them longer.
    """

    visits: np.ndarray
    """`VISIT`[n], of which the properties below are the columns."""
    got: np.ndarray
    """int32[m], units taken of the SKU demanded."""
    substitute_sku: np.ndarray
    """int32[m], SKU taken in its place."""
    substituted: np.ndarray
    """int32[m], units of it."""
    handed_over: np.ndarray
    """int64[r, n_skus], backordered units handed over; r is 0 where nothing is backordered."""
    reserve_s: np.ndarray | None = None
    """float64[24], seconds of each hour in which tills of the reserve were open, summed over them; None: there is no reserve."""

    fate = _column("fate", "int8[n], a `Fate`.")
    joined_s = _column("joined_s", "float64[n], when the customer reached the tills.")
    started_s = _column("started_s", "float64[n], when the ticket began.")
    ended_s = _column("ended_s", "float64[n], when the customer left.")
    till = _column("till", "int16[n], position of the ticket.")
    channel = _column("channel", "int8[n], channel paid through.")
    system_s = _column("system_s", "float64[n], part of the ticket spent waiting for the software.")
    attribute_s = _column("attribute_s", "float64[n], part of the ticket spent entering attributes.")
    offline = _column("offline", "bool[n], the ticket began while the system was out of reach.")

    def columns(self) -> dict[str, np.ndarray]:
        """Every array by its name."""
        lines = ("got", "substitute_sku", "substituted", "handed_over")
        reserve = () if self.reserve_s is None else ("reserve_s",)
        return {name: getattr(self, name) for name in (*(VISIT.names or ()), *lines, *reserve)}


@dataclass(frozen=True)
class Filling:
    """What limits the rounds of one day in which staff fill shelves; they go on after the SKU that was filled last, of whatever day."""

    lines: int
    """Shelves filled in a round, at most."""
    fill_at: np.ndarray
    """int64[n_skus]: a shelf is filled where it holds at most so many units."""
    found: np.ndarray
    """bool[n_skus]: whether fillers find what the back room has."""

    def in_turn(
        self, shelf: np.ndarray, on_hand: np.ndarray, capacity: np.ndarray, first: int
    ) -> tuple[np.ndarray, int]:
        """A round from the SKU `first` on, units int64[n_skus]: up to what shelves are filled (0: left as they are); the next round's first."""
        to_fill = self.found & (shelf <= self.fill_at) & (shelf < np.minimum(capacity, on_hand))
        turn = np.roll(np.arange(len(capacity)), -first)
        filled = turn[to_fill[turn]][: self.lines]
        up_to = np.zeros_like(capacity)
        up_to[filled] = capacity[filled]
        return up_to, (int(filled[-1]) + 1) % len(capacity) if len(filled) else first


@dataclass(frozen=True)
class Refills:
    """When a store's shelf is filled from its back room on one day."""

    at_s: np.ndarray
    """float64[r], sorted: backordered units are handed over, and then the shelf is filled."""
    capacity: np.ndarray
    """int64[n_skus], units that it is filled up to."""
    filling: Filling | None = None
    """None: every round fills every shelf."""


class Engine(Protocol):
    """Plays one store's customers; made from (`Rules`, `StockLedger`). Instants never go back; calls at one instant take effect in order."""

    def open_day(self, sheet: DaySheet, answers: Answers, regime: Regime, refills: Refills | None = None) -> None:
        """Begin the day of a sheet; called at its midnight. Without refills the shelf is left to its customers."""

    def advance(self, now: float) -> None:
        """Play everything before `now`: called before the store's stock is read or changed."""

    def change(self, regime: Regime) -> None:
        """A new regime holds from the instant to which the engine was last advanced."""

    def restock(self) -> None:
        """The refill, and the goods that come back, at the instant to which the engine was last advanced; `advance` has done the earlier ones."""

    def expect(self, due_s: np.ndarray, sku: np.ndarray, units: np.ndarray) -> None:
        """Lines of goods that customers will bring back: float64[k], int32[k], int64[k]."""

    def close_day(self) -> DayResult:
        """Customers still inside abandon; return all results. Called at the midnight that ends the day."""


def swaps(sheet: DaySheet, rules: Rules) -> np.ndarray | None:
    """bool[m], for each basket line, whether its customer accepts a substitute of the group; None where no customer does."""
    if rules.unmet != "substituted":
        return None
    lines = np.diff(sheet.line_start)
    customer = np.repeat(np.arange(len(sheet)), lines)
    line = np.arange(len(sheet.line_sku)) - np.repeat(sheet.line_start[:-1], lines)
    return counter_uniform(sheet.key, customer, line, SUBSTITUTION) < rules.substitution_share


def _next_in_group(group: np.ndarray) -> np.ndarray:
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first, beyond = np.searchsorted(ordered, ordered, "left"), np.searchsorted(ordered, ordered, "right")
    place = np.arange(1, len(group) + 1)
    following = np.empty(len(group), dtype=np.int32)
    following[order] = order[np.where(place < beyond, place, first)]
    return np.where(group < 0, np.arange(len(group), dtype=np.int32), following)
