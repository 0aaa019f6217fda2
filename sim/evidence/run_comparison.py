"""Comparison of two runs of a chain: whether replications pair, whether both drew the same traffic, and which changes are improvements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.evidence.kpi_days import KpiDays
from sim.evidence.statistics.replications import Interval
from sim.records.outcome import is_total
from sim.records.refusal import Refusal

DRAWN = ("customers", "orders")
"""Counters of demand, which do not depend on how the chain plays."""
DRAWN_KPIS = tuple(f"{name}_per_day" for name in DRAWN)


@dataclass(frozen=True)
class Difference:
    """One KPI under A and under B, and B − A paired by replication."""

    kpi: str
    unit: str
    better: str
    a: Interval
    b: Interval
    difference: Interval
    same_traffic: bool = True
    asked: float = 0.0
    """Of a share of events that neither run showed: customers or tickets of A; else 0."""
    variance_ratio: float = math.nan
    """Variance of a difference between unpaired replications in that of a paired one: what common random numbers are worth. NaN for fewer than
    three replications, and where none differs."""

    @property
    def finding(self) -> str:
        """As of `finding_of`."""
        return finding_of(self.kpi, self.unit, self.better, self.difference, same=self.same_traffic, asked=self.asked)


def finding_of(kpi: str, unit: str, better: str, change: Interval, *, same: bool, asked: float = 0.0) -> str:
    """`better` or `worse` where the interval of a change leaves out zero, else `not told apart`.

    `differs` in place of the first two: a KPI without a better side, and a total of runs that did not draw the same traffic. Where no
    replication differs: `equal` for demand, which is known to be drawn alike, `nothing seen` for events that neither run showed, else
    `no difference seen`.

    Args:
        kpi, unit, better: the KPI.
        change: its paired difference.
        same: whether both drew the same traffic.
        asked: as of `Difference`.
    """
    if change.excludes_zero:
        return judged(unit, better, change.low, change.high, same) or "differs"
    if asked:
        return "nothing seen"
    if change.mean == 0 and (change.low == change.high or not change.bursts):
        return "equal" if kpi in DRAWN_KPIS else "no difference seen"
    return "not told apart"


def differences(a: Mapping[str, KpiDays], b: Mapping[str, KpiDays], level: float, same: bool) -> list[Difference]:
    """B − A of every KPI that both runs have, in A's order.

    Args:
        a, b: KPIs by name, of runs whose replications pair.
        level: confidence of the intervals.
        same: whether both drew the same traffic; where they did not, no total is called better.
    """
    found = []
    for kpi, first in a.items():
        if kpi in b:
            second = b[kpi]
            change = second.minus(first)
            unseen = first.still and second.still and len(change.cells) > 1
            found.append(
                Difference(
                    kpi=kpi,
                    unit=first.unit,
                    better=first.better,
                    a=first.interval(level),
                    b=second.interval(level),
                    difference=change.interval(level),
                    same_traffic=same,
                    asked=first.asked if unseen else 0.0,
                    variance_ratio=_variance_ratio(first, second),
                )
            )
    return found


def _variance_ratio(a: KpiDays, b: KpiDays) -> float:
    """The variance ratio, (variance of A + variance of B) / variance of B − A, over replications (Law, Simulation Modeling and Analysis, ch. 11)."""
    both = a.cells.index.intersection(b.cells.index)
    if len(both) < 3:
        return math.nan
    x, y = (each.cells.loc[both].mean(axis=1).to_numpy() for each in (a, b))
    paired = float(np.var(y - x, ddof=1))
    apart = float(np.var(x, ddof=1) + np.var(y, ddof=1))
    return apart / paired if paired > 1e-18 * apart else math.nan


def unpaired(a: dict[str, object], b: dict[str, object]) -> str:
    """The first of `Manifest.plays` in which two runs differ, so that their replications do not pair; empty where they pair."""
    return next((name for name in a if name in b and str(a[name]) != str(b[name])), "")


def refuse_unpaired(a: pd.DataFrame, b: pd.DataFrame) -> None:
    """Raise `Refusal` for two KPI tables, as `read_kpis` gives them, whose replications do not pair: another seed, dates or number."""
    first, second = a.attrs.get("run", "the first"), b.attrs.get("run", "the second")
    plays = [frame.attrs.get("plays", {}) for frame in (a, b)]
    if differing := unpaired(*plays):
        expected = f"{plays[0][differing]}, as in {first}: differences are paired"
        raise Refusal(second, differing, expected, plays[1][differing])
    if set(a["replication"]) != set(b["replication"]):
        numbers = [frame["replication"].nunique() for frame in (a, b)]
        raise Refusal(second, "replications", f"the {numbers[0]} of {first}: differences are paired", numbers[1])


def same_traffic(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether two `daily` tables hold the same customers and online orders, by replication, location and day."""
    keys = ["replication", "location_code", "day"]
    drawn = [one.groupby(keys)[list(DRAWN)].sum() for one in (a, b)]
    drawn = [one[(one > 0).any(axis=1)] for one in drawn]
    return drawn[0].index.equals(drawn[1].index) and bool(np.array_equal(drawn[0].to_numpy(), drawn[1].to_numpy()))


def same_customers(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether two KPI tables hold as many customers and orders in each replication that both have; a KPI in neither table counts as equal."""
    both = set(a["replication"]) & set(b["replication"])
    a, b = (one[one["replication"].isin(both)] for one in (a, b))
    keys = ["kpi", "replication"]
    drawn = [one.loc[one["kpi"].isin(DRAWN_KPIS), [*keys, "value"]].sort_values(keys) for one in (a, b)]
    return all(np.array_equal(drawn[0][name], drawn[1][name]) for name in (*keys, "value"))


def judged(unit: str, better: str, low: float, high: float, same: bool) -> str:
    """`better`, `worse`, or empty: for an interval that contains 0 or is unknown, a KPI without a better side, and a total under other traffic.

    Args:
        unit: of the KPI; by it a total differs from a share or a mean.
        better: the KPI's side: `higher`, `lower` or `neither`.
        low, high: ends of the interval of the mean difference, NaN where there is none.
        same: whether both runs drew the same traffic. Where they did not, a total is neither better nor worse.
    """
    if not (low > 0 or high < 0) or better == "neither" or (is_total(unit) and not same):
        return ""
    return "better" if (low > 0) == (better == "higher") else "worse"
