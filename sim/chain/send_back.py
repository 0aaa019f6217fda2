"""Slow stock goes back (退仓): what a store has beyond many days of cover returns to its warehouse."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.chain.freight import Consignment
from sim.chain.sequence import Instant
from sim.clock import DAY_S, tick
from sim.scenario.distributions import Constant


class SendBack:
    def __init__(self, chain):
        self.chain, self.said = chain, chain.scenario.replenishment.send_back
        if self.said:
            closes_s = chain.network.closes_s[: chain.network.n_stores]
            interval_s = tick(self.said.every_days * DAY_S)
            for instant_s in np.unique(closes_s).tolist():
                review = partial(self._review, np.flatnonzero(closes_s == instant_s).tolist())
                chain.agenda.every(instant_s + interval_s, interval_s, Instant.SEND_BACK, review)

    def _review(self, stores: list[int]) -> None:
        """After closing; the first time when one interval has passed."""
        self.chain.reach(*stores)
        for store in stores:
            self._send(store)

    def _send(self, store: int) -> None:
        chain, warehouse = self.chain, int(self.chain.network.warehouse_of[store])
        keep = np.ceil(self.said.above_days * chain.mean_demand[store]).astype(np.int64)
        units = np.minimum(np.maximum(chain.ledger.promisable(store) - keep, 0), chain.ledger.physical[store])
        units -= units % chain.assortment.pack
        if units.any():
            codes = chain.network.codes
            way = chain.network.lead_time_days(codes[warehouse], codes[store], Constant(value=0))
            chain.ledger.expect(warehouse, units)
            chain.tally.add("sent_back_units", store, chain.env.now, int(units.sum()))
            chain.freight.send(Consignment(store, np.array([warehouse]), units[None], None, way, "transfer_stock"))
