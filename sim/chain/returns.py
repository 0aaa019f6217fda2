"""Goods that customers bring back: whole tickets, some days later, through the system into the back room."""

from __future__ import annotations

from math import inf

import numpy as np

from sim.chain.receipts import Receipts
from sim.chain.tracelog import rows
from sim.clock import DAY_S


class Returns:
    """What one store expects back. Customers see nothing of a back room, so goods are booked when somebody next asks for the store's stock."""

    def __init__(self, store: int, opens_s: float, closes_s: float, chain):
        self.store, self.opens_s, self.closes_s, self.chain = store, opens_s, closes_s, chain
        self._coming: list[_Batch] = []

    def expect(self, paid: Receipts) -> None:
        """Let the tickets of a day that its sheet says come back do so before the run ends, when doors are open."""
        due_s = paid.sheet.return_s[paid.customer]
        clock = np.where(np.isfinite(due_s), due_s, 0.0) % DAY_S
        due_s = due_s + np.where(clock < self.opens_s, self.opens_s - clock, 0.0)
        due_s += np.where(clock >= self.closes_s, DAY_S + self.opens_s - clock, 0.0)
        back = np.flatnonzero(due_s < self.chain.scenario.days * DAY_S)
        if not len(back):
            return
        due_s, (start, at) = due_s[back], rows(paid.line_start, back)
        sku, units = paid.sku[at], paid.units[at]
        brought = np.append(0, np.cumsum(units))[start]
        self.chain.tally.add_many("returned_units", self.store, due_s, np.diff(brought))
        member = paid.sheet.customer[paid.customer[back]]
        self.chain.trace.note("return_goods", due_s, self.store, member, (start, sku, units), follows=paid.note[back])
        in_order = np.argsort(due_s, kind="stable")
        start, at = rows(start, in_order)
        self._coming.append(_Batch(due_s[in_order].tolist(), start.tolist(), sku[at].tolist(), units[at].tolist()))

    def until(self, now: float) -> None:
        """Book what has come back."""
        for batch in self._coming:
            while batch.due_s[batch.next] <= now:
                lines = slice(batch.start[batch.next], batch.start[batch.next + 1])
                self.chain.ledger.return_units(self.store, batch.sku[lines], batch.units[lines])
                batch.next += 1
        if self._coming and self._coming[0].next == len(self._coming[0].start) - 1:
            self._coming.pop(0)


class _Batch:
    """The tickets of one day that come back, the earliest first, in compressed rows of plain numbers: there are few at a time."""

    def __init__(self, due_s: list[float], start: list[int], sku: list[int], units: list[int]):
        self.due_s, self.start, self.sku, self.units, self.next = [*due_s, inf], start, sku, units, 0
