"""Suppliers: order days, fill rates, lead times, disruptions, and what else keeps goods away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.fault_spans import ended_s, spans_s
from sim.chain.inventory.opening_stock import UnderWay
from sim.chain.output.tally import Tally
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.availability import Availability
from sim.chain.supply.disruptions import disruptions_s
from sim.chain.supply.freight import Freight
from sim.chain.supply.lead_times import Supplies
from sim.clock import DAY_S, tick
from sim.scenario.sections.places import Supplier
from sim.stock.ledger import StockLedger
from sim.streams import counter_key, counter_uniform, stream


@dataclass(frozen=True)
class Delivery:
    """One supplier's delivery on one order."""

    number: int
    """Of the supplier."""
    to: np.ndarray
    """int64[1], the location that ordered."""
    ordered: np.ndarray
    units: np.ndarray
    """int64[1, n_skus] each: units ordered, and units delivered of them."""
    ordered_s: float | None
    """None: before the start."""


class Suppliers:
    """Deliveries of suppliers: their disruptions, lead times and fill rates."""

    def __init__(
        self,
        setting: Setting,
        agenda: Agenda,
        ledger: StockLedger,
        tally: Tally,
        freight: Freight,
        supplies: Supplies,
    ):
        self.setting, self.agenda, self.ledger, self.tally = setting, agenda, ledger, tally
        self.freight, self.supplies = freight, supplies
        self._stopped = [self._spans(supplier) for supplier in setting.scenario.suppliers]
        """From and until when nothing leaves each supplier, s, in order of the beginnings."""
        some = any(supplier.unavailable_share for supplier in setting.scenario.suppliers)
        self.availability = (
            Availability(setting.scenario, setting.replication, setting.assortment.supplier) if some else None
        )

    def order(self, location: int, units: np.ndarray) -> None:
        """Order int64[n_skus]: one delivery from each supplier of its SKUs, where the minimum order value is reached."""
        setting, now = self.setting, self.agenda.now
        unit_cost = setting.prices.unit_cost(int(now // DAY_S))
        for number, ordered in self._parts(units):
            supplier = setting.scenario.suppliers[number]
            if supplier.minimum_order and (ordered * unit_cost).sum() < supplier.minimum_order:
                self.ledger.give_up(location, ordered)
                continue
            available = self._available(supplier, setting.network.codes[location], ordered)
            delivery = Delivery(number, np.array([location]), ordered[None], available[None], now)
            self._send(delivery)

    def complete(self, number: int, to: int, units: np.ndarray, arrives_s: float | None) -> None:
        """Units int64[n_skus] that were ordered before the start come whole, at `arrives_s`; None: as if they had been ordered at the start."""
        delivery = Delivery(number, np.array([to]), units[None], units[None], None)
        if arrives_s is None:
            self._send(delivery)
        else:
            self.agenda.at(arrives_s, Instant.SUPPLIER_ARRIVAL, self._unload, delivery)

    def under_way(self) -> list[UnderWay]:
        """Goods on order that are not on hand; those that have not left their supplier have no instant at which they arrive."""
        agenda, suppliers = self.agenda, self.setting.scenario.suppliers
        coming: list[tuple[float | None, Delivery]] = [
            *((None, goods) for _, goods in agenda.waiting(self._leave)),
            *agenda.waiting(self._unload),
            *((agenda.now, goods) for _, goods in agenda.waiting(self._receive)),
        ]
        return [UnderWay(suppliers[goods.number].code, int(goods.to[0]), goods.units[0], t) for t, goods in coming]

    def _send(self, delivery: Delivery) -> None:
        """The delivery leaves now, or when its supplier is next open to orders."""
        leaves_s = self._leaves_s(delivery.number)
        if leaves_s == self.agenda.now:
            self._leave([delivery])
        else:
            self.agenda.at(leaves_s, Instant.SUPPLIER_SENDS, self._leave, delivery)

    def _parts(self, units: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """(supplier, units ordered from it, int64[n_skus])."""
        of = self.setting.assortment.supplier
        asked = np.unique(of[units > 0]).tolist() if len(self.setting.scenario.suppliers) > 1 else [0]
        for number in asked:
            yield number, units if len(asked) == 1 else np.where(of == number, units, 0)

    def _leave(self, leaving: list[Delivery]) -> None:
        network, freight = self.setting.network, self.freight
        for delivery in leaving:
            supplier, (location,) = self.setting.scenario.suppliers[delivery.number], delivery.to.tolist()
            lane = supplier.code, network.codes[location]
            if km := network.lane_km(*lane):
                freight.burn(delivery.to, freight.weigh(delivery.units), km)
            lead_time_s = freight.lead_time_s(*lane, supplier.lead_time_days) + self._late_s(supplier, lane[1])
            self.agenda.at(self.agenda.now + lead_time_s, Instant.SUPPLIER_ARRIVAL, self._unload, delivery)

    def _unload(self, arrived: list[Delivery]) -> None:
        for delivery in arrived:
            unloaded_s = self.freight.unloaded_s(int(delivery.to[0]))
            self.agenda.at(unloaded_s, Instant.RECEIPT, self._receive, delivery)

    def _receive(self, unloaded: list[Delivery]) -> None:
        now = self.agenda.now
        for delivery in unloaded:
            if delivery.ordered_s is not None:
                self.supplies.took(delivery.to, delivery.number, now - delivery.ordered_s)
            surplus = self._surplus(delivery)
            came = self.ledger.receive(delivery.to, delivery.units, delivery.ordered, surplus)
            self.tally.add("received_units", delivery.to, now, came)
            self.freight.take_in(delivery.to, delivery.units, surplus)

    def _surplus(self, delivery: Delivery) -> np.ndarray | None:
        """Units that come beyond those on the delivery's papers, int64[1, n_skus]."""
        errors, supplier = self.freight.errors, self.setting.scenario.suppliers[delivery.number]
        return errors.drawn(supplier.code, delivery.to, delivery.units, self.agenda.now) if errors.share else None

    def _leaves_s(self, number: int) -> float:
        """The instant at which an order made now is accepted and leaves the supplier."""
        scenario, leaves = self.setting.scenario, self.agenda.now
        weekdays = scenario.suppliers[number].order_weekdays
        if weekdays is not None:
            today = int(leaves // DAY_S)
            first = next(d for d in range(7) if (scenario.start.weekday() + today + d) % 7 + 1 in weekdays)
            leaves = leaves if first == 0 else (today + first) * DAY_S
        return ended_s(self._stopped[number], leaves)

    def _spans(self, supplier: Supplier) -> list[tuple[float, float]]:
        """Disruptions, which do not overlap each other, and faults that stop the supplier, which may overlap all."""
        scenario = self.setting.scenario
        disrupted = disruptions_s(supplier, scenario.seed, self.setting.replication, scenario.days * DAY_S)
        stopped = spans_s(scenario, lambda fault: fault.stops_supplier(supplier.code))
        return sorted([*map(tuple, disrupted.tolist()), *stopped])

    def _late_s(self, supplier: Supplier, warehouse: str) -> float:
        """How much later than its lead time says a delivery arrives that leaves now: by supplier, warehouse and instant, as the lead time."""
        if not supplier.late_share or supplier.late_days is None:
            return 0.0
        setting = self.setting
        key = counter_key(setting.scenario.seed, setting.replication, f"lane/{supplier.code}/{warehouse}/late")
        late_u, days_u = counter_uniform(key, int(self.agenda.now), np.arange(2))
        late = late_u < supplier.late_share
        return tick(max(float(supplier.late_days.quantile(days_u)), 0.0) * DAY_S) if late else 0.0

    def _available(self, supplier: Supplier, warehouse: str, ordered: np.ndarray) -> np.ndarray:
        """Units that the supplier has of an order: no SKU that it is out of, and of the others every pack with probability `fill_rate`."""
        setting, pack, available = self.setting, self.setting.assortment.pack, ordered
        if supplier.fill_rate < 1:
            name = f"supplier/{supplier.code}/{warehouse}/{int(self.agenda.now)}/fill"
            draw = stream(setting.scenario.seed, setting.replication, name)
            available = draw.binomial(ordered // pack, supplier.fill_rate) * pack
        if self.availability and supplier.unavailable_share:
            skus = np.flatnonzero(ordered)
            out = skus[self.availability.unavailable(skus, self.agenda.now)]
            available = available.copy()
            available[out] = 0
        return available
