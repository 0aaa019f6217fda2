"""SKU groups of a scenario's traffic: which SKUs are in which, their hours and the units of their lines."""

from __future__ import annotations

import numpy as np

from ext.draws import uniforms
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.streams import use
from sim.traffic.baskets import Whole, mean_units, whole


def group_numbers(scenario: Scenario, names: list[str]) -> np.ndarray:
    """Index into `names` of each SKU's group, int64[n_skus]; −1: another or none."""
    if not isinstance(scenario.skus, list):
        return np.full(scenario.skus.count, -1, dtype=np.int64)
    number = {name: n for n, name in enumerate(names)}
    return np.array([number.get(sku.group, -1) for sku in scenario.skus], dtype=np.int64)


def profiles(scenario: Scenario, hours: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Group of each SKU, int64[n_skus], and weights of the hours of each group, float64[groups, 24]; None where no group has hours of its own.

    `hours` float64[24] are the shares of customers by hour. Raises `Refusal` for a group without weight in any of these hours.
    """
    of_group = {
        name: group.hour_shares for name, group in scenario.traffic.groups.items() if group.hour_shares is not None
    }
    if not of_group:
        return None
    for name, shares in of_group.items():
        if not (np.array(shares) * hours).any():
            path = ("traffic", "groups", name, "hour_shares")
            refuse_played(scenario, path, "an hour above 0 in which customers come", shares)
    return group_numbers(scenario, [*of_group]), np.array([*of_group.values()])


class Units:
    """Units of lines: those of their SKU's group, else `traffic.line_units`, from one uniform a line."""

    def __init__(self, scenario: Scenario):
        traffic = scenario.traffic
        self._usual = Whole(traffic.line_units)
        units = {name: group.line_units for name, group in traffic.groups.items() if group.line_units is not None}
        self._of_group = [*units.values()]
        self._group = group_numbers(scenario, [*units]) if units else None
        self.mean: float | np.ndarray = mean_units(traffic.line_units)
        """Mean units of a line; float64[n_skus] where groups have their own."""
        if self._group is not None:
            self.mean = np.array([*(mean_units(of) for of in self._of_group), self.mean])[self._group]

    def draw(self, key: int, line_sku: np.ndarray) -> np.ndarray:
        """Units of each line, int32[lines], at least 1: a column that may be shared."""
        units = self._usual.draw(key, "line_units", len(line_sku))
        if self._group is None:
            return units
        group, units = self._group[line_sku], units.copy()
        u = uniforms(key, use("line_units"), len(line_sku))
        for n, distribution in enumerate(self._of_group):
            lines = np.flatnonzero(group == n)
            units[lines] = whole(distribution, u[lines])
        return units
