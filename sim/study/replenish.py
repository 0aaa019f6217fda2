"""The same demand under several replenishment policies, and each compared with the first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor, log10
from pathlib import Path

import numpy as np
import pandas as pd

from sim.evidence.run_comparison import Difference
from sim.evidence.statistics.replications import Interval, interval
from sim.records.outcome import read_kpis
from sim.records.refusal import Refusal
from sim.scenario.layers import nearest
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.opening import is_of_a_day
from sim.scenario.sections.places import ClassCover, OpeningCover
from sim.scenario.sections.policies import NAMED
from sim.scenario.shipped import names
from sim.study.compare import compare
from sim.study.run import Progress, run
from sim.study.workers import Workers

SHIPPED: dict[str, dict[str, str]] = {
    "as_is": {},
    **{name: {floor: json.dumps(rule) for floor, rule in floors.items()} for name, floors in NAMED.items()},
}
"""Policies that have a name; any other is given as a file."""

READ = (
    "fill_rate",
    "stock_value",
    "days_of_cover",
    "lost_sales_per_day",
    "stockout_rate",
    "replenishment_orders_per_day",
    "order_lines_per_week",
    "bullwhip",
    "written_off_per_day",
    "carbon_per_day",
)
"""The KPIs that planners read, in their order."""


HOLDING_PER_YEAR = 0.25
"""Holding cost per year, as a share of the stock's value, where nothing else is known: interest, space, insurance and obsolescence."""
MOST_WEEKS = 4
"""Longest warm-up added, in weeks: opening stock that lasts longer is not run down."""


@dataclass(frozen=True)
class Played:
    """One policy: the scenario it was played in, its run folder and its KPIs."""

    name: str
    scenario: Scenario
    folder: Path
    kpis: pd.DataFrame


def variant(path: Path, policy: str, overrides: Sequence[str] = (), *, allow_code: bool = False) -> Scenario:
    """A scenario under a policy: a name of `SHIPPED`, or a scenario (file or name) that changes the first one's `replenishment` alone.

    Raises `Refusal` for anything else: demand must be the same.
    """
    if policy in SHIPPED:
        flags = [f"replenishment.{slot}={rule}" for slot, rule in SHIPPED[policy].items()]
        scenario = load(path, [*overrides, *flags], allow_code=allow_code)
    elif Path(policy).suffix in (".yaml", ".yml") or policy in names():
        scenario = load(policy, overrides, allow_code=allow_code)
        if differing := _differing(load(path, overrides, allow_code=allow_code), scenario):
            raise Refusal(policy, differing, "only a replenishment that differs from the scenario's", "another value")
    else:
        known = ", ".join(SHIPPED)
        raise Refusal("--policies", "", f"{known} or a scenario file{nearest(policy, list(SHIPPED))}", policy)
    return scenario.model_copy(
        update={"name": f"{load(path, overrides, allow_code=allow_code).name}-{Path(policy).stem}"}
    )


def run_in(scenario: Scenario, floors: Sequence[str] = ("stores", "warehouses")) -> Scenario:
    """The scenario begun whole weeks earlier, where opening stock would outlast the warm-up; the days that count stay the same dates.

    Otherwise a policy that orders little would appear best, because it sells its opening stock. The opening cover of stores, and of warehouses, is
    taken at its median, that of the class with the longest. No weeks are added to listed opening stock, to a state of a given day or to
    a replayed log.
    """
    cover = scenario.opening_stock
    if not isinstance(cover, OpeningCover) or is_of_a_day(scenario) or scenario.traffic.log:
        return scenario
    covers: list[OpeningCover | ClassCover] = [cover, *cover.classes.values()]
    distributions = {"stores": [of.store_days for of in covers], "warehouses": [of.warehouse_days for of in covers]}
    days = max(float(own.quantile(np.array([0.5]))[0]) for floor in floors for own in distributions[floor] if own)
    extra = 7 * min(max(ceil((days - scenario.warmup_days) / 7), 0), MOST_WEEKS)
    earlier = {
        "start": scenario.start - timedelta(days=extra),
        "days": scenario.days + extra,
        "warmup_days": scenario.warmup_days + extra,
    }
    return scenario.model_copy(update=earlier)


def _differing(a: Scenario, b: Scenario) -> str:
    """The first field, replenishment and names apart, in which two scenarios differ; empty where there is none."""
    own = {"name", "question", "sources", "replenishment"}
    return next((f for f in Scenario.model_fields if f not in own and getattr(a, f) != getattr(b, f)), "")


