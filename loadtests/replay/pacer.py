"""The open loop: each journey starts at its intended start, whether or not earlier ones were answered.

A journey that is late starts at once and keeps its intended start, so that response times have no coordinated omission; nothing is
re-spaced. Where the pool is full at its intended start it is dropped. A journey that follows another waits for that one's end, which is
then its intended start; where the other returned nothing to continue with it is *unmet* and never starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from loadtests.journey import Row
from loadtests.replay.recorder import Recorder


class Pacer:
    """Starts the journeys of one worker.

    `play(row, intended_s, carried) -> value` runs one journey to its end and returns what its followers need, None where there is
    nothing. `spawn(function, *arguments)` starts a greenlet; `sleep(seconds)` lets other greenlets run. Times are seconds of the run.
    """

    def __init__(
        self,
        play: Callable[[Row, float, Any], Any],
        recorder: Recorder,
        pool: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        spawn: Callable[..., Any],
    ):
        self._play, self._recorder, self._pool = play, recorder, pool
        self._clock, self._sleep, self._spawn = clock, sleep, spawn
        self._awaited: dict[int, list[Row]] = {}
        self._brought: dict[int, tuple[Any, int]] = {}
        self.stopped = False
        """Set it and end `run`'s greenlet to start no more journeys; those under way run to their end."""

    def run(self, rows: Iterable[Row]) -> None:
        """Start every row at its intended start; returns when the last has started or waits for the row it follows."""
        for row in rows:
            ahead = row.at_s - self._clock()
            if ahead > 0:
                self._sleep(ahead)
            if row.follows in self._awaited:
                self._awaited[row.follows].append(row)
            else:
                self._start(row, row.at_s)

    def _start(self, row: Row, intended_s: float) -> None:
        if row.follows < 0:
            carried = None
        elif (carried := self._take(row.follows)) is None:
            self._recorder.miss(row.journey)
            return
        if self._recorder.progress.under_way >= self._pool:
            self._recorder.drop(row.row, row.journey, intended_s)
            return
        if row.followers:
            self._awaited[row.row] = []
        self._recorder.start()
        self._spawn(self._run, row, intended_s, carried)

    def _run(self, row: Row, intended_s: float, carried: Any) -> None:
        brought = None
        try:
            brought = self._play(row, intended_s, carried)
        finally:
            self._recorder.end()
            if row.followers:
                if brought is not None:
                    self._brought[row.row] = (brought, row.followers)
                for follower in self._awaited.pop(row.row):
                    if not self.stopped:
                        self._start(follower, self._clock())

    def _take(self, row: int) -> Any:
        """The value that a row returned; deleted once its last follower took it."""
        brought, followers = self._brought.pop(row, (None, 0))
        if followers > 1:
            self._brought[row] = (brought, followers - 1)
        return brought
