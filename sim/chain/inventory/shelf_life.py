"""Goods past their shelf life are written off at the end of the day; the oldest are sold first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.chain.inventory.opening_stock import Lot
from sim.chain.inventory.write_offs import WriteOffs
from sim.chain.setting import Setting
from sim.stock.ledger import StockLedger
from sim.traffic.assortment import shelf_life_days


class ShelfLife:
    """Of what a location has, only what came within the last days can be young: anything beyond that has expired.

    Age counts from arrival at the location. Returned goods count as the oldest and are written off first.
    """

    def __init__(self, setting: Setting, ledger: StockLedger, write_offs: WriteOffs):
        self.ledger, self.write_offs = ledger, write_offs
        life = shelf_life_days(setting.scenario, setting.assortment.supplier)
        self.skus = np.flatnonzero(life > 0)
        """int64[k]: the SKUs with a shelf life."""
        self._life = life[self.skus]
        shape = (int(self._life.max(initial=0)), len(setting.network), len(self.skus))
        self._came = np.zeros(shape, dtype=np.int64)
        """int64[days, locations, k]: arrivals of the last days, at the day's number modulo their count."""
        if len(self.skus):
            self._came[0] = ledger.physical[:, self.skus]
            self._date_back(setting.opening.aged)

    def _date_back(self, lots: Iterable[Lot]) -> None:
        """Lots of the opening stock came as long before their last day as a shelf life lasts."""
        place = {int(sku): k for k, sku in enumerate(self.skus)}
        for lot in lots:
            k = place[lot.sku]
            self._came[0, lot.location, k] -= lot.units
            if lot.last_day:  # what may be sold on the first day alone is past its life when that ends
                self._came[(lot.last_day - self._life[k]) % len(self._came), lot.location, k] += lot.units

    def note(self, locations: np.ndarray, units: np.ndarray, day: int) -> None:
        """Units int64[k, n_skus] have come in at k locations, each named once."""
        if len(self.skus):
            self._came[day % len(self._came), locations] += units[:, self.skus]

    def lots(self, day: int, on_hand: np.ndarray) -> list[Lot]:
        """Units on hand, int64[n_locations, n_skus], of SKUs with a shelf life, after the end of a day: the oldest were sold first."""
        left, days, lots = on_hand[:, self.skus].copy(), len(self._came), []
        for age in range(days + 1):
            # What no kept arrival accounts for came so long ago that the next day is its last.
            units = (
                left.copy()
                if age == days
                else np.minimum(left, np.where(age < self._life, self._came[(day - age) % days], 0))
            )
            left -= units
            last_day = np.full(len(self.skus), day + 1) if age == days else day - age + self._life
            lots += [
                Lot(at, int(self.skus[k]), int(units[at, k]), int(last_day[k])) for at, k in np.argwhere(units).tolist()
            ]
        return lots

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
            self.write_offs.write_off(location, units, day, now)
        self._came[(day + 1) % days] = 0
