"""Two scenarios under common random numbers: the difference of every KPI, replication by replication, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.study.precision import Interval, interval


@dataclass(frozen=True)
class Difference:
    """One KPI under A and under B, and B − A paired by replication."""

    kpi: str
    unit: str
    better: str
    a: Interval
    b: Interval
    difference: Interval

    @property
    def finding(self) -> str:
        """`better`, `worse` or, of a KPI without a better side, `differs` when the interval of B − A leaves out zero; else `not told apart`."""
        if not self.difference.excludes_zero:
            return "equal" if self.difference.mean == 0 and self.difference.half_width == 0 else "not told apart"
        if self.better == "neither":
            return "differs"
        return "better" if (self.difference.mean > 0) == (self.better == "higher") else "worse"


def compare(a: pd.DataFrame, b: pd.DataFrame, level: float = 0.95) -> list[Difference]:
    """Pair two KPI tables (`records.outcome.KPI_SCHEMA`) by replication and KPI, in A's order of KPIs.

    The seeds must have been the same: each replication then has the same customers under A and under B, and most of the noise
    cancels in the difference (common random numbers; Law, Simulation Modeling and Analysis, ch. 11).
    """
    paired = a.merge(b, on=["replication", "kpi"], suffixes=("_a", "_b"), sort=False)
    return [
        Difference(
            kpi=str(kpi),
            unit=rows["unit_a"].iloc[0],
            better=rows["better_a"].iloc[0],
            a=interval(rows["value_a"], level),
            b=interval(rows["value_b"], level),
            difference=interval(rows["value_b"] - rows["value_a"], level),
        )
        for kpi, rows in paired.groupby("kpi", sort=False)
    ]
