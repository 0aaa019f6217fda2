"""Slow stock goes back (退仓): what a store has beyond many days of cover returns to its warehouse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.chain.freight import Consignment
from sim.clock import DAY_S, tick
from sim.scenario.distributions import Constant


class SendBack:
    """Stores return what exceeds their days of demand to their warehouse."""

    def __init__(self, chain):
        self.chain, self.said = chain, chain.scenario.replenishment.send_back
        if self.said:
            closes_s = chain.network.closes_s[: chain.network.n_stores]
            for instant_s in np.unique(closes_s).tolist():
                chain.env.process(self._reviews(instant_s, np.flatnonzero(closes_s == instant_s).tolist()))

    def _reviews(self, closes_s: float, stores: list[int]) -> Iterator:
        """After closing; the first time when one interval has passed."""
        chain, every_s = self.chain, tick(self.said.every_days * DAY_S)
        yield chain.env.timeout(closes_s + every_s)
        while True:
            chain.reach(*stores)
            for store in stores:
                self._review(store)
            yield chain.env.timeout(every_s)

    def _review(self, store: int) -> None:
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
