"""Clients race for the last units of a SKU: the one question of stock truth that a fast and error-free platform can still get wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.event import Event

from loadtests.adapters.errand import Ended, Errand
from loadtests.trial import Played, Request, Trial
from sim.evidence.truth import StockTruth, stock_truth
from sim.records.loadrun import StockReading
from sim.records.refusal import Refusal

PATIENCE_S = 300.0


@dataclass(frozen=True)
class Race:
    """What came of it. `fates` counts clients: accepted, rejected, or the outcome and error at which they ended."""

    reading: StockReading
    clients: int
    fates: Mapping[str, int]
    fate_of_orders: str

    @property
    def truth(self) -> StockTruth:
        return stock_truth([self.reading])

    @property
    def oversold(self) -> int:
        return self.truth.oversold_units


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

    def request(self, step: str, *how: Any, **more: Any) -> Any:
        if step == self.adapter.decides:
            self.gate.wait()
        return super().request(step, *how, **more)


def race(trial: Trial, clients: int, sku: str = "", cancel: bool = False) -> Race:
    """Let clients buy one unit each of a SKU that has fewer, released together at the step that decides.

    sku: its code; the one with the fewest units unless named. Raises `Refusal` where the platform does not tell its stock or has no such SKU.
    """
    trial.discover()
    before = _stock(trial)
    code = sku or min((code for code, units in before.items() if 0 < units < clients), key=before.get, default="")
    if before.get(code, 0) < 1 or before[code] >= clients:
        expected = f"a SKU in stock with fewer units than the {clients} clients"
        raise Refusal("--sku", code, expected, f"{before[code]} units" if code in before else None)
    place = list(trial.adapter.shelf.skus).index(code)
    gate = _Gate(clients)
    runs = [gevent.spawn(_run, trial, gate, client, place) for client in range(clients)]
    gevent.joinall(runs, timeout=PATIENCE_S)
    played = [run.value for run in runs if run.value is not None]
    after = _stock(trial, [code])[code]
    ordered = sum(made.units.get(code, 0) for each in played for made in each.made)
    fates = Counter(_fate(each) for each in played) + Counter({"still under way": clients - len(played)})
    fate = trial.cancel() if cancel else "listed"
    reading = StockReading(sku_code=code, available_before=before[code], available_after=after, units_ordered=ordered)
    return Race(reading, clients, dict(fates), fate)


def _run(trial: Trial, gate: _Gate, client: int, place: int) -> Played:
    seen: list[Request] = []
    who = {"row": client, "customer": client}
    errand = trial.errand("checkout", seen, kind=_Racer, gate=gate, skus=[place], quantities=[1], **who)
    try:
        brought = trial.adapter.play(errand)
    finally:
        gate.leave()
    return Played("checkout", brought, seen, errand.made)


def _stock(trial: Trial, codes: list[str] | None = None) -> dict[str, int]:
    try:
        told = trial.adapter.stock(trial.errand("stock", []), codes or list(trial.adapter.shelf.skus))
    except Ended as ended:
        raise Refusal(trial.host, "stock", "an answer", ended.outcome) from None
    if told is None:
        raise Refusal(trial.host, "", f"an adapter that reads stock; {trial.adapter.name} has no access to it")
    return told


def _fate(played: Played) -> str:
    if played.brought is not None:
        return "accepted"
    last = played.last
    return "refused" if last.outcome == "rejected" else f"{last.outcome} at {last.step} ({last.error})"
