"""A transaction log played as it stands: its tickets cut into store-days, under the scenario's own numbers for stores and SKUs."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.clock import DAY_S
from sim.records.refusal import Refusal
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.traffic import LogReplay
from sim.traffic.assortment import Assortment
from sim.traffic.calendar import seconds_of_day
from sim.traffic.log.reader import Log, read_log
from sim.traffic.log.reading import Reading


@dataclass(frozen=True)
class Visits:
    """n tickets and their m lines, as a day sheet has them."""

    arrival_s: np.ndarray
    line_start: np.ndarray
    line_sku: np.ndarray
    line_units: np.ndarray
    customer: np.ndarray


class Replay:
    """Cuts a scenario's log into visits; ties keep the log's order.

    Raises `Refusal` when the log has stores or SKUs that the scenario lacks, tickets outside opening hours, or none within the run, and
    when it begins after the run or ends before it: a day that the log does not cover is not a day without customers.
    """

    def __init__(self, scenario: Scenario, assortment: Assortment):
        replay = scenario.traffic.log
        assert replay is not None, "a scenario without a log has nothing to replay"
        if not os.path.isfile(replay.file):
            refuse_played(scenario, ("traffic", "log", "file"), "a file that exists", replay.file)
        reading = Reading(**{each.name: getattr(replay, each.name) for each in fields(Reading)})
        log = _read_once(replay.file, _version(replay.file), reading)
        self._days = scenario.days
        store = _store_numbers(scenario, replay, log)[log.tickets.store]
        t_s = (log.tickets.stamp - np.datetime64(replay.first_day.isoformat(), "s")).astype(np.float64)
        played = np.flatnonzero((store >= 0) & (t_s >= 0) & (t_s < scenario.days * DAY_S))
        if not played.size:
            last = replay.first_day + timedelta(days=scenario.days - 1)
            span = f"{log.tickets.stamp[0]} to {log.tickets.stamp[-1]}".replace("T", " ")
            raise Refusal(replay.file, "timestamp", f"tickets from {replay.first_day} to {last}, the run", span)
        _check_span(scenario, replay, t_s[store >= 0])
        _check_hours(scenario, replay, log, played, store[played], t_s[played] % DAY_S)
        slot = store[played] * scenario.days + (t_s[played] // DAY_S).astype(np.int64)
        order = np.argsort(slot, kind="stable")
        self._slot, ticket = slot[order], played[order]
        self._visits = _lay_out(log, ticket, t_s[ticket], _sku_numbers(replay, assortment, log))
        self.stores = frozenset((self._slot // scenario.days).tolist())

    def visits(self, store: int, day: int) -> Visits:
        """The tickets of a store-day."""
        slot = store * self._days + day
        return self._cut(slot, slot + 1)

    def mean_demand(self, store: int, skus: int) -> np.ndarray:
        """float64[skus], units a day over the days of the run."""
        played = self._cut(store * self._days, (store + 1) * self._days)
        return np.bincount(played.line_sku, weights=played.line_units, minlength=skus) / self._days

    def _cut(self, first_slot: int, next_slot: int) -> Visits:
        a, b = np.searchsorted(self._slot, [first_slot, next_slot])
        every = self._visits
        first, last = every.line_start[a], every.line_start[b]
        return Visits(
            arrival_s=every.arrival_s[a:b],
            line_start=every.line_start[a : b + 1] - first,
            line_sku=every.line_sku[first:last],
            line_units=every.line_units[first:last],
            customer=every.customer[a:b],
        )


def _version(file: str) -> tuple[int, int] | None:
    """Time of change and size of the file, the key of the cache; None where there is none: reading it then refuses."""
    try:
        status = Path(file).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=1)
def _read_once(file: str, version: tuple[int, int] | None, reading: Reading) -> Log:
    """Replications of one run read their log once."""
    return read_log(file, reading)


def _lay_out(log: Log, ticket: np.ndarray, t_s: np.ndarray, number: np.ndarray) -> Visits:
    """Tickets one after another in the order given, their lines sorted by the scenario's SKU numbers."""
    tickets = log.tickets
    lines = np.diff(tickets.line_start)[ticket]
    start = np.concatenate([[0], np.cumsum(lines)])
    line = np.arange(start[-1]) + np.repeat(tickets.line_start[ticket] - start[:-1], lines)
    sku = number[tickets.line_sku[line]]
    order = np.lexsort((sku, np.repeat(np.arange(len(ticket)), lines)))
    return Visits(
        arrival_s=t_s,
        line_start=start,
        line_sku=sku[order].astype(np.int32),
        line_units=tickets.line_units[line[order]].astype(np.int32),
        customer=tickets.customer[ticket],
    )


def _store_numbers(scenario: Scenario, replay: LogReplay, log: Log) -> np.ndarray:
    """Store index of each of the log's stores, −1 where it is left out."""
    codes = {store.code: n for n, store in enumerate(scenario.stores)}
    if log.tickets.stores == ("",):
        return np.zeros(1, dtype=np.int64)
    if missing := [name for name in replay.stores if name not in log.tickets.stores]:
        raise Refusal(
            replay.file, "store", f"tickets of {missing[0]}, which traffic.log.stores names", log.tickets.stores
        )
    to = replay.stores or {name: name for name in log.tickets.stores}
    if unknown := [name for name in to if to[name] not in codes]:
        raise Refusal(
            replay.file, "store", "the scenario's stores, or traffic.log.stores to say which is which", unknown[0]
        )
    return np.array([codes[to[name]] if name in to else -1 for name in log.tickets.stores], dtype=np.int64)


def _sku_numbers(replay: LogReplay, assortment: Assortment, log: Log) -> np.ndarray:
    codes = {code: n for n, code in enumerate(assortment.code)}
    if unknown := [code for code in log.code if code not in codes]:
        found = f"{unknown[0]} and {len(unknown) - 1} more of {len(log.code)}" if unknown[1:] else unknown[0]
        raise Refusal(
            replay.file, "sku", "SKUs that the scenario lists (`retail-lab calibrate LOG --skus` writes them)", found
        )
    return np.array([codes[code] for code in log.code])


def _check_span(scenario: Scenario, replay: LogReplay, t_s: np.ndarray) -> None:
    first, last = (int(instant // DAY_S) for instant in (t_s.min(), t_s.max()))
    begins, ends = (replay.first_day + timedelta(days=day) for day in (first, last))
    if first > 0:
        expected = f"a day from {begins} on, where {replay.file} begins"
        refuse_played(scenario, ("traffic", "log", "first_day"), expected, str(replay.first_day))
    if last + 1 < scenario.days:
        refuse_played(scenario, ("days",), f"at most {last + 1}, as {replay.file} ends on {ends}", scenario.days)


def _check_hours(
    scenario: Scenario, replay: LogReplay, log: Log, played: np.ndarray, store: np.ndarray, of_day_s: np.ndarray
) -> None:
    hours = np.array([(seconds_of_day(place.opens), seconds_of_day(place.closes)) for place in scenario.stores])
    outside = np.flatnonzero((of_day_s < hours[store, 0]) | (of_day_s >= hours[store, 1]))
    if outside.size:
        first = played[outside[0]]
        place = scenario.stores[store[outside[0]]]
        found = f"{log.tickets.stamp[first]}".replace("T", " ") + (
            f" and {outside.size - 1} more" if outside.size > 1 else ""
        )
        expected = f"tickets within the hours of {place.code}, {place.opens:%H:%M} to {place.closes:%H:%M}"
        raise Refusal(replay.file, log.where(first), expected, found)
