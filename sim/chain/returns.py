"""Goods that customers bring back: whole tickets, some days later, through the system into the back room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.chain.receipts import Receipts
from sim.clock import DAY_S


class Returns:
    def __init__(self, chain):
        self.chain = chain

    def expect(self, paid: Receipts) -> None:
        """Let the tickets of a store-day that its sheet says come back do so before the run ends."""
        due_s = paid.sheet.return_s[paid.customer]
        for n in np.flatnonzero(due_s < self.chain.scenario.days * DAY_S).tolist():
            self.chain.env.process(self._come_back(paid, n, float(due_s[n])))

    def _come_back(self, paid: Receipts, n: int, due_s: float) -> Iterator:
        """Who would come to closed doors comes when they open."""
        chain, store = self.chain, paid.sheet.store
        yield chain.env.timeout(due_s - chain.env.now)
        yield chain.env.timeout(chain.network.opens_in(store, chain.env.now))
        chain.reach(store)
        lines = slice(paid.line_start[n], paid.line_start[n + 1])
        skus, units = paid.sku[lines], paid.units[lines]
        chain.ledger.return_units(store, skus, units)
        chain.tally.add("returned_units", store, chain.env.now, int(units.sum()))
        ticket = (np.array([0, len(skus)]), skus, units)
        member = int(paid.sheet.customer[paid.customer[n]])
        chain.trace.note("return_goods", chain.env.now, store, member, ticket, follows=int(paid.note[n]))
