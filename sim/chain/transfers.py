"""Stock moved sideways (调拨), from locations with too much of a SKU to those with too little, where the system can do it."""

from __future__ import annotations

from functools import partial

import numpy as np

from ext.allocation import imbalance, transfers
from sim.chain.freight import Consignment
from sim.chain.sequence import Instant
from sim.clock import DAY_S, tick
from sim.stock.ledger import ALL
from sim.streams import counter_key, counter_uniform


def lends(scenario, replication: int) -> np.ndarray:
    """bool[n_stores]: stores whose stock may move to others, or serve the chain's online orders. Franchise stores only by agreement."""
    key = counter_key(scenario.seed, replication, "franchise/agrees")
    agrees = counter_uniform(key, np.arange(len(scenario.stores))) < scenario.transfers.franchise_agrees
    return np.array([store.ownership == "direct" for store in scenario.stores]) | agrees


class Transfers:
    """Reviews among the warehouses, and among the stores that lend; goods already between locations count for who needs them."""

    def __init__(self, chain):
        self.chain, self.said = chain, chain.scenario.transfers
        network = chain.network
        if not chain.scenario.system.multi_warehouse_transfers:
            return
        if self.said.warehouses and network.n_warehouses > 1:
            self._begin(np.array(network.warehouses))
        if self.said.stores and chain.lends.sum() > 1:
            self._begin(np.flatnonzero(chain.lends))

    def _begin(self, locations: np.ndarray) -> None:
        """Reviews after the last of them has closed."""
        unit_cost = self.said.cost_per_unit_km * self.chain.network.distance_km[np.ix_(locations, locations)]
        np.fill_diagonal(unit_cost, np.inf)
        first_s, interval_s = float(self.chain.network.closes_s[locations].max()), tick(self.said.review_days * DAY_S)
        review = partial(self._review, locations, unit_cost)
        self.chain.agenda.every(first_s, interval_s, Instant.TRANSFER_REVIEW, review)

    def _review(self, locations: np.ndarray, unit_cost: np.ndarray) -> None:
        chain, said = self.chain, self.said
        chain.reach(*locations)
        have = np.maximum(chain.ledger.promisable(locations), 0)
        demand = chain.mean_demand[locations]
        days = {
            "low_days": said.deficit_days,
            "target_days": (said.deficit_days + said.surplus_days) / 2,
            "high_days": said.surplus_days,
        }
        surplus, _ = imbalance(have, demand, **days)
        _, deficit = imbalance(have + chain.ledger.in_transit[locations], demand, **days)
        saving = np.full(have.shape, said.saving_per_unit)
        moves = transfers(surplus, deficit, unit_cost, saving, minimum_units=max(said.least_units, 1))
        units = np.zeros((len(locations), len(locations), have.shape[1]), dtype=np.int64)
        np.add.at(units, (moves.source, moves.target, moves.sku), moves.quantity)
        for source, target in np.argwhere(units.any(axis=2)).tolist():
            self._move(int(locations[source]), int(locations[target]), units[source, target])

    def _move(self, origin: int, destination: int, units: np.ndarray) -> None:
        chain = self.chain
        chain.ledger.expect(destination, units)
        goods = Consignment(
            origin, np.array([destination]), units[None], None, self.said.lead_time_days, "transfer_stock"
        )
        chain.tally.add("transfer_units", origin, chain.env.now, int(units.sum()))
        if chain.network.is_store(origin):
            chain.ledger.reserve(origin, ALL, units)
            opens_s = chain.env.now + chain.network.opens_in(origin, chain.env.now)
            chain.agenda.at(opens_s, Instant.RECEIPT, self._leave_stores, goods)
        else:
            chain.warehouse(origin).send(goods)

    def _leave_stores(self, leaving: list[Consignment]) -> None:
        """Stores set their goods aside and hand them over when they open."""
        for goods in leaving:
            self.chain.reach(goods.origin)
            self.chain.ledger.release(goods.origin, ALL, goods.units[0])
            self.chain.freight.send(goods)
