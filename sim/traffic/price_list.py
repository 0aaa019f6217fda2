"""What each SKU sells for and costs, from day to day: the SKU's own figures, and over them the rows of the scenario's price list."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.sections.places import PriceRow
from sim.traffic.assortment import Assortment


class PriceList:
    """Prices and unit costs by day of the run, from 0; they change at midnight, and no customer's wishes change with them."""

    def __init__(self, scenario: Scenario, assortment: Assortment):
        """`assortment`: with the prices of the start, as `priced_at_start` gives it."""
        later = [row for row in _in_turn(scenario.prices) if row.from_ is not None and row.from_ > scenario.start]
        self._first_day, self._from = [0], [assortment]
        for day, rows in groupby(later, key=_since):
            self._first_day.append((day - scenario.start).days)
            self._from.append(_with_rows(self._from[-1], list(rows)))

    def price(self, day: int) -> np.ndarray:
        """float64[n_skus], currency a unit."""
        return self._on(day).price

    def unit_cost(self, day: int) -> np.ndarray:
        """float64[n_skus], currency a unit."""
        return self._on(day).unit_cost

    def _on(self, day: int) -> Assortment:
        return self._from[bisect_right(self._first_day, day) - 1]


def priced_at_start(scenario: Scenario, assortment: Assortment) -> Assortment:
    """The SKUs at the prices of the scenario's first day: of a SKU's rows up to it the latest holds."""
    rows = [row for row in _in_turn(scenario.prices) if _since(row) <= scenario.start]
    return _with_rows(assortment, rows) if rows else assortment


def _with_rows(assortment: Assortment, rows: Sequence[PriceRow]) -> Assortment:
    number = {code: sku for sku, code in enumerate(assortment.code)}
    price, unit_cost = assortment.price.copy(), assortment.unit_cost.copy()
    for row in rows:
        price[number[row.sku]] = row.price
        if row.unit_cost is not None:
            unit_cost[number[row.sku]] = row.unit_cost
    return replace(assortment, price=price, unit_cost=unit_cost)


def _in_turn(rows: Sequence[PriceRow]) -> list[PriceRow]:
    return sorted(rows, key=_since)


def _since(row: PriceRow) -> date:
    return row.from_ or date.min
