"""The open loop: journeys start when the schedule says, whatever became of those before.

A journey that is late starts at once and keeps its intended time; nothing is ever re-spaced. A journey that finds the pool full at its
intended time is dropped. A journey that follows another waits for it, as its shopper would: it is then intended at the instant at
which the other ended, and it is not asked at all (*unmet*) where the other brought nothing to go on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from loadtests.journey import Row
from loadtests.replay.recorder import Recorder


class Pacer:
    """Starts the journeys of one worker.

    `play(row, intended_s, carried) -> value` runs one journey to its end and returns what its followers need, None where it brought
    nothing. `spawn(function, *arguments)` runs something beside the pacer; `sleep(seconds)` lets others run meanwhile.
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
        """Set it, and end `run`'s greenlet, to start nothing more; what is under way goes on to its end."""

    def run(self, rows: Iterable[Row]) -> None:
        """Start every row at its time; returns when the last has started or was put to wait for the one it follows."""
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
        """What a row brought; forgotten once its last follower took it."""
        brought, followers = self._brought.pop(row, (None, 0))
        if followers > 1:
            self._brought[row] = (brought, followers - 1)
        return brought
