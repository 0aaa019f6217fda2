"""Goods past their shelf life are written off at the end of the day; the oldest are sold first."""

from __future__ import annotations

import numpy as np

from sim.chain.output.tally import Tally
from sim.chain.setting import Setting
from sim.scenario.model import Scenario
from sim.scenario.sections.places import SkuRange
from sim.stock.ledger import StockLedger


class ShelfLife:
    """Of what a location has, only what came within the last days can be young: anything beyond that has expired.

    Age counts from arrival at the location. Returned goods count as the oldest and are written off first.
    """

    def __init__(self, setting: Setting, ledger: StockLedger, tally: Tally):
        self.unit_cost, self.ledger, self.tally = setting.assortment.unit_cost, ledger, tally
        life = days(setting.scenario, setting.assortment.supplier)
        self.skus = np.flatnonzero(life > 0)
        """int64[k]: the SKUs with a shelf life."""
        self._life = life[self.skus]
        shape = (int(self._life.max(initial=0)), len(setting.network), len(self.skus))
        self._came = np.zeros(shape, dtype=np.int64)
        """int64[days, locations, k]: arrivals of the last days, at the day's number modulo their count."""
        if len(self.skus):
            self._came[0] = ledger.physical[:, self.skus]

    def note(self, locations: np.ndarray, units: np.ndarray, day: int) -> None:
        """Units int64[k, n_skus] have come in at k locations, each named once."""
        if len(self.skus):
            self._came[day % len(self._came), locations] += units[:, self.skus]

    def end(self, day: int, now: float) -> None:
        """At the end of a day: write off what is past its life."""
        if not len(self.skus):
            return
        ledger, days = self.ledger, len(self._came)
        age = (day - np.arange(days)) % days
        young = np.where((age[:, None] < self._life)[:, None, :], self._came, 0).sum(axis=0)
        old = np.maximum(ledger.physical[:, self.skus] - young, 0)
        for location in np.flatnonzero(old.any(axis=1)).tolist():
            units = np.zeros(ledger.n_skus, dtype=np.int64)
            units[self.skus] = old[location]
            gone = ledger.write_off(location, units)
            self.tally.add("written_off_units", location, now, int(gone.sum()))
            self.tally.add("written_off_value", location, now, float(gone @ self.unit_cost))
        self._came[(day + 1) % days] = 0


def days(scenario: Scenario, supplier: np.ndarray) -> np.ndarray:
    """Shelf life of each SKU, int64[n_skus]; 0 for those without one."""
    of_supplier = np.array([s.shelf_life_days or 0 for s in scenario.suppliers])[supplier]
    if isinstance(scenario.skus, SkuRange):
        return of_supplier
    own = np.array([sku.shelf_life_days or 0 for sku in scenario.skus])
    return np.where(own > 0, own, of_supplier)
