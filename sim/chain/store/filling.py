"""Shelf filling in one store: when its rounds are, and what limits staff on each day."""

from __future__ import annotations

import numpy as np

from sim.chain.setting import Setting
from sim.chain.store.engine import Filling
from sim.clock import on_tick
from sim.scenario.model import Scenario
from sim.streams import counter_key, counter_uniform, use
from sim.traffic.calendar import seconds_of_day


def rounds_s(scenario: Scenario, opens_s: float, closes_s: float) -> np.ndarray:
    """The rounds of any day, float64[r] seconds from its midnight, sorted, for a store with these hours."""
    rules = scenario.replenishment
    if rules.filling is not None and rules.filling.rounds:
        return on_tick(np.unique([seconds_of_day(time) for time in rules.filling.rounds]))
    return on_tick(np.arange(opens_s, closes_s, 60 * rules.refill_minutes))


class StaffedFilling:
    """The limits of a store's rounds. What is misplaced depends on the seed, the replication, the store, the SKU and the day alone."""

    def __init__(self, setting: Setting, store: int):
        scenario, capacity = setting.scenario, setting.shelf_capacity[store]
        assert scenario.replenishment.filling is not None
        self.rule = rule = scenario.replenishment.filling
        self.lines = len(capacity) if rule.lines_per_round is None else rule.lines_per_round
        # A share of 0.29 is a little less in binary, and 0.29 of 100 units are 29.
        self.fill_at = np.floor(rule.fill_below_share * capacity + 1e-9).astype(np.int64)
        self._key = counter_key(scenario.seed, setting.replication, f"misplaced/{scenario.stores[store].code}")
        self._sku = np.arange(len(capacity))
        self._begun = counter_uniform(self._key, use("begun"), self._sku)
        self._found = np.ones(len(capacity), dtype=np.bool_)

    def of(self, day: int) -> Filling:
        """What limits the rounds of a day."""
        return Filling(self.lines, self.fill_at, self.found(day))

    def found(self, day: int) -> np.ndarray:
        """bool[n_skus]: whether fillers find the SKU's goods in the back room on a day."""
        if not self.rule.misplaced_share:
            return self._found
        spell = np.floor(day / self.rule.misplaced_days + self._begun)
        return counter_uniform(self._key, use("spell"), self._sku, spell) >= self.rule.misplaced_share
