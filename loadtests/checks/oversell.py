"""Clients race for the last units of SKUs: the one question of stock truth that a fast and error-free platform can still get wrong."""

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
"""How often stock is read at most, until it is told, and after the race until it shows what was promised."""
BETWEEN_S = 0.5
REQUEST_TIMEOUT = 408


class _Gate:
    """Opens when everybody who is still in the race stands before it."""

    def __init__(self, racers: int):
        self._racers, self._waiting, self._open = racers, 0, Event()

    def wait(self) -> None:
        self._waiting += 1
        self._look()
        self._open.wait()

    def leave(self) -> None:
        """One fell out, or is through."""
        self._racers -= 1
        self._look()

    def _look(self) -> None:
        if self._waiting >= self._racers:
            self._open.set()


@dataclass
class _Racer(Errand):
    """Stops before the step that decides until all others have come that far."""

    gate: _Gate | None = None
    decided: bool = False

    def request(self, step: str, *how: Any, **more: Any) -> Any:
        if self.gate and step == self.adapter.decides:
            self.gate.wait()
            self.decided = True
        return super().request(step, *how, **more)


@dataclass
class _Client:
    """One client, its requests, and what its journey brought."""

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
        """Promised to it, by SKU code."""
        return sum((Counter(made.units) for made in self.racer.made), Counter())

    def ending(self, codes: Sequence[str], units: int) -> Ending:
        """How it ended; `codes` and `units` are what it asked for."""
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
        """Whether the platform may have made an order: the step that decides went well, or nothing that came back says that it did not."""
        deciding = [request for request in self.seen if request.step == self.racer.adapter.decides]
        if not deciding:
            return self.racer.decided
        last = deciding[-1]
        if last.outcome == "rejected":
            return False
        told_no = 400 <= last.status < 500 and last.status != REQUEST_TIMEOUT
        return not told_no or any(request.outcome in ANSWERED for request in deciding)


def race(trial: Trial, clients: int, sku: str = "", cancel: bool = False, units: int = 1, lines: int = 1) -> Race:
    """Let clients order at once what is not there for all of them, released together at the step that decides.

    Each asks for `units` of each of `lines` SKUs: of `sku`, where it is named, and of those with the fewest units. Raises `Refusal` where the
    platform does not tell its stock, or has no such SKUs.
    """
    trial.discover()
    codes, before = _scarce(trial, clients, sku, units, lines)
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    began_s = trial.clock()
    racers, stopped = _run(trial, clients, codes, units)
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
    """The codes of the race, and the units of each before it."""
    told = _stock(trial)
    wanted = clients * units
    fit = sorted((code for code, there in told.items() if units <= there < wanted), key=lambda code: (told[code], code))
    expected = f"a SKU with at least {units} and fewer units than the {wanted:,} that {clients:,} clients ask for"
    if sku and sku not in fit:
        raise Refusal("--sku", sku, expected, f"{told[sku]} units" if sku in told else None)
    codes = [sku, *(code for code in fit if code != sku)][:lines] if sku else fit[:lines]
    if len(codes) < lines:
        fewest = (
            f"; of what is in stock, {fewest} units are the fewest"
            if (fewest := min(filter(None, told.values()), default=0))
            else ""
        )
        raise Refusal("--lines", lines, f"for each line {expected}", f"{len(codes)} of {len(told)} SKUs{fewest}")
    return codes, {code: told[code] for code in codes}


def _run(trial: Trial, clients: int, codes: Sequence[str], units: int) -> tuple[list[_Client], str]:
    """The clients when all have ended or none may go on, and why they were stopped, where they were."""
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
        gevent.joinall(running, timeout=PATIENCE_S)
        if not all(each.ready() for each in running):
            stopped = f"after {PATIENCE_S:g} s, with clients still under way"
    except KeyboardInterrupt:
        stopped = BY_HAND
        deciding = [each for each, racer in zip(running, racers, strict=True) if racer.racer.decided]
        gevent.killall([each for each in running if each not in deciding])
        gevent.joinall(deciding, timeout=trial.wire.timeout_s)  # an order that comes after the cancelling would stay
    gevent.killall(running)
    return racers, stopped


def _stock(trial: Trial, codes: Sequence[str] = ()) -> dict[str, int]:
    """Available units, read again where a reading fails. Raises `Refusal`."""
    for attempt in range(1, READINGS + 1):
        try:
            told = trial.adapter.stock(trial.errand("stock", []), codes or list(trial.adapter.shelf.skus))
        except Ended as ended:
            if attempt == READINGS:
                raise Refusal(trial.host, "stock", f"an answer to one of {READINGS} readings", ended.outcome) from None
            gevent.sleep(BETWEEN_S)
        else:
            break
    if told is None:
        raise Refusal(trial.host, "", f"an adapter that reads stock; {trial.adapter.name} has no access to it")
    return told


def _after(trial: Trial, before: dict[str, int], promised: Counter[str]) -> dict[str, int] | None:
    """Available units after the race, read again while they do not show yet what was promised; None where they cannot be read."""
    told = None
    for attempt in range(READINGS):
        try:
            told = _stock(trial, list(before))
        except Exception:  # whatever went wrong here, what the clients were promised stands
            return told
        if all(before[code] - told.get(code, before[code]) >= promised[code] for code in before):
            break
        if attempt < READINGS - 1:
            gevent.sleep(BETWEEN_S)
    return told


def _cancelled(trial: Trial) -> str:
    """What came of cancelling; whatever goes wrong with it, the orders are listed."""
    try:
        return trial.cancel()
    except Exception as error:
        return f"listed: cancelling ended in {type(error).__name__}: {error}"


def _together(each: Sequence[Ending]) -> list[Ending]:
    """Clients that ended alike as one, the most frequent first; what a body said is that of the first of them."""
    alike: dict[Ending, list[Ending]] = {}
    for ending in each:
        alike.setdefault(ending.model_copy(update={"body": ""}), []).append(ending)
    merged = [same[0].model_copy(update={"clients": len(same)}) for same in alike.values()]
    return sorted(merged, key=lambda ending: -ending.clients)
