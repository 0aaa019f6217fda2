"""How good the answers are: sourcing by price against the optimum in hindsight, parcels against an exact minimum."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import eye_array, kron

from ext.allocation import Allocator
from sim.stock.dual_prices import stock_prices


def costs(seed: int, units: int, supply: float, resolves: int = 10) -> tuple[float, float, float]:
    """What serving one SKU's demand costs: nearest, priced, and the optimum of a planner who knew every order.

    60 locations, 200 zones; prices are solved again ten times from a forecast whose every zone is 20 % off; orders come singly.
    """
    draw = np.random.default_rng(seed)
    locations, zones = 60, 200
    cost = np.linalg.norm(draw.random((locations, 1, 2)) - draw.random((1, zones, 2)), axis=2)
    rate = draw.dirichlet(np.ones(zones))
    zone = draw.choice(zones, units, p=rate).astype(np.int32)
    opening = draw.multinomial(round(units * supply), draw.dirichlet(np.ones(locations)))[:, None]

    def paid(allocator, orders):
        return sum(cost[place, z] for z in zone[orders].tolist() for place, _ in allocator.source_line(0, 1, z))

    nearest = paid(Allocator(opening.copy(), cost, policy="nearest"), np.arange(units))
    stock, price, priced = opening.copy(), np.zeros(opening.shape), 0.0
    allocator = Allocator(stock, cost, policy="priced", price=price)
    for part in np.array_split(np.arange(units), resolves):
        forecast = rate * (units - part[0]) * draw.normal(1, 0.2, zones).clip(0)
        price[:] = stock_prices(stock, forecast[:, None], cost, cover_below=np.inf)
        priced += paid(allocator, part)
    return nearest, priced, optimum(opening[:, 0], np.bincount(zone, minlength=zones), cost)


def optimum(stock, demand, cost) -> float:
    """The transport problem by HiGHS."""
    locations, zones = cost.shape
    supply = kron(eye_array(locations), np.ones((1, zones)))
    need = kron(np.ones((1, locations)), eye_array(zones))
    return linprog(cost.ravel(), A_ub=supply, b_ub=stock, A_eq=need, b_eq=demand, method="highs").fun


def parcels(seed: int) -> tuple[int, int]:
    """Parcels of one random basket over at most ten locations: ours, and the exact minimum of a mixed-integer programme."""
    draw = np.random.default_rng(seed)
    locations, lines = draw.integers(2, 11), draw.integers(2, 9)
    need = draw.integers(1, 5, lines)
    stock = draw.integers(0, 4, (locations, lines)) * (draw.random((locations, lines)) < 0.6)
    sourced = Allocator(stock.copy(), draw.random((locations, 1)), policy="complete").source_basket(
        list(range(lines)), need.tolist(), 0
    )
    had = np.minimum(need, stock.sum(axis=0))
    assert sum(units for *_, units in sourced) == had.sum()
    # Variables: units[location, line], then whether the location is used.
    size = locations * lines
    enough = np.hstack([np.tile(np.eye(lines), locations), np.zeros((lines, locations))])
    opened = np.hstack([np.eye(size), -np.repeat(np.eye(locations), lines, axis=0) * stock.reshape(-1, 1)])
    answer = milp(
        np.concatenate([np.zeros(size), np.ones(locations)]),
        constraints=[LinearConstraint(enough, had, np.inf), LinearConstraint(opened, -np.inf, 0)],
        integrality=np.concatenate([np.zeros(size), np.ones(locations)]),
        bounds=Bounds(0, np.concatenate([stock.ravel(), np.ones(locations)])),
    )
    return len({place for _, place, _ in sourced}), round(answer.fun)
