"""What tills and shelves of one replication would have recorded, store by store and day by day: tickets, units by SKU class, waits, empty shelves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ext.visits import Fate
from sim.chain.chain import Chain
from sim.chain.store.engine import DayResult, Engine
from sim.chain.store.store import engine_of
from sim.clock import DAY_S, HOUR_S
from sim.scenario.model import Scenario
from sim.traffic.day_sheet import DaySheet

_MOST_CUSTOMERS = 1_000_000
"""Of a store-day."""


@dataclass(frozen=True)
class TillRecord:
    """Of n stores over d days, g groups of SKUs. Online orders are not in it: no till takes them."""

    customers: np.ndarray
    """float64[n, d], all who came."""
    tickets: np.ndarray
    """float64[n, d]"""
    units: np.ndarray
    """float64[n, d, g]"""
    value: np.ndarray
    """float64[n, d, g], currency, at list price."""
    waits: np.ndarray
    """float64[n, d, 24], tickets by the hour in which their customer joined the queue."""
    wait_s: np.ndarray
    """float64[n, d, 24], sums of their waits."""
    empty: np.ndarray
    """float64[n, d], share of the SKUs of `counted` that ended the day without a unit; NaN where none is counted."""


@dataclass(frozen=True)
class Sold:
    """The k lines that tills sold."""

    stamp: np.ndarray
    """datetime64[s][k], of payment."""
    ticket: np.ndarray
    """int64[k], number of the ticket, none twice."""
    store: np.ndarray
    """int64[k], in the scenario."""
    sku: np.ndarray
    """int64[k], in the scenario."""
    units: np.ndarray
    """int64[k]"""

    @classmethod
    def joined(cls, parts: Sequence[Sold]) -> Sold:
        """Several as one."""
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))


def play(
    scenario: Scenario,
    replication: int,
    group: np.ndarray,
    groups: int,
    counted: np.ndarray | None = None,
    sold: list[Sold] | None = None,
) -> TillRecord:
    """Play one replication and record it; `sold` is given the lines of each store-day.

    Args:
        group: int64[n_skus], from 0.
        groups: how many there are.
        counted: bool[n, d, n_skus], SKUs whose stock was recorded at the end of the day; None for none.
    """
    stores, days = len(scenario.stores), scenario.days
    record = TillRecord(
        customers=np.zeros((stores, days)),
        tickets=np.zeros((stores, days)),
        units=np.zeros((stores, days, groups)),
        value=np.zeros((stores, days, groups)),
        waits=np.zeros((stores, days, 24)),
        wait_s=np.zeros((stores, days, 24)),
        empty=np.full((stores, days), np.nan),
    )
    price: np.ndarray
    start = np.datetime64(scenario.start, "s")

    def add(sheet: DaySheet, result: DayResult) -> None:
        customer, sku, units = bought(sheet, result)
        if sold is not None:
            ticket = len(sold) * _MOST_CUSTOMERS + customer
            stamp = start + np.round(result.ended_s[customer]).astype("timedelta64[s]")
            sold.append(Sold(stamp, ticket, np.full(len(sku), sheet.store), sku, units))
        at = sheet.store, sheet.day
        record.units[at] = np.bincount(group[sku], units, groups)
        record.value[at] = np.bincount(group[sku], units * price[sku], groups)
        paid = result.fate == Fate.PAID
        record.customers[at] = len(sheet)
        record.tickets[at] = np.count_nonzero(paid)
        hour = np.clip((result.joined_s[paid] % DAY_S) // HOUR_S, 0, 23).astype(np.int64)
        record.waits[at] = np.bincount(hour, minlength=24)
        record.wait_s[at] = np.bincount(hour, result.started_s[paid] - result.joined_s[paid], 24)

    def count(played: int) -> None:
        if counted is not None:
            out = chain.ledger.physical[:stores] <= 0
            of = counted[:, played - 1].sum(axis=1)
            share = (out & counted[:, played - 1]).sum(axis=1) / np.maximum(of, 1)
            record.empty[:, played - 1] = np.where(of > 0, share, np.nan)

    chain = Chain(scenario, replication, observed(scenario, add))
    price = chain.assortment.price
    chain.play(count)
    return record


def bought(sheet: DaySheet, result: DayResult) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer, SKU and units of each line that was paid for, substitutes among them: int64[k] each."""
    customer = np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start))
    paid = (result.fate == Fate.PAID)[customer]
    sku = np.concatenate([sheet.line_sku, np.maximum(result.substitute_sku, 0)]).astype(np.int64)
    units = np.concatenate([result.got * paid, result.substituted * paid]).astype(np.int64)
    return np.tile(customer, 2)[units > 0], sku[units > 0], units[units > 0]


def observed(scenario: Scenario, add: Callable[[DaySheet, DayResult], None]) -> Callable[..., Engine]:
    """The engine that a scenario names, for `Chain`; each store-day's sheet and result are handed to `add` when it closes."""
    made = engine_of(scenario)
    return lambda rules, ledger: _Observed(made(rules, ledger), add)


class _Observed:
    """An engine that is called through to another."""

    def __init__(self, engine: Engine, add: Callable[[DaySheet, DayResult], None]):
        self._engine, self._add = engine, add

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def open_day(self, sheet: DaySheet, *others: Any) -> None:
        """Begin the day of a sheet."""
        self._sheet = sheet
        self._engine.open_day(sheet, *others)

    def close_day(self) -> DayResult:
        """End the day, and hand it on."""
        result = self._engine.close_day()
        self._add(self._sheet, result)
        return result
