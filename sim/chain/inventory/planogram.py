"""The shelf capacity of each SKU in each store: days of demand, facings, packs, and what a planogram lists."""

from __future__ import annotations

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Distribution
from sim.scenario.sections.shelves import Planogram, listed_shelves
from sim.streams import stream
from sim.traffic.assortment import Assortment


def shelf_capacity(scenario: Scenario, assortment: Assortment, mean_demand: np.ndarray) -> np.ndarray:
    """Units that a refill fills each shelf up to, int64[n_stores, n_skus]; `mean_demand`: float64 of that shape, units a day.

    A row of the planogram wins over the `shelf_units` of its SKU, and these over the rule. Draws belong to the SKU: they are the same in all
    stores and replications.
    """
    rules = scenario.replenishment
    units = np.ceil(rules.shelf_days * mean_demand).astype(np.int64)
    if isinstance(rules.planogram, Planogram):
        units = _in_facings(scenario, rules.planogram, assortment, units)
    for number, sku in enumerate(scenario.skus if isinstance(scenario.skus, list) else ()):
        if sku.shelf_units is not None:
            units[:, number] = sku.shelf_units
    rows = listed_shelves(rules.planogram)
    store_of = {store.code: number for number, store in enumerate(scenario.stores)}
    sku_of = {code: number for number, code in enumerate(assortment.code)} if rows else {}
    for row in rows:
        units[store_of[row.location], sku_of[row.sku]] = row.shelf_units
    return units


def _in_facings(scenario: Scenario, rule: Planogram, assortment: Assortment, units: np.ndarray) -> np.ndarray:
    """The least whole number of facings that holds `units` and the packs, and that is not below the least number."""
    facing_units = _drawn(scenario, "facing_units", rule.facing_units, len(assortment))
    least = _drawn(scenario, "least_facings", rule.least_facings, len(assortment))
    wanted = np.maximum(units, np.ceil(rule.packs * assortment.pack).astype(np.int64))
    return np.maximum(-(-wanted // facing_units), least) * facing_units


def _drawn(scenario: Scenario, name: str, distribution: Distribution, skus: int) -> np.ndarray:
    """int64[n_skus], at least 1: one draw for each SKU, rounded to the nearest whole number."""
    u = stream(scenario.seed, 0, f"planogram/{name}").random(skus)
    return np.maximum(np.rint(distribution.quantile(u)), 1).astype(np.int64)
