"""Schedules of many samples at once: activities begin as what they wait for ends, in the plan's order where people are short.

The rule is list scheduling (the parallel schedule generation scheme: Kolisch 1996, European Journal of Operational Research 90, 320-333): a
task begins at the first instant at which all that it waits for is there and all people that it needs are free; of those that could begin at
the same instant, the first in the plan's order. The people stay with it to its end. In each step every sample begins one task, that which can
begin first; a task that it frees cannot begin earlier, so the instants of the steps never fall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning.rollout.calendars import on_grid
from sim.planning.rollout.draws import Draws
from sim.planning.rollout.network import Network

BLOCK = 2_000
"""Samples that go through the steps together."""


@dataclass(frozen=True)
class Schedule:
    """Instants of n samples of m activities in days since the start, float64[n, m]; HORIZON or later where a plan does not end.

    inf where an activity never begins: it waits for a wave that a gate holds for good.
    """

    start: np.ndarray
    finish: np.ndarray
    """People are free again."""
    done: np.ndarray
    """What waits for it may begin: after rework, where there is some."""
    approvals: np.ndarray
    """Tasks that had to wait for money, int64[n]."""

    def part(self, rows: slice) -> Schedule:
        """Some of the samples."""
        return Schedule(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class _Block:
    """A block of samples on their way through the steps."""

    def __init__(self, network: Network, draws: Draws, rows: slice, out: Schedule):
        self.network, self.rows, self.out = network, rows, out
        self.days, self.cost, self.rework, self.pause, self.approval, self.gates = (
            getattr(draws, name)[rows] for name in draws.__dataclass_fields__
        )
        n, m = self.n, self.m = self.days.shape
        followers: list[list[tuple[int, bool, float, int]]] = [[] for _ in range(m)]
        for to, each in enumerate(network.activities):
            for link in each.after:
                followers[link.source].append((to, link.from_start, link.lag_days, link.gate))
        flat = [link for links in followers for link in links]
        self.pointer = np.concatenate(([0], np.cumsum([len(links) for links in followers]))).astype(np.int64)
        self.target = np.array([to for to, *_ in flat], dtype=np.int64)
        self.from_start = np.array([start for _, start, *_ in flat], dtype=bool)
        self.lag = on_grid(np.array([lag for *_, lag, _ in flat], dtype=float))
        self.gate = np.array([gate for *_, gate in flat], dtype=np.int64)
        self.waiting = np.tile([len(each.after) for each in network.activities], n)
        self.ready = np.tile([each.not_before for each in network.activities], n)
        self.place = np.zeros(n * m, dtype=np.int64)
        self.queue = np.flatnonzero(network.queued)
        self.column = np.full(m, -1, dtype=np.int64)
        self.column[self.queue] = np.arange(len(self.queue))
        self.key = np.full((n, len(self.queue)), np.inf)
        """When each queued activity could begin were its people free; inf where it waits for something or has begun."""
        held = [tuple(sorted(network.activities[a].needs.items())) for a in self.queue.tolist()]
        self.groups = list(dict.fromkeys(held))
        """Who is needed together, and how many of them."""
        self.group = np.array([self.groups.index(each) for each in held], dtype=np.int64)
        self.needed = {
            role: np.array([each.needs.get(role, 0) for each in network.activities]) for role in network.people
        }
        self.free = {role: np.zeros((n, number)) for role, number in network.people.items()}
        """Since when each of a role is free, or when it will be, in rising order."""
        self.committed, self.approved = np.zeros(n), np.zeros(n)
        self.asked = np.zeros((n, m), dtype=bool)

    def play(self) -> None:
        """Step by step until every sample has begun all it has."""
        begins = np.flatnonzero([not each.after for each in self.network.activities])
        self._be_ready(np.repeat(np.arange(self.n), len(begins)), np.tile(begins, self.n))
        every, could = np.arange(self.n), np.empty_like(self.key)
        while len(self.queue):
            np.take(self._available(), self.group, axis=1, out=could, mode="clip")
            np.maximum(self.key, could, out=could)
            first = could.argmin(axis=1)
            at = could[every, first]
            rows = np.flatnonzero(at < np.inf)
            if not len(rows):
                return
            self._begin(rows, self.queue[first[rows]], at[rows])

    def _available(self) -> np.ndarray:
        """When the people of each group are free, float64[n, groups]."""
        found = np.zeros((self.n, len(self.groups)))
        for column, needs in enumerate(self.groups):
            for role, number in needs:
                np.maximum(found[:, column], self.free[role][:, number - 1], out=found[:, column])
        return found

    def _begin(self, rows: np.ndarray, a: np.ndarray, at: np.ndarray) -> None:
        """Begin one activity in each of some samples, or let it wait for money."""
        network = self.network
        if network.released is not None:
            rows, a, at = self._with_money(network.released, rows, a, at)
        start = network.calendars.begin(network.calendar[a], at)
        finish = network.calendars.end(network.calendar[a], start, self.days[rows, a])
        self.key[rows, self.column[a]] = np.inf
        for role, needed in self.needed.items():
            mine = np.flatnonzero(needed[a])
            if len(mine):
                free = self.free[role][rows[mine]]
                taken = np.arange(free.shape[1]) < needed[a[mine], None]
                free = np.where(taken, finish[mine, None], free)
                free.sort(axis=1)
                self.free[role][rows[mine]] = free
        self._be_ready(*self._settle(rows, a, start, finish))

    def _with_money(
        self, released: np.ndarray, rows: np.ndarray, a: np.ndarray, at: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Those for which there is money; the others ask for it, once each, and are queued again for the day on which it is there."""
        network = self.network
        cost = self.cost[rows, a] + self.days[rows, a] * network.rate[a]
        month = np.searchsorted(network.months, at, side="right")
        over = self.committed[rows] + cost - (released[month] + self.approved[rows])
        asks = (over > 0) & ~self.asked[rows, a]
        r, b = rows[asks], a[asks]
        self.asked[r, b] = True
        self.approved[r] += over[asks]
        self.out.approvals[self.rows][r] += 1
        later = at[asks] + self.approval[r, b]
        self.key[r, self.column[b]] = network.calendars.begin(network.calendar[b], later)
        self.committed[rows[~asks]] += cost[~asks]
        return rows[~asks], a[~asks], at[~asks]

    def _settle(
        self, rows: np.ndarray, a: np.ndarray, start: np.ndarray, finish: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Write down activities that have begun, and pass their instants to what waits for them; rows and activities that are ready by that."""
        network = self.network
        done = finish + self.pause[rows, a]
        rework = self.rework[rows, a]
        again = np.flatnonzero(rework > 0)
        if len(again):
            review = on_grid(np.ceil(done[again] / network.review_every) * network.review_every)
            review = np.maximum(review, done[again])
            length = on_grid(rework[again] * (1 + network.rework_growth * (review - done[again])))
            done[again] = network.calendars.end(network.calendar[a[again]], review, length)
        self.out.start[self.rows][rows, a] = start
        self.out.finish[self.rows][rows, a] = finish
        self.out.done[self.rows][rows, a] = done
        counts = self.pointer[a + 1] - self.pointer[a]
        of = np.repeat(np.arange(len(a)), counts)
        link = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts) + self.pointer[a][of]
        place = rows[of] * self.m + self.target[link]
        then = np.where(self.from_start[link], start[of] + self.lag[link], done[of])
        if self.gates.shape[1]:
            gate = self.gate[link]
            then = then + np.where(gate < 0, 0.0, self.gates[rows[of], gate])
        np.maximum.at(self.ready, place, then)
        np.subtract.at(self.waiting, place, 1)
        ready = place[(self.waiting[place] == 0) & (self.ready[place] < np.inf)]
        self.place[ready] = np.arange(len(ready))  # an activity that two of the batch free stands twice
        ready = ready[self.place[ready] == np.arange(len(ready))]
        return ready // self.m, ready % self.m

    def _be_ready(self, rows: np.ndarray, a: np.ndarray) -> None:
        """Queue activities that wait for nothing more; those that need no people begin at once, and so on with what waits for them."""
        network = self.network
        while len(rows):
            when = self.ready[rows * self.m + a]
            when = np.where(network.whole_days[a], np.ceil(when), when)
            when = network.calendars.begin(network.calendar[a], when)
            queued = network.queued[a]
            self.key[rows[queued], self.column[a[queued]]] = when[queued]
            rows, a, when = rows[~queued], a[~queued], when[~queued]
            finish = network.calendars.end(network.calendar[a], when, self.days[rows, a])
            rows, a = self._settle(rows, a, when, finish)


def schedule(network: Network, draws: Draws) -> Schedule:
    """The schedule of every sample."""
    n, m = draws.days.shape
    start, finish, done = (np.full((n, m), np.inf) for _ in range(3))
    out = Schedule(start, finish, done, np.zeros(n, dtype=np.int64))
    for first in range(0, n, BLOCK):
        _Block(network, draws, slice(first, min(first + BLOCK, n)), out).play()
    return out
