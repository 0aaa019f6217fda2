"""Returns to warehouse (退仓): a store's stock beyond a number of days of cover goes back to its warehouse."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.output.tally import Tally
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.freight import Consignment, Freight
from sim.clock import DAY_S, tick
from sim.scenario.sections.distributions import Constant
from sim.stock.ledger import StockLedger


class SendBack:
    """Stores return what exceeds their days of demand to the warehouse that it came from; a supplier takes nothing back."""

    def __init__(self, setting: Setting, agenda: Agenda, ledger: StockLedger, tally: Tally, freight: Freight):
        self.setting, self.configured = setting, setting.scenario.replenishment.send_back
        self.agenda, self.ledger, self.tally, self.freight = agenda, ledger, tally, freight
        if configured := self.configured:
            closes_s = setting.network.closes_s[: setting.network.n_stores]
            interval_s = tick(configured.every_days * DAY_S)
            for instant_s in np.unique(closes_s).tolist():
                closing = np.flatnonzero(closes_s == instant_s).tolist()
                review = partial(self._review, closing, configured.above_days)
                agenda.every(instant_s + interval_s, interval_s, Instant.SEND_BACK, review)

    def _review(self, stores: list[int], above_days: float) -> None:
        """After closing; the first time when one interval has passed."""
        for store in stores:
            self._send(store, above_days)

    def _send(self, store: int, above_days: float) -> None:
        network, ledger = self.setting.network, self.ledger
        warehouse = int(network.warehouse_of[store])
        keep = np.ceil(above_days * self.setting.mean_demand[store]).astype(np.int64)
        units = np.minimum(np.maximum(ledger.promisable(store) - keep, 0), ledger.on_hand(store))
        units -= units % self.setting.assortment.pack
        units[self.setting.source[store] < 0] = 0
        if units.any():
            codes = network.codes
            way = network.lead_time_days(codes[warehouse], codes[store], Constant(value=0))
            ledger.expect(warehouse, units)
            self.tally.add("sent_back_units", store, self.agenda.now, int(units.sum()))
            self.freight.send(Consignment(store, np.array([warehouse]), units[None], None, way, "transfer_stock"))
