"""When devices of tills and self-checkouts are down: failures are drawn, repairs queue for technicians (docs/trading.md, 2.8)."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapreplace

import numpy as np

from sim.clock import DAY_S, on_tick
from sim.scenario.model import Scenario
from sim.scenario.sections.faults import Effect
from sim.streams import stream
from sim.traffic.calendar import seconds_of_day
from sim.traffic.stages import Stages

Failure = tuple[float, float, int]
"""Instant of a failure, instant at which it is mended where a technician begins at once, position."""


class Repairs:
    """The device failures of one replication.

    A store's draws depend on no other store. With technicians, the stores of a region share them: failures do not depend on what customers do,
    so a region's day is worked out as a whole when one of its stores asks for it.
    """

    def __init__(self, scenario: Scenario, replication: int):
        self.scenario, self.replication, self.stages = scenario, replication, Stages(scenario)
        self._queued: dict[str, tuple[int, dict[int, list[Effect]]]] = {}
        """By region: the day that was asked for last, and its failures by store."""

    def of(self, store: int, day: int) -> list[Effect]:
        """A store's devices that are down on one day, failure by failure, by position or in time; all are mended by the next morning."""
        technicians = self.scenario.system.technicians
        if self.stages.of(store, day).system.till_failures_per_day == 0:
            return []
        if technicians is None:
            return [_down(*failure) for failure in self._failures(store, day)]
        region = self.scenario.stores[store].region
        if region not in self._queued or self._queued[region][0] != day:
            self._queued[region] = day, self._mended(region, day, technicians)
        return self._queued[region][1][store]

    def _mended(self, region: str, day: int, technicians: int) -> dict[int, list[Effect]]:
        """The failures of a region's stores, mended first come, first served; a device that is down does not fail."""
        stores = [index for index, place in enumerate(self.scenario.stores) if place.region == region]
        failures = sorted(
            (from_s, store, position, until_s - from_s)
            for store in stores
            for from_s, until_s, position in self._failures(store, day)
        )
        free_s = [day * DAY_S] * technicians
        down_until_s: dict[tuple[int, int], float] = {}
        down: dict[int, list[Effect]] = {store: [] for store in stores}
        for from_s, store, position, repair_s in failures:
            if from_s >= down_until_s.get((store, position), from_s):
                until_s = max(from_s, free_s[0]) + repair_s
                heapreplace(free_s, until_s)
                down_until_s[store, position] = until_s
                down[store].append(_down(from_s, until_s, position))
        return down

    def _failures(self, store: int, day: int) -> Iterator[Failure]:
        """As drawn, by position: Poisson in a day's opening hours."""
        system, place = self.stages.of(store, day).system, self.scenario.stores[store]
        opens, closes = (day * DAY_S + seconds_of_day(hour) for hour in (place.opens, place.closes))
        generator = stream(self.scenario.seed, self.replication, f"store/{place.code}/day/{day}/devices")
        counts = generator.poisson(system.till_failures_per_day, place.tills + place.self_checkouts)
        position = np.repeat(np.arange(len(counts)), counts)
        start = opens + (closes - opens) * generator.random(len(position))
        end = start + 60 * np.maximum(system.till_repair_minutes.quantile(generator.random(len(position))), 0.0)
        return zip(on_tick(start).tolist(), on_tick(end).tolist(), position.tolist(), strict=True)


def _down(from_s: float, until_s: float, position: int) -> Effect:
    return Effect(from_s, until_s, broken_device=position)
