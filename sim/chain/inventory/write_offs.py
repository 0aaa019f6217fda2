"""Goods that are thrown away and booked: past their shelf life, damaged, or brought back and unsaleable."""

from __future__ import annotations

import numpy as np

from sim.chain.output.tally import Tally
from sim.chain.setting import Setting
from sim.stock.ledger import StockLedger
from sim.streams import stream
from sim.traffic.assortment import shelf_life_days


class WriteOffs:
    """Writes goods off and counts them; at the end of a day, those among the returns that cannot be sold again."""

    def __init__(self, setting: Setting, ledger: StockLedger, tally: Tally):
        self.setting, self.ledger, self.tally = setting, ledger, tally
        life = shelf_life_days(setting.scenario, setting.assortment.supplier)
        self.perishable = life > 0
        """bool[n_skus]: SKUs with a shelf life."""
        self._unsaleable = setting.scenario.trading.return_unsaleable_share
        self._returned = ledger.returned.copy() if self._unsaleable else None

    def write_off(self, location: int, units: np.ndarray, day: int, now: float) -> int:
        """Write units int64[n_skus] of a location off, as far as they are on hand; returns how many."""
        gone, unit_cost, add = (
            self.ledger.write_off(location, units),
            self.setting.prices.unit_cost(day),
            self.tally.add,
        )
        add("written_off_units", location, now, int(gone.sum()))
        add("written_off_value", location, now, float((gone * unit_cost).sum()))
        if (perishes := np.where(self.perishable, gone, 0)).any():
            add("perishable_written_off_value", location, now, float((perishes * unit_cost).sum()))
        return int(gone.sum())

    def end(self, day: int, now: float) -> None:
        """Look over what a day's customers brought back: each unit is unsaleable with probability `return_unsaleable_share`."""
        if self._returned is None:
            return
        setting, returned = self.setting, self.ledger.returned
        came = returned - self._returned
        np.copyto(self._returned, returned)
        for location in np.flatnonzero(came.any(axis=1)).tolist():
            name = f"returns/{setting.network.codes[location]}/day/{day}"
            draw = stream(setting.scenario.seed, setting.replication, name)
            gone = self.write_off(location, draw.binomial(came[location], self._unsaleable), day, now)
            self.tally.add("unsaleable_units", location, now, gone)
