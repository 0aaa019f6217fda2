"""Better parameters for each class of SKUs, by simulation under common random numbers; the search starts at the exact answers.

A pattern search (Hooke & Jeeves 1961, Journal of the ACM 8) over one number a class at stores and at warehouses: all classes of stores or of
warehouses together first, then each alone. The result is compared with the start in replications that the search has not used, so that the
estimate of its gain is unbiased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from sim.chain.chain import Chain
from sim.evidence.statistics.replications import Interval, interval
from sim.scenario.model import Scenario
from sim.scenario.sections.policies import SEARCHED, ByClass
from sim.stock.exact import distributions, newsvendor, review
from sim.study.kept_kpis import Kept
from sim.study.replenish import HOLDING_PER_YEAR, run_in
from sim.study.workers import Workers

FLOORS = ("stores", "warehouses")
FINEST = 0.1
"""The search ends when no step of this size helps: 3 % of days, or a ninth of the odds of falling short."""

Values = dict[str, dict[str, float]]
"""By floor and class of SKUs: days, or a cycle service level."""


@dataclass(frozen=True)
class Prices:
    """The prices in the objective of the search."""

    holding_per_year: float = HOLDING_PER_YEAR
    """Holding cost per year, as a share of the stock's value."""
    line_cost: float = 0.3
    """Currency for a SKU line ordered, picked and put away."""
    lost_share: float = 1.0
    """Share of a lost sale's margin that counts as its cost."""


@dataclass(frozen=True)
class Search:
    """The result of a search for the best parameters of a policy."""

    kind: str
    began: Values
    found: Values
    tried: int
    """Sets of parameters played."""
    replications: int
    """Of each."""
    step: float
    """The last step tried; above `FINEST` the budget ended the search."""
    saving: Interval
    """Currency a day: saving of the best parameters against the first, in fresh replications, with 95 % interval."""
    cost: Interval
    """Currency a day under the best parameters."""


def _kind(policy: str, parameters: Callable[[float], dict]) -> Callable[[float], dict]:
    return lambda x: {"policy": policy} | parameters(x)


KINDS: dict[str, Callable[[float], dict]] = {name: _kind(*searched) for name, searched in SEARCHED.items()}
"""Policies with one number to search for; `min_max` keeps `least_days` at half of `most_days`."""


