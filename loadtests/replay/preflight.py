"""What the master alone does on the platform outside the load: discovery, one preflight journey, reading stock, cleaning up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loadtests.adapters.base import Adapter, Created, Ended, Errand
from loadtests.checks.session import Request, keep_in
from loadtests.journey import Row
from loadtests.planning import schedule
from loadtests.replay.stop_valve import Valve
from sim.records.load_run import LostAnswers
from sim.records.refusal import Refusal
from sim.records.samples import DECIDED

LOOKERS = ("browse", "search", "stock_check", "member_lookup", "order_status", "report")
"""Journeys that change nothing: the preflight prefers one of them."""

READING_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses before a failed stock reading is repeated: one bad answer must not cost the run its stock comparison."""
PATIENCE_S = 120.0
POLL_S = 0.02
"""Between one stock reading and the next."""


class Aside:
    """Errands outside the load: their requests are not recorded as samples, and one that fails raises `Refusal`."""

    def __init__(self, adapter: Adapter, host: str, valve: Valve, made: Callable[[list[dict[str, Any]]], None]):
        """`made` is called with the orders that each errand made on the platform, also where the errand failed."""
        self._adapter, self._host, self._valve, self._made = adapter, host, valve, made
        self.recovered_orders: list[dict[str, Any]] = []
        """Orders of the load whose answer was lost, found by looking them up."""
        valve.guard(adapter)
        self.steps, self.think_s = 1, 0.0
        """Of the longest journey played: number of requests, and the time between them, s."""

    def discover(self) -> Any:
        """Run the adapter's `discover`, give it the result, and return it."""
        discovered = self._do("discovery", self._adapter.discover)
        self._adapter.adopt(discovered)
        return discovered

    def preflight(self, planned: pa.Table) -> None:
        """Play one journey of the schedule that follows no other; where it turns out unmet, one of the next kind."""
        free = planned.filter(planned["follows"].to_numpy() < 0)
        names = free["journey"].cast(pa.string()).to_pylist()
        for journey in sorted(dict.fromkeys(names), key=lambda name: (*LOOKERS, name).index(name)):
            row = next(schedule.unpack(schedule.pack(free.slice(names.index(journey), 1))))
            if not self._do("preflight", self._adapter.play, row).unmet:
                return

    def stock(self, planned: pa.Table) -> dict[str, int] | None:
        """Available units of the SKUs that a schedule touches, by code; None where the platform does not show it."""
        touched = np.unique(planned["skus"].combine_chunks().flatten().to_numpy())
        codes = [self._adapter.shelf.skus[sku] for sku in touched]
        for pause_s in READING_PAUSES_S:
            try:
                return self._read(codes)
            except Refusal:
                time.sleep(pause_s)
        return self._read(codes)

    def _read(self, codes: list[str]) -> dict[str, int] | None:
        return self._do("reading stock", lambda errand: self._adapter.stock(errand, codes))

    def sync_lags(self, planned: pa.Table, sales: int) -> list[float]:
        """Sell single units of so many SKUs of the schedule's orders, and time each from its sale until stock shows it, seconds.

        A lag ends half-way between the last reading that did not show the sale and the first that did. Sales not shown within `PATIENCE_S`
        are left out. Raises `Refusal` where nothing can be sold or the platform shows no stock.
        """
        skus = _first_skus(planned, sales)
        codes = {sku: self._adapter.shelf.skus[sku] for sku, _ in skus}
        before = self._read(list(codes.values()))
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
                now = self._read(waiting) or before
            except Refusal:
                now = before
            seen_s = time.perf_counter()
            for code in waiting:
                if now[code] < before[code]:
                    lags[code] = max((unseen_s + seen_s) / 2 - sold_s[code], 0.0)
            unseen_s = seen_s
            time.sleep(POLL_S)
        return list(lags.values())

    def find_lost(self, planned: pa.Table, samples: pa.Table) -> LostAnswers | None:
        """Look up the orders of checkouts whose answer was lost; those that exist join `recovered_orders`. None where no answer was lost."""
        rows = lost_orders(samples, self._adapter.decides)
        if not len(rows):
            return None
        placed = absent = 0
        because, give_up = "", time.perf_counter() + PATIENCE_S
        wanted = planned.filter(np.isin(planned["row"].to_numpy(), rows))
        for number, row in enumerate(schedule.unpack(schedule.pack(wanted))):
            try:
                order = self._find(row, READING_PAUSES_S if not number else ())
            except NotImplementedError:
                because = "cannot be looked up on this platform"
                break
            except Refusal as refusal:
                because = f"could not be looked up ({refusal.found})"
                break
            if time.perf_counter() > give_up:
                because = f"were not looked up within {PATIENCE_S:g} s"
                break
            placed, absent = placed + (order is not None), absent + (order is None)
            if order is not None:
                self.recovered_orders.append(asdict(order))
        return LostAnswers(placed=placed, absent=absent, unknown=len(rows) - placed - absent, because=because)

    def _find(self, row: Row, pauses_s: Sequence[float]) -> Created | None:
        """The order of a checkout, None where there is none. `pauses_s`: waits for an order that the platform may still be placing."""
        key = f"{self._adapter.run_id}/{row.row}/{self._adapter.decides}"
        for pause_s in (*pauses_s, 0.0):
            order = self._do("looking for an order", lambda errand: self._adapter.find_order(errand, key), of=row)
            if order is not None:
                break
            time.sleep(pause_s)
        return order

    def cancel(self) -> str:
        """Cancel the run's orders; returns their fate in words."""
        return self._do("cancelling orders", self._adapter.cancel) or "listed: this platform cancels none"

    def _do(self, what: str, errand_of: Callable[[Errand], Any], row: Row | None = None, of: Row | None = None) -> Any:
        """Run an errand and return its result; for a journey (`row`), the errand itself. Only the last attempt of a step counts.

        Raises `Refusal` where it ends early or in an exception.
        """
        seen: list[Request] = []

        place = f"{what} ({row.journey})" if row else what
        played = row or of or Row(0.0, -1, what, -1, -1, [], [], -1, 0)
        start = time.perf_counter()
        errand = Errand.of(self._adapter, played, 0.0, lambda: time.perf_counter() - start, keep_in(seen))
        try:
            done, ended = self._valve.run(lambda: errand_of(errand)), False
        except Ended:
            done, ended = None, True
        except NotImplementedError:
            raise
        except Exception as error:
            raise self._fault(place, self._adapter.fault(error, errand), str(errand.excerpt() or "")) from error
        finally:
            self._made([asdict(each) for each in errand.made])
        last = seen[-1] if seen else Request("", "ok", 0, None, 0.0)
        if row:
            if last.outcome == "adapter_fault":
                raise self._fault(place, str(last.error), last.body)
            ended, done = done is None and last.outcome not in DECIDED, errand
            between_s = time.perf_counter() - start - sum(each.service_s for each in seen)
            self.steps, self.think_s = max(self.steps, len(seen)), max(self.think_s, between_s)
        if ended:
            raise Refusal(
                self._host, place, "an answer", f"{last.outcome} at {last.step}: {last.error}", body=last.body
            )
        return done

    def _fault(self, place: str, fault: str, body: str) -> Refusal:
        return Refusal(self._adapter.file, place, "an adapter without an exception of its own", fault, body=body)


