"""What a unit of stock is worth where it lies: the dual prices of a linear programme over forecast demand.

Sourcing by shipping cost plus price keeps units for the zones whose unmet demand would cost most (Acimovic & Graves 2015, "Making better
fulfillment decisions on the fly in an online retail environment"). Prices age as stock is used: solve again every few hours.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack, kron

from ext.elementary import exp, log

MOST_ZONES = 10  # of the linear programme; more are grouped
MOST_SKUS = 500  # priced in one solve, a few seconds' work
ASCENT_STEPS = 30  # that carry the prices of zone groups over to single zones
ASCENT_BLUR = 0.02  # of the mean lane: how far two costs may lie apart and still share a zone's demand while ascending


def stock_prices(
    stock: NDArray[np.int64],
    forecast: NDArray[np.float64],
    ship_cost: NDArray[np.float64],
    *,
    cover_below: float = 1.5,
    most_skus: int = MOST_SKUS,
) -> NDArray[np.float64]:
    """float64[location, sku]: the price of a unit, in the currency of ship_cost; 0 for SKUs that are not short.

    stock: int64[location, sku], units that may be sold. forecast: float64[zone, sku], units expected until the stock is
    replenished. ship_cost: float64[location, zone] a unit, infinite where a location does not serve a zone. A SKU is
    priced if its stock in the network is less than cover_below times its forecast; of more than most_skus those with the
    largest forecast are. Work is bounded by these counts, never by a clock, so that the same input has the same prices.
    """
    prices = np.zeros(stock.shape)
    groups = zone_groups(ship_cost)
    programme = _constraints(len(ship_cost), groups.max() + 1)
    for sku in short_skus(stock, forecast, cover_below, most_skus):
        units, demand = stock[:, sku], forecast[:, sku]
        price = _dual_prices(units, np.bincount(groups, demand), _group_cost(ship_cost, demand, groups), programme)
        grouped = programme[1].shape[0] < ship_cost.shape[1]
        prices[:, sku] = _ascend(price, units, demand, ship_cost) if grouped else price
    return prices


def short_skus(stock: np.ndarray, forecast: np.ndarray, cover_below: float, most: int) -> NDArray[np.int64]:
    """The SKUs worth a price, in order of number: some stock, less than cover_below times the forecast, largest first cut."""
    expected, held = forecast.sum(axis=0), stock.sum(axis=0)
    short = np.flatnonzero((held > 0) & (held < cover_below * expected))
    return np.sort(short[np.argsort(-expected[short], kind="stable")[:most]])


def zone_groups(ship_cost: NDArray[np.float64], most: int = MOST_ZONES) -> NDArray[np.int64]:
    """int64[zone]: zones that lie alike for every location share a number (Ward's method on the columns of ship_cost)."""
    zones = ship_cost.shape[1]
    if zones <= most:
        return np.arange(zones)
    columns = np.where(np.isfinite(ship_cost), ship_cost, _unmet_cost(ship_cost)).T
    tree = scipy.cluster.hierarchy.linkage(columns, "ward")
    return scipy.cluster.hierarchy.fcluster(tree, most, "maxclust").astype(np.int64) - 1


def _unmet_cost(ship_cost: np.ndarray) -> float:
    """Cost of a unit of unmet demand: twice the dearest lane, the same everywhere, so that scarcity alone moves no price apart."""
    return 2 * float(ship_cost[np.isfinite(ship_cost)].max(initial=0.5))


def _group_cost(ship_cost: np.ndarray, demand: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """float64[location, group]: mean cost to the zones of a group, weighted by demand; infinite where none is served."""
    member = np.equal.outer(groups, np.arange(groups.max() + 1)) * np.maximum(demand, 1e-9)[:, None]
    reach = np.isfinite(ship_cost)
    served = np.einsum("lz,zg->lg", reach.astype(np.float64), member)
    total = np.einsum("lz,zg->lg", np.where(reach, ship_cost, 0.0), member)
    return np.divide(total, served, out=np.full_like(total, np.inf), where=served > 0)


def _constraints(locations: int, zones: int) -> tuple[csr_array, csr_array]:
    """What ships from a location fits its stock; what reaches a zone, and what does not, make up its demand."""
    supply = hstack([kron(eye_array(locations), np.ones((1, zones))), csr_array((locations, zones))], format="csr")
    need = hstack([kron(np.ones((1, locations)), eye_array(zones)), eye_array(zones)], format="csr")
    return supply, need


def _dual_prices(
    stock: np.ndarray, demand: np.ndarray, cost: np.ndarray, programme: tuple[csr_array, csr_array]
) -> np.ndarray:
    """float64[location]: by how much one more unit there would lower the cost of serving all demand."""
    supply, need = programme
    unmet = _unmet_cost(cost)
    flow_cost = np.concatenate([np.where(np.isfinite(cost), cost, unmet).ravel(), np.full(len(demand), unmet)])
    answer = scipy.optimize.linprog(
        flow_cost, A_ub=cast(Any, supply), b_ub=stock, A_eq=cast(Any, need), b_eq=demand, method="highs"
    )
    return np.maximum(-answer.ineqlin.marginals, 0.0)


def _ascend(price: np.ndarray, stock: np.ndarray, demand: np.ndarray, ship_cost: np.ndarray) -> np.ndarray:
    """The prices of zone groups sharpened for single zones.

    Ascent on the smoothed dual of the transport problem (matrix scaling, as in entropic optimal transport: Cuturi 2013). Every
    zone spreads its demand over the locations by cost plus price; a location asked for more than it has grows dearer.
    """
    unmet = _unmet_cost(ship_cost)
    cost = np.vstack([ship_cost, np.full(ship_cost.shape[1], unmet)])
    blur = ASCENT_BLUR * ship_cost[np.isfinite(ship_cost)].mean()
    if not blur > 0:
        return price
    held = np.maximum(stock, 0.5)
    price = np.append(price, 0.0)
    for _ in range(ASCENT_STEPS):
        felt = cost + price[:, None]
        weight = exp((felt.min(axis=0) - felt) / blur)
        asked = np.einsum("lz,z->l", weight, demand / weight.sum(axis=0))[:-1]
        price[:-1] = np.clip(price[:-1] + blur * log(np.maximum(asked, 1e-9) / held), 0.0, unmet)
    return price[:-1]
