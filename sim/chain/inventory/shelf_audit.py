"""Shelf audits: once a day every store is looked at, as an auditor of on-shelf availability does it, and empty shelves are counted by cause."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ext.stock import CAUSES
from sim.chain.agenda import Agenda
from sim.chain.output.tally import Tally
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.store.store import Store
from sim.clock import DAY_S, tick
from sim.stock.ledger import StockLedger
from sim.traffic.calendar import seconds_of_day

COUNTERS = ("audited_skus", *(f"missing_{cause}_skus" for cause in CAUSES))


class ShelfAudit:
    """Looks at the SKUs that have a place on a store's shelf, at `accuracy.audit_at`; nothing in the chain depends on it."""

    def __init__(self, setting: Setting, agenda: Agenda, ledger: StockLedger, tally: Tally, stores: Sequence[Store]):
        self.setting, self.agenda, self.ledger, self.tally = setting, agenda, ledger, tally
        self.stores = stores
        at = setting.scenario.accuracy.audit_at
        if at is not None:
            agenda.every(tick(seconds_of_day(at)), DAY_S, Instant.AUDIT, self._look)

    def _look(self) -> None:
        network = self.setting.network
        stores = np.array(network.stores)
        places = np.array([store.shelf_capacity > 0 for store in self.stores])
        looked_at = self.setting.carried[: network.n_stores] & places
        counted = self.ledger.audit(looked_at, self.setting.source[: network.n_stores])
        for name, skus in zip(COUNTERS, counted, strict=True):
            self.tally.add(name, stores, self.agenda.now, skus)
