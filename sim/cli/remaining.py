"""Remaining time of work in steps, from how long the steps before took."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil


class Remaining:
    """Estimates when work ends, of which `at_once` steps are under way together; it begins with the first call of `update`.

    Steps come in rounds of `at_once`. A round is expected to take as long as those before did in the mean over the whole work. Neither steps of
    unequal length nor a batch that ends in one instant mislead it, which mislead a speed over a recent window. Between two calls the estimate falls
    with the clock, but not below what it would be if the round under way ended now.
    """

    def __init__(self, at_once: int = 1, clock: Callable[[], float] = time.monotonic):
        """clock: seconds since any origin."""
        self._at_once, self._clock = max(at_once, 1), clock
        self._began_s = self._came_s = clock()
        self._kept = self._done = self._total = 0.0
        self._begun = False

    def update(self, done: float, total: float) -> None:
        """So many steps are done, of so many in all.

        What the first call counts, and more than one step in a later call, was kept by an earlier command, and took no time. Fewer steps than
        before are those of other work, which began with the last call.
        """
        if done < self._done:
            self._began_s, self._kept, self._done = self._came_s, 0.0, 0.0
        more = done - self._done
        if not self._begun or more > 1:
            self._kept += more
        if not self._begun:
            self._began_s, self._begun = self._clock(), True
        if more > 0:
            self._came_s = self._clock()
        self._done, self._total = done, total

    def seconds(self) -> float | None:
        """Until the last step is done, s; None before a step was done."""
        rounds, left = self._rounds(self._done - self._kept), self._rounds(self._total - self._done)
        if rounds <= 0:
            return None
        now_s = self._clock()
        expected_s = left * (self._came_s - self._began_s) / rounds - (now_s - self._came_s)
        if_ended_now_s = (left - 1) * (now_s - self._began_s) / (rounds + 1)
        return max(expected_s, if_ended_now_s, 0.0)

    def _rounds(self, steps: float) -> float:
        return steps if self._at_once == 1 else float(ceil(steps / self._at_once))
