"""The service to the stores: which software answers a store on a day, with the load of all who work with it, and when it cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from sim.chain.fault_spans import span_s
from sim.chain.store.repairs import Repairs
from sim.chain.store.software import Software
from sim.clock import DAY_S, on_tick
from sim.records.profile import ServiceProfile
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.faults import Effect, Fault
from sim.scenario.sections.system import AnyService
from sim.traffic.day_sheet import DaySheet, OnlineSheet
from sim.traffic.stages import Stages


class Service:
    """The service of one replication, by every software that the scenario names; equal services are one software."""

    def __init__(self, scenario: Scenario, replication: int):
        self.scenario, self.stages = scenario, Stages(scenario)
        self.repairs = Repairs(scenario, replication)
        services: list[AnyService] = []
        self._number: dict[int, int] = {}
        """Position in `software`, by the identity of a service in the scenario."""
        for path, service in _services(scenario):
            if service not in services:
                if isinstance(service, ServiceProfile) and "checkout" not in service.journeys:
                    measured = "a profile that measured checkout"
                    refuse_played(scenario, (*path, "journeys"), measured, list(service.journeys))
                services.append(service)
            self._number[id(service)] = services.index(service)
        names = ["system/outages", *(f"system/outages/{n}" for n in range(1, len(services)))]
        self.software = [
            Software(scenario, service, replication, name) for service, name in zip(services, names, strict=True)
        ]
        """That of `system`, which web shop and warehouses keep, and then those of changeovers."""
        self._unreachable: dict[int | None, np.ndarray] = {}

    def of(self, store: int, day: int) -> Software:
        """The software that a store works with on a day of the run."""
        return self._by(self.stages.of(store, day).system.service)

    def _by(self, service: AnyService) -> Software:
        return self.software[self._number[id(service)]]

    def sync_s(self, store: int, day: int) -> float:
        """Interval at which a store's sales are booked on a day; 0: at once. As measured, where it was."""
        system = self.stages.of(store, day).system
        lag_s = system.service.stock_sync_lag_s if isinstance(system.service, ServiceProfile) else None
        return float(on_tick(60 * system.stock_sync_minutes if lag_s is None else lag_s))

    @property
    def feels_load(self) -> bool:
        """Whether anything depends on the load."""
        return any(software.feels_load for software in self.software)

    def load_day(self, sheets: Iterable[DaySheet], online: OnlineSheet | None = None) -> None:
        """Count the load of one day: that of a store's sheet upon the store's software, that of the web shop upon that of `system`."""
        of: list[list[DaySheet]] = [[] for _ in self.software]
        for sheet in sheets:
            of[self.software.index(self.of(sheet.store, sheet.day))].append(sheet)
        for number, (software, own) in enumerate(zip(self.software, of, strict=True)):
            software.load_day(own, None if number else online)

    def unreachable_s(self, store: int | None) -> np.ndarray:
        """float64[k, 2]: start and end of the spans in which a store (None: the web shop) cannot reach its software; sorted and disjoint."""
        if store not in self._unreachable:
            effects = self.effects(store)
            spans = [
                *self._outages(store),
                *((effect.from_s, effect.until_s) for effect in effects if effect.unreachable),
            ]
            self._unreachable[store] = merged(spans)
        return self._unreachable[store]

    def _outages(self, store: int | None) -> Iterator[tuple[float, float]]:
        """Of the softwares of a store, each while the store works with it."""
        stages = self.stages.all_of(store) if store is not None else []
        if len(stages) < 2:
            yield from self.software[0].outages_s
            return
        since_s = [-np.inf, *(stage.since * DAY_S for stage in stages[1:]), np.inf]
        for stage, from_s, until_s in zip(stages, since_s, since_s[1:], strict=False):
            for start, end in self._by(stage.system.service).outages_s:
                yield max(start, from_s), min(end, until_s)

    def reachable_from(self, store: int | None, instants: np.ndarray) -> np.ndarray:
        """float64[n]: the first instants, at or after those given, at which a store (None: the web shop) reaches its software."""
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


def _services(scenario: Scenario) -> Iterator[tuple[tuple, AnyService]]:
    """Every service that a scenario names, and where; that of `system` first."""
    yield ("system", "service"), scenario.system.service
    for at, changeover in enumerate(scenario.changeovers):
        if changeover.system.service is not None:
            yield ("changeovers", at, "system", "service"), changeover.system.service


def merged(spans: Iterable[tuple[float, float]]) -> np.ndarray:
    """Spans of time, float64[k, 2], sorted, those that touch or overlap made one."""
    result: list[list[float]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1][1] = max(result[-1][1], end)
        elif end > start:
            result.append([start, end])
    return np.array(result, dtype=np.float64).reshape(-1, 2)