def search(
    scenario: Scenario,
    kind: str,
    prices: Prices,
    *,
    floors: Sequence[str] = ("stores",),
    budget: int = 48,
    replications: int = 2,
    jobs: int | Workers = 1,
    kept: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Search:
    """Search the parameters of some of `FLOORS` in the scenario, run in.

    Args:
        budget: replications in all; a third is for the comparison at the end.
        kept: a file that keeps what was played: an interrupted search goes on from there, to the same answer.
    """
    scenario = run_in(scenario, floors)
    began = start(scenario, kind, prices, floors)
    margin, results = _margin(scenario), Kept(kept)
    most, fresh = max(budget * 2 // 3 // replications, 1), max(budget // 6, 2)
    costs: dict[str, float] = {}

    def play(values: Values, seeds: range, done: int) -> np.ndarray:
        advance = None if progress is None else lambda n: progress(done + n, most * replications + 2 * fresh)
        kpis = results.play(_with(scenario, kind, values), seeds, jobs, advance)
        return np.array([_cost(row, prices, margin) for row in kpis])

    def cost(values: Values) -> float:
        key = str(values)
        if key not in costs:
            costs[key] = float(play(values, range(replications), len(costs) * replications).mean())
        return costs[key]

    groups = [[(floor, name) for name in began[floor]] for floor in floors]
    groups += [[one] for group in groups for one in group]
    towards = dict.fromkeys(range(len(groups)), -1.0)
    best, step = began, 1.0
    cost(best)
    while step > FINEST and len(costs) < most:
        improved = False
        for n, group in enumerate(groups):
            for direction in (towards[n], -towards[n]):
                tried = _moved(kind, best, group, direction * step)
                if len(costs) < most and cost(tried) < cost(best):
                    best, improved, towards[n] = tried, True, direction
                    break
        step = step if improved else step / 2
    unseen = range(replications, replications + fresh)
    after = play(best, unseen, most * replications)
    before = after if best == began else play(began, unseen, most * replications + fresh)
    return Search(kind, began, best, len(costs), replications, step, interval(before - after), interval(after))


def start(scenario: Scenario, kind: str, prices: Prices, floors: Sequence[str]) -> Values:
    """The exact answer for each class: for its SKU of median demand at the first store, the first warehouse, over review and lead time.

    A level: the base stock that balances holding against a lost margin, demand over a lead time that varies being negative binomial; for
    `min_max` the (s,S) with the cost of a line, both at least; a service level: the newsvendor's critical ratio. `exact.newsvendor`, `exact.review`.
    """
    chain = Chain(scenario)
    lead_times, goods = chain.replenishment.supplies.lead_times, chain.assortment
    exact_answers: dict[str, dict[str, float]] = {}
    for floor in floors:
        at = 0 if floor == "stores" else chain.network.n_stores
        exact_answers[floor] = {}
        for name in sorted(set(chain.sku_class.tolist())):
            skus = np.flatnonzero(chain.sku_class == name)
            daily = max(float(np.median(chain.mean_demand[at, skus])), 0.01)
            lead_days, sd_days = (float(np.median(part[at, skus])) for part in lead_times)
            exposure_days = _timetable(scenario, floor, name)["review_days"] + lead_days
            holding = float(np.median(goods.unit_cost[skus])) * prices.holding_per_year / 365
            short = float(np.median(goods.price[skus] - goods.unit_cost[skus])) * prices.lost_share
            mean, variance = daily * exposure_days, daily * exposure_days + (daily * sd_days) ** 2
            distribution = (
                distributions.negative_binomial(mean, variance)
                if variance > 1.001 * mean
                else distributions.poisson(mean)
            )
            if kind == "cycle_service":
                exact_answers[floor][name] = min(short / (short + holding), 0.999)
            elif kind == "min_max":
                exact = review.reorder_up_to(
                    distributions.poisson(daily), round(exposure_days) - 1, holding, short, prices.line_cost
                )
                exact_answers[floor][name] = max(exact.S, 2 * exact.s, daily) / daily
            else:
                exact_answers[floor][name] = newsvendor.newsvendor(distribution, holding, short)[0] / daily
    return exact_answers


def section(search: Search) -> str:
    """What was found as YAML for a scenario, `replenishment: {stores: ..., warehouses: ...}`."""
    policies = {
        floor: {"policy": "by_class", "classes": {name: KINDS[search.kind](x) for name, x in classes.items()}}
        for floor, classes in search.found.items()
    }
    return yaml.safe_dump({"replenishment": policies}, sort_keys=False)


def size(kind: str, step: float) -> str:
    """A step in words: `32 % of days`, `a factor of 3 in the odds of falling short`."""
    if kind == "cycle_service":
        return f"a factor of {3**step:.2g} in the odds of falling short"
    return f"{4 ** (step / 5) - 1:.0%} of days"


def _moved(kind: str, values: Values, group: Sequence[tuple[str, str]], step: float) -> Values:
    moved = {floor: dict(classes) for floor, classes in values.items()}
    for floor, name in group:
        moved[floor][name] = _move(kind, values[floor][name], step)
    return moved


def _move(kind: str, x: float, step: float) -> float:
    """A step of 1 changes days by a third, and the odds of falling short threefold."""
    if kind == "cycle_service":
        return float(1 / (1 + (1 - x) / x * 3**-step))
    return x * 4 ** (step / 5)


def _with(scenario: Scenario, kind: str, values: Values) -> Scenario:
    """The scenario whose stores and warehouses follow `kind` with these parameters, at the times at which they review now."""
    slots = {
        floor: ByClass.model_validate(
            {
                "policy": "by_class",
                "classes": {name: KINDS[kind](x) | _timetable(scenario, floor, name) for name, x in classes.items()},
            }
        )
        for floor, classes in values.items()
    }
    replenishment = scenario.replenishment.model_copy(update=slots)
    return scenario.model_copy(update={"replenishment": replenishment, "trace": None})


def _timetable(scenario: Scenario, floor: str, name: str) -> dict:
    slot = getattr(scenario.replenishment, floor)
    single = slot.classes.get(name, slot.otherwise) if isinstance(slot, ByClass) else slot
    return {field: getattr(single, field) for field in ("review_days", "at", "weekdays")}


def _cost(kpis: Mapping[str, float], prices: Prices, margin: float) -> float:
    """Currency a day."""
    return float(
        kpis["lost_sales_per_day"] * margin * prices.lost_share
        + kpis["stock_value"] * prices.holding_per_year / 365
        + kpis["order_lines_per_week"] / 7 * prices.line_cost
        + kpis["written_off_per_day"]
    )


def _margin(scenario: Scenario) -> float:
    """Share of the price of an average unit sold that is margin."""
    chain = Chain(scenario)
    sold = chain.mean_demand[: chain.network.n_stores].sum(axis=0)
    return float(1 - sold @ chain.assortment.unit_cost / (sold @ chain.assortment.price))
