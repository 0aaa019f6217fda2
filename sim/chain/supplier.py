"""Suppliers: they take orders on their days, deliver a share of them after their lead time, and are out of action now and then."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.clock import DAY_S, tick
from sim.scenario.places import Supplier
from sim.streams import stream


class Suppliers:
    def __init__(self, chain):
        self.chain = chain
        self._disruptions = [self._drawn(supplier) for supplier in chain.scenario.suppliers]
        """float64[n, 2] each: from when until when nothing leaves, s."""

    def order(self, warehouse: int, units: np.ndarray) -> None:
        """Order int64[n_skus]: one delivery from each supplier that has a part in it and finds it large enough."""
        chain, of = self.chain, self.chain.assortment.supplier
        for number in np.unique(of[units > 0]).tolist():
            ordered = np.where(of == number, units, 0)
            if ordered @ chain.assortment.unit_cost < chain.scenario.suppliers[number].minimum_order:
                chain.replenishment.on_order[warehouse] -= ordered
            else:
                chain.env.process(self._deliver(number, warehouse, ordered))

    def _deliver(self, number: int, warehouse: int, ordered: np.ndarray) -> Iterator:
        chain, supplier = self.chain, self.chain.scenario.suppliers[number]
        code = chain.network.codes[warehouse]
        delivered, ordered_s = self._available(supplier, code, ordered), chain.env.now
        yield chain.env.timeout(self._waits_s(number))
        chain.freight.burn(warehouse, chain.freight.weigh(delivered), chain.network.lane_km(supplier.code, code))
        yield chain.env.timeout(chain.freight.lead_time_s(supplier.code, code, supplier.lead_time_days))
        yield from chain.freight.unload(warehouse)
        chain.replenishment.supplies.took(warehouse, number, chain.env.now - ordered_s)
        chain.ledger.receive(warehouse, delivered)
        chain.replenishment.on_order[warehouse] -= ordered
        chain.tally.add("received_units", warehouse, chain.env.now, int(delivered.sum()))
        chain.freight.take_in(warehouse, delivered)

    def _waits_s(self, number: int) -> float:
        """Until the supplier takes an order made now and is able to send it."""
        chain, now = self.chain, self.chain.env.now
        leaves, weekdays = now, self.chain.scenario.suppliers[number].order_weekdays
        if weekdays is not None:
            today = int(now // DAY_S)
            first = next(d for d in range(7) if (chain.scenario.start.weekday() + today + d) % 7 + 1 in weekdays)
            leaves = now if first == 0 else (today + first) * DAY_S
        for begins, ends in self._disruptions[number]:
            if begins <= leaves < ends:
                leaves = ends
        return leaves - now

    def _drawn(self, supplier: Supplier) -> np.ndarray:
        """Disruptions begin as a Poisson process and may overlap."""
        chain = self.chain
        days, a_year = chain.scenario.days, supplier.disruptions_per_year
        draw = stream(chain.scenario.seed, chain.replication, f"supplier/{supplier.code}/disruptions")
        begins = np.sort(draw.random(draw.poisson(a_year * days / 365)) * days * DAY_S)
        lasts = np.maximum(supplier.disruption_days.quantile(draw.random(len(begins))), 0.0) * DAY_S
        return np.array([(tick(b), tick(b + d)) for b, d in zip(begins, lasts, strict=True)]).reshape(-1, 2)

    def _available(self, supplier: Supplier, warehouse: str, ordered: np.ndarray) -> np.ndarray:
        """What the supplier has of an order: every pack of it with probability `fill_rate`."""
        if supplier.fill_rate == 1:
            return ordered
        chain, pack = self.chain, self.chain.assortment.pack
        name = f"supplier/{supplier.code}/{warehouse}/{int(chain.env.now)}/fill"
        draw = stream(chain.scenario.seed, chain.replication, name)
        return draw.binomial(ordered // pack, supplier.fill_rate) * pack
