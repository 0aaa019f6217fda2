"""The software's service to the stores: response time and failure share of a journey at the load of its 5-minute cell, and outages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ext.draws import uniforms
from sim.chain.fault_spans import span_s
from sim.chain.store.repairs import Repairs
from sim.clock import CELL_S, DAY_S, on_tick, tick
from sim.records.profile import LEVELS, ServiceProfile
from sim.records.trace import Journey
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Constant, Empirical
from sim.scenario.sections.faults import Effect, Fault
from sim.scenario.sections.system import AssumedService
from sim.streams import stream, use
from sim.traffic.day_sheet import DaySheet, OnlineSheet
from sim.traffic.quantiles import Quantiles, Same

CELLS = int(DAY_S / CELL_S)
REPEATS = 50
"""A clerk repeats a failed journey at most this often, so that a ticket ends even where every journey fails."""

AT_TILLS: tuple[Journey, ...] = ("member_lookup", "checkout")
"""Journeys of a ticket in their order; the first only for members."""
ONLINE = ("search", "stock_check", "checkout", "order_status")
"""Journeys of an online order that are counted as load; a session without an order is one `browse`."""


_NEVER = Same(1.0)
"""Above every chance of a failure."""


@dataclass(frozen=True)
class Answers:
    """Response times and failures of the software in each ticket of n customers, whenever it begins: J journeys, each at some load levels."""

    midnight_s: float
    """Of the day whose cells these are."""
    retry_s: float
    """Until a clerk repeats a journey that failed; on tick."""
    latency_s: np.ndarray
    """float64[levels, n], on tick, the levels of all journeys one after the other; 0 for customers who do not make the journey."""
    retry_u: np.ndarray
    """float64[J, n], uniform that picks how often the journey fails before it succeeds."""
    level: np.ndarray
    """int32[J, CELLS], row of `latency_s`: the load level at or below the cell's load."""
    weight: np.ndarray
    """float64[J, CELLS], how far the cell's load is on the way to the next level."""
    failing: np.ndarray
    """float64[J, CELLS], share of journeys that fail."""

    @classmethod
    def silent(cls, n: int) -> Answers:
        """For n tickets that make no journey."""
        none, nowhere = np.empty((0, n)), np.empty((0, CELLS))
        return cls(0.0, 0.0, none, none, nowhere.astype(np.int32), nowhere, nowhere)

    @cached_property
    def _steady(self) -> list[float] | None:
        if len(self.latency_s) > len(self.level) or self.failing.any():
            return None
        return self.latency_s.sum(axis=0).tolist()

    @cached_property
    def _lists(self) -> tuple:
        return tuple(a.tolist() for a in (self.latency_s, self.retry_u, self.level, self.weight, self.failing))

    def system_s(self, i: int, now: float) -> float:
        """Seconds, on tick, that customer i's ticket waits for the software when it begins at `now`.

        Between two load levels the latency is interpolated. Each failure costs the journey once more and `retry_s`.
        """
        if self._steady is not None:
            return self._steady[i]
        latency, retry_u, levels, weights, failing = self._lists
        cell = int((now - self.midnight_s) / CELL_S)
        total = 0.0
        for j, level in enumerate(levels):
            low, w = level[cell], weights[j][cell]
            answer = latency[low][i]
            if w:
                answer = tick(answer + w * (latency[low + 1][i] - answer))
            total += answer
            share = chance = failing[j][cell]
            if share:
                u, repeats = retry_u[j][i], 0
                while u < chance and repeats < REPEATS:
                    total += self.retry_s + answer
                    chance *= share
                    repeats += 1
        return total


