"""Goods between two places: lead time over the lane, waiting for opening or a dock, unloading, the freight's carbon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.fault_spans import ended_s, spans_s
from sim.chain.inventory.delivery_errors import DeliveryErrors
from sim.chain.inventory.opening_stock import UnderWay
from sim.chain.inventory.shelf_life import ShelfLife
from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.lead_times import WAREHOUSE, Supplies
from sim.chain.supply.servers import Pickers
from sim.clock import DAY_S, tick
from sim.scenario.sections.distributions import Constant, Varying
from sim.stock.ledger import StockLedger
from sim.streams import counter_key, counter_uniform

AT_ONCE = Constant(value=0)


@dataclass(frozen=True)
class Consignment:
    """Goods that leave one place together, for one place or several."""

    origin: int
    to: np.ndarray
    """int64[k], in order, each once: stores before warehouses."""
    units: np.ndarray
    """int64[k, n_skus], ordered; units shipped once they have been sent."""
    ordered_s: np.ndarray | None = None
    """float64[k], instants of the orders; None for goods without one."""
    otherwise: Varying = AT_ONCE
    """The lead time where no lane gives one."""
    journey: str = ""
    """The clerk's errand at the origin, if it is one."""
    surplus: np.ndarray | None = None
    """int64[k, n_skus], units sent beyond those on the papers, which are `units`; None: none anywhere."""

    def parts(self, instants: list[float]) -> Iterator[tuple[float, Consignment]]:
        """Parts by instant, of k instants; rows of one instant together."""
        if len(set(instants)) == 1:
            yield instants[0], self
            return
        rows: dict[float, list[int]] = {}
        for row, t in enumerate(instants):
            rows.setdefault(t, []).append(row)
        for t, these in rows.items():
            yield t, self.only(these)

    def only(self, rows: list[int] | np.ndarray) -> Consignment:
        """What goes to some of the places: row numbers, or bool[k]."""
        ordered_s = None if self.ordered_s is None else self.ordered_s[rows]
        surplus = None if self.surplus is None else self.surplus[rows]
        return replace(self, to=self.to[rows], units=self.units[rows], ordered_s=ordered_s, surplus=surplus)


class Receiver(Protocol):
    """The interface of a warehouse to deliveries."""

    docks: Pickers

    def took_in(self) -> None:
        """Goods have come in."""


