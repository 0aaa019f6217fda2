"""The chain's calendar: at an instant phase by phase, in the order of `sequence.Instant`.

What falls due at one instant is done at once: SimPy is woken once for it, and not once for every lorry that arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simpy

from sim.chain.sequence import Instant


class Agenda:
    """Things due at one instant, done together: one SimPy event however many there are."""

    def __init__(self, env: simpy.Environment):
        self._env = env
        self._due: dict[tuple[float, Callable], list] = {}

    @property
    def now(self) -> float:
        """Seconds since the first midnight."""
        return self._env.now

    def at(self, t: float, phase: Instant, do: Callable[[list], None], item: Any = None) -> None:
        """Have `do` called in a phase of instant t, not before now, with the list of everything that is due for it then.

        Within a phase, and within the list, the order is that of scheduling. An item added to a call that is already due is done in its phase.
        """
        if (t, do) in self._due:
            self._due[t, do].append(item)
            return
        self._due[t, do] = [item]
        event = simpy.Event(self._env)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: do(self._due.pop((t, do))))
        self._env.schedule(event, phase.rank, t - self._env.now)  # type: ignore[arg-type] # SimPy takes any integer

    def waiting(self, do: Callable[[list], None]) -> list[tuple[float, Any]]:
        """(instant, item) of all that `do` is yet to be called with."""
        return [(t, item) for (t, due), items in self._due.items() if due == do for item in items]

    def every(self, first_s: float, interval_s: float, phase: Instant, do: Callable[[], None]) -> None:
        """Have `do` called at `first_s` and after each interval."""

        def again(_: list) -> None:
            do()
            self.at(self.now + interval_s, phase, again)

        self.at(first_s, phase, again)
