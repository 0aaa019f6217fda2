"""What stock is worth where it lies, as online sourcing adds it to the cost of shipping: solved again on a schedule."""

from __future__ import annotations

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.clock import HOUR_S, tick
from sim.stock.dual_prices import stock_prices
from sim.stock.ledger import StockLedger
from sim.traffic.regions import region_shares


class Pricing:
    """Keeps `price` up to date: float64[location, sku], currency a unit, 0 until the first solve and for SKUs that are not short.

    The forecast is the mean online demand of the next `horizon_days`, by region. Stock that a location's own customers, or a
    stores below a warehouse, are expected to demand in that time is not available to online orders.
    """

    def __init__(self, setting: Setting, agenda: Agenda, ledger: StockLedger, ship_cost: np.ndarray):
        self.ledger, self.ship_cost = ledger, ship_cost
        configured, network, traffic = setting.scenario.online.sourcing, setting.network, setting.traffic
        in_stores = traffic.mean_demand
        self.price = np.zeros((ledger.n_locations, ledger.n_skus))
        self._forecast = configured.horizon_days * np.outer(region_shares(setting.scenario), traffic.mean_online_demand)
        self._own = np.zeros_like(self.price)
        self._own[: network.n_stores] = configured.horizon_days * in_stores
        network.pass_up(self._own, self._own, setting.source, [*network.stores, *network.inwards])
        agenda.every(0.0, tick(configured.resolve_hours * HOUR_S), Instant.PRICES, self._solve)

    def _solve(self) -> None:
        spare = np.maximum(self.ledger.available - self._own, 0).astype(np.int64)
        np.copyto(self.price, stock_prices(spare, self._forecast, self.ship_cost))
