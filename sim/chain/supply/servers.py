"""A warehouse's pickers: who is free first takes what has waited longest, so when work will be done is known when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapreplace

from sim.chain.fault_spans import ended_s
from sim.clock import DAY_S, on_tick, tick


class Pickers:
    """c servers and one line, first come, first served (Kiefer and Wolfowitz 1955): all that counts is when each will be free.

    Work begins between `opens_s` and `closes_s` of a day; under way at closing, it is finished. A picker who is given work at another time
    begins when doors open.
    """

    def __init__(
        self, number: int, line_s: float, opens_s: float, closes_s: float, stopped: Sequence[tuple[float, float]] = ()
    ):
        """`stopped`: from and until when no work begins, s, in order of their beginnings."""
        self._stopped = stopped
        self._free_s, self._line_s = [0.0] * number, line_s
        self._opens_s, self._closes_s = tick(opens_s), tick(closes_s)

    def __len__(self) -> int:
        return len(self._free_s)

    def busy_s(self, lines):
        """Time to pick an order of so many lines, on tick: one picker, line by line. A number or an array."""
        return on_tick(lines * self._line_s)

    def done_s(self, now: float, lines: int) -> float:
        """When an order of so many lines will be picked that is asked for at `now`, after all those before; `now` never falls."""
        first_s = self._free_s[0]
        done_s = self._open(first_s if first_s > now else now) + tick(lines * self._line_s)
        heapreplace(self._free_s, done_s)
        return done_s

    def _open(self, instant: float) -> float:
        """The first instant from this one on at which doors are open and work is not stopped."""
        opens = self._within_hours(instant)
        while self._stopped and (ended := ended_s(self._stopped, opens)) > opens:
            opens = self._within_hours(ended)
        return opens

    def _within_hours(self, instant: float) -> float:
        clock = instant % DAY_S
        if clock < self._opens_s:
            return instant - clock + self._opens_s
        return instant if clock < self._closes_s else instant - clock + DAY_S + self._opens_s
