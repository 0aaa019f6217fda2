"""Goods between two places: lead time over the lane, the door they wait at, unloading, the freight's carbon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.clock import DAY_S, tick
from sim.scenario.distributions import Constant, Varying

AT_ONCE = Constant(value=0)
LINES_PER_DOCUMENT = 50
"""Lines that a clerk posts at once when receiving, counting or moving goods."""


class Freight:
    def __init__(self, chain):
        self.chain = chain
        said = chain.scenario
        self._unload_s = tick(said.replenishment.unload_minutes * 60)
        self._kg_per_kg_km = said.online.kg_co2e_per_tonne_km / 1000

    def send(
        self,
        origin: int,
        destination: int,
        units: np.ndarray,
        otherwise: Varying = AT_ONCE,
        journey: str = "",
        ordered_s: float | None = None,
    ) -> None:
        """Send what `origin` has of units, int64[n_skus]; `otherwise` is the lead time where no lane gives one.

        `ordered_s`: when the destination asked for them, if it did.
        """
        chain, now = self.chain, self.chain.env.now
        sent = chain.ledger.dispatch(origin, destination, units)
        chain.replenishment.on_order[destination] -= units - sent
        chain.tally.add("units_out", origin, now, int(sent.sum()))
        if journey:
            self.note(journey, origin, sent)
        chain.env.process(self._travel(origin, destination, sent, otherwise, ordered_s))

    def _travel(self, origin: int, destination: int, units: np.ndarray, otherwise: Varying, ordered_s) -> Iterator:
        chain, codes = self.chain, self.chain.network.codes
        lead_time_s = self.lead_time_s(codes[origin], codes[destination], otherwise)
        self.burn(destination, self.weigh(units), chain.network.distance_km[origin, destination])
        yield chain.env.timeout(lead_time_s)
        yield from self.unload(destination)
        chain.ledger.arrive(destination, units)
        chain.replenishment.on_order[destination] -= units
        chain.tally.add("units_in", destination, chain.env.now, int(units.sum()))
        if ordered_s is not None:
            chain.replenishment.supplies.took(destination, 0, chain.env.now - ordered_s)
        self.take_in(destination, units)

    def lead_time_s(self, origin: str, destination: str, otherwise: Varying = AT_ONCE) -> float:
        """Drawn by lane and instant of leaving: what leaves a place at one moment arrives together."""
        law = self.chain.network.lead_time_days(origin, destination, otherwise)
        u = self.chain.uniform(f"lane/{origin}/{destination}/lead_time", int(self.chain.env.now))
        return tick(max(float(law.quantile(u)), 0.0) * DAY_S)

    def weigh(self, units: np.ndarray) -> float:
        """Kilograms of int64[n_skus]."""
        return float(units @ self.chain.assortment.weight_kg)

    def burn(self, location: int, kg: float, distance_km: float) -> None:
        """Count the carbon of goods carried some way."""
        self.chain.tally.add("carbon_kg", location, self.chain.env.now, self.carbon_kg(kg, distance_km))

    def carbon_kg(self, kg, distance_km):
        """Of goods carried some way: numbers or arrays."""
        return kg * distance_km * self._kg_per_kg_km

    def unload(self, location: int) -> Iterator:
        """Wait for open doors, at a warehouse for a dock, and unload."""
        env, network = self.chain.env, self.chain.network
        if network.is_store(location):
            yield env.timeout(network.opens_in(location, env.now) + self._unload_s)
        else:
            with self.chain.warehouse(location).docks.request() as dock:
                yield dock
                yield env.timeout(network.opens_in(location, env.now) + self._unload_s)
        self.chain.reach(location)

    def take_in(self, location: int, units: np.ndarray) -> None:
        """Goods have been received: customers who were promised some get them, and the clerk's journeys are noted."""
        chain, now = self.chain, self.chain.env.now
        chain.shelf_life.note(location, units, int(now // DAY_S))
        handed_over = chain.ledger.settle(location)
        if handed_over.any():
            chain.tally.add("sold_units", location, now, int(handed_over.sum()))
            chain.tally.add("sales_value", location, now, float(handed_over @ chain.assortment.price))
        if not chain.network.is_store(location):
            chain.warehouse(location).took_in()
        self.note("receive_goods", location, units)

    def note(self, journey: str, location: int, units: np.ndarray, at_s: float | None = None) -> None:
        """One errand of a clerk about many SKUs, document by document, now or at a given instant."""
        chain, at_s = self.chain, self.chain.env.now if at_s is None else at_s
        if chain.trace.wants(at_s, at_s + 1):
            sku = np.flatnonzero(units)
            start = np.append(np.arange(0, len(sku), LINES_PER_DOCUMENT), len(sku))
            n = len(start) - 1
            session = chain.trace.sessions(1)[0]
            chain.trace.note(journey, np.full(n, at_s), location, lines=(start, sku, units[sku]), session=session)