def play(
    path: Path,
    policies: Sequence[str],
    overrides: Sequence[str],
    out: Path,
    *,
    jobs: int | Workers = 1,
    progress: Progress | None = None,
    allow_code: bool = False,
) -> list[Played]:
    """Play a scenario, after its added warm-up, under each policy with the same seeds, so that customers and their demand are the same.

    `allow_code`: as of `load`.
    """
    scenarios = [run_in(variant(path, policy, overrides, allow_code=allow_code)) for policy in policies]
    played = []
    for at, (policy, scenario) in enumerate(zip(policies, scenarios, strict=True)):
        share = None
        if progress:
            share = lambda done, total, at=at: progress(at * total + done, len(scenarios) * total)  # noqa: E731
        folder = run(scenario, out, jobs=jobs, progress=share)
        played.append(Played(Path(policy).stem, scenario, folder, read_kpis(folder)))
    return played


def against_first(played: Sequence[Played], level: float = 0.95) -> list[list[Difference]]:
    """For each policy but the first, its paired differences from the first, over the KPIs of `READ`."""
    first = _read(played[0].kpis)
    return [compare(first, _read(other.kpis), level) for other in played[1:]]


def levels(played: Sequence[Played]) -> dict[str, tuple[float, float, float, float]]:
    """By policy: stock value and its half-width, fill rate and its half-width."""
    by_policy = {}
    for one in played:
        of = one.kpis.groupby("kpi")["value"]
        stock, fill = interval(of.get_group("stock_value")), interval(of.get_group("fill_rate"))
        by_policy[one.name] = (stock.mean, stock.half_width, fill.mean, fill.half_width)
    return by_policy


def advised(played: Sequence[Played], within: float = 0.01) -> tuple[str, Difference, Difference] | None:
    """The policy with significantly least stock among those that keep up in fill rate and write off no more than that; None without one.

    Its fill rate is significantly above the first one's − `within`, and what it writes off more is significantly less than holding the stock that
    it saves costs. With it the differences of its fill rate and its stock value. Intervals hold together with 95 % confidence, each at its share
    of the 5 % (Bonferroni), because the best of several is picked.
    """
    best, least = None, 0.0
    for other, rows in zip(played[1:], against_first(played, 1 - 0.05 / max(len(played) - 1, 1)), strict=True):
        row = {row.kpi: row for row in rows}
        fill, stock = row["fill_rate"].difference, row["stock_value"].difference
        written_off = row["written_off_per_day"].difference
        saves = stock.high < 0 and written_off.high <= -stock.high * HOLDING_PER_YEAR / 365
        if fill.low >= -within and saves and stock.mean < least:
            best, least = (other.name, row["fill_rate"], row["stock_value"]), stock.mean
    return best


def advice(played: Sequence[Played], within: float = 0.01) -> str:
    """The planner's sentence about the policy that is `advised`."""
    first, replications = played[0].name, played[0].scenario.replications
    best = advised(played, within)
    sure = f"(95 % confidence over {len(played) - 1} comparisons, {replications} paired replications)"
    if best is None:
        return (
            f"No policy is sure to need less stock than {first}, keep its fill rate to within {within:.0%} "
            f"and not write off what that saves {sure}."
        )
    name, fill, stock = best[0], best[1].difference, best[2].difference
    share = stock.mean / best[2].a.mean
    sentence = (
        f"Against {first}, take {name}: stock {_about(stock, 1e-6)} million {played[0].scenario.currency} ({share:+.0%}), "
        f"fill rate {_about(fill, 100)} percentage points {sure}."
    )
    return sentence.replace(" -", " −").replace("(-", "(−")


def _about(difference: Interval, factor: float) -> str:
    """`-13.60 ± 0.46`: as many digits as two of the half-width's need."""
    mean, width = factor * difference.mean, factor * difference.half_width
    digits = min(max(0, 1 - floor(log10(width))), 4) if width > 0 else 2
    return f"{mean:+,.{digits}f} ± {width:,.{digits}f}"


def _read(kpis: pd.DataFrame) -> pd.DataFrame:
    kpis = kpis[kpis["kpi"].isin(READ)]
    return kpis.assign(kpi=pd.Categorical(kpis["kpi"], READ, ordered=True)).sort_values(["kpi", "replication"])
