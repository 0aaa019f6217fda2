"""What is done on the platform beside the load, by the master alone: discovery, one preflight journey, reading stock, cleaning up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loadtests import schedule
from loadtests.adapters.base import Adapter, Errand
from loadtests.schedule import Row
from loadtests.valve import Valve
from sim.records.refusal import Refusal

LOOKERS = ("browse", "search", "stock_check", "member_lookup", "order_status", "report")
"""Journeys that change nothing: the preflight prefers one of them."""

PATIENCE_S = 120.0
POLL_S = 0.02
"""Between an answer that tells the stock and the next question."""


class Aside:
    """Errands that are no part of the load: their requests are not samples, and one that goes wrong is a `Refusal`."""

    def __init__(self, adapter: Adapter, host: str, valve: Valve, made: Callable[[list[dict[str, Any]]], None]):
        """`made` takes what each errand made on the platform, also of one that failed."""
        self._adapter, self._host, self._valve, self._made = adapter, host, valve, made
        valve.guard(adapter)
        self.steps, self.think_s = 1, 0.0
        """Of the longest journey played: requests, and the time between them."""

    def discover(self) -> Any:
        """Let the adapter look round; what it found."""
        found = self._do("discovery", self._adapter.discover)
        self._adapter.adopt(found)
        return found

    def preflight(self, planned: pa.Table) -> None:
        """Play one journey of the schedule that needs no other before it."""
        free = planned.filter(planned["follows"].to_numpy() < 0)
        names = free["journey"].cast(pa.string()).to_pylist()
        if names:
            first = next((names.index(journey) for journey in LOOKERS if journey in names), 0)
            row = next(schedule.unpack(schedule.pack(free.slice(first, 1))))
            self._do("preflight", self._adapter.play, row)

    def stock(self, planned: pa.Table) -> dict[str, int] | None:
        """Available units of the SKUs that a schedule touches, by code; None where the platform does not tell."""
        touched = np.unique(planned["skus"].combine_chunks().flatten().to_numpy())
        codes = [self._adapter.shelf.skus[sku] for sku in touched]
        return self._do("reading stock", lambda errand: self._adapter.stock(errand, codes))

    def sync_lags(self, planned: pa.Table, sales: int) -> list[float]:
        """Sell single units of so many SKUs of the schedule's orders, and time each from its sale until stock shows it, seconds.

        A lag is taken between the last reading that did not show the sale and the first that did. Sales that stock never showed within
        `PATIENCE_S` are left out. Raises `Refusal` where nothing can be sold or the platform tells no stock.
        """
        skus = _first_skus(planned, sales)
        codes = {sku: self._adapter.shelf.skus[sku] for sku, _ in skus}
        before = self._do("reading stock", lambda errand: self._adapter.stock(errand, list(codes.values())))
        if not before or not skus:
            raise Refusal(self._host, "stock-sync lag", "orders in the trace, and a platform that tells its stock")
        sold_s: dict[str, float] = {}
        for number, (sku, location) in enumerate(skus):
            self._do("sale", self._adapter.play, Row(0.0, -2 - number, "checkout", location, -1, [sku], [1], -1, 0))
            sold_s[codes[sku]] = time.perf_counter()
        return self._watch(before, sold_s)

    def _watch(self, before: dict[str, int], sold_s: dict[str, float]) -> list[float]:
        lags: dict[str, float] = {}
        unseen_s = time.perf_counter()
        give_up = unseen_s + PATIENCE_S
        while len(lags) < len(sold_s) and unseen_s < give_up:
            waiting = [code for code in sold_s if code not in lags]
            try:
                now = self._do("reading stock", lambda errand, codes=waiting: self._adapter.stock(errand, codes))
            except Refusal:
                now = before
            seen_s = time.perf_counter()
            for code in waiting:
                if now[code] < before[code]:
                    lags[code] = max((unseen_s + seen_s) / 2 - sold_s[code], 0.0)
            unseen_s = seen_s
            time.sleep(POLL_S)
        return list(lags.values())

    def cancel(self) -> str:
        """Cancel what the run made; what came of it."""
        return self._do("cancelling orders", self._adapter.cancel) or "listed: this platform cancels none"

    def _do(self, what: str, errand_of: Callable[[Errand], Any], row: Row | None = None) -> Any:
        wrong: list[str] = []

        def watch(_row, _journey, step, _intended, _start, _end, outcome, _status=0, _size=0, error=None, *_):
            if outcome not in ("ok", "partial", "rejected"):
                wrong.append(f"{outcome} at {step}: {error}")
            sent_s.append(_end - _start)

        journey, row = row is not None, row or Row(0.0, -1, what, -1, -1, [], [], -1, 0)
        start, sent_s = time.perf_counter(), []
        errand = Errand(
            self._adapter, row.row, row.journey, row.location, row.customer, row.skus, row.quantities,
            None, 0.0, lambda: time.perf_counter() - start, watch,
        )  # fmt: skip
        done = None
        try:
            done = self._valve.run(lambda: errand_of(errand))
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            self._made([asdict(each) for each in errand.made])
        if journey:
            between_s = time.perf_counter() - start - sum(sent_s)
            self.steps, self.think_s = max(self.steps, len(sent_s)), max(self.think_s, between_s)
        if wrong:
            raise Refusal(self._host, f"{what} ({row.journey})" if row.row >= 0 else what, "an answer", wrong[0])
        return done


def _first_skus(planned: pa.Table, most: int) -> list[tuple[int, int]]:
    """The first SKUs that the schedule's orders ask for, each once, with the location of the order."""
    orders = planned.filter(pc.equal(planned["journey"].cast(pa.string()), "checkout")).slice(0, 1000)
    found: dict[int, int] = {}
    for skus, location in zip(orders["skus"].to_pylist(), orders["location"].to_pylist(), strict=True):
        for sku in skus:
            found.setdefault(sku, location)
    return list(found.items())[:most]
