"""A valve between journeys and the API: once a run is stopped no request is sent, and those under way count neither as answered nor as failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent

from loadtests.adapters.base import Adapter

PAUSE_S = 0.05
"""Between two attempts to end the journeys that are to be cut off."""


class Cut(BaseException):
    """Ends a journey at its current step because the run was stopped. A `BaseException`, so that no adapter catches it as an error."""


class Valve:
    """Lets requests through until it is shut; the requests under way may then still be answered."""

    def __init__(self) -> None:
        self.shut = False
        self._sending: set[Any] = set()
        self._journeys: set[Any] = set()

    def open(self) -> None:
        """Let requests through again."""
        self.shut = False

    def guard(self, adapter: Adapter) -> None:
        """Make every client of an adapter send through the valve."""
        adapter.clients = {name: _Guarded(client, self) for name, client in adapter.clients.items()}

    def run(self, journey: Callable[[], Any]) -> Any:
        """Run a journey so that it can be cut off. Raises `Cut` where it was."""
        current = gevent.getcurrent()
        self._journeys.add(current)
        try:
            return journey()
        finally:
            self._journeys.discard(current)

    def cut(self, at_once: bool = False) -> None:
        """Shut the valve, and return when every journey has ended: before its next request, or without waiting for an answer where `at_once`."""
        self.shut = True
        while self._journeys:
            for journey in self._journeys - (set() if at_once else self._sending):
                gevent.kill(journey, Cut)
            gevent.sleep(PAUSE_S)


class _Guarded:
    """A client that sends through the valve."""

    def __init__(self, client: Any, valve: Valve):
        self._client, self._valve = client, valve

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        if self._valve.shut:
            raise Cut
        current = gevent.getcurrent()
        sending = self._valve._sending
        sending.add(current)
        try:
            return self._client.send(method, path, body, headers)
        finally:
            sending.discard(current)

    def close(self) -> None:
        self._client.close()
