"""Clients race for the last units of SKUs: a test of overselling, which a fast platform without errors may still fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent.event import Event

from loadtests.adapters.errand import Ended, Errand
from loadtests.checks.session import Request, Trial
from sim.evidence.stock_truth.last_units import SETTLED, judge
from sim.records.load_run import BY_HAND
from sim.records.oversell import Ending, Race, Raced
from sim.records.refusal import Refusal
from sim.records.samples import ANSWERED

PATIENCE_S = 300.0
READINGS = 4
"""Readings of stock at most: before the race until one succeeds, after it until one shows the units promised."""
BETWEEN_S = 0.5
REQUEST_TIMEOUT = 408


class _Gate:
    """A barrier: opens when every client that is still in the race waits at it."""

    def __init__(self, racers: int):
        self._racers, self._waiting, self._open = racers, 0, Event()

    def wait(self) -> None:
        self._waiting += 1
        self._open_if_all_wait()
        self._open.wait()

    def leave(self) -> None:
        """Count a client out: its journey has ended."""
        self._racers -= 1
        self._open_if_all_wait()

    def _open_if_all_wait(self) -> None:
        if self._waiting >= self._racers:
            self._open.set()


@dataclass
class _Racer(Errand):
    """An errand that waits before the step that decides until all other clients have reached it."""

    gate: _Gate | None = None
    decided: bool = False

    def request(self, step: str, *how: Any, **more: Any) -> Any:
        if self.gate and step == self.adapter.decides:
            self.gate.wait()
            self.decided = True
        return super().request(step, *how, **more)


@dataclass
class _Client:
    """One client, its requests, and the value that its journey returned."""

    racer: _Racer
    gate: _Gate
    seen: list[Request]
    brought: Any = None
    over: bool = False

    def run(self) -> None:
        try:
            self.brought = self.racer.adapter.play(self.racer)
            self.over = True
        finally:
            self.gate.leave()

    @property
    def units(self) -> Counter[str]:
        """Units promised to the client, by SKU code."""
        return sum((Counter(made.units) for made in self.racer.made), Counter())

    def ending(self, codes: Sequence[str], units: int) -> Ending:
        """How its journey ended; `codes` and `units` are the SKUs and the units of each that it asked for."""
        decided, promised = self.racer.decided, self.units
        if any(code in made.units for code in codes for made in self.racer.made):
            whole = all(promised[code] >= units for code in codes)
            return Ending(outcome="accepted" if whole else "partial", clients=1, decided=decided)
        if self.brought is not None:
            return Ending(outcome="accepted", clients=1, decided=decided, in_doubt=True)
        if not self.over or not self.seen:
            return Ending(outcome="", clients=1, decided=decided, in_doubt=decided)
        last = self.seen[-1]
        return Ending(
            outcome=last.outcome,
            step=last.step,
            error=last.error or "",
            clients=1,
            decided=decided,
            in_doubt=self._in_doubt,
            body=last.body,
        )

    @property
    def _in_doubt(self) -> bool:
        """Whether the platform may have made an order: the step that decides succeeded, or no answer shows that it failed."""
        deciding = [request for request in self.seen if request.step == self.racer.adapter.decides]
        if not deciding:
            return self.racer.decided
        last = deciding[-1]
        if last.outcome == "rejected":
            return False
        denied = 400 <= last.status < 500 and last.status != REQUEST_TIMEOUT
        return not denied or any(request.outcome in ANSWERED for request in deciding)


def race(
    trial: Trial,
    clients: int,
    sku: str = "",
    cancel: bool = False,
    units: int = 1,
    lines: int = 1,
    patience_s: float = PATIENCE_S,
) -> Race:
    """Let clients order the same scarce SKUs at once, released together at the step that decides.

    Each asks for `units` of each of `lines` SKUs: `sku`, where it is named, and those with the fewest units. Clients that are still under way
    after `patience_s` are stopped. Raises `Refusal` where the platform does not show its stock, or has no SKU with fewer units than all
    clients ask for.
    """
    trial.discover()
    codes, before = _scarce(trial, clients, sku, units, lines)
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    began_s = trial.clock()
    racers, stopped = _run(trial, clients, codes, units, patience_s)
    length_s = trial.clock() - began_s
    promised = sum((racer.units for racer in racers), Counter())
    after = _after(trial, before, promised)
    fate = _cancelled(trial) if cancel else "listed"
    endings = _together([racer.ending(codes, units) for racer in racers])
    asked = units * sum(e.clients for e in endings if e.decided and e.outcome in SETTLED)
    in_doubt = units * sum(e.clients for e in endings if e.in_doubt)
    skus = [
        Raced(
            sku_code=code,
            available_before=before[code],
            available_after=after.get(code) if after else None,
            promised=promised[code],
            asked=asked,
            in_doubt=in_doubt,
        )
        for code in codes
    ]
    decision, sentence, reasons = judge(skus, endings, units, trial.adapter.decides)
    return Race(
        run_id=trial.adapter.run_id,
        started_at=started_at,
        host=trial.host,
        adapter=trial.adapter.name,
        clients=clients,
        units=units,
        decides=trial.adapter.decides,
        length_s=length_s,
        skus=skus,
        endings=endings,
        orders=[made.id for racer in racers for made in racer.racer.made],
        orders_fate=fate,
        stopped=stopped,
        decision=decision,
        sentence=sentence,
        reasons=reasons,
    )


def _scarce(trial: Trial, clients: int, sku: str, units: int, lines: int) -> tuple[list[str], dict[str, int]]:
    """The SKU codes of the race, and the units of each before it."""
    available = _stock(trial)
    wanted = clients * units
    fit = sorted(
        (code for code, there in available.items() if units <= there < wanted), key=lambda code: (available[code], code)
    )
    expected = f"a SKU with at least {units} and fewer units than the {wanted:,} that {clients:,} clients ask for"
    if sku and sku not in fit:
        raise Refusal("--sku", sku, expected, f"{available[sku]} units" if sku in available else None)
    codes = [sku, *(code for code in fit if code != sku)][:lines] if sku else fit[:lines]
    if len(codes) < lines:
        fewest = (
            f"; of what is in stock, {fewest} units are the fewest"
            if (fewest := min(filter(None, available.values()), default=0))
            else ""
        )
        raise Refusal("--lines", lines, f"for each line {expected}", f"{len(codes)} of {len(available)} SKUs{fewest}")
    return codes, {code: available[code] for code in codes}


def _run(trial: Trial, clients: int, codes: Sequence[str], units: int, patience_s: float) -> tuple[list[_Client], str]:
    """Run the race; the clients, and why they were stopped, empty where all ended."""
    shelf = list(trial.adapter.shelf.skus)
    skus = [shelf.index(code) for code in codes]
    gate, racers = _Gate(clients), list[_Client]()
    for number in range(clients):
        seen: list[Request] = []
        racer = trial.errand_of(
            _Racer, "checkout", seen, row=number, customer=number, skus=skus, quantities=[units] * len(codes)
        )
        racer.gate = gate
        racers.append(_Client(racer, gate, seen))
    running = [gevent.spawn(racer.run) for racer in racers]
    stopped = ""
    try:
        gevent.joinall(running, timeout=patience_s)
        if not all(each.ready() for each in running):
            stopped = f"after {patience_s:g} s, with clients still under way"
    except KeyboardInterrupt:
        stopped = BY_HAND
        deciding = [each for each, racer in zip(running, racers, strict=True) if racer.racer.decided]
        gevent.killall([each for each in running if each not in deciding])
        gevent.joinall(
            deciding, timeout=trial.wire.timeout_s
        )  # an order made after the cancelling would not be cancelled
    gevent.killall(running)
    return racers, stopped


def _stock(trial: Trial, codes: Sequence[str] = ()) -> dict[str, int]:
    """Available units by SKU code; a reading that fails is repeated. Raises `Refusal`."""
    for attempt in range(1, READINGS + 1):
        try:
            available = trial.adapter.stock(trial.errand("stock", []), codes or list(trial.adapter.shelf.skus))
        except Ended as ended:
            if attempt == READINGS:
                raise Refusal(trial.host, "stock", f"an answer to one of {READINGS} readings", ended.outcome) from None
            gevent.sleep(BETWEEN_S)
        else:
            break
    if available is None:
        raise Refusal(trial.host, "", f"an adapter that reads stock; {trial.adapter.name} has no access to it")
    return available


def _after(trial: Trial, before: dict[str, int], promised: Counter[str]) -> dict[str, int] | None:
    """Available units after the race, read again until they show the units promised; None where they cannot be read."""
    available = None
    for attempt in range(READINGS):
        try:
            available = _stock(trial, list(before))
        except Exception:  # the race is judged by the promises alone
            return available
        if all(before[code] - available.get(code, before[code]) >= promised[code] for code in before):
            break
        if attempt < READINGS - 1:
            gevent.sleep(BETWEEN_S)
    return available


def _cancelled(trial: Trial) -> str:
    """Cancel the orders; their fate in words, which says why where cancelling fails."""
    try:
        return trial.cancel()
    except Exception as error:
        return f"listed: cancelling ended in {type(error).__name__}: {error}"


def _together(each: Sequence[Ending]) -> list[Ending]:
    """Group the clients that ended alike, the most frequent ending first; a group keeps the body of its first client."""
    alike: dict[Ending, list[Ending]] = {}
    for ending in each:
        alike.setdefault(ending.model_copy(update={"body": ""}), []).append(ending)
    merged = [same[0].model_copy(update={"clients": len(same)}) for same in alike.values()]
    return sorted(merged, key=lambda ending: -ending.clients)
