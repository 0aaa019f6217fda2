"""A warehouse's pickers and docks: a first-come, first-served c-server queue, so the end of a job is computed when it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapreplace
from typing import Any

import numpy as np

from sim.chain.fault_spans import ended_s
from sim.clock import DAY_S, on_tick, tick


class Pickers:
    """A c-server queue, first come, first served (Kiefer and Wolfowitz 1955): its state is the instant at which each server is free.

    Work begins between `opens_s` and `closes_s` of a day; under way at closing, it is finished. Work that arrives at another time
    begins at opening.
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

    def busy_s(self, lines: int | np.ndarray) -> Any:
        """Time to pick an order of so many order lines, on tick, by one picker. A number or an array."""
        return on_tick(lines * self._line_s)

    def done_s(self, now: float, lines: int) -> float:
        """The instant at which an order of so many order lines, arriving at `now`, is picked; `now` never decreases between calls."""
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
