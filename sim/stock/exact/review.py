"""One location that reviews its stock: base stock, (s,S) and (r,Q) with backorders, base stock with lost sales.

Conventions. In periods: order, receive, demand, count; an order made now arrives before the demand of the period `lead_time` later, so stock
ordered now covers lead_time + 1 periods (the exposure), in continuous time the lead time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from sim.stock.exact import distributions


@dataclass(frozen=True)
class BaseStock:
    """The best base-stock level, and its cost a period."""

    level: int
    cost: float
    """Holding and backorders, a period."""
    ready_rate: float
    """Share of periods that end without a backorder."""
    fill_rate: float
    """Share of units handed over in the period in which they are asked for."""


@dataclass(frozen=True)
class ReorderUpTo:
    """The best (s, S): order up to S at s or below."""

    s: int
    S: int
    cost: float


@dataclass(frozen=True)
class ReorderQuantity:
    """The best (r, Q): order multiples of Q at r or below."""

    r: int
    Q: int
    cost: float


def base_stock(
    pmf: np.ndarray, lead_time: int, holding: float, backorder: float, level: int | None = None
) -> BaseStock:
    """Periodic review with backorders, of a level, or of the best one. Snyder & Shen (2019), §4.3.4."""
    exposure = distributions.over(lead_time + 1, pmf)
    if level is None:
        level = distributions.quantile(exposure, backorder / (holding + backorder))
    late = distributions.short(exposure, level) - distributions.short(distributions.over(lead_time, pmf), level)
    return BaseStock(
        level,
        float(distributions.cost(exposure, level, holding, backorder)),
        float(distributions.cdf(exposure, level)),
        float(1 - late / distributions.mean(pmf)),
    )


def lost_sales_fill_rate(lead_time_demand: float, level: int) -> float:
    """Continuous review, Poisson demand, lost sales, any distribution of lead time: 1 − Erlang's loss. Karush (1957), Operations Research 5."""
    loss = 1.0
    for servers in range(1, level + 1):
        loss = lead_time_demand * loss / (servers + lead_time_demand * loss)
    return 1 - loss


def reorder_up_to(pmf: np.ndarray, lead_time: int, holding: float, backorder: float, fixed: float) -> ReorderUpTo:
    """The best (s,S), periodic review with backorders; order when the position is at or below s.

    Zheng & Federgruen (1991), Operations Research 39: with y the position after ordering, G(y) its period cost, m the renewal density of
    demand, c(s,S) = [K + Σ m(j) G(S − j)] / Σ m(j), sums over 0 ≤ j < S − s. Their bounds, s + 1 and S where G crosses any cost that
    some policy reaches, leave a box small enough to be worked out whole.
    """
    exposure = distributions.over(lead_time + 1, pmf)
    best = distributions.quantile(exposure, backorder / (holding + backorder))
    # Ordering every period costs no more than `most`, and by Jensen G is above it outside these positions.
    most, mean = fixed + distributions.cost(exposure, best, holding, backorder), distributions.mean(exposure)
    position = np.arange(int(mean - most / backorder) - 1, int(mean + most / holding) + 2)
    period_cost = distributions.cost(exposure, position, holding, backorder)

    at_best = best - position[0]
    density = _renewal(pmf, at_best + 1)
    reached = float(np.min((fixed + np.cumsum(density * period_cost[at_best::-1])) / np.cumsum(density)))
    inside = np.flatnonzero(period_cost <= max(reached, period_cost[at_best]))
    low, high = inside[0], inside[-1]

    # Row S − best, column S − s − 1; positions below the box's lowest never enter a best policy.
    depth = high - low + 1
    density = _renewal(pmf, depth)
    S = np.arange(at_best, high + 1)
    at = S[:, None] - np.arange(depth)
    costs = (fixed + np.cumsum(density * period_cost[np.maximum(at, 0)], axis=1)) / np.cumsum(density)
    costs[at < low] = np.inf
    row, column = np.unravel_index(np.argmin(costs), costs.shape)
    top = int(position[S[row]])
    return ReorderUpTo(top - int(column) - 1, top, float(costs[row, column]))


def reorder_up_to_cost(
    pmf: np.ndarray, lead_time: int, holding: float, backorder: float, fixed: float, s: int, S: int
) -> float:
    """What a given (s,S) costs a period; the formula of `reorder_up_to`."""
    density = _renewal(pmf, S - s)
    y = S - np.arange(S - s)
    period_cost = distributions.cost(distributions.over(lead_time + 1, pmf), y, holding, backorder)
    return float((fixed + density @ period_cost) / density.sum())


def reorder_quantity(
    demand_rate: float, lead_time_demand: np.ndarray, holding: float, backorder: float, fixed: float
) -> ReorderQuantity:
    """The best (r,Q), continuous review with backorders, demand unit by unit; `lead_time_demand` is a pmf.

    Federgruen & Zheng (1992), Operations Research 40: the position is uniform over r + 1 … r + Q and its cost G is convex, so the best
    Q positions are the Q cheapest, and Q grows as long as the next one costs less than the average with its share of fixed cost.
    """
    best = distributions.quantile(lead_time_demand, backorder / (holding + backorder))
    spread = int(np.ceil(2 * np.sqrt(2 * fixed * demand_rate * (1 / holding + 1 / backorder)))) + len(lead_time_demand)
    position = np.arange(best - spread, best + spread + 1)
    period_cost = distributions.cost(lead_time_demand, position, holding, backorder)
    cheapest = np.argsort(period_cost, kind="stable")
    costs = (fixed * demand_rate + np.cumsum(period_cost[cheapest])) / np.arange(1, len(position) + 1)
    Q = int(np.argmin(costs)) + 1
    return ReorderQuantity(int(position[cheapest[:Q]].min()) - 1, Q, float(costs[Q - 1]))


def _renewal(pmf: np.ndarray, n: int) -> np.ndarray:
    """float64[n]: the expected number of periods that total demand stands at j; m = (m + 1 at 0) ∗ pmf, a recursive filter."""
    impulse = np.zeros(n)
    impulse[0] = 1.0
    return lfilter([1.0], np.concatenate([[1 - pmf[0]], -pmf[1:]]), impulse)
