"""Classes of SKUs: the ones a list names, else A, B and C by the value they sell."""

from __future__ import annotations

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.sections.categories import own_classes
from sim.scenario.sections.places import SkuRange


def abc(value: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Class of each SKU, str[n]: best sellers first, A while those before it make less than the first limit of all value, then B, then C."""
    best_first = np.argsort(-value, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(value[best_first])[:-1]]) / max(value.sum(), 1e-300)
    classes = np.empty(len(value), dtype="<U1")
    classes[best_first] = np.array(["A", "B", "C"])[np.searchsorted(limits, before, side="right")]
    return classes


def sku_classes(scenario: Scenario, value: np.ndarray) -> np.ndarray:
    """The class that each SKU names, else its class by value, str[n]."""
    by_value = abc(value, scenario.replenishment.abc)
    if isinstance(scenario.skus, SkuRange):
        own = own_classes(scenario.skus, scenario.traffic.zipf_exponent)
    else:
        own = [sku.sku_class for sku in scenario.skus]
    return np.array([named or letter for named, letter in zip(own, by_value.tolist(), strict=True)])
