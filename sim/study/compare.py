"""Two scenarios under common random numbers: the difference of every KPI, replication by replication, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.evidence.run_comparison import judged, same_customers, same_traffic, unpaired
from sim.records.outcome import read_kpis, read_outcome
from sim.records.refusal import Refusal
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
    same_traffic: bool = True

    @property
    def finding(self) -> str:
        """`better` or `worse` where the interval of B − A leaves out zero, else `not told apart`.

        `differs` in place of the first two: a KPI without a better side, and a total of runs that did not draw the same traffic.
        """
        if not self.difference.excludes_zero:
            return "equal" if self.difference.mean == 0 and self.difference.half_width == 0 else "not told apart"
        change = self.difference
        return judged(self.unit, self.better, change.mean, change.half_width, self.same_traffic) or "differs"


def compare_runs(folders: Sequence[Path | str], level: float = 0.95) -> list[Difference]:
    """`compare` for two run folders. Raises `Refusal` where their replications do not pair: another seed, number of replications, or dates."""
    same = same_traffic(*(read_outcome(folder, "daily") for folder in folders))
    first, second = (read_kpis(folder) for folder in folders)
    return compare(first, second, level, same)


def compare(a: pd.DataFrame, b: pd.DataFrame, level: float = 0.95, same: bool | None = None) -> list[Difference]:
    """Pair two KPI tables (`records.outcome.KPI_SCHEMA`) by replication and KPI, in A's order of KPIs.

    The seeds must have been the same: each replication then has the same customers under A and under B, and most of the noise
    cancels in the difference (common random numbers; Law, Simulation Modeling and Analysis, ch. 11). `same`: whether both drew the same
    traffic, None to take it from the tables; where they did not, no total is called better.

    Raises `Refusal` for tables of different seeds, dates or replications.
    """
    first, second = a.attrs.get("run", "the first"), b.attrs.get("run", "the second")
    plays = [frame.attrs.get("plays", {}) for frame in (a, b)]
    if differing := unpaired(*plays):
        expected = f"{plays[0][differing]}, as in {first}: differences are paired"
        raise Refusal(second, differing, expected, plays[1][differing])
    if set(a["replication"]) != set(b["replication"]):
        numbers = [frame["replication"].nunique() for frame in (a, b)]
        raise Refusal(second, "replications", f"the {numbers[0]} of {first}: differences are paired", numbers[1])
    same = same_customers(a, b) if same is None else same
    paired = a.merge(b, on=["replication", "kpi"], suffixes=("_a", "_b"), sort=False)
    return [
        Difference(
            kpi=str(kpi),
            unit=rows["unit_a"].iloc[0],
            better=rows["better_a"].iloc[0],
            a=interval(rows["value_a"], level),
            b=interval(rows["value_b"], level),
            difference=interval(rows["value_b"] - rows["value_a"], level),
            same_traffic=same,
        )
        for kpi, rows in paired.groupby("kpi", sort=False)
    ]
