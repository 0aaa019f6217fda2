"""Matches a log's requests with the routes' patterns, bounded in time: a user's pattern may backtrack exponentially."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
from collections.abc import Iterator

from loadtests.traces.routes import Route, Routes
from sim.records.refusal import Refusal

MATCH_S = 2.0
"""CPU seconds that a pattern may take for one request."""


class Patterns:
    """The routes' patterns, each limited to `MATCH_S` of CPU time where it runs in the main thread."""

    def __init__(self, routes: Routes):
        self.routes = [
            (n, re.compile(route.match), re.compile(route.agents), route) for n, route in enumerate(routes.routes)
        ]
        self.dropped = re.compile(routes.drop_agents) if routes.drop_agents else None
        self._now: tuple[str, str, int] | None = None
        """The match under way: the place in the routes, its pattern, and the line of the log."""

    def drops(self, agent: str, line: int) -> bool:
        """Whether requests of a user agent are left out."""
        if self.dropped is None:
            return False
        self._now = "drop_agents", self.dropped.pattern, line
        return bool(self.dropped.search(agent))

    def fitting(self, asked: str, agent: str, line: int) -> list[tuple[re.Match[str], Route]]:
        """The routes that match a request, in their order. asked: `METHOD /path?query`; line: the request's line number in the log."""
        fitting = []
        for number, pattern, agents, route in self.routes:
            self._now = f"routes.{number}.match", pattern.pattern, line
            if match := pattern.match(asked):
                self._now = f"routes.{number}.agents", agents.pattern, line
                if agents.search(agent):
                    fitting.append((match, route))
        return fitting

    @contextlib.contextmanager
    def limited(self) -> Iterator[None]:
        """Raises `Refusal` in the block where one match takes too long: a timer ticks, and a match under way at two ticks is too slow."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: tuple[str, str, int] | None = None

        def tick(*_: object) -> None:
            nonlocal before
            if self._now is not None and self._now is before:
                field, pattern, line = self._now
                expected = f"a pattern that takes less than {MATCH_S:g} s for a request (line {line} of the log)"
                raise Refusal("--routes", field, expected, pattern)
            before = self._now

        kept = signal.signal(signal.SIGVTALRM, tick)
        signal.setitimer(signal.ITIMER_VIRTUAL, MATCH_S, MATCH_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, kept)
