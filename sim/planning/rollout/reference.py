"""The schedule of one sample by SimPy, activity by activity: what `schedule` does for many at once, to be read and to be held against it."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from sim.planning.rollout.calendars import GRID, HORIZON
from sim.planning.rollout.draws import Draws
from sim.planning.rollout.network import Link, Network


class Reference:
    """A plan played once: each activity is a process, each role a resource."""

    def __init__(self, network: Network, draws: Draws, row: int):
        self.network, self.row, self.drawn = network, row, draws
        self.env = simpy.Environment()
        self.roles = {role: simpy.Resource(self.env, capacity=number) for role, number in network.people.items()}
        m = len(network.activities)
        self.started = [self.env.event() for _ in range(m)]
        self.ended = [self.env.event() for _ in range(m)]
        self.start, self.finish, self.done = [math.inf] * m, [math.inf] * m, [math.inf] * m
        self.queue: dict[int, simpy.Event] = {}
        """Activities that could begin, by number, with the event that begins them."""
        self.changed = self.env.event()
        self.committed = self.approved = 0.0
        self.asked: set[int] = set()

    def play(self) -> tuple[list[float], list[float], list[float]]:
        """Start, end, and end with rework of each activity, in days since the start; inf for one that never begins."""
        for n in range(len(self.network.activities)):
            self.env.process(self._activity(n))
        self.env.process(self._dispatch())
        self.env.run()
        return self.start, self.finish, self.done

    def _activity(self, n: int) -> Generator[simpy.Event, Any, None]:
        env, activity = self.env, self.network.activities[n]
        yield env.all_of([env.process(self._wait(link)) for link in activity.after])  # fmt: skip
        yield from self._until(activity.not_before)
        ready = math.ceil(env.now) if activity.kind in ("wave", "store") else env.now
        yield from self._until(self._begin(activity.calendar, ready))
        held: list[tuple[simpy.Resource, Any]] = []
        if self.network.queued[n]:
            held = yield self._enter(n)
        self.start[n] = self._begin(activity.calendar, env.now)
        yield from self._until(self.start[n])
        self.started[n].succeed()
        self.finish[n] = self._end(activity.calendar, self.start[n], self.drawn.days[self.row, n])
        yield from self._until(self.finish[n])
        for resource, request in held:
            resource.release(request)
        self._notify()
        self.done[n] = self._with_rework(n)
        yield from self._until(self.done[n])
        self.ended[n].succeed()

    def _wait(self, link: Link) -> Generator[simpy.Event, Any, None]:
        if not link.from_start:
            yield self.ended[link.source]
            return
        yield self.started[link.source]
        yield self.env.timeout(_rounded(link.lag_days))
        if link.gate >= 0:
            days = self.drawn.gates[self.row, link.gate]
            yield self.env.timeout(days) if days < math.inf else self.env.event()

    def _until(self, instant: float) -> Generator[simpy.Event, Any, None]:
        if instant > self.env.now:
            yield self.env.timeout(instant - self.env.now)

    def _enter(self, n: int) -> simpy.Event:
        self.queue[n] = self.env.event()
        self._notify()
        return self.queue[n]

    def _notify(self) -> None:
        if not self.changed.triggered:
            self.changed.succeed()

    def _dispatch(self) -> Generator[simpy.Event, Any, None]:
        """Begin one activity after the other; between two of them all else of the instant happens."""
        while True:
            yield self.changed
            self.changed = self.env.event()
            chosen: int | None = -1
            while chosen is not None:
                while self.env.peek() <= self.env.now:
                    yield self.env.timeout(0)
                chosen = next((n for n in sorted(self.queue) if self._could(n)), None)
                if chosen is not None and not self._asks(chosen):
                    self._let(chosen)

    def _could(self, n: int) -> bool:
        needs = self.network.activities[n].needs
        return all(self.roles[role].capacity - self.roles[role].count >= number for role, number in needs.items())

    def _let(self, n: int) -> None:
        needs = self.network.activities[n].needs
        taken = [
            (self.roles[role], self.roles[role].request()) for role, number in needs.items() for _ in range(number)
        ]
        self.queue.pop(n).succeed(taken)

    def _asks(self, n: int) -> bool:
        """Whether an activity has to wait for money; what it commits is counted otherwise."""
        released = self.network.released
        if released is None:
            return False
        cost = self.drawn.cost[self.row, n] + self.drawn.days[self.row, n] * self.network.rate[n]
        month = sum(begins <= self.env.now for begins in self.network.months.tolist())
        over = self.committed + cost - (released[month] + self.approved)
        if over > 0 and n not in self.asked:
            self.asked.add(n)
            self.approved += over
            self.env.process(self._approved(n, self.queue.pop(n)))
            return True
        self.committed += cost
        return False

    def _approved(self, n: int, begins: simpy.Event) -> Generator[simpy.Event, Any, None]:
        later = self.env.now + self.drawn.approval[self.row, n]
        yield from self._until(self._begin(self.network.activities[n].calendar, later))
        self.queue[n] = begins
        self._notify()

    def _with_rework(self, n: int) -> float:
        network, now = self.network, self.finish[n] + self.drawn.pause[self.row, n]
        rework = self.drawn.rework[self.row, n]
        if not rework > 0:
            return now
        review = max(_rounded(math.ceil(now / network.review_every) * network.review_every), now)
        length = _rounded(rework * (1 + network.rework_growth * (review - now)))
        return self._end(network.activities[n].calendar, review, length)

    def _begin(self, calendar: int, t: float) -> float:
        worked, day = self.network.calendars.worked[calendar], min(int(t), HORIZON)
        if worked[day]:
            return float(t)
        return next((float(later) for later in range(day + 1, HORIZON) if worked[later]), float(HORIZON))

    def _end(self, calendar: int, t: float, length: float) -> float:
        """Day by day: what is left of a day, then whole days."""
        left = length
        while t < HORIZON:
            t = self._begin(calendar, t)
            today = min(math.floor(t) + 1 - t, left)
            t, left = t + today, left - today
            if left == 0:
                return self._begin(calendar, t)
        return float(HORIZON)


def _rounded(days: float) -> float:
    return math.floor(days * GRID + 0.5) / GRID


def reference(network: Network, draws: Draws, row: int) -> np.ndarray:
    """Start, end, and end with rework of each activity of one sample, float64[3, m]."""
    return np.array(Reference(network, draws, row).play())
