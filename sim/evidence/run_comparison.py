"""Comparison of two runs of a chain: whether replications pair, whether both drew the same traffic, and which changes are improvements."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.records.outcome import is_total

DRAWN = ("customers", "orders")
"""Counters of demand, which do not depend on how the chain plays."""


def unpaired(a: dict[str, object], b: dict[str, object]) -> str:
    """The first of `Manifest.plays` in which two runs differ, so that their replications do not pair; empty where they pair."""
    return next((name for name in a if name in b and str(a[name]) != str(b[name])), "")


def same_traffic(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether two `daily` tables hold the same customers and online orders, by replication, location and day."""
    keys = ["replication", "location_code", "day"]
    drawn = [one.groupby(keys)[list(DRAWN)].sum() for one in (a, b)]
    drawn = [one[(one > 0).any(axis=1)] for one in drawn]
    return drawn[0].index.equals(drawn[1].index) and bool(np.array_equal(drawn[0].to_numpy(), drawn[1].to_numpy()))


def same_customers(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether two KPI tables hold as many customers and orders in each replication; a KPI in neither table counts as equal."""
    drawn = (one[one["kpi"].isin(["customers_per_day", "orders_per_day"])] for one in (a, b))
    values = [one.set_index(["kpi", "replication"])["value"].sort_index() for one in drawn]
    return values[0].equals(values[1])


def judged(unit: str, better: str, change: float, half_width: float, same: bool) -> str:
    """`better`, `worse`, or empty: for an interval that contains 0 or is unknown, a KPI without a better side, and a total under other traffic.

    Args:
        unit: of the KPI; by it a total differs from a share or a mean.
        better: the KPI's side: `higher`, `lower` or `neither`.
        change: the mean difference, with `half_width` of its interval, NaN where there is none.
        same: whether both runs drew the same traffic. Where they did not, a total is neither better nor worse.
    """
    if not abs(change) > half_width or better == "neither" or (is_total(unit) and not same):
        return ""
    return "better" if (change > 0) == (better == "higher") else "worse"
