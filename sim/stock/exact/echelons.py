"""Several echelons: a serial system with Poisson or normal demand, one warehouse with many stores; and the bullwhip effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
import scipy.signal

from sim.stock.exact import distributions


@dataclass(frozen=True)
class Stage:
    """What a warehouse or a store of a two-echelon system has at a random instant."""

    fill_rate: float
    backorders: float
    on_hand: float


def serial_base_stock(
    demand_rate: float,
    lead_times: Sequence[float],
    echelon_holding: Sequence[float],
    backorder: float,
    levels: Sequence[int] | None = None,
) -> tuple[list[int], float]:
    """(echelon base-stock levels, cost a period) of a serial system in continuous time; stage 0 serves the customers.

    lead_times: to each stage from the one behind it. echelon_holding: what a unit costs more there than behind. Holding is charged on echelon
    stock, so on goods in transit at the rate of the stage that sent them. Periods: add 1 to the first lead time. levels: those played, None: the
    best. A stage holds its own level less that of the stage before it: a level below that is never reached.
    Clark & Scarf (1960), by the recursion of Chen & Zheng (1994), Management Science 40.
    """
    longest = distributions.poisson(demand_rate * sum(lead_times))
    reach = len(longest) + 1
    x = np.arange(-reach, reach + 1)
    penalty = backorder + sum(echelon_holding)
    below = penalty * np.maximum(-x, 0).astype(np.float64)
    found, best = [], 0.0
    for stage, (lead_time, holding) in enumerate(zip(lead_times, echelon_holding, strict=True)):
        pmf = distributions.poisson(demand_rate * lead_time)
        here = holding * x + below
        # Below its range the cost is linear: extended so that demand may push the position past the array's end.
        slope = here[1] - here[0]
        left = here[0] - slope * np.arange(len(pmf) - 1, 0, -1)
        after = np.convolve(np.concatenate([left, here]), pmf, mode="valid")
        at = int(np.argmin(after)) if levels is None else levels[stage] + reach
        found.append(int(x[at]))
        best = float(after[at])
        below = after[np.minimum(np.arange(len(x)), at)]
    return found, best


def serial_normal(
    mean: float, sd: float, lead_times: Sequence[float], echelon_holding: Sequence[float], backorder: float
) -> tuple[list[float], float]:
    """The same for demand that is normal, with `mean` and `sd` a period and independent over time, and levels that need not be whole.

    The recursion of `serial_base_stock` on a grid of a 300th of the smallest standard deviation over a lead time, lead times > 0; beyond the grid
    the cost is linear. Levels and cost lie between the grid's points by a parabola.
    """
    step = sd * min(lead_times) ** 0.5 / 300
    spread = 9 * sd * sum(lead_times) ** 0.5
    x = np.arange(-spread - mean * max(lead_times), mean * sum(lead_times) + spread, step)
    below = (backorder + sum(echelon_holding)) * np.maximum(-x, 0)
    levels, best = [], 0.0
    for lead_time, holding in zip(lead_times, echelon_holding, strict=True):
        here = holding * x + below
        reach = int(np.ceil(9 * sd * lead_time**0.5 / step))
        weight = np.exp(-0.5 * (step * np.arange(-reach, reach + 1)) ** 2 / (sd**2 * lead_time))
        shifted = _linear_beyond(x, here, x[0] - mean * lead_time + step * np.arange(-reach, len(x) + reach))
        after = scipy.signal.fftconvolve(shifted, weight / weight.sum(), mode="valid")
        at = int(np.argmin(after))
        left, middle, right = after[at - 1 : at + 2]
        off = (left - right) / (2 * (left - 2 * middle + right))
        levels.append(float(x[at] + step * off))
        best = float(middle - (left - right) * off / 4)
        below = np.where(x < levels[-1], after, best)
    return levels, best


def _linear_beyond(x: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values between and beyond points of a grid, float64[n]."""
    slopes = (values[[1, -1]] - values[[0, -2]]) / (x[1] - x[0])
    return np.interp(at, x, values) + slopes[0] * np.minimum(at - x[0], 0) + slopes[1] * np.maximum(at - x[-1], 0)


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


def serial_heuristic(
    demand_rate: float,
    lead_times: Sequence[float],
    echelon_holding: Sequence[float],
    backorder: float,
    *,
    up: bool = False,
) -> list[int]:
    """Echelon base-stock levels: the mean of each stage's two newsvendor bounds, rounded down or `up`. Shang & Song (2003).

    Their tables round down where a backorder costs 9 times what a unit does at the last stage, and up where it costs 99 times that.
    """
    bounds = serial_bounds(demand_rate, lead_times, echelon_holding, backorder)
    return [(low + high + up) // 2 for low, high in bounds]


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
