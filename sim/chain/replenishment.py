"""Replenishment reviews: each a policy applied to all locations that share it and its hour, as one array operation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.clock import DAY_S, tick
from sim.scenario.supply import NoReplenishment
from sim.stock.policies import Policy, in_packs, policy
from sim.traffic.calendar import seconds_of_day


class Replenishment:
    """Stores order from their warehouse, warehouses from the suppliers; both go by the book."""

    def __init__(self, chain):
        self.chain = chain
        self.on_order = np.zeros(chain.mean_demand.shape, dtype=np.int64)
        """int64[n_locations, n_skus]: ordered and neither arrived nor given up."""
        for (rule, first_s), locations in self._groups().items():
            chain.env.process(self._reviews(policy(rule), first_s, tick(rule.review_days * DAY_S), np.array(locations)))

    def _groups(self) -> dict:
        said, network = self.chain.scenario.replenishment, self.chain.network
        rules = [
            (said.franchise or said.stores) if store.ownership == "franchise" else said.stores
            for store in self.chain.scenario.stores
        ] + [said.warehouses] * network.n_warehouses
        groups: dict = {}
        for location, rule in enumerate(rules):
            if not isinstance(rule, NoReplenishment):
                first_s = network.closes_s[location] if rule.at is None else seconds_of_day(rule.at)
                groups.setdefault((rule, float(first_s)), []).append(location)
        return groups

    def _reviews(self, rule: Policy, first_s: float, every_s: float, locations: np.ndarray) -> Iterator:
        yield self.chain.env.timeout(first_s)
        while True:
            self.review(rule, locations)
            yield self.chain.env.timeout(every_s)

    def position(self, locations: np.ndarray) -> np.ndarray:
        """What the book holds and nobody was promised, plus what is on order: int64[locations, n_skus]."""
        return self.chain.ledger.available[locations] + self.on_order[locations]

    def review(self, rule: Policy, locations: np.ndarray) -> None:
        """Let `locations` order by one policy, in packs, what they carry."""
        chain = self.chain
        chain.reach(*locations)
        units = rule.order(self.position(locations), chain.mean_demand[locations])
        units = in_packs(np.where(chain.carried[locations], units, 0), chain.assortment.pack)
        self.on_order[locations] += units
        for location, wanted in zip(locations.tolist(), units, strict=True):
            if not wanted.any():
                continue
            chain.tally.add("replenishment_orders", location, chain.env.now, 1)
            if chain.network.is_store(location):
                chain.warehouse(int(chain.network.warehouse_of[location])).ask(location, wanted)
            else:
                chain.suppliers.order(location, wanted)
