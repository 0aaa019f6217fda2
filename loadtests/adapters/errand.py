"""One journey under way: its methods send a request, time it on three clocks, judge its answer, and end the journey where it failed."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from loadtests.adapters.excerpts import Excerpt
from loadtests.journey import NAN, Sample
from sim.records.samples import ANSWERED, NO_REQUEST

if TYPE_CHECKING:
    from loadtests.adapters.auth import Auth
    from loadtests.adapters.base import Adapter
    from loadtests.journey import Row

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Safe methods (RFC 9110, 9.2.1): a step that uses one is repeatable unless it says otherwise, and needs no CSRF token. PUT and DELETE are
idempotent and not safe: after a throttling or a conflict they are sent again only where the step says that it is repeatable."""
AGAIN = frozenset({"throttled", "conflict"})
"""Outcomes after which a repeatable step is tried again, each attempt a sample of its own."""
_NO_SECRETS = frozenset({"traceparent", "Content-Type", "Cookie"})
"""Headers whose values are not secret, and Cookie, whose values are in the session."""


class Ended(Exception):
    """A step ended neither ok nor partial, so its journey ends there. An adapter may catch it and continue with other steps."""

    def __init__(self, outcome: str, answer: Any):
        super().__init__(outcome)
        self.outcome, self.answer = outcome, answer


class Missing(Exception):
    """The journey needs a value from the one it follows, and there is none: it is not reached, which does not count as a failure."""


@dataclass(frozen=True)
class Created:
    """A thing that a run made on the platform and may have to cancel: an order, with the units it took from stock by SKU code."""

    kind: str
    id: str
    row: int
    t_s: float
    units: Mapping[str, int]


@dataclass
class Session:
    """The headers and cookies that identify one shopper. They pass with a journey's result to the journeys that follow it."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Brought:
    """What a journey carries to its followers: a value of the adapter's own, and the shopper's session."""

    value: Any
    session: Session


@dataclass
class Call:
    """A request about to be sent, to which an `Auth` may still add credentials."""

    method: str
    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes | None
    session: Session = field(default_factory=Session)
    """The shopper's session, or that of the `Auth` it is sent with."""

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