class Service:
    """The system's service in one replication. Load is exogenous: `load_day` counts it from the sheets of the whole chain."""

    def __init__(self, scenario: Scenario, replication: int):
        self.scenario = scenario
        self.profile = _profile(scenario)
        measured = scenario.system.service if isinstance(scenario.system.service, ServiceProfile) else None
        if measured and "checkout" not in measured.journeys:
            journeys = ("system", "service", "journeys")
            refuse_played(scenario, journeys, "a profile that measured checkout", list(measured.journeys))
        self.range_per_s = measured.load_range_per_s if measured else (0.0, np.inf)
        asked = measured.requests_per_journey if measured else {}
        self.requests: dict[str, float] = dict.fromkeys((*AT_TILLS, *ONLINE, "browse"), 1.0)
        self.requests.update(scenario.system.requests_per_journey.items())
        self.requests.update(asked)
        self.outages_s = _outages(scenario, replication)
        self.repairs = Repairs(scenario, replication)
        sync_s = 60 * scenario.system.stock_sync_minutes
        if measured and measured.stock_sync_lag_s is not None:
            sync_s = measured.stock_sync_lag_s
        self.sync_s = float(on_tick(sync_s))
        """Interval at which sales are booked; 0: at once. As measured, where it was."""
        self._unreachable: dict[int | None, np.ndarray] = {}
        self._retry_s = tick(scenario.trading.retry_s)
        self._distributions = {
            journey: [Quantiles(distribution) for distribution in self.profile[journey][1]]
            for journey in AT_TILLS
            if journey in self.profile
        }
        self.set_load_profile(np.zeros(CELLS))

    def load_day(self, sheets: Iterable[DaySheet], online: OnlineSheet | None = None) -> None:
        """Count the load of one day: tickets when their customers reach the tills, orders and browsing sessions when they are placed."""
        requests = np.zeros(CELLS)
        for sheet in sheets:
            cells = _cells(sheet.arrival_s + sheet.shopping_s, sheet.day)
            requests += self.requests["checkout"] * np.bincount(cells, minlength=CELLS)
            requests += self.requests["member_lookup"] * np.bincount(cells[sheet.customer >= 0], minlength=CELLS)
        if online is not None:
            per_order = sum(self.requests[journey] for journey in ONLINE)
            requests += per_order * np.bincount(_cells(online.placed_s, online.day), minlength=CELLS)
            requests += self.requests["browse"] * np.bincount(_cells(online.browse_s, online.day), minlength=CELLS)
        self.set_load_profile(requests / CELL_S)

    def set_load_profile(self, load_per_s: np.ndarray) -> None:
        """Set response times as at these loads, float64[CELLS] requests per second of the whole chain by cell of a day."""
        self.load_per_s = load_per_s
        # For each of the journeys at the tills `level`, `weight` and `failing` of the `Answers`: the same for all stores.
        measured = [
            (loads, failing) for loads, _, failing in (self.profile[journey] for journey in self._distributions)
        ]
        places = np.array([np.interp(load_per_s, loads, np.arange(len(loads))) for loads, _ in measured])
        counts = [len(loads) for loads, _ in measured]
        level = places.astype(np.int32)
        self._weight = places - level
        self._level = level + np.cumsum([0, *counts[:-1]], dtype=np.int32)[:, None]
        self._failing = np.array([np.interp(load_per_s, loads, failing) for loads, failing in measured])

    @property
    def feels_load(self) -> bool:
        """Whether anything depends on the load; a system that is assumed has no levels of it."""
        return isinstance(self.scenario.system.service, ServiceProfile)

    @property
    def extrapolated(self) -> np.ndarray:
        """bool[CELLS]: cells of the day whose load was not measured, though there was some."""
        low, high = self.range_per_s
        return (self.load_per_s > 0) & ((self.load_per_s < low) | (self.load_per_s > high))

    def answers(self, sheet: DaySheet) -> Answers:
        """The system's part in the tickets of a sheet of the day loaded last."""
        n, member, latency_s = len(sheet), sheet.customer >= 0, []
        for journey, distributions in self._distributions.items():
            drawn = [distribution.draw_s(sheet.key, journey, n) for distribution in distributions]
            latency_s += [row * member for row in drawn] if journey == "member_lookup" else drawn
        return Answers(
            midnight_s=sheet.day * DAY_S,
            retry_s=self._retry_s,
            latency_s=np.array(latency_s),
            retry_u=self._retries(sheet, member),
            level=self._level,
            weight=self._weight,
            failing=self._failing,
        )

    def _retries(self, sheet: DaySheet, member: np.ndarray) -> np.ndarray:
        """float64[journeys, n]; 1 where a customer does not make the journey, or none fails."""
        if not self._failing.any():
            return _NEVER(len(self._distributions) * len(sheet)).reshape(len(self._distributions), len(sheet))
        u = np.array([uniforms(sheet.key, use(f"{journey}/retry"), len(sheet)) for journey in self._distributions])
        if "member_lookup" in self._distributions:
            u[0, ~member] = 1.0
        return u

    def unreachable_s(self, store: int | None) -> np.ndarray:
        """float64[k, 2]: start and end of the spans in which a store (None: the web shop) cannot reach the system; sorted and disjoint."""
        if store not in self._unreachable:
            effects = self.effects(store)
            spans = [*self.outages_s, *((effect.from_s, effect.until_s) for effect in effects if effect.unreachable)]
            self._unreachable[store] = merged(spans)
        return self._unreachable[store]

    def reachable_from(self, store: int | None, instants: np.ndarray) -> np.ndarray:
        """float64[n]: the first instants, at or after those given, at which a store (None: the web shop) reaches the system."""
        spans = self.unreachable_s(store)
        if not len(spans):
            return instants
        at = np.searchsorted(spans[:, 0], instants, side="right") - 1
        inside = (at >= 0) & (instants < spans[np.maximum(at, 0), 1])
        return np.where(inside, spans[np.maximum(at, 0), 1], instants)

    def effects(self, store: int | None) -> Iterator[Effect]:
        """What the scenario's faults change in a store, by its number; None: in the web shop."""
        code = None if store is None else self.scenario.stores[store].code
        at_store = self._faults.get(code, []) if code else []
        for fault in (*self._faults[""], *at_store):
            yield from fault.effects(*span_s(self.scenario, fault), code)

    @cached_property
    def _faults(self) -> dict[str, list[Fault]]:
        """The faults that name stores, by the code of each; under "" all others. Of the order of effects nothing depends."""
        found: dict[str, list[Fault]] = {"": []}
        for fault in self.scenario.faults:
            named = getattr(fault, "stores", "all")
            for code in [""] if named == "all" else named:
                found.setdefault(code, []).append(fault)
        return found


