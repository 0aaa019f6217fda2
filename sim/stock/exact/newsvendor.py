"""One period's stock: the newsvendor, and the safety stock for a service level.

Sources: Snyder & Shen, Fundamentals of Supply Chain Theory (2nd ed., 2019), §4.3; Silver, Pyke & Thomas, Inventory and Production
Management in Supply Chains (4th ed., 2017), ch. 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from sim.stock.exact import distributions

_GRID = np.linspace(-9.0, 9.0, 3601)


def normal_loss(z: ArrayLike) -> Any:
    """E(Z − z)⁺ of a standard normal Z."""
    return scipy.stats.norm.pdf(np.asarray(z, dtype=np.float64)) - np.asarray(z) * ndtr(-np.asarray(z))


def inverse_normal_loss(loss: ArrayLike) -> Any:
    """The z with E(Z − z)⁺ = loss, for loss > 0: three Newton steps from a table; right to 1e-9 where z lies within ±9."""
    loss = np.maximum(np.asarray(loss, dtype=np.float64), 1e-20)
    z = -np.interp(-loss, -normal_loss(_GRID), -_GRID)
    for _ in range(3):
        z = z + (normal_loss(z) - loss) / np.maximum(ndtr(-z), 1e-300)
    return z


def newsvendor_normal(mean: float, sd: float, holding: float, backorder: float) -> tuple[float, float]:
    """(level, cost a period) for normal demand."""
    z = ndtri(backorder / (holding + backorder))
    return float(mean + z * sd), float((holding + backorder) * sd * scipy.stats.norm.pdf(z))


def newsvendor(pmf: np.ndarray, holding: float, backorder: float) -> tuple[int, float]:
    """(level, cost a period) for demand in whole units."""
    level = distributions.quantile(pmf, backorder / (holding + backorder))
    return level, float(distributions.cost(pmf, level, holding, backorder))


def safety_stock_for_cycle_service(sd: ArrayLike, share: float) -> Any:
    """Units above the mean of demand over the exposure so that a share of cycles ends without a stock-out; normal demand."""
    return ndtri(share) * np.asarray(sd)


def safety_stock_for_fill_rate(sd: ArrayLike, share: float, cycle_demand: ArrayLike) -> Any:
    """Units above the mean so that a share of units is served from stock; `cycle_demand`: units from one delivery to the next.

    Solves sd · E(Z − z)⁺ = (1 − share) · cycle_demand for normal demand; where sd is 0, nothing is needed. Arrays broadcast.
    """
    sd, cycle_demand = np.broadcast_arrays(np.asarray(sd, dtype=np.float64), cycle_demand)
    loss = (1 - share) * cycle_demand / np.where(sd > 0, sd, 1.0)
    return np.where((sd > 0) & (cycle_demand > 0), inverse_normal_loss(loss) * sd, 0.0)
