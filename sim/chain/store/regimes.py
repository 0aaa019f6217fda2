"""The regimes of a store's day: the combined effect of opening hours, the roster and faults, in one list."""

from __future__ import annotations

from bisect import bisect
from datetime import timedelta

import numpy as np

from sim.chain.store.engine import Regime
from sim.chain.store.service import Service, merged
from sim.clock import DAY_S, on_tick
from sim.scenario.model import Scenario
from sim.scenario.sections.places import Shift
from sim.streams import stream
from sim.traffic.calendar import seconds_of_day

Change = tuple[float, Regime]


class Regimes:
    """The regimes of one store in one replication."""

    def __init__(self, scenario: Scenario, service: Service, replication: int, store: int):
        self.scenario, self.replication, self.store = scenario, replication, store
        self.place = scenario.stores[store]
        self.hours = seconds_of_day(self.place.opens), seconds_of_day(self.place.closes)
        # The last two entries of each fault are its start and end.
        self.cuts = [(dry, start, end) for start, end, dry in service.power_cuts_s(store)]
        self.unreachable = service.unreachable_s(store)
        self.refusing = service.channel_outages_s()
        self._troubled = _days_of([*self.cuts, *self.unreachable.tolist(), *self.refusing])
        self._plain: dict[int, list[Change]] = {}

    def of(self, day: int) -> list[Change]:
        """The regimes of one day: (instant, regime) in order, the first at midnight, each unlike the one before."""
        midnight = day * DAY_S
        opens, closes = (midnight + hour for hour in self.hours)
        failures = _device_failures(self.scenario, self.replication, self.store, day, opens, closes)
        if not failures and day not in self._troubled:
            weekday = (self.scenario.start.weekday() + day) % 7
            if weekday not in self._plain:
                self._plain[weekday] = [(t - midnight, regime) for t, regime in self._changes(day, [], [], [], [])]
            return [(midnight + t, regime) for t, regime in self._plain[weekday]]

        def today(spans: list[tuple]) -> list[tuple]:
            return [span for span in spans if span[-2] < midnight + DAY_S and span[-1] > midnight]

        first, last = np.searchsorted(self.unreachable.ravel(), [midnight, midnight + DAY_S], side="right") // 2
        unreachable = today(self.unreachable[first : last + 1].tolist())
        return self._changes(day, today(self.cuts), unreachable, today(self.refusing), failures)

    def _changes(
        self, day: int, cuts: list[tuple], unreachable: list[tuple], refusing: list[tuple], failures: list[tuple]
    ) -> list[Change]:
        midnight, place, scenario = day * DAY_S, self.place, self.scenario
        opens, closes = (midnight + hour for hour in self.hours)
        staffing = [(midnight + start, factors) for start, factors in staffed(scenario, self.store, day)]
        channels, positions = range(len(scenario.trading.payments)), range(place.tills + place.self_checkouts)
        aside = (scenario.trading.self_checkout_item_factor,) * place.self_checkouts

        devices: list[list[tuple]] = [[] for _ in positions]
        for position, *span in failures:
            devices[position].append(span)
        turns = [merged(spans).ravel().tolist() for spans in devices]
        """By position, the instants at which it breaks and is mended, in turn."""

        def at(t: float) -> Regime:
            online = not any(lost <= t < back for lost, back in unreachable)
            dark = any(dry <= t < end for dry, _, end in cuts)
            # From closing on, the tills stay staffed for the customers inside.
            staff = next((factors for start, factors in reversed(staffing) if start <= t), (0.0,) * place.tills)
            return Regime(
                doors=opens <= t < closes and not any(start <= t < end for _, start, end in cuts),
                working=not dark and (online or scenario.system.offline_tills),
                online=online,
                channels=tuple(
                    not any(c == down and start <= t < end for down, start, end in refusing) for c in channels
                ),
                factors=staff + (aside if t >= opens else (0.0,) * place.self_checkouts),
                broken=tuple(bisect(at_s, t) % 2 == 1 for at_s in turns),
            )

        edges = {opens, closes, *(start for start, _ in staffing), *(t for cut in cuts for t in cut)}
        edges |= {t for span in unreachable for t in span}
        edges |= {t for _, *span in refusing for t in span} | {t for at_s in turns for t in at_s}
        changes = [(midnight, at(midnight))]
        for t in sorted(edge for edge in edges if midnight < edge < midnight + DAY_S):
            if (regime := at(t)) != changes[-1][1]:
                changes.append((t, regime))
        return changes


def _days_of(spans: list[tuple]) -> set[int]:
    """The days that spans touch; the last two entries of each are its start and end."""
    return {day for *_, start, end in spans for day in range(int(start // DAY_S), int(end // DAY_S) + 1)}


def staffed(scenario: Scenario, store: int, day: int) -> list[tuple[float, tuple[float, ...]]]:
    """Staffing of the tills: (seconds after midnight, factor of each till, 0 where unstaffed), from opening until before closing.

    A shift takes the lowest numbers that are free when it starts and keeps them to its end. Shifts of more tills than
    there are get the rest when some become free.
    """
    place = scenario.stores[store]
    opens, closes = seconds_of_day(place.opens), seconds_of_day(place.closes)
    if place.roster is None:
        return [(opens, (1.0,) * place.tills)]
    weekday = (scenario.start + timedelta(days=day)).isoweekday()
    shifts = [s for s in scenario.rosters if s.roster == place.roster and s.first_weekday <= weekday <= s.last_weekday]
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


def _device_failures(
    scenario: Scenario, replication: int, store: int, day: int, opens: float, closes: float
) -> list[tuple[int, float, float]]:
    """Failures of single positions in a day's opening hours, as (position, from, until); all are mended by the next morning."""
    system, place = scenario.system, scenario.stores[store]
    if system.till_failures_per_day == 0:
        return []
    generator = stream(scenario.seed, replication, f"store/{place.code}/day/{day}/devices")
    counts = generator.poisson(system.till_failures_per_day, place.tills + place.self_checkouts)
    position = np.repeat(np.arange(len(counts)), counts)
    start = opens + (closes - opens) * generator.random(len(position))
    end = start + 60 * np.maximum(system.till_repair_minutes.quantile(generator.random(len(position))), 0.0)
    return list(zip(position.tolist(), on_tick(start).tolist(), on_tick(end).tolist(), strict=True))
