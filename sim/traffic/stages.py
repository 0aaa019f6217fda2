"""What holds in a store on a day: its system, its modules and its clerks' proficiency, from one changeover to the next."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np

from sim.clock import DAY_S
from sim.scenario.model import Scenario
from sim.scenario.sections.changeovers import MODULES, Changeover, ClerkErrors, Learning, Module
from sim.scenario.sections.system import RetailSystem


@dataclass(frozen=True)
class Stage:
    """What holds in a store from one changeover until the next."""

    since: int
    """Day of the run from which it holds; below 0 before the run."""
    system: RetailSystem
    without: frozenset[Module] = frozenset()
    """Modules that the store does without."""
    learning: Learning | None = None
    learned_since: int = 0
    """Day of the go-live that `learning` counts from."""

    def proficiency(self, day: int) -> float:
        """Of the store's clerks on a day of the run; 1 where they learn nothing."""
        return 1.0 if self.learning is None else self.learning.on_day(day - self.learned_since)

    @property
    def errors(self) -> ClerkErrors | None:
        """Of the store's clerks; None where they make none."""
        return None if self.learning is None else self.learning.errors


class Stages:
    """The stages of all stores, by their number."""

    def __init__(self, scenario: Scenario):
        self._unchanged = [Stage(0, scenario.system)]
        self._of_store: dict[int, list[Stage]] = {}
        for store, place in enumerate(scenario.stores if scenario.changeovers else ()):
            if own := [each for each in scenario.changeovers if each.at_store(place.code)]:
                self._of_store[store] = _stages(scenario, own)

    def change(self, store: int) -> bool:
        """Whether a store changes over, be it outside of the run."""
        return store in self._of_store

    def all_of(self, store: int) -> list[Stage]:
        """Every stage of a store in the order of their days; the first is that without any changeover."""
        return self._of_store.get(store, self._unchanged)

    def of(self, store: int, day: int) -> Stage:
        """What holds in a store on a day of the run."""
        stages = self.all_of(store)
        return stages[bisect_right(stages, day, lo=1, key=lambda stage: stage.since) - 1]

    def does_without(self, module: Module, location: int, day: int) -> bool:
        """Whether a location is a store that does without a module on a day of the run."""
        return module in self.of(location, day).without

    def asked_from_s(self, locations: int) -> dict[str, np.ndarray]:
        """Of journeys that some store does without for a time: the instants from which each of so many locations asks them, float64[locations] s."""
        found: dict[str, np.ndarray] = {}
        for store, stages in self._of_store.items():
            for module in stages[0].without:
                first = next(stage.since for stage in stages if module not in stage.without)
                for journey in MODULES[module].journeys:
                    found.setdefault(journey, np.full(locations, -np.inf))[store] = first * DAY_S
        return found


def _stages(scenario: Scenario, own: list[Changeover]) -> list[Stage]:
    """Of one store, from its changeovers."""
    stages = [Stage(0, scenario.system, frozenset(module for each in own for module in each.modules))]
    for each in sorted(own, key=lambda each: each.on):
        last, day = stages[-1], (each.on - scenario.start).days
        system, without = each.system.on(last.system), last.without - {*each.modules}
        stage = replace(last, since=day, system=system, without=without)
        stages.append(stage if each.learning is None else replace(stage, learning=each.learning, learned_since=day))
    return stages
