"""What falls due at one instant is done at once: SimPy is woken once an instant, and not once for every lorry that arrives at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simpy


class Agenda:
    """Things due at one instant, done together: one SimPy event however many there are."""

    def __init__(self, env: simpy.Environment):
        self._env = env
        self._due: dict[tuple[float, Callable], list] = {}

    def at(self, t: float, do: Callable[[list], None], item: Any) -> None:
        """Have `do` called at instant t, not before now, with the list of everything that is due for it then."""
        if (t, do) in self._due:
            self._due[t, do].append(item)
            return
        self._due[t, do] = [item]
        self._env.timeout(t - self._env.now).callbacks.append(lambda _: do(self._due.pop((t, do))))
