"""Goods between two places: lead time over the lane, the door they wait at, unloading, the freight's carbon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.chain.sequence import Instant
from sim.clock import DAY_S, tick
from sim.scenario.distributions import Constant, Varying

AT_ONCE = Constant(value=0)
LINES_PER_DOCUMENT = 50
"""Lines that a clerk posts at once when receiving, counting or moving goods."""


@dataclass(frozen=True)
class Consignment:
    """Goods that leave one place together, for one place or several."""

    origin: int
    to: np.ndarray
    """int64[k], all stores or all warehouses, each once."""
    units: np.ndarray
    """int64[k, n_skus], asked for; what there was of them once they have been sent."""
    ordered_s: np.ndarray | None = None
    """f8[k], when they were asked for, where they were."""
    otherwise: Varying = AT_ONCE
    """The lead time where no lane gives one."""
    journey: str = ""
    """The clerk's errand at the origin, if it is one."""

    def parts(self, instants: list[float]) -> Iterator[tuple[float, Consignment]]:
        """What belongs to each of k instants, those of one instant together."""
        if len(set(instants)) == 1:
            yield instants[0], self
            return
        rows: dict[float, list[int]] = {}
        for row, t in enumerate(instants):
            rows.setdefault(t, []).append(row)
        for t, these in rows.items():
            yield t, self.only(these)

    def only(self, rows) -> Consignment:
        """What goes to some of the places: row numbers, or bool[k]."""
        ordered_s = None if self.ordered_s is None else self.ordered_s[rows]
        return replace(self, to=self.to[rows], units=self.units[rows], ordered_s=ordered_s)


class Freight:
    def __init__(self, chain):
        self.chain = chain
        said = chain.scenario
        self._unload_s = tick(said.replenishment.unload_minutes * 60)
        self._kg_per_kg_km = said.online.kg_co2e_per_tonne_km / 1000

    def send(self, goods: Consignment) -> None:
        """Send what the origin has of them."""
        chain, now, codes = self.chain, self.chain.env.now, self.chain.network.codes
        sent = chain.ledger.dispatch(goods.origin, goods.to, goods.units)
        chain.tally.add("units_out", goods.origin, now, sent.sum())
        if goods.journey:
            for units in goods.units:
                self.note(goods.journey, goods.origin, units)
        km = chain.network.distance_km[goods.origin, goods.to]
        if km.any():
            self.burn(goods.to, self.weigh(goods.units), km)
        origin = codes[goods.origin]
        arrives_s = [now + self.lead_time_s(origin, codes[to], goods.otherwise) for to in goods.to.tolist()]
        for t, part in goods.parts(arrives_s):
            chain.agenda.at(t, Instant.ARRIVAL, self._unload, part)

    def _unload(self, arrived: list[Consignment]) -> None:
        for goods in arrived:
            for t, part in goods.parts([self.unloaded_s(to) for to in goods.to.tolist()]):
                self.chain.agenda.at(t, Instant.RECEIPT, self._receive, part)

    def _receive(self, unloaded: list[Consignment]) -> None:
        chain, now = self.chain, self.chain.env.now
        for goods in unloaded:
            chain.reach(*goods.to.tolist())
            chain.tally.add("units_in", goods.to, now, chain.ledger.arrive(goods.to, goods.units))
            if goods.ordered_s is not None:
                chain.replenishment.supplies.took(goods.to, 0, now - goods.ordered_s)
            self.take_in(goods.to, goods.units)

    def lead_time_s(self, origin: str, destination: str, otherwise: Varying = AT_ONCE) -> float:
        """Drawn by lane and instant of leaving: what leaves a place at one moment arrives together."""
        law = self.chain.network.lead_time_days(origin, destination, otherwise)
        if isinstance(law, Constant):
            return tick(max(law.value, 0.0) * DAY_S)
        u = self.chain.uniform(f"lane/{origin}/{destination}/lead_time", int(self.chain.env.now))
        return tick(max(float(law.quantile(u)), 0.0) * DAY_S)

    def weigh(self, units: np.ndarray):
        """Kilograms of int64[n_skus], or of each row of int64[k, n_skus]."""
        return units @ self.chain.assortment.weight_kg

    def burn(self, locations, kg, distance_km) -> None:
        """Count the carbon of goods carried some way, to one location or to several."""
        self.chain.tally.add("carbon_kg", locations, self.chain.env.now, self.carbon_kg(kg, distance_km))

    def carbon_kg(self, kg, distance_km):
        """Of goods carried some way: numbers or arrays."""
        return kg * distance_km * self._kg_per_kg_km

    def unloaded_s(self, location: int) -> float:
        """When a delivery that comes now has been unloaded: it waits for open doors, at a warehouse for a dock."""
        chain, now = self.chain, self.chain.env.now
        if chain.network.is_store(location):
            return now + chain.network.opens_in(location, now) + self._unload_s
        return chain.warehouse(location).docks.done_s(now, 1)

    def take_in(self, locations: np.ndarray, units: np.ndarray) -> None:
        """Goods int64[k, n_skus] have been received: customers who were promised some get them, and the clerk's journeys are noted."""
        chain, now = self.chain, self.chain.env.now
        chain.shelf_life.note(locations, units, int(now // DAY_S))
        if chain.scenario.trading.unmet == "backordered":
            self._hand_over(locations)
        if not chain.network.is_store(locations[0]):
            for location in locations.tolist():
                chain.warehouse(location).took_in()
        if chain.trace.active:
            for location, came in zip(locations.tolist(), units, strict=True):
                self.note("receive_goods", location, came)

    def _hand_over(self, locations: np.ndarray) -> None:
        chain, now = self.chain, self.chain.env.now
        for location in locations.tolist():
            handed_over = chain.ledger.settle(location)
            chain.tally.add("sold_units", location, now, int(handed_over.sum()))
            chain.tally.add("sales_value", location, now, float(handed_over @ chain.assortment.price))

    def note(self, journey: str, location: int, units: np.ndarray, at_s: float | None = None) -> None:
        """One errand of a clerk about many SKUs, document by document, now or at a given instant."""
        chain, at_s = self.chain, self.chain.env.now if at_s is None else at_s
        if chain.trace.wants(at_s, at_s + 1):
            sku = np.flatnonzero(units)
            start = np.append(np.arange(0, len(sku), LINES_PER_DOCUMENT), len(sku))
            n = len(start) - 1
            session = chain.trace.sessions(1)[0]
            chain.trace.note(journey, np.full(n, at_s), location, lines=(start, sku, units[sku]), session=session)
