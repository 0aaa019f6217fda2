"""What the chain sells, as arrays: listed SKUs as they stand, or SKUs made by rule where a chain has no list yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.places import Sku, SkuRange
from sim.streams import stream


@dataclass(frozen=True)
class Assortment:
    """One entry a SKU, in list order: the order of SKU numbers everywhere."""

    code: tuple[str, ...]
    name: tuple[str, ...]
    price: np.ndarray
    """f8, currency a unit."""
    unit_cost: np.ndarray
    weight_kg: np.ndarray
    pack: np.ndarray
    """i8, units."""
    group: np.ndarray
    """i4; SKUs with the same number substitute each other, −1 stands alone."""
    supplier: np.ndarray
    """i4, index into `scenario.suppliers`."""
    weight: np.ndarray
    """f8, popularity in a basket line; adds up to 1."""

    def __len__(self) -> int:
        return len(self.code)


def skus(scenario: Scenario) -> Assortment:
    """The scenario's SKUs. Raises `Refusal` for a code that stands twice, an unknown supplier, or popularity given to some SKUs only."""
    if isinstance(scenario.skus, SkuRange):
        return _made(scenario, scenario.skus)
    return _listed(scenario, scenario.skus)


def zipf(count: int, exponent: float) -> np.ndarray:
    """Weights rank^−exponent of `count` SKUs, most popular first; they add up to 1."""
    weight = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return weight / weight.sum()


def _made(scenario: Scenario, rule: SkuRange) -> Assortment:
    price_u, weight_u = stream(scenario.seed, 0, "skus").random((2, rule.count))
    price = np.maximum(np.round(rule.price.quantile(price_u), 2), 0.01)
    number = np.arange(rule.count)
    return Assortment(
        code=tuple(f"SKU-{n + 1:05d}" for n in number),
        name=tuple(f"Item {n + 1}" for n in number),
        price=price,
        unit_cost=np.maximum(np.round(price * (1 - rule.margin), 2), 0.01),
        weight_kg=rule.weight_kg.quantile(weight_u),
        pack=np.full(rule.count, rule.pack, dtype=np.int64),
        group=(number // rule.group_size).astype(np.int32),
        supplier=(number % len(scenario.suppliers)).astype(np.int32),
        weight=zipf(rule.count, scenario.traffic.zipf_exponent),
    )


def _listed(scenario: Scenario, listed: list[Sku]) -> Assortment:
    code = tuple(sku.code for sku in listed)
    if len(set(code)) < len(code):
        twice = next(c for n, c in enumerate(code) if c in code[:n])
        refuse_played(scenario, ("skus",), "each code once", twice)
    suppliers = {supplier.code: n for n, supplier in enumerate(scenario.suppliers)}
    for n, sku in enumerate(listed):
        if sku.supplier is not None and sku.supplier not in suppliers:
            refuse_played(scenario, ("skus", n, "supplier"), "the code of a supplier", sku.supplier)
    groups = {name: n for n, name in enumerate(dict.fromkeys(sku.group for sku in listed if sku.group))}
    return Assortment(
        code=code,
        name=tuple(sku.name or sku.code for sku in listed),
        price=np.array([sku.price for sku in listed]),
        unit_cost=np.array([sku.unit_cost for sku in listed]),
        weight_kg=np.array([sku.weight_kg for sku in listed]),
        pack=np.array([sku.pack for sku in listed], dtype=np.int64),
        group=np.array([groups.get(sku.group, -1) for sku in listed], dtype=np.int32),
        supplier=np.array(
            [n % len(suppliers) if sku.supplier is None else suppliers[sku.supplier] for n, sku in enumerate(listed)],
            dtype=np.int32,
        ),
        weight=_weights(scenario, listed),
    )


def _weights(scenario: Scenario, listed: list[Sku]) -> np.ndarray:
    given = [sku.popularity for sku in listed]
    if all(weight is None for weight in given):
        return zipf(len(listed), scenario.traffic.zipf_exponent)
    if None in given:
        path = ("skus", given.index(None), "popularity")
        refuse_played(scenario, path, "a weight for every SKU or for none", "nothing")
    weight = np.array(given, dtype=np.float64)
    if weight.sum() <= 0:
        refuse_played(scenario, ("skus", 0, "popularity"), "at least one weight above 0", 0)
    return weight / weight.sum()
