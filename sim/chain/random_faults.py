"""The random faults of one replication: drawn once, then played as ordinary faults beside those of the scenario.

Faults of a row of `random_faults` come on their own by a Poisson process, of each place, each region or the chain; some follow others. One of a
region or of the chain is a shock that hits each place there with a chance of its own (Marshall and Olkin 1967, A multivariate exponential
distribution). Numbers are functions of the row's name, what the process is of, and the number of the fault: a row, a place or a day more changes no
other fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from math import ceil

import numpy as np

from ext.elementary import log1p
from sim.clock import DAY_S
from sim.scenario.fault_places import YEAR_DAYS, Place, Reach, comes_on, reaches
from sim.scenario.model import Scenario
from sim.scenario.sections.faults import LONGEST_MINUTES, Fault, RandomFault
from sim.streams import counter_key, counter_uniform, use
from sim.traffic.calendar import seconds_of_day

_GAP, _LENGTH, _CHANCE, _DELAY, _IDENTITY = range(5)
"""Uses of the uniforms of a process."""
_COMMON_YEAR = [datetime(2025, 1, 1).date() + timedelta(days=day) for day in range(int(YEAR_DAYS))]


@dataclass(frozen=True)
class Occurrence:
    """A random fault as it happened."""

    name: str
    """Of the row of `random_faults`."""
    after: str
    """The name of the one that it followed; empty for one that came on its own."""
    from_s: float
    """s since the scenario's first midnight, whole; below 0 where it had begun before."""
    until_s: float
    places: tuple[str, ...]
    """Codes of the places that it hit; empty for a fault that has no places."""
    fault: Fault
    """What is played: the part within the run."""


def occurrences(scenario: Scenario, replication: int) -> list[Occurrence]:
    """The random faults of a replication that last at any instant of the run, in order of their beginnings.

    At the first midnight faults are under way as at any other instant: what began before it and lasts longer is among them.
    """
    drawn: dict[str, _Drawn] = {}
    for row in scenario.random_faults:
        drawn[row.name] = _Row(scenario, replication, row).draw(drawn)
    found = [one for row in scenario.random_faults for one in _played(scenario, row, drawn[row.name])]
    return sorted(found, key=lambda one: one.from_s)


def with_occurrences(scenario: Scenario, happened: Iterable[Occurrence]) -> Scenario:
    """The scenario with random faults among its `faults`."""
    more = [one.fault for one in happened]
    return scenario.model_copy(update={"faults": [*scenario.faults, *more]}) if more else scenario


@dataclass
class _Drawn:
    """n faults of a row."""

    places: list[Place] = field(default_factory=list)
    from_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    until_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    identity: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """int64[n], a counter by which what depends on one is drawn."""
    hit: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=bool))
    """bool[n, places]."""
    region: list[str | None] = field(default_factory=list)
    """Of what each is of; None where it is of no region."""
    after: list[str] = field(default_factory=list)

    def add(self, other: _Drawn) -> None:
        """Append the faults of another part of the row."""
        self.from_s, self.until_s, self.identity = (
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("from_s", "until_s", "identity")
        )
        self.hit = np.concatenate([self.hit, other.hit])
        self.region += other.region
        self.after += other.after


