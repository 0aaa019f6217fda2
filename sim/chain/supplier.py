"""Suppliers: they take orders on their days, deliver a share of them after their lead time, and are out of action now and then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.chain.sequence import Instant
from sim.clock import DAY_S, tick
from sim.scenario.places import Supplier
from sim.streams import stream


@dataclass(frozen=True)
class Delivery:
    """One supplier's answer to one order."""

    number: int
    """Of the supplier."""
    to: np.ndarray
    """int64[1], the warehouse."""
    ordered: np.ndarray
    units: np.ndarray
    """int64[1, n_skus] each; what comes of what was ordered."""
    ordered_s: float


class Suppliers:
    def __init__(self, chain):
        self.chain = chain
        self._disruptions = [self._drawn(supplier) for supplier in chain.scenario.suppliers]
        """float64[n, 2] each: from when until when nothing leaves, s."""

    def order(self, warehouse: int, units: np.ndarray) -> None:
        """Order int64[n_skus]: one delivery from each supplier that has a part in it and finds it large enough."""
        chain, now = self.chain, self.chain.env.now
        for number, ordered in self._parts(units):
            supplier = chain.scenario.suppliers[number]
            if supplier.minimum_order and ordered @ chain.assortment.unit_cost < supplier.minimum_order:
                chain.ledger.give_up(warehouse, ordered)
                continue
            available = self._available(supplier, chain.network.codes[warehouse], ordered)
            delivery = Delivery(number, np.array([warehouse]), ordered[None], available[None], now)
            leaves_s = self._leaves_s(number)
            if leaves_s == now:
                self._leave([delivery])
            else:
                chain.agenda.at(leaves_s, Instant.SUPPLIER_SENDS, self._leave, delivery)

    def _parts(self, units: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """(supplier, what it is asked for)."""
        of = self.chain.assortment.supplier
        asked = np.unique(of[units > 0]).tolist() if len(self.chain.scenario.suppliers) > 1 else [0]
        for number in asked:
            yield number, units if len(asked) == 1 else np.where(of == number, units, 0)

    def _leave(self, leaving: list[Delivery]) -> None:
        chain, network = self.chain, self.chain.network
        for delivery in leaving:
            supplier, (warehouse,) = chain.scenario.suppliers[delivery.number], delivery.to.tolist()
            lane = supplier.code, network.codes[warehouse]
            if km := network.lane_km(*lane):
                chain.freight.burn(delivery.to, chain.freight.weigh(delivery.units), km)
            arrives_s = chain.env.now + chain.freight.lead_time_s(*lane, supplier.lead_time_days)
            chain.agenda.at(arrives_s, Instant.SUPPLIER_ARRIVAL, self._unload, delivery)

    def _unload(self, arrived: list[Delivery]) -> None:
        for delivery in arrived:
            unloaded_s = self.chain.freight.unloaded_s(int(delivery.to[0]))
            self.chain.agenda.at(unloaded_s, Instant.SUPPLIER_RECEIPT, self._receive, delivery)

    def _receive(self, unloaded: list[Delivery]) -> None:
        chain, now = self.chain, self.chain.env.now
        for delivery in unloaded:
            chain.reach(*delivery.to.tolist())
            chain.replenishment.supplies.took(delivery.to, delivery.number, now - delivery.ordered_s)
            came = chain.ledger.receive(delivery.to, delivery.units, delivery.ordered)
            chain.tally.add("received_units", delivery.to, now, came)
            chain.freight.take_in(delivery.to, delivery.units)

    def _leaves_s(self, number: int) -> float:
        """When the supplier takes an order made now and is able to send it."""
        chain, leaves = self.chain, self.chain.env.now
        weekdays = chain.scenario.suppliers[number].order_weekdays
        if weekdays is not None:
            today = int(leaves // DAY_S)
            first = next(d for d in range(7) if (chain.scenario.start.weekday() + today + d) % 7 + 1 in weekdays)
            leaves = leaves if first == 0 else (today + first) * DAY_S
        for begins, ends in self._disruptions[number]:
            if begins <= leaves < ends:
                leaves = ends
        return leaves

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
