"""How much to order when demand is known: economic order quantities, and Wagner–Whitin for demand that varies.

Sources: Snyder & Shen (2019), §3.2, §3.5, §3.7; Wagner & Whitin (1958), Management Science 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lots:
    """An order a period, float64[periods], and what the whole horizon costs."""

    orders: np.ndarray
    cost: float


def eoq(fixed: float, holding: float, demand_rate: float) -> tuple[float, float]:
    """(order quantity, cost a period), without shortages."""
    quantity = np.sqrt(2 * fixed * demand_rate / holding)
    return float(quantity), float(np.sqrt(2 * fixed * demand_rate * holding))


def eoq_with_backorders(
    fixed: float, holding: float, backorder: float, demand_rate: float
) -> tuple[float, float, float]:
    """(order quantity, share of demand that waits, cost a period), where waiting costs `backorder` a unit and period."""
    served = backorder / (holding + backorder)
    quantity = np.sqrt(2 * fixed * demand_rate / (holding * served))
    return float(quantity), 1 - served, float(np.sqrt(2 * fixed * demand_rate * holding * served))


def wagner_whitin(demand: np.ndarray, fixed: float, holding: float) -> Lots:
    """The cheapest orders that meet known demand, float64[periods], in time; stock is held at the end of each period."""
    demand = np.asarray(demand, dtype=np.float64)
    periods = len(demand)
    best, last = np.zeros(periods + 1), np.zeros(periods, dtype=np.int64)
    for first in reversed(range(periods)):
        waits = holding * np.cumsum(np.arange(periods - first) * demand[first:])
        costs = fixed + waits + best[first + 1 :]
        last[first] = first + int(np.argmin(costs))
        best[first] = costs[last[first] - first]
        if demand[first] == 0 and best[first + 1] < best[first]:
            best[first], last[first] = best[first + 1], -1
    orders, period = np.zeros(periods), 0
    while period < periods:
        if last[period] < 0:
            period += 1
        else:
            orders[period] = demand[period : last[period] + 1].sum()
            period = last[period] + 1
    return Lots(orders, float(best[0]))
