"""Plays each journey once on a platform: which work, their service times, what is missing, and whether orders are shown without authorisation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.adapters.auth import ApiKey, Auth, Basic, Bearer, KeyParameter
from loadtests.adapters.base import Adapter
from loadtests.adapters.errand import Brought, Session
from loadtests.adapters.excerpts import with_body
from loadtests.checks.session import Asked, Played, Request, Trial
from loadtests.http.options import Sent
from loadtests.http.tls import Transport, look
from sim.records.trace import FOLLOWERS, JOURNEYS

FIRST = ("checkout", "order_status")
"""Journeys that others follow; they are played first."""
SAYS_NOTHING = frozenset({400, 405, 415, 422, 429})
"""Statuses of malformed or throttled requests: they do not show whether the reader may see the order."""
LOOKED_AT = 20
"""SKUs at most of which the check reads the stock before it orders one of them."""
ORDERED = 3
"""SKUs at most that it tries to order: stock may lie in other places than the one that the check orders from."""
VISITORS = re.compile(r"publishable|public|anon|storefront", re.IGNORECASE)
"""Names of keys that are in every visitor's browser."""


@dataclass(frozen=True)
class Line:
    """A journey in the check's table. state: works, refused (by a business rule), failed, not covered, or unmet (what it follows failed)."""

    journey: str
    state: str
    requests: Sequence[Request] = ()

    @property
    def service_s(self) -> float:
        """Service time of its requests together, s."""
        return sum(request.service_s for request in self.requests)


@dataclass(frozen=True)
class Access:
    """An attempt to read an order without authorisation. state: refused, shown, or not tried."""

    reader: str
    state: str
    because: str


@dataclass(frozen=True)
class Checkup:
    """The result of a check: the transport, each journey, attempts to read an order without authorisation, and the orders made."""

    transport: Transport
    lines: Sequence[Line]
    access: Sequence[Access]
    made: Sequence[str]
    fate: str
    """Whether the orders made were cancelled or are listed."""
    loopback: bool
    sent: Sequence[Sent] = field(repr=False, default=())

    @property
    def findings(self) -> list[str]:
        """Faults of the platform or of its adapter, one text each."""
        wrong = [
            f"{line.journey} {line.state}: {_why(line)}" for line in self.lines if line.state in ("failed", "unmet")
        ]
        wrong += [f"an order was shown to {each.reader}" for each in self.access if each.state == "shown"]
        if self.transport.error:
            wrong.append(f"TLS: {self.transport.error}")
        elif not self.transport.version and not self.loopback:
            wrong.append("no TLS: tokens and orders travel in the clear")
        elif self.transport.version and self.transport.in_clear == "answered":
            wrong.append("HTTP without TLS is answered")
        return wrong

    @property
    def untried(self) -> list[str]:
        """What the check could not determine, one text each; none of it counts as passed."""
        return [f"an order read by {each.reader}" for each in self.access if each.state == "not tried"]


def check(trial: Trial) -> Checkup:
    """Play every journey once. Raises `Refusal` where discovery fails."""
    transport = look(trial.target, trial.wire)
    trial.discover()
    first, *others = _most_in_stock(trial)
    trial.recording_client.sent.clear()
    played: dict[str, Played] = {}
    sku, lines = first, {"checkout": _try(trial, "checkout", first, played)}
    for number, other in enumerate(others, len(JOURNEYS) + 1):
        if lines["checkout"].state == "refused":
            sku, lines["checkout"] = other, _try(trial, "checkout", other, played, number)
    for journey in sorted(JOURNEYS, key=lambda name: (FIRST + JOURNEYS).index(name)):
        if journey != "checkout":
            lines[journey] = _try(trial, journey, sku, played)
    sent = list(trial.recording_client.sent)
    access = list(_access(trial, sku, played))
    made = [f"{made.kind} {made.id}" for each in played.values() for made in each.made]
    fate = trial.cancel() if made else ""
    return Checkup(transport, [lines[journey] for journey in JOURNEYS], access, made, fate, trial.target.loopback, sent)


def _most_in_stock(trial: Trial) -> list[int]:
    """The places of the SKUs to order, the most in stock first, so that a check does not sell the last unit of any.

    The first SKU alone where the platform does not show its stock.
    """
    codes = list(trial.adapter.shelf.skus[:LOOKED_AT])
    try:
        available = trial.adapter.stock(trial.errand("stock", []), codes) or {}
    except Exception:  # the check is of journeys; a replay says that stock cannot be read
        available = {}
    most = sorted(range(len(codes)), key=lambda place: -available.get(codes[place], 0))
    return most[:ORDERED] if available else [0]


def _try(trial: Trial, journey: str, sku: int, played: dict[str, Played], row: int | None = None) -> Line:
    if journey not in trial.adapter.covered():
        return Line(journey, "not covered")
    carried = None
    if journey in FOLLOWERS:
        before = played.get("checkout")
        if before is None or before.brought is None:
            return Line(journey, "unmet")
        carried = before.brought
    asked = Asked(location=0, customer=0, row=len(played) if row is None else row, skus=[sku], quantities=[1])
    result = played[journey] = trial.play(journey, carried=carried, **asked)
    if result.brought is not None:
        return Line(journey, "works", result.requests)
    refused = result.requests and result.last.outcome == "rejected"
    return Line(journey, "refused" if refused else "failed", result.requests)


