"""Goods that customers bring back: whole tickets, some days later, through the system into the back room."""

from __future__ import annotations

import numpy as np

from sim.chain.receipts import Receipts
from sim.chain.tracelog import rows
from sim.clock import DAY_S


class Returns:
    """What one store expects back, line by line."""

    def __init__(self, store: int, opens_s: float, closes_s: float, chain):
        self.store, self.opens_s, self.closes_s, self.chain = store, opens_s, closes_s, chain
        self._coming = np.empty(0), np.empty(0, np.int32), np.empty(0, np.int64)

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
        lines = np.repeat(due_s, np.diff(start)), sku, units
        self._coming = tuple(np.concatenate(both) for both in zip(self._coming, lines, strict=True))

    def of(self, day: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What comes back on a day: when, f8[k], sorted, which SKU, i4[k], and its units, i8[k]."""
        due_s = self._coming[0]
        today = due_s < (day + 1) * DAY_S
        coming = self._coming
        self._coming = tuple(column[~today] for column in coming)
        due = np.flatnonzero(today)
        due = due[np.argsort(due_s[due], kind="stable")]
        return tuple(column[due] for column in coming)