class _Row:
    """Draws the faults of one row."""

    def __init__(self, scenario: Scenario, replication: int, row: RandomFault):
        self.scenario, self.replication, self.row = scenario, replication, row
        self.reaches = reaches(scenario, row)
        self.places = [place for reach in self.reaches for place in reach.places]
        self._share = counter_key(scenario.seed, replication, f"random_fault/{row.name}/share")
        self._uses = np.array([use(place.code) for place in self.places], dtype=np.uint64)
        others = sum(other.within_hours or 0.0 for other in scenario.random_faults)
        lead_days = ceil(
            LONGEST_MINUTES / 1_440 + others / 24
        )  # what begins earlier is over by the start, and so is what follows it
        forward, backward = range(scenario.days), range(-1, -lead_days - 1, -1)
        self._days = [(1, self._on(forward)), (-1, self._on(backward))] if row.per_year else []
        """From the first midnight onwards (1) and backwards (−1), the days on which faults come on their own."""

    def draw(self, drawn: dict[str, _Drawn]) -> _Drawn:
        """The faults that come on their own, and those that follow the faults drawn so far."""
        found = _Drawn(self.places, hit=np.empty((0, len(self.places)), dtype=bool))
        for reach in self.reaches:
            key = counter_key(self.scenario.seed, self.replication, f"random_fault/{self.row.name}/{reach.name}")
            columns = np.array([place in reach.places for place in self.places], dtype=bool)
            if self.row.per_year:
                number, from_s = self._own(key)
                hit = np.broadcast_to(columns, (len(number), len(columns)))
                found.add(self._made(key, number, from_s, hit, reach, ""))
            for name, chance in self.row.after.items():
                found.add(self._following(key, drawn[name], name, chance, reach, columns))
        return found

    def _on(self, days: Iterable[int]) -> np.ndarray:
        start = self.scenario.start
        return np.array([day for day in days if comes_on(self.row, start + timedelta(days=day))], dtype=np.float64)

    def _own(self, key: int) -> tuple[np.ndarray, np.ndarray]:
        """(number, s since the first midnight) of the faults of a process: int64[n] and float64[n], below 0 before the start.

        Inversion of the cumulative rate on a unit-rate Poisson process, from the first midnight onwards and, by numbers of its own, backwards.
        """
        row = self.row
        opens_s = 0.0 if row.from_time is None else seconds_of_day(row.from_time)
        closes_s = DAY_S if row.until_time is None else seconds_of_day(row.until_time)
        a_day = (row.per_year or 0.0) / sum(comes_on(row, day) for day in _COMMON_YEAR)
        numbers, instants = [], []
        for sign, on in self._days:
            mean = len(on) * a_day
            number, mass = np.empty(0, dtype=np.int64), np.zeros(1)
            while len(on) and mass[-1] < mean:
                number = np.arange(2 * len(number) + int(mean + 6 * mean**0.5) + 8)
                number = number if sign == 1 else -1 - number
                mass = np.cumsum(-log1p(-counter_uniform(key, number, _GAP)))
            there = mass[: len(number)] < mean
            at, part = np.divmod(mass[: len(number)][there] / a_day, 1.0)
            within_s = opens_s + (part if sign == 1 else 1 - part) * (closes_s - opens_s)
            numbers.append(number[there])
            instants.append(on[at.astype(np.int64)] * DAY_S + within_s)
        return np.concatenate(numbers), np.concatenate(instants)

    def _following(
        self, key: int, cause: _Drawn, name: str, chance: float, reach: Reach, columns: np.ndarray
    ) -> _Drawn:
        """Those that follow the faults of a row above, where those hit."""
        there = self._touched(cause) & columns
        counter = cause.identity ^ np.int64(use(name) >> 1)
        follows = counter_uniform(key, counter, _CHANCE) < chance
        if self.places:
            follows &= there.any(axis=1)
        counter = counter[follows]
        delay_s = 3_600 * (self.row.within_hours or 0.0) * counter_uniform(key, counter, _DELAY)
        return self._made(key, counter, cause.from_s[follows] + delay_s, there[follows], reach, name)

    def _touched(self, cause: _Drawn) -> np.ndarray:
        """bool[n, places]: where each fault of the cause may be followed: at the very places it hit, if they are of one kind; else in its region."""
        n = len(cause.identity)
        if cause.places and self.places and cause.places[0].field == self.places[0].field:
            at = {place.code: column for column, place in enumerate(cause.places)}
            known = [place.code in at for place in self.places]
            return cause.hit[:, [at.get(place.code, 0) for place in self.places]] & np.array(known, dtype=bool)
        regions = np.array([region or "" for region in cause.region], dtype=object)[:, None]
        own = np.array([place.region or "" for place in self.places], dtype=object)[None, :]
        return ((regions == "") | (own == "") | (regions == own)).astype(bool).reshape(n, len(self.places))

    def _made(
        self, key: int, counter: np.ndarray, begins_s: np.ndarray, may_hit: np.ndarray, reach: Reach, after: str
    ) -> _Drawn:
        """Faults with their lengths and the places that they hit; one that hits none of its places does not happen."""
        identity = (counter_uniform(key, counter, _IDENTITY) * 2.0**52).astype(np.int64)
        hit = np.array(may_hit)
        if self.row.share < 1:
            hit &= counter_uniform(self._share, identity[:, None], self._uses[None, :]) < self.row.share
        minutes = np.minimum(self.row.minutes.quantile(counter_uniform(key, counter, _LENGTH)), LONGEST_MINUTES)
        from_s = np.floor(begins_s)
        until_s = from_s + np.maximum(np.rint(60 * minutes), 1.0)
        happens = hit.any(axis=1) if self.places else np.ones(len(counter), dtype=bool)
        n = int(happens.sum())
        return _Drawn(
            self.places,
            from_s[happens],
            until_s[happens],
            identity[happens],
            hit[happens],
            [reach.region] * n,
            [after] * n,
        )


def _played(scenario: Scenario, row: RandomFault, drawn: _Drawn) -> Iterable[Occurrence]:
    """The faults of a row that last at an instant of the run."""
    first = datetime.combine(scenario.start, time())
    within = (drawn.until_s > 0) & (drawn.from_s < scenario.days * DAY_S)
    for n in np.flatnonzero(within).tolist():
        from_s, until_s = float(drawn.from_s[n]), float(drawn.until_s[n])
        hit = [place for place, at in zip(drawn.places, drawn.hit[n].tolist(), strict=True) if at]
        what = row.fault if len(hit) == len(drawn.places) else row.fault.at_places([place.record for place in hit])
        begins_s = max(from_s, 0.0)
        fault = what.lasting(first + timedelta(seconds=begins_s), (until_s - begins_s) / 60)
        yield Occurrence(row.name, drawn.after[n], from_s, until_s, tuple(place.code for place in hit), fault)