@dataclass(frozen=True)
class _Quantiles:
    """The latencies of one measured load level, as a distribution."""

    latency_s: list[float]

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return np.interp(u, LEVELS, self.latency_s)


def _profile(scenario: Scenario) -> dict[str, tuple[np.ndarray, list[Any], np.ndarray]]:
    """By journey: load levels in requests per second, the distribution of latency at each, the share that fails at each outside outages."""
    service = scenario.system.service
    if isinstance(service, AssumedService):
        failing = np.array([1 - service.availability])
        return {j: (np.zeros(1), [service.journeys.get(j, service.latency_s)], failing) for j in AT_TILLS}
    return {
        journey: (
            np.array([level.requests_per_s for level in levels]),
            [_Quantiles(level.latency_s) for level in levels],
            np.array([1 - level.availability for level in levels]),
        )
        for journey, levels in service.journeys.items()
        if levels
    }


def _outages(scenario: Scenario, replication: int) -> list[tuple[float, float]]:
    """Outages of the system itself: a Poisson process over the run, lengths by the distribution assumed or as measured."""
    service = scenario.system.service
    if isinstance(service, AssumedService):
        per_s, distribution = service.outages_per_30_days / (30 * DAY_S), service.outage_minutes
        unit_s = 60.0
    else:
        lengths = service.outages.lengths_s
        per_s = len(lengths) / service.outages.window_s if service.outages.window_s else 0.0
        distribution = Empirical(distribution="empirical", values=lengths) if lengths else Constant(value=0)
        unit_s = 1.0
    generator = stream(scenario.seed, replication, "system/outages")
    starts = np.sort(generator.random(generator.poisson(per_s * scenario.days * DAY_S))) * scenario.days * DAY_S
    ends = starts + unit_s * np.maximum(distribution.quantile(generator.random(len(starts))), 0.0)
    return list(zip(on_tick(starts).tolist(), on_tick(ends).tolist(), strict=True))


def merged(spans: Iterable[tuple[float, float]]) -> np.ndarray:
    """Spans of time, float64[k, 2], sorted, those that touch or overlap made one."""
    result: list[list[float]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1][1] = max(result[-1][1], end)
        elif end > start:
            result.append([start, end])
    return np.array(result, dtype=np.float64).reshape(-1, 2)


def _cells(instants: np.ndarray, day: int) -> np.ndarray:
    return np.clip((instants - day * DAY_S) / CELL_S, 0, CELLS - 1).astype(np.int64)
