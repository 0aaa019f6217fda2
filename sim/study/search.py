"""Better parameters for each class of SKUs, by simulation: from the exact answers, step by step, every try under the same random numbers.

A pattern search (Hooke & Jeeves 1961, Journal of the ACM 8) over one number a class, in the replications that a budget allows. What it
finds is then played against where it began in replications that the search has not seen, so that luck does not count as skill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import yaml
from joblib import Parallel, delayed

from sim.chain.chain import Chain
from sim.scenario.model import Scenario
from sim.scenario.policies import ByClass
from sim.stock.exact import laws, newsvendor, review
from sim.study.precision import Interval, interval

CLASSES = ("A", "B", "C")


@dataclass(frozen=True)
class Prices:
    """What the search weighs against each other."""

    holding_per_year: float = 0.25
    """Of the stock's value."""
    line_cost: float = 0.3
    """Currency for a SKU line ordered, picked and put away."""
    lost_share: float = 1.0
    """Of a lost sale's margin that is lost with it."""


@dataclass(frozen=True)
class Search:
    kind: str
    began: dict[str, float]
    found: dict[str, float]
    """By SKU class: days, or a cycle service level."""
    tried: int
    """Sets of parameters played."""
    replications: int
    """Of each."""
    saving: Interval
    """Currency a day: what the found parameters save against the first, in fresh replications, with 95 % interval."""
    cost: Interval
    """Currency a day under the found parameters."""


KINDS: dict[str, Callable[[float], dict]] = {
    "base_stock": lambda x: {"policy": "base_stock", "days": round(x, 3)},
    "days_of_cover": lambda x: {"policy": "days_of_cover", "days": round(x, 3)},
    "min_max": lambda x: {"policy": "min_max", "least_days": round(x / 2, 3), "most_days": round(x, 3)},
    "cycle_service": lambda x: {"policy": "forecast", "cycle_service": round(x, 6)},
}
"""Policies with one number to search for; `min_max` keeps `least_days` at half of `most_days`."""


def search(
    scenario: Scenario,
    kind: str,
    prices: Prices,
    *,
    budget: int = 60,
    replications: int = 3,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Search:
    """Search the stores' parameters. `budget`: replications played in all, a third of them kept for the comparison at the end."""
    began = start(scenario, kind, prices)
    margin = _margin(scenario)
    costs: dict[tuple, np.ndarray] = {}
    most = max(budget * 2 // 3 // replications, 1)

    def cost(values: Mapping[str, float], seeds: range = range(replications)) -> np.ndarray:
        key = (*values.values(), seeds)
        if key not in costs:
            costs[key] = _costs(_with(scenario, kind, values), seeds, prices, margin, jobs)
            if progress:
                progress(len(costs) * replications, budget)
        return costs[key]

    best, step = dict(began), 1.0
    best_cost = cost(best).mean()
    while step > 0.1 and len(costs) < most:
        improved = False
        for name in best:
            for direction in (-step, step):
                tried = {**best, name: _move(kind, best[name], direction)}
                if len(costs) < most and (found := cost(tried).mean()) < best_cost:
                    best, best_cost, improved = tried, found, True
                    break
        if not improved:
            step /= 2
    tried = len(costs)
    fresh = range(replications, replications + max(budget // 6, 2))
    before, after = cost(began, fresh), cost(best, fresh)
    return Search(kind, began, best, tried, replications, interval(before - after), interval(after))


def start(scenario: Scenario, kind: str, prices: Prices) -> dict[str, float]:
    """Where the exact answers put each class: for its SKU of median demand, Poisson, over review and lead time of the first store.

    A level: the base stock that balances holding against a lost margin; for `min_max` the (s,S) with the cost of a line; a service
    level: the newsvendor's critical ratio. `exact.newsvendor`, `exact.review`.
    """
    chain = Chain(scenario, 0)
    goods, demand = chain.assortment, chain.mean_demand[0]
    exposure_days = 1 + float(chain.replenishment.supplies.lead_times[0][0].mean())
    found = {}
    for name in [name for name in CLASSES if (chain.sku_class == name).any()]:
        skus = np.flatnonzero(chain.sku_class == name)
        daily = max(float(np.median(demand[skus])), 0.01)
        holding = float(np.median(goods.unit_cost[skus])) * prices.holding_per_year / 365
        short = float(np.median(goods.price[skus] - goods.unit_cost[skus])) * prices.lost_share
        law = laws.poisson(daily * exposure_days)
        if kind == "cycle_service":
            found[name] = min(short / (short + holding), 0.999)
        elif kind == "min_max":
            exact = review.reorder_up_to(
                laws.poisson(daily), round(exposure_days) - 1, holding, short, prices.line_cost
            )
            found[name] = max(exact.S / daily, 1.0)
        else:
            found[name] = newsvendor.newsvendor(law, holding, short)[0] / daily
    return found


def _move(kind: str, x: float, step: float) -> float:
    """A step of 1 changes days by a third, and the odds of falling short threefold."""
    if kind == "cycle_service":
        return float(1 / (1 + (1 - x) / x * 3**-step))
    return x * 4 ** (step / 5)


def _with(scenario: Scenario, kind: str, values: Mapping[str, float]) -> Scenario:
    """The scenario whose stores follow `kind` with these parameters."""
    slot = ByClass.model_validate(
        {"policy": "by_class", "classes": {name: KINDS[kind](value) for name, value in values.items()}}
    )
    replenishment = scenario.replenishment.model_copy(update={"stores": slot})
    return scenario.model_copy(update={"replenishment": replenishment, "trace": None})


def section(search: Search) -> str:
    """What was found as YAML for a scenario, `replenishment: {stores: ...}`."""
    classes = {name: KINDS[search.kind](value) for name, value in search.found.items()}
    return yaml.safe_dump({"replenishment": {"stores": {"policy": "by_class", "classes": classes}}}, sort_keys=False)


def _costs(scenario: Scenario, replications: range, prices: Prices, margin: float, jobs: int) -> np.ndarray:
    """Currency a day in each replication, float64[replications]."""
    work = (delayed(_kpis)(scenario, replication) for replication in replications)
    return np.array([_cost(kpis, prices, margin) for kpis in Parallel(n_jobs=jobs)(work)])


def _kpis(scenario: Scenario, replication: int) -> pd.Series:
    return Chain(scenario, replication).play().kpis.to_pandas().set_index("kpi")["value"]


def _cost(kpis: pd.Series, prices: Prices, margin: float) -> float:
    return float(
        kpis["lost_sales_per_day"] * margin * prices.lost_share
        + kpis["stock_value"] * prices.holding_per_year / 365
        + kpis["order_lines_per_week"] / 7 * prices.line_cost
        + kpis["written_off_per_day"]
    )


def _margin(scenario: Scenario) -> float:
    """Share of the price of an average unit sold that is margin."""
    chain = Chain(scenario, 0)
    sold = chain.mean_demand[: chain.network.n_stores].sum(axis=0)
    return float(1 - sold @ chain.assortment.unit_cost / (sold @ chain.assortment.price))
