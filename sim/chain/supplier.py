"""Suppliers: they deliver a share of what a warehouse orders, after their lead time, to one of its docks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.streams import stream


class Suppliers:
    def __init__(self, chain):
        self.chain = chain

    def order(self, warehouse: int, units: np.ndarray) -> None:
        """Order int64[n_skus]: one delivery from each supplier that has a part in it."""
        supplier = self.chain.assortment.supplier
        for number in np.unique(supplier[units > 0]):
            self.chain.env.process(self._deliver(int(number), warehouse, np.where(supplier == number, units, 0)))

    def _deliver(self, number: int, warehouse: int, ordered: np.ndarray) -> Iterator:
        chain, supplier = self.chain, self.chain.scenario.suppliers[number]
        code = chain.network.codes[warehouse]
        delivered = self._available(supplier, code, ordered)
        chain.freight.burn(warehouse, chain.freight.weigh(delivered), chain.network.lane_km(supplier.code, code))
        yield chain.env.timeout(chain.freight.lead_time_s(supplier.code, code, supplier.lead_time_days))
        yield from chain.freight.unload(warehouse)
        chain.ledger.receive(warehouse, delivered)
        chain.replenishment.on_order[warehouse] -= ordered
        chain.tally.add("received_units", warehouse, chain.env.now, int(delivered.sum()))
        chain.freight.take_in(warehouse, delivered)

    def _available(self, supplier, warehouse: str, ordered: np.ndarray) -> np.ndarray:
        """What the supplier has of an order: every pack of it with probability `fill_rate`."""
        if supplier.fill_rate == 1:
            return ordered
        chain, pack = self.chain, self.chain.assortment.pack
        name = f"supplier/{supplier.code}/{warehouse}/{int(chain.env.now)}/fill"
        draw = stream(chain.scenario.seed, chain.replication, name)
        return draw.binomial(ordered // pack, supplier.fill_rate) * pack
