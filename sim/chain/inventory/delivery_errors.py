"""Deliveries that bring a pack too few or too many of a SKU; they are booked by their papers and not counted."""

from __future__ import annotations

import numpy as np

from sim.chain.output.tally import Tally
from sim.chain.setting import Setting
from sim.streams import counter_key, counter_uniform


class DeliveryErrors:
    """Draws for each delivered line whether it brings what its papers say: a function of lane, instant and SKU."""

    def __init__(self, setting: Setting, tally: Tally):
        self.setting, self.tally = setting, tally
        self.share = setting.scenario.accuracy.receiving_error_share
        """Of lines; 0: every delivery is right."""
        self._keys: dict[tuple[str, str], int] = {}

    def drawn(self, origin: str, to: np.ndarray, units: np.ndarray, now: float) -> np.ndarray:
        """Units beyond those on the papers, int64[k, n_skus]: a pack more or, as likely, a pack less, at most all units of the line.

        `origin`: code of a location or a supplier; to: int64[k] locations; units: int64[k, n_skus] on the papers.
        """
        surplus = np.zeros_like(units)
        for row, location in enumerate(to.tolist()):
            skus = np.flatnonzero(units[row])
            u = counter_uniform(self._key(origin, self.setting.network.codes[location]), int(now), skus)
            wrong = u < self.share
            skus, missing = skus[wrong], u[wrong] < self.share / 2
            pack = self.setting.assortment.pack[skus]
            surplus[row, skus] = np.where(missing, -np.minimum(pack, units[row, skus]), pack)
        return surplus

    def count(self, to: np.ndarray, surplus: np.ndarray, now: float) -> None:
        """Count the wrong lines of deliveries that come in now."""
        self.tally.add("receiving_errors", to, now, np.count_nonzero(surplus, axis=1))

    def _key(self, origin: str, destination: str) -> int:
        lane = origin, destination
        if lane not in self._keys:
            name = f"lane/{origin}/{destination}/errors"
            self._keys[lane] = counter_key(self.setting.scenario.seed, self.setting.replication, name)
        return self._keys[lane]
