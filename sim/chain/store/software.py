"""One software: response time and failure share of a journey at the load of its 5-minute cell, and its own outages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ext.draws import uniforms
from sim.clock import CELL_S, DAY_S, on_tick, tick
from sim.records.profile import LEVELS, ServiceProfile
from sim.records.trace import Journey
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Constant, Empirical
from sim.scenario.sections.system import AnyService, AssumedService
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


class Software:
    """A software in one replication. Load is exogenous: `load_day` counts it from the sheets of the stores that work with it."""

    def __init__(self, scenario: Scenario, service: AnyService, replication: int, outages: str):
        """`outages`: the name of the stream that its outages are drawn from."""
        self.profile = _profile(service)
        measured = service if isinstance(service, ServiceProfile) else None
        self.feels_load = measured is not None
        """Whether anything depends on the load; a software that is assumed has no levels of it."""
        self.range_per_s = measured.load_range_per_s if measured else (0.0, np.inf)
        asked = measured.requests_per_journey if measured else {}
        self.requests: dict[str, float] = dict.fromkeys((*AT_TILLS, *ONLINE, "browse"), 1.0)
        self.requests.update(scenario.system.requests_per_journey.items())
        self.requests.update(asked)
        self.outages_s = _outages(scenario, service, replication, outages)
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
        """Set response times as at these loads, float64[CELLS] requests per second of all who work with it, by cell of a day."""
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


@dataclass(frozen=True)
class _Quantiles:
    """The latencies of one measured load level, as a distribution."""

    latency_s: list[float]

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return np.interp(u, LEVELS, self.latency_s)


def _profile(service: AnyService) -> dict[str, tuple[np.ndarray, list[Any], np.ndarray]]:
    """By journey: load levels in requests per second, the distribution of latency at each, the share that fails at each outside outages."""
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


def _outages(scenario: Scenario, service: AnyService, replication: int, name: str) -> list[tuple[float, float]]:
    """Outages of the software itself: a Poisson process over the run, lengths by the distribution assumed or as measured."""
    if isinstance(service, AssumedService):
        per_s, distribution = service.outages_per_30_days / (30 * DAY_S), service.outage_minutes
        unit_s = 60.0
    else:
        lengths = service.outages.lengths_s
        per_s = len(lengths) / service.outages.window_s if service.outages.window_s else 0.0
        distribution = Empirical(distribution="empirical", values=lengths) if lengths else Constant(value=0)
        unit_s = 1.0
    generator = stream(scenario.seed, replication, name)
    starts = np.sort(generator.random(generator.poisson(per_s * scenario.days * DAY_S))) * scenario.days * DAY_S
    ends = starts + unit_s * np.maximum(distribution.quantile(generator.random(len(starts))), 0.0)
    return list(zip(on_tick(starts).tolist(), on_tick(ends).tolist(), strict=True))


def _cells(instants: np.ndarray, day: int) -> np.ndarray:
    return np.clip((instants - day * DAY_S) / CELL_S, 0, CELLS - 1).astype(np.int64)
