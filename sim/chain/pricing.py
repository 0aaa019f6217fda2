"""What stock is worth where it lies, as online sourcing adds it to the cost of shipping: solved again on a schedule."""

from __future__ import annotations

import numpy as np

from sim.chain.sequence import Instant
from sim.clock import HOUR_S, tick
from sim.stock.prices import stock_prices


class Pricing:
    """Keeps `price` up to date: float64[location, sku], currency a unit, 0 until the first solve and for SKUs that are not short.

    The forecast is the mean online demand of the next `horizon_days`, by region. Stock that a location's own customers, or a
    warehouse's stores, will want in that time is not there for online orders.
    """

    def __init__(self, chain, ship_cost: np.ndarray):
        self.chain, self.ship_cost = chain, ship_cost
        said, network, in_stores = chain.scenario.online.sourcing, chain.network, chain.traffic.mean_demand
        self.price = np.zeros(chain.ledger.book.shape)
        self._forecast = said.horizon_days * np.outer(chain.region_shares, chain.traffic.mean_online_demand)
        self._own = np.zeros_like(self.price)
        self._own[: network.n_stores] = said.horizon_days * in_stores
        np.add.at(self._own, network.warehouse_of, said.horizon_days * in_stores)
        chain.agenda.every(0.0, tick(said.resolve_hours * HOUR_S), Instant.PRICES, self._solve)

    def _solve(self) -> None:
        self.chain.reach(*self.chain.network.stores)
        spare = np.maximum(self.chain.ledger.available - self._own, 0).astype(np.int64)
        np.copyto(self.price, stock_prices(spare, self._forecast, self.ship_cost))
