"""The result of a check of a platform: which journeys work, which callers may read an order, the transport, and what was not tried."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Record
from sim.records.verdict import Decision

FORMAT: Final = 1


class Call(Record):
    """One request of a journey."""

    step: str
    outcome: str
    status: int
    """0 where nothing came back."""
    error: str = ""
    service_s: float
    body: str = ""
    """How the answer's body began, of an answer that was no success."""


class JourneyCheck(Record):
    """A journey of the trace, played once."""

    journey: str
    state: str
    """`works`, `refused` (by a rule of the business), `failed`, `unmet` (what it follows did not work) or `not covered`."""
    calls: list[Call] = []

    @property
    def service_s(self) -> float:
        """Service time of its calls together, s."""
        return sum(call.service_s for call in self.calls)

    @property
    def because(self) -> str:
        """The result of its last call, with what the platform gave as its reason: `order failed (500): no tax zone`; empty without calls."""
        if not self.calls:
            return ""
        last = self.calls[-1]
        how = f"{last.step} {last.outcome}" + (f" ({last.error})" if last.error else "")
        return f"{how}: {last.body}" if last.body else how


class AccessAttempt(Record):
    """An attempt to read an order of another customer."""

    reader: str
    state: str
    """`refused`, `shown` or `not tried`."""
    because: str


class Described(Record):
    """Coverage of an API description by the calls of the check."""

    calls: int
    called: int
    """Operations of the description."""
    operations: int


class Reached(Record):
    """How the platform is reached."""

    tls: str
    """Version; empty without TLS."""
    days: float
    """That the certificate is still good for; 0 without one."""
    in_clear: str
    """Result of HTTP without TLS: `refused`, `redirected` or `answered`."""
    error: str
    """Why TLS failed."""

    @property
    def text(self) -> str:
        """The transport in words."""
        if self.error:
            return f"TLS: failed ({self.error}); HTTP in the clear: {self.in_clear}"
        if not self.tls:
            return "TLS: none, HTTP in the clear"
        return f"TLS: {self.tls}, certificate good for {self.days:.0f} days; HTTP in the clear: {self.in_clear}"


class Checkup(Record):
    """The result of a check of an adapter against its platform."""

    format: Literal[1] = FORMAT
    run_id: str
    started_at: str
    host: str
    adapter: str
    reached: Reached
    journeys: list[JourneyCheck]
    access: list[AccessAttempt]
    described: Described | None = None
    """None without a description."""
    made: list[str]
    """What the check made, each with its kind and id."""
    made_fate: str
    """What became of it."""
    findings: list[str]
    """Defects of the platform, or of its adapter."""
    untried: list[str]
    """What the check could not try."""
    decision: Decision
    """`pass` without a finding, `fail` with one, `inconclusive` without one where something was not tried."""
    sentence: str
