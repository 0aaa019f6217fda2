"""The HTTP settings that a run's master sends to its workers, and the record of a request on the wire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """One request on the wire."""

    method: str
    path: str
    status: int


@dataclass(frozen=True)
class Wire:
    """HTTP settings of a run. None is secret: passwords stay in the environment of each machine."""

    timeout_s: float = 10.0
    ca_bundle: str = ""
    certificate: str = ""
    """PEM file with the client's certificate and its key."""
    proxy: str = ""
    allow_host: str = ""
