"""Several echelons with Poisson demand: a serial system, and one warehouse with many stores; and the bullwhip effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.stock.exact import distributions


@dataclass(frozen=True)
class Stage:
    """What a warehouse or a store of a two-echelon system has at a random instant."""

    fill_rate: float
    backorders: float
    on_hand: float


def serial_base_stock(
    demand_rate: float, lead_times: Sequence[float], echelon_holding: Sequence[float], backorder: float
) -> tuple[list[int], float]:
    """(echelon base-stock levels, cost a period) of a serial system in continuous time; stage 0 serves the customers.

    lead_times: to each stage from the one behind it. echelon_holding: what a unit costs more there than behind. Holding is charged on echelon
    stock, so on goods in transit at the rate of the stage that sent them. Periods: add 1 to the first lead time.
    Clark & Scarf (1960), by the recursion of Chen & Zheng (1994), Management Science 40.
    """
    longest = distributions.poisson(demand_rate * sum(lead_times))
    reach = len(longest) + 1
    x = np.arange(-reach, reach + 1)
    penalty = backorder + sum(echelon_holding)
    below = penalty * np.maximum(-x, 0).astype(np.float64)
    levels, best = [], 0.0
    for lead_time, holding in zip(lead_times, echelon_holding, strict=True):
        pmf = distributions.poisson(demand_rate * lead_time)
        here = holding * x + below
        # Below its range the cost is linear: extended so that demand may push the position past the array's end.
        slope = here[1] - here[0]
        left = here[0] - slope * np.arange(len(pmf) - 1, 0, -1)
        after = np.convolve(np.concatenate([left, here]), pmf, mode="valid")
        at = int(np.argmin(after))
        levels.append(int(x[at]))
        best = float(after[at])
        below = after[np.minimum(np.arange(len(x)), at)]
    return levels, best


def serial_bounds(
    demand_rate: float, lead_times: Sequence[float], echelon_holding: Sequence[float], backorder: float
) -> list[tuple[int, int]]:
    """(lower, upper) newsvendor bounds on each echelon base-stock level. Shang & Song (2003), Management Science 49."""
    total = backorder + sum(echelon_holding)
    bounds = []
    for stage, holding in enumerate(echelon_holding):
        behind = backorder + sum(echelon_holding[stage + 1 :])
        pmf = distributions.poisson(demand_rate * sum(lead_times[: stage + 1]))
        bounds.append(
            (distributions.quantile(pmf, behind / total), distributions.quantile(pmf, behind / (behind + holding)))
        )
    return bounds


def warehouse_and_stores(
    demand_rates: np.ndarray,
    warehouse_lead_time: float,
    store_lead_times: np.ndarray,
    warehouse_level: int,
    store_levels: np.ndarray,
) -> tuple[Stage, list[Stage]]:
    """One warehouse and its stores under base stock, continuous review, first come first served: exact.

    The warehouse's backorders fall to a store as a binomial share of them. Simon (1971), Operations Research 19; Graves (1985),
    Management Science 31.
    """
    rates = np.asarray(demand_rates, dtype=np.float64)
    ordered = distributions.poisson(rates.sum() * warehouse_lead_time)
    warehouse = _stage(ordered, warehouse_level)
    backorders = np.concatenate([[distributions.cdf(ordered, warehouse_level)], ordered[warehouse_level + 1 :]])
    stores = []
    for share, rate, lead_time, level in zip(rates / rates.sum(), rates, store_lead_times, store_levels, strict=True):
        n = np.arange(len(backorders))
        delayed = np.asarray(scipy.stats.binom.pmf(n, n[:, None], share)).T @ backorders
        stores.append(_stage(np.convolve(delayed, distributions.poisson(rate * lead_time)), level))
    return warehouse, stores


def _stage(outstanding: np.ndarray, level: int) -> Stage:
    return Stage(
        float(distributions.cdf(outstanding, level - 1)),
        float(distributions.short(outstanding, level)),
        float(distributions.left_over(outstanding, level)),
    )


def bullwhip(lead_time: float, window: int) -> float:
    """Variance of orders over that of independent demand, for order-up-to `lead_time` × the mean of the last `window` demands.

    Chen, Drezner, Ryan & Simchi-Levi (2000), Management Science 46: 1 + 2 L/p + 2 L²/p², with equality where no safety stock follows
    the forecast's error.
    """
    ratio = lead_time / window
    return 1 + 2 * ratio + 2 * ratio**2