NEVER_SENT = ("connection refused", "tls: ", "HTTP/2 only")
"""Beginnings of errors after which the request certainly did not reach the platform."""
GATEWAY_TIMEOUT = 504


def lost_orders(samples: pa.Table, decides: str) -> np.ndarray:
    """Rows of checkouts that may have placed an order without an answer to confirm it: int64[n], ascending.

    Their last attempt at the step that decides timed out, at the platform's gateway too, lost its connection, or was cut off by a stop.
    """
    names = {name: samples[name].cast(pa.string()).to_pylist() for name in ("journey", "step", "outcome", "error")}
    last: dict[int, bool] = {}
    columns = (samples["row"].to_pylist(), samples["status"].to_pylist(), *names.values())
    for row, status, journey, step, outcome, error in zip(*columns, strict=True):
        if journey == "checkout" and step == decides:
            unanswered = status == GATEWAY_TIMEOUT or (status == 0 and not (error or "").startswith(NEVER_SENT))
            last[row] = outcome in ("failed", "cut") and unanswered
    return np.array(sorted(row for row, lost in last.items() if lost), dtype=np.int64)


def _first_skus(planned: pa.Table, most: int) -> list[tuple[int, int]]:
    """The first SKUs that the schedule's orders ask for, each once, with the location of the order."""
    orders = planned.filter(pc.equal(planned["journey"].cast(pa.string()), "checkout")).slice(0, 1000)
    location_of: dict[int, int] = {}
    for skus, location in zip(orders["skus"].to_pylist(), orders["location"].to_pylist(), strict=True):
        for sku in skus:
            location_of.setdefault(sku, location)
    return list(location_of.items())[:most]
