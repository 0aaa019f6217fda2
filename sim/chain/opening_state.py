"""The opening state put into the chain: units on order set out for their location, and promised units wait for its doors to open."""

from __future__ import annotations

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.freight import Freight
from sim.chain.supply.suppliers import Suppliers
from sim.stock.ledger import StockLedger


def opened_ledger(setting: Setting) -> StockLedger:
    """The ledger at the first midnight: on hand, book, promised, on order and in transit."""
    opening, network = setting.opening, setting.network
    n_locations, n_skus = opening.on_hand.shape
    ledger = StockLedger(n_locations, n_skus, opening.on_hand, opening.book)
    for location, sku, units in opening.promised:
        ledger.owe(location, sku, units)
    for goods in opening.under_way:
        begin = ledger.begin_in_transit if goods.origin in network.number else ledger.expect
        begin(goods.location, goods.units)
    return ledger


class OpeningState:
    """Schedules what the state at the start leads to: arrivals of units on order, and the hand-over of promised units at the first opening."""

    def __init__(self, setting: Setting, agenda: Agenda, freight: Freight, suppliers: Suppliers):
        network, opening, self.freight = setting.network, setting.opening, freight
        number = {supplier.code: n for n, supplier in enumerate(setting.scenario.suppliers)}
        for goods in opening.under_way:
            if goods.origin in number:
                suppliers.complete(number[goods.origin], goods.location, goods.units, goods.arrives_s)
            else:
                freight.complete(network.number[goods.origin], goods.location, goods.units, goods.arrives_s)
        for location in sorted({location for location, _, _ in opening.promised}):
            agenda.at(float(network.opens_s[location]), Instant.RECEIPT, self._hand_over, location)

    def _hand_over(self, opening: list[int]) -> None:
        self.freight.hand_over(np.array(opening))
