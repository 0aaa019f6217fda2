"""Single journeys played outside any load, with each of their requests recorded: used by checks and races."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, TypeVar, Unpack

from loadtests.adapters.base import Adapter, CatalogueCodes, Created, Ended, Errand
from loadtests.adapters.connect import close, connect
from loadtests.http.options import Sent, Wire
from loadtests.journey import Row, Sample
from loadtests.safety import Target, resolve
from sim.records.refusal import Refusal

BESIDE = Row(0.0, 0, "", -1, -1, [], [], -1, 0)
"""The row of a journey outside any schedule."""
E = TypeVar("E", bound=Errand)


class Asked(TypedDict, total=False):
    """The row fields that a journey outside the load may set, named as the schedule's columns."""

    row: int
    location: int
    customer: int
    skus: list[int]
    quantities: list[int]


@dataclass(frozen=True)
class Request:
    """One request, with the fields of its sample that checks use."""

    step: str
    outcome: str
    status: int
    error: str | None
    service_s: float
    body: str = ""
    """The beginning of the answer's body, for an answer that was not a success."""


def keep_in(seen: list[Request]) -> Callable[[Sample], None]:
    """A function for an errand to call with each sample: it appends the request to `seen`."""

    def keep(sample: Sample) -> None:
        service_s = sample.t_end - sample.t_start
        body = str(sample.excerpt or "")
        seen.append(Request(sample.step, sample.outcome, sample.status, sample.error, service_s, body))

    return keep


@dataclass(frozen=True)
class Played:
    """The result of one journey. `brought` is None where it ended early."""

    journey: str
    brought: Any
    requests: Sequence[Request]
    made: Sequence[Created]

    @property
    def last(self) -> Request:
        """The last request. There must be one."""
        return self.requests[-1]


@dataclass
class RecordingClient:
    """A client that records what it sends."""

    client: Any
    sent: list[Sent] = field(default_factory=list)

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        """Send through the client, and record the request."""
        answer = self.client.send(method, path, body, headers)
        self.sent.append(Sent(method, path, answer.status))
        return answer

    def close(self) -> None:
        """Close the client."""
        self.client.close()


class Trial:
    """An adapter connected to a host, for one journey at a time without think time. A context manager: it closes its connections."""

    def __init__(
        self,
        kind: type[Adapter],
        host: str,
        wire: Wire,
        environment: Mapping[str, str],
        run_id: str,
        shelf: CatalogueCodes,
    ):
        """Raises `Refusal` for a host that may not be loaded or a secret that is missing."""
        self.target: Target = resolve(host, allowed=wire.allow_host)
        self.host, self.wire = host, wire
        self._environment = environment
        self.adapter = kind(shelf, run_id)
        self._connect(self.adapter)
        self.recording_client = self.adapter.clients[""] = RecordingClient(self.adapter.client)
        self._origin = time.perf_counter()

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: Any) -> None:
        close(self.adapter)

    def discover(self) -> None:
        """Run the adapter's discovery. Raises `Refusal` where that fails."""
        seen: list[Request] = []
        errand = self.errand("discovery", seen)
        try:
            self.discovered = self.adapter.discover(errand)
            self.adapter.adopt(self.discovered)
        except Refusal:
            raise
        except Ended:
            last, body = seen[-1], str(errand.excerpt() or "")
            failure = f"{last.outcome} at {last.step}: {last.error}"
            raise Refusal(self.host, "discovery", "answers", failure, body=body) from None
        except Exception as error:
            fault, body = self.adapter.fault(error, errand), str(errand.excerpt() or "")
            expected = "an adapter without an exception of its own"
            raise Refusal(self.adapter.file, "discovery", expected, fault, body=body) from error

    def other_adapter(self) -> Adapter:
        """Another adapter of the same kind on the same host, to be given other credentials before it is connected."""
        return type(self.adapter)(self.adapter.shelf, self.adapter.run_id)

    def connect_other(self, other: Adapter) -> None:
        """Connect another adapter with its present credentials."""
        self._connect(other)
        other.adopt(self.discovered)

    def errand(
        self,
        journey: str,
        seen: list[Request],
        adapter: Adapter | None = None,
        carried: Any = None,
        **asked: Unpack[Asked],
    ) -> Errand:
        """A journey to be played, with its intended start now; its requests are appended to `seen`."""
        return self.errand_of(Errand, journey, seen, adapter, carried, **asked)

    def errand_of(
        self,
        kind: type[E],
        journey: str,
        seen: list[Request],
        adapter: Adapter | None = None,
        carried: Any = None,
        **asked: Unpack[Asked],
    ) -> E:
        """As `errand`, of the class `kind`."""
        row = BESIDE._replace(journey=journey, **asked)
        return kind.of(adapter or self.adapter, row, self.clock(), self.clock, keep_in(seen), carried)

    def play(self, journey: str, adapter: Adapter | None = None, carried: Any = None, **asked: Unpack[Asked]) -> Played:
        """Play a journey to its end, with `adapter` or else the trial's own."""
        seen: list[Request] = []
        errand = self.errand(journey, seen, adapter, carried, **asked)
        brought = errand.adapter.play(errand)
        return Played(journey, brought, seen, errand.made)

    def cancel(self) -> str:
        """Cancel the orders of this trial; returns their fate in words."""
        try:
            return self.adapter.cancel(self.errand("cancel", [])) or "listed: this platform cancels none"
        except Ended as ended:
            return f"listed: cancelling {ended.outcome}"

    def clock(self) -> float:
        """Seconds since the trial began."""
        return time.perf_counter() - self._origin

    def _connect(self, adapter: Adapter) -> None:
        adapter.think_s = 0.0
        connect(adapter, self.target, self.wire, self._environment)
