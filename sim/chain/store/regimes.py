"""The regimes of a store's day: the combined effect of opening hours, the roster and faults, in one list."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np

from sim.chain.store.engine import Regime
from sim.chain.store.service import Service
from sim.clock import DAY_S
from sim.scenario.model import Scenario
from sim.scenario.sections.faults import Effect
from sim.scenario.sections.places import Shift
from sim.traffic.calendar import seconds_of_day

Change = tuple[float, Regime]


class Regimes:
    """The regimes of one store in one replication."""

    def __init__(self, scenario: Scenario, service: Service, store: int):
        self.scenario, self.store = scenario, store
        self.place, self.stages = scenario.stores[store], service.stages
        self.hours = seconds_of_day(self.place.opens), seconds_of_day(self.place.closes)
        self.repairs = service.repairs
        self.unreachable = service.unreachable_s(store)
        self.effects = [effect for effect in service.effects(store) if not effect.unreachable]
        """Of faults, but for the time in which the system is out of reach, of which `unreachable` says all."""
        spans = [*((effect.from_s, effect.until_s) for effect in self.effects), *self.unreachable.tolist()]
        self._troubled = {day for start, end in spans for day in range(int(start // DAY_S), int(end // DAY_S) + 1)}
        self._plain: dict[tuple[int, int], list[Change]] = {}

    def of(self, day: int) -> list[Change]:
        """The regimes of one day: (instant, regime) in order, the first at midnight, each unlike the one before."""
        proficiency = self.stages.of(self.store, day).proficiency(day)
        if proficiency == 1:
            return self._of_settled(day)
        return [(t, regime.slowed(1 / proficiency, self.place.tills)) for t, regime in self._of_settled(day)]

    def _of_settled(self, day: int) -> list[Change]:
        """With clerks who have nothing to learn."""
        midnight = day * DAY_S
        failures = self.repairs.of(self.store, day)
        if not failures and day not in self._troubled:
            plain = (self.scenario.start.weekday() + day) % 7, self.stages.of(self.store, day).since
            if plain not in self._plain:
                self._plain[plain] = [(t - midnight, regime) for t, regime in self._changes(day, [])]
            return [(midnight + t, regime) for t, regime in self._plain[plain]]

        first, last = np.searchsorted(self.unreachable.ravel(), [midnight, midnight + DAY_S], side="right") // 2
        spans = self.unreachable[first : last + 1].tolist()
        lost = [Effect(from_s, until_s, unreachable=True) for from_s, until_s in spans]
        return self._changes(day, [*self.effects, *lost, *failures])

    def _changes(self, day: int, effects: list[Effect]) -> list[Change]:
        midnight, place, scenario = day * DAY_S, self.place, self.scenario
        system = self.stages.of(self.store, day).system
        opens, closes = (midnight + hour for hour in self.hours)
        staffing = [
            (midnight + start, factors, reserve_at(scenario, self.store, day, start, factors))
            for start, factors in staffed(scenario, self.store, day)
        ]
        aside = (scenario.trading.self_checkout_item_factor,) * place.self_checkouts
        channels = [channel.name for channel in scenario.trading.payments]
        positions = range(place.tills + place.self_checkouts)
        edges: dict[float, list[tuple[int, Effect]]] = {t: [] for t in (opens, closes, *(t for t, *_ in staffing))}
        """By instant, effects that begin (1) and end (−1) at it; an instant before midnight counts as midnight."""
        for effect in effects:
            if max(effect.from_s, midnight) < min(effect.until_s, midnight + DAY_S):
                edges.setdefault(max(effect.from_s, midnight), []).append((1, effect))
                edges.setdefault(effect.until_s, []).append((-1, effect))
        holding: Counter[tuple[str, str | int]] = Counter()
        """How many effects hold that set a field of `Effect` to a value, by field and value."""
        changes: list[Change] = []
        for t in sorted({midnight, *edges}):
            if t >= midnight + DAY_S:
                break
            for step, effect in edges.get(t, ()):
                holding.update({change: step for change in effect.changes})
            online = not holding["unreachable", True]
            # From closing on, the tills stay staffed for the customers inside.
            closed = (0.0,) * place.tills, ()
            staff, reserve = next((at_tills for start, *at_tills in reversed(staffing) if start <= t), closed)
            regime = Regime(
                doors=opens <= t < closes and not holding["doors_closed", True],
                working=not holding["power_lost", True] and (online or system.offline_tills),
                online=online,
                channels=tuple(not holding["channel_down", name] for name in channels),
                factors=staff + (aside if t >= opens else (0.0,) * place.self_checkouts),
                broken=tuple(holding["broken_device", position] > 0 for position in positions),
                reserve=reserve,
                falls_back=system.backup_payment_channel,
            )
            if not changes or regime != changes[-1][1]:
                changes.append((t, regime))
        return changes


def staffed(scenario: Scenario, store: int, day: int) -> list[tuple[float, tuple[float, ...]]]:
    """Staffing of the tills: (seconds after midnight, factor of each till, 0 where unstaffed), from opening until before closing.

    A shift takes the lowest numbers that are free when it starts and keeps them to its end. Shifts of more tills than
    there are get the rest when some become free.
    """
    place = scenario.stores[store]
    opens, closes = seconds_of_day(place.opens), seconds_of_day(place.closes)
    if place.roster is None:
        return [(opens, (1.0,) * place.tills)]
    shifts = _shifts(scenario, store, day)
    starts = {opens} | {seconds_of_day(t) for s in shifts for t in (s.starts, s.ends)}
    held: list[Shift | None] = [None] * place.tills
    staffing = []
    for t in sorted(starts):
        on = [s for s in shifts if seconds_of_day(s.starts) <= t < seconds_of_day(s.ends)]
        held = [s if any(s is other for other in on) else None for s in held]
        for shift in on:
            for _ in range(shift.tills - sum(s is shift for s in held)):
                if None in held:
                    held[held.index(None)] = shift
        if t < closes:
            staffing.append((max(t, opens), tuple(0.0 if s is None else s.proficiency for s in held)))
    return [entry for n, entry in enumerate(staffing) if n + 1 == len(staffing) or staffing[n + 1][0] > entry[0]]


def reserve_at(scenario: Scenario, store: int, day: int, start: float, factors: tuple[float, ...]) -> tuple[float, ...]:
    """Of each till, its factor if the reserve may open it; 0 for the others, and empty where shifts have no reserve.

    `start` is an instant of `staffed`, and `factors` what holds from it. Shifts take the highest numbers that are free, in the order of the roster.
    """
    on = [s for s in _shifts(scenario, store, day) if seconds_of_day(s.starts) <= start < seconds_of_day(s.ends)]
    if not any(shift.reserve_tills for shift in on):
        return ()
    free = [number for number, factor in enumerate(factors) if not factor]
    reserve = [0.0] * len(factors)
    for shift in on:
        for _ in range(min(shift.reserve_tills, len(free))):
            reserve[free.pop()] = shift.proficiency
    return tuple(reserve)


def _shifts(scenario: Scenario, store: int, day: int) -> list[Shift]:
    """The rows of a store's roster for a day's weekday; none where the store has no roster."""
    roster = scenario.stores[store].roster
    weekday = (scenario.start + timedelta(days=day)).isoweekday()
    rows = scenario.rosters if roster is not None else ()
    return [s for s in rows if s.roster == roster and s.first_weekday <= weekday <= s.last_weekday]
