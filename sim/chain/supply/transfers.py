"""Lateral transshipment (调拨): from locations with a surplus of a SKU to those with a deficit, where the system supports it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ext.allocation import imbalance, transfers
from sim.chain.agenda import Agenda
from sim.chain.output.tally import Tally
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.freight import Consignment, Freight
from sim.chain.supply.warehouse import Warehouse
from sim.clock import DAY_S, tick
from sim.stock.ledger import ALL, StockLedger


class Transfers:
    """Reviews among the warehouses of one echelon, and among the stores that lend; goods in transit count as stock of their destination."""

    def __init__(
        self,
        setting: Setting,
        agenda: Agenda,
        ledger: StockLedger,
        tally: Tally,
        freight: Freight,
        warehouses: Sequence[Warehouse],
    ):
        self.setting, self.configured = setting, setting.scenario.transfers
        self.agenda, self.ledger, self.tally = agenda, ledger, tally
        self.freight, self.warehouses = freight, warehouses
        network = setting.network
        if not setting.scenario.system.multi_warehouse_transfers:
            return
        places = np.array(network.warehouses, dtype=np.int64)
        for echelon in np.unique(network.echelon[places]).tolist() if self.configured.warehouses else ():
            if len(alike := places[network.echelon[places] == echelon]) > 1:
                self._begin(alike)
        if self.configured.stores and setting.lends.sum() > 1:
            self._begin(np.flatnonzero(setting.lends))

    def _begin(self, locations: np.ndarray) -> None:
        """Reviews after the last of them has closed."""
        unit_cost = self.configured.cost_per_unit_km * self.setting.network.distance_km[np.ix_(locations, locations)]
        np.fill_diagonal(unit_cost, np.inf)
        first_s, interval_s = (
            float(self.setting.network.closes_s[locations].max()),
            tick(self.configured.review_days * DAY_S),
        )
        review = partial(self._review, locations, unit_cost)
        self.agenda.every(first_s, interval_s, Instant.TRANSFER_REVIEW, review)

    def _review(self, locations: np.ndarray, unit_cost: np.ndarray) -> None:
        configured, ledger = self.configured, self.ledger
        have = np.maximum(ledger.promisable(locations), 0)
        demand = self.setting.mean_demand[locations]
        days = {
            "low_days": configured.deficit_days,
            "target_days": (configured.deficit_days + configured.surplus_days) / 2,
            "high_days": configured.surplus_days,
        }
        surplus, _ = imbalance(have, demand, **days)
        _, deficit = imbalance(have + ledger.in_transit[locations], demand, **days)
        saving = np.full(have.shape, configured.saving_per_unit)
        moves = transfers(surplus, deficit, unit_cost, saving, minimum_units=max(configured.least_units, 1))
        units = np.zeros((len(locations), len(locations), have.shape[1]), dtype=np.int64)
        np.add.at(units, (moves.source, moves.target, moves.sku), moves.quantity)
        for source, target in np.argwhere(units.any(axis=2)).tolist():
            self._move(int(locations[source]), int(locations[target]), units[source, target])

    def _move(self, origin: int, destination: int, units: np.ndarray) -> None:
        network, now = self.setting.network, self.agenda.now
        self.ledger.expect(destination, units)
        goods = Consignment(
            origin, np.array([destination]), units[None], None, self.configured.lead_time_days, "transfer_stock"
        )
        self.tally.add("transfer_units", origin, now, int(units.sum()))
        if network.is_store(origin):
            self.ledger.reserve(origin, ALL, units)
            opens_s = now + network.opens_in(origin, now)
            self.agenda.at(opens_s, Instant.RECEIPT, self._leave_stores, goods)
        else:
            self.warehouses[origin - network.n_stores].send(goods)

    def leaving(self) -> list[tuple[float, Consignment]]:
        """Goods that wait for their store to open, reserved until they leave, and the instants at which they do."""
        return self.agenda.waiting(self._leave_stores)

    def _leave_stores(self, leaving: list[Consignment]) -> None:
        """A store's goods leave at its next opening; they are reserved until then."""
        for goods in leaving:
            self.ledger.release(goods.origin, ALL, goods.units[0])
            self.freight.send(goods)