@dataclass
class Errand:
    """One journey under way: the argument of an adapter's method. `of` makes one from a row of the schedule."""

    adapter: Adapter
    row: int
    journey: str
    location: int
    customer: int
    skus: Sequence[int]
    quantities: Sequence[int]
    carried: Any = field(repr=False)
    """The value that the journey it follows returned. Reading it where there is none raises `Missing`, which ends the journey as not reached."""
    ready_s: float
    """When the shopper is ready for the next step: the intended start of the next request."""
    clock: Callable[[], float]
    sample: Callable[[Sample], None]
    made: list[Created] = field(default_factory=list)
    session: Session = field(default_factory=Session)
    requests: int = 0
    answered: tuple[Call, Any] | None = None
    """The last request and its answer."""
    step: str = ""
    """The last step that was started."""
    proof: str = ""
    """The fetched token that the last request carried."""
    unmet: bool = False
    """The journey ended because what it needs was not carried."""

    def __post_init__(self) -> None:
        self.carry(self.carried)

    @classmethod
    def of(
        cls,
        adapter: Adapter,
        row: Row,
        ready_s: float,
        clock: Callable[[], float],
        sample: Callable[[Sample], None],
        carried: Any = None,
        made: list[Created] | None = None,
    ) -> Self:
        """The errand that plays a row. `ready_s` is on `clock`, `sample` is called with each request, `made` collects the orders made."""
        return cls(
            adapter, row.row, row.journey, row.location, row.customer, row.skus, row.quantities,
            carried, ready_s, clock, sample, [] if made is None else made,
        )  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        if name == "carried":
            raise Missing
        raise AttributeError(f"an errand has no {name!r}")

    @property
    def carries(self) -> bool:
        """Whether the journey it follows returned a value: for a journey that can do without one."""
        return "carried" in vars(self)

    def carry(self, value: Any) -> None:
        """Set the carried value; None for none."""
        if value is None:
            vars(self).pop("carried", None)
        else:
            self.carried = value

    def get(self, step: str, path: str, **how: Any) -> Any:
        """`request` with the method GET."""
        return self.request(step, "GET", path, **how)

    def post(self, step: str, path: str, **how: Any) -> Any:
        """`request` with the method POST."""
        return self.request(step, "POST", path, **how)

    def request(
        self,
        step: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        parts: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        needs: str | Sequence[str] = (),
        repeatable: bool | None = None,
        keyed: bool = False,
        completed_by: Callable[[Any], Any] | None = None,
        at: str = "",
        dressed: bool = True,
        as_: str = "auth",
    ) -> Any:
        """Send one step and return its answer (`status`, `headers`, `json`).

        path: also a whole URL on the platform's own host, as an answer gave it. json: the body, or a function that makes it anew for each
        attempt (a version read again after a conflict); form: the body as a form; parts: as multipart/form-data. needs: fields that the
        answer's JSON object must have; a 200 without them has failed. repeatable: sending the step twice does no harm (reads by default);
        only then is it tried again when throttled or in conflict. keyed: send an idempotency key, the same for all attempts; such a step
        is repeatable. completed_by: called with the answer of a platform that accepts first; it returns when the work is done (`until`),
        and the sample tells both times. at: which of the adapter's other hosts. dressed: whether a proof of its sender and the session
        go with it. as_: which of the
        adapter's proofs, by the name of the attribute that holds it.

        Raises `Ended` on every outcome but ok and partial.
        """
        adapter, self.step = self.adapter, step
        if keyed:
            headers = {adapter.key_header: self.key(step), **(headers or {})}
        may_repeat = keyed or (method in SAFE if repeatable is None else repeatable)
        waited_s, attempt, renewed = 0.0, 0, False
        proof: Auth = getattr(adapter, as_)
        while True:
            attempt += 1
            session = self.session if proof is adapter.auth else proof.session
            call = self._call(method, path, params, json, form, parts, headers, session)
            if dressed:
                self._dress(call, proof)
            start = self.clock()
            answer = adapter.clients[at].send(method, call.target, call.body, call.headers)
            end = self.clock()
            self.answered = call, answer
            if dressed:
                proof.heed(answer, session)
            outcome, error = adapter.judge(step, answer, (needs,) if isinstance(needs, str) else needs)
            excerpt = None if outcome in ANSWERED else self.excerpt()
            if excerpt and error and not error.isdigit():  # more than a status: it may quote the answer
                error = excerpt.hide(error)
            intended_s, self.ready_s, completed_s = self.ready_s, end, NAN
            try:
                if completed_by and outcome in ANSWERED:
                    completed_by(answer)
                    completed_s = self.clock()
            finally:
                self.sample(
                    Sample(
                        self.row, self.journey, step, intended_s, start, end, outcome,
                        answer.status, len(answer.body), error, attempt, waited_s, completed_s, excerpt,
                    )
                )  # fmt: skip
            if outcome in ANSWERED:
                return answer
            if outcome == "auth_lost" and dressed and not renewed and proof.renew(self):
                renewed, waited_s = True, 0.0
            elif outcome in AGAIN and may_repeat and attempt < adapter.attempts:
                waited_s = adapter.wait_s(answer, attempt)
                self.pause(waited_s)
            else:
                raise Ended(outcome, answer)

    def until(
        self,
        step: str,
        path: str,
        done: Callable[[Any], bool],
        *,
        every_s: float = 0.5,
        within_s: float = 30.0,
        **how: Any,
    ) -> Any:
        """Poll, each request a sample of its own, until `done(answer)`; returns that answer. A failed sample after `within_s`."""
        give_up = self.clock() + within_s
        while not done(answer := self.get(step, path, **how)):
            if self.clock() + every_s > give_up:
                self.fail(step, f"not completed within {within_s:g} s")
            self.pause(every_s)
        return answer

    def think(self) -> None:
        """Wait the shopper's think time between two steps; it counts in no response time."""
        self.pause(self.adapter.think_s)

    def pause(self, seconds: float) -> None:
        """Wait on the journey's own clock: the next request is intended when the pause is over."""
        from gevent import sleep  # here: gevent is not needed where adapters are only read

        self.ready_s += seconds
        sleep(max(self.ready_s - self.clock(), 0.0))

    def key(self, step: str) -> str:
        """An idempotency key: the same for every attempt at this step of this journey, another for any other."""
        return f"{self.adapter.run_id}/{self.row}/{step}"

    def created(self, kind: str, identity: object, units: Mapping[str, int]) -> None:
        """Record what was made, and the units by SKU code that it took from availability (negative: gave back)."""
        self.made.append(Created(kind, str(identity), self.row, self.ready_s, units))

    def end(self, outcome: str, step: str, error: str) -> None:
        """End the journey with a sample for which no request was sent, where the last status does not show the outcome. Raises `Ended`."""
        self.note(outcome, step, error)
        raise Ended(outcome, None)

    def note(self, outcome: str, step: str, error: str) -> None:
        """Record a sample for which no request was sent, with the last answer as its reason. An adapter fault has no duration."""
        none = outcome in NO_REQUEST
        start_s, end_s = (NAN, NAN) if none else (self.ready_s, self.clock())
        error = error if none else self.adapter.mask.hide(error)[:80]
        self.sample(
            Sample(
                self.row, self.journey, step, self.ready_s, start_s, end_s, outcome, error=error, excerpt=self.excerpt()
            )
        )

    def excerpt(self) -> Excerpt | None:
        """The beginning of the last answer's body, to explain what went wrong; None before the first answer."""
        if self.answered is None:
            return None
        call, answer = self.answered
        proofs = [*call.session.headers.values(), *call.session.cookies.values()]
        for name, value in call.headers.items():
            if name not in _NO_SECRETS and name != self.adapter.key_header:
                proofs += [value, value.partition(" ")[2]]
        return Excerpt(answer, self.adapter.mask, proofs)

    def fail(self, step: str, error: str) -> None:
        """`end` the journey as failed. Raises `Ended`."""
        self.end("failed", step, error)

    def _call(
        self, method: str, path: str, params: Any, json: Any, form: Any, parts: Any, headers: Any, session: Session
    ) -> Call:
        adapter = self.adapter
        self.requests += 1
        own = {"traceparent": f"00-{adapter.trace_id}{self.row & _ROW:016x}-{self.requests:016x}-01"}
        body = None
        if json is not None:
            body = jsonlib.dumps(json() if callable(json) else json, ensure_ascii=False).encode()
            own["Content-Type"] = "application/json"
        elif form is not None:
            body = urlencode(form).encode()
            own["Content-Type"] = "application/x-www-form-urlencoded"
        elif parts is not None:
            boundary = f"{adapter.trace_id}{self.row & _ROW:016x}{self.requests:016x}"
            body = _multipart(parts, boundary)
            own["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        if headers:
            own |= headers
        if not path.startswith("/"):
            path = adapter.local(path)
        return Call(method, path, _pairs(params) if params else [], own, body, session)

    def _dress(self, call: Call, proof: Auth) -> None:
        session = call.session
        if proof.headers:
            call.headers = {**proof.headers, **call.headers}
        if session.headers:
            call.headers |= session.headers
        if session.cookies:
            call.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        proof.dress(call, self)


_ROW = (1 << 64) - 1
"""Rows of errands outside the load are negative; an id of a trace context has 64 bits."""


def _pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters one by one; a list stands for one parameter several times."""
    return [
        (name, str(each))
        for name, value in params.items()
        for each in (value if isinstance(value, list | tuple) else [value])
    ]


def _multipart(fields: Mapping[str, Any], boundary: str) -> bytes:
    """Fields as multipart/form-data (RFC 7578); names escaped as browsers do (HTML Living Standard, 4.10.21.8)."""
    escaped = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(escaped)}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join([*lines, f"--{boundary}--\r\n"]).encode()