class Freight:
    """Vans and parcels between locations: when they arrive, and the carbon they cost."""

    def __init__(
        self,
        setting: Setting,
        agenda: Agenda,
        ledger: StockLedger,
        tally: Tally,
        trace: TraceLog,
        supplies: Supplies,
        shelf_life: ShelfLife,
        warehouses: Sequence[Receiver],
    ):
        """`warehouses` may be filled later, because a warehouse needs this freight."""
        self.errors = DeliveryErrors(setting, tally)
        self.setting, self.agenda, self.ledger = setting, agenda, ledger
        self.tally, self.trace = tally, trace
        self.supplies, self.shelf_life, self.warehouses = supplies, shelf_life, warehouses
        self._keys: dict[str, int] = {}
        self._closed: dict[tuple[str, str], list[tuple[float, float]]] = {}
        """By lane, from and until when nothing sets off."""
        configured = setting.scenario
        self._owes = configured.trading.unmet == "backordered" or bool(setting.opening.promised)
        """Whether customers may be owed units."""
        self._unload_s = tick(configured.replenishment.unload_minutes * 60)
        self._kg_per_kg_km = configured.online.kg_co2e_per_tonne_km / 1000

    def send(self, goods: Consignment) -> None:
        """Send the units in stock at the origin."""
        network, now = self.setting.network, self.agenda.now
        sent = self.ledger.dispatch(goods.origin, goods.to, goods.units)
        self.tally.add("units_out", goods.origin, now, sent.sum())
        if self.errors.share:
            goods = self._with_errors(goods)
        if goods.journey:
            for units in goods.units:
                self.trace.note_documents(goods.journey, goods.origin, units, now)
        km = network.distance_km[goods.origin, goods.to]
        if km.any():
            self.burn(goods.to, self.weigh(goods.units), km)
        origin = network.codes[goods.origin]
        arrives_s = [now + self.lead_time_s(origin, network.codes[to], goods.otherwise) for to in goods.to.tolist()]
        for t, part in goods.parts(arrives_s):
            self.agenda.at(t, Instant.ARRIVAL, self._unload, part)

    def _with_errors(self, goods: Consignment) -> Consignment:
        """The goods with what was loaded beyond their papers."""
        now = self.agenda.now
        drawn = self.errors.drawn(self.setting.network.codes[goods.origin], goods.to, goods.units, now)
        surplus = self.ledger.missend(goods.origin, goods.to, drawn)
        self.tally.add("units_out", goods.origin, now, surplus.sum())
        return replace(goods, surplus=surplus)

    def complete(self, origin: int, to: int, units: np.ndarray, arrives_s: float | None) -> None:
        """Goods int64[n_skus] that had left their origin before the start come at `arrives_s`; None: a lead time after the start."""
        codes = self.setting.network.codes
        t = self.lead_time_s(codes[origin], codes[to]) if arrives_s is None else arrives_s
        goods = Consignment(origin, np.array([to]), units[None])
        self.agenda.at(t, Instant.ARRIVAL, self._unload, goods)

    def set_out(self, leaves_s: float, goods: Consignment, to: int, units: np.ndarray) -> UnderWay:
        """Units int64[n_skus] of goods that leave at an instant for one of their places, with the lead time of now."""
        origin, destination = (self.setting.network.codes[at] for at in (goods.origin, to))
        return UnderWay(origin, to, units, leaves_s + self.lead_time_s(origin, destination, goods.otherwise))

    def under_way(self) -> list[UnderWay]:
        """Goods that have left their origin and are not on hand. Those that wait for doors, a dock or unloading come to the door now."""
        agenda, codes = self.agenda, self.setting.network.codes
        coming = [*agenda.waiting(self._unload), *((agenda.now, goods) for _, goods in agenda.waiting(self._receive))]
        return [
            UnderWay(codes[goods.origin], to, units, t)
            for t, goods in coming
            for to, units in zip(goods.to.tolist(), goods.units, strict=True)
        ]

    def _unload(self, arrived: list[Consignment]) -> None:
        for goods in arrived:
            for t, part in goods.parts([self.unloaded_s(to) for to in goods.to.tolist()]):
                self.agenda.at(t, Instant.RECEIPT, self._receive, part)

    def _receive(self, unloaded: list[Consignment]) -> None:
        now = self.agenda.now
        for goods in unloaded:
            self.tally.add("units_in", goods.to, now, self.ledger.arrive(goods.to, goods.units, goods.surplus))
            if goods.ordered_s is not None:
                self.supplies.took(goods.to, WAREHOUSE, now - goods.ordered_s)
            self.take_in(goods.to, goods.units, goods.surplus)

    def lead_time_s(self, origin: str, destination: str, otherwise: Varying = AT_ONCE) -> float:
        """Drawn by lane and instant of leaving: what leaves a place at one moment arrives together. A closed lane adds the wait."""
        closed_s = self._closed_s(origin, destination) if self.setting.scenario.faults else 0.0
        return closed_s + self._under_way_s(origin, destination, otherwise)

    def _closed_s(self, origin: str, destination: str) -> float:
        """How long what leaves now waits for its lane."""
        if (origin, destination) not in self._closed:
            self._closed[origin, destination] = spans_s(
                self.setting.scenario, lambda fault: fault.stops_lane(origin, destination)
            )
        return ended_s(self._closed[origin, destination], self.agenda.now) - self.agenda.now

    def _under_way_s(self, origin: str, destination: str, otherwise: Varying) -> float:
        distribution = self.setting.network.lead_time_days(origin, destination, otherwise)
        if isinstance(distribution, Constant):
            return tick(max(distribution.value, 0.0) * DAY_S)
        u = self._uniform(f"lane/{origin}/{destination}/lead_time", int(self.agenda.now))
        return tick(max(float(distribution.quantile(u)), 0.0) * DAY_S)

    def _uniform(self, use: str, *counters: int) -> float:
        """A number in (0, 1) that is a function of seed, replication, use and counters alone."""
        if use not in self._keys:
            self._keys[use] = counter_key(self.setting.scenario.seed, self.setting.replication, use)
        return float(counter_uniform(self._keys[use], *counters))

    def weigh(self, units: np.ndarray) -> np.ndarray:
        """Kilograms of int64[n_skus], or of each row of int64[k, n_skus]."""
        return (units * self.setting.assortment.weight_kg).sum(axis=-1)

    def burn(self, locations: int | np.ndarray, kg: np.ndarray, distance_km: float | np.ndarray) -> None:
        """Count the carbon of goods over a distance, at one location or at several."""
        self.tally.add("carbon_kg", locations, self.agenda.now, self.carbon_kg(kg, distance_km))

    def carbon_kg(self, kg: np.ndarray, distance_km: float | np.ndarray) -> np.ndarray:
        """Carbon of `kg` over a distance, kg CO2e: numbers or arrays."""
        return kg * distance_km * self._kg_per_kg_km

    def unloaded_s(self, location: int) -> float:
        """The instant at which a delivery that arrives now is unloaded: it waits for opening, at a warehouse for a dock."""
        network, now = self.setting.network, self.agenda.now
        if network.is_store(location):
            return now + network.opens_in(location, now) + self._unload_s
        return self.warehouses[location - network.n_stores].docks.done_s(now, 1)

    def take_in(self, locations: np.ndarray, units: np.ndarray, surplus: np.ndarray | None = None) -> None:
        """Goods int64[k, n_skus] have been received: backorders are filled, and the clerk's journeys are noted.

        `surplus`: int64[k, n_skus], units received beyond those on the papers, which are `units`.
        """
        network, now = self.setting.network, self.agenda.now
        if surplus is not None:
            self.errors.count(locations, surplus, now)
        self.shelf_life.note(locations, units if surplus is None else units + surplus, int(now // DAY_S))
        if self._owes:
            self.hand_over(locations)
        if not network.is_store(locations[-1]):
            for location in locations[locations >= network.n_stores].tolist():
                self.warehouses[location - network.n_stores].took_in()
        if self.trace.active:
            for location, came in zip(locations.tolist(), units, strict=True):
                self.trace.note_documents("receive_goods", location, came, now)

    def hand_over(self, locations: np.ndarray) -> None:
        """Customers get the units that they are owed, as far as stock goes."""
        now = self.agenda.now
        price = self.setting.prices.price(int(now // DAY_S))
        for location in locations.tolist():
            handed_over = self.ledger.hand_over(location)
            self.tally.add("sold_units", location, now, int(handed_over.sum()))
            self.tally.add("sales_value", location, now, float((handed_over * price).sum()))