def _access(trial: Trial, sku: int, played: dict[str, Played]) -> Iterator[Access]:
    """Try to read the check's order without credentials, as another shopper, and with invalid or expired credentials.

    Headers that every visitor sends (`public`) go with all of these requests.
    """
    order = played.get("checkout")
    if order is None or order.brought is None or "order_status" not in trial.adapter.covered():
        yield Access("anyone", "not tried", "no order to read")
        return
    unproved = trial.other_adapter()
    for name in unproved.proofs():
        bare = Auth()
        bare.session = Session()
        setattr(unproved, name, bare)
    public = ", ".join(trial.adapter.public)
    yield _read(
        trial,
        f"a visitor ({public} alone)" if public else "nobody (no credentials)",
        unproved,
        order.brought,
        Session(),
    )
    own = order.brought.session
    if not (own.headers or own.cookies):
        yield _alike(trial.adapter.auth)
    else:
        for pool in trial.adapter.pool.values():
            pool.pass_over()
        other = trial.play("checkout", location=0, customer=1, row=len(JOURNEYS), skus=[sku], quantities=[1])
        played["checkout of another"] = other
        if other.brought is None:
            yield Access("another shopper", "not tried", "a second order could not be made")
        else:
            yield _read(trial, "another shopper", None, order.brought, other.brought.session)
    yield _forge(trial, order.brought)
    yield _ended(trial, order.brought)


def _alike(auth: Auth) -> Access:
    """The attempt as another shopper where all shoppers send the same credential: each may read what the others may, so it is not tried."""
    key = {ApiKey: "header", KeyParameter: "parameter"}.get(type(auth), "")
    if key and VISITORS.search(name := getattr(auth, key)):
        because = (
            "a header that proves nothing belongs under `public`"
            if key == "header"
            else "a key of every visitor proves nothing"
        )
        return Access(f"any visitor, who has the {name} too", "shown", because)
    because = "one identity for every shopper"
    if isinstance(auth, ApiKey | Basic | Bearer | KeyParameter):
        because += ": where visitors have it too it is no proof, and belongs under `public`"
    return Access("another shopper", "not tried", because)


def _forge(trial: Trial, order: Brought) -> Access:
    reader, own = "a forger (a token that is not good)", order.session
    forger = trial.other_adapter()
    forged = [proof for proof in forger.proofs().values() if type(proof) is not Auth]
    if not (forged or own.headers or own.cookies):
        return Access(reader, "not tried", "no proof is sent that could be forged")
    for proof in forged:
        proof.read = _forged(proof)  # type: ignore[method-assign, assignment]
    spoiled = Session({name: _spoil(value) for name, value in own.headers.items()},
                      {name: _spoil(value) for name, value in own.cookies.items()})  # fmt: skip
    return _read(trial, reader, forger, order, spoiled)


def _read(trial: Trial, reader: str, other: Adapter | None, order: Brought, session: Session) -> Access:
    if other is not None:
        trial.connect_other(other)
    tried = trial.play("order_status", other, row=0, carried=Brought(order.value, session))
    if tried.brought is not None:
        return Access(reader, "shown", str(tried.last.status))
    return _refused(reader, tried.last)


def _refused(reader: str, last: Request) -> Access:
    if last.status >= 500 or last.status == 0 or last.status in SAYS_NOTHING:
        return Access(reader, "not tried", with_body(f"{last.error} at {last.step}", last.body))
    return Access(reader, "refused", " ".join(dict.fromkeys([str(last.status), last.error or ""])))


def _ended(trial: Trial, order: Brought) -> Access:
    """Read with a token that was ended: evidence only where the order was shown before the token ended."""
    reader, late = "one who logged out (a token that has ended)", trial.other_adapter()
    trial.connect_other(late)
    tried = trial.play("use_ended", late, row=0, carried=order)
    if tried.brought is not None:
        why = tried.brought.value
        return Access(reader, "not tried", why) if why else Access(reader, "shown", str(tried.last.status))
    last = tried.last
    shown_before = any(each.step == last.step and each.outcome == "ok" for each in tried.requests)
    if not shown_before:
        return Access(reader, "not tried", f"{last.error} at {last.step}")
    return _refused(reader, last)


def _forged(auth: Auth) -> Callable[[Mapping[str, str]], dict[str, str]]:
    """A replacement for `auth.read` that reads an environment in which every secret is wrong."""
    read = auth.read

    def forge(_environment: Mapping[str, str]) -> dict[str, str]:
        headers = read(_Wrong())
        auth.forge()
        return headers

    return forge


class _Wrong(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "not-the-secret"

    def get(self, name: str, default: Any = None) -> Any:
        return "not-the-secret"


def _spoil(value: str) -> str:
    """An invalid token of the same length: its last four characters replaced."""
    return value[:-4] + ("0000" if not value.endswith("0000") else "1111")


def _why(line: Line) -> str:
    if not line.requests:
        return "the checkout that it follows did not work" if line.state == "unmet" else "no request was made"
    last = line.requests[-1]
    return f"{last.step} {last.outcome} ({last.error})"
