"""More than two runs of a chain: paired differences whose intervals hold together.

Of each key figure as many differences are looked at as there are pairs, so each interval has the confidence 1 − α / pairs
(Bonferroni; Law, Simulation Modeling and Analysis, ch. 10), and all of one figure hold together with 1 − α, however the runs depend on
each other. Dunnett's and Tukey's methods are narrower, but for independent runs of normal values with one variance: common random numbers
make runs dependent, and intervals over days are not Student's t. Holm's method rejects more hypotheses, but has no simultaneous intervals
of use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from sim.evidence.kpi_days import KpiDays
from sim.evidence.run_comparison import Difference, differences, same_traffic


@dataclass(frozen=True)
class PairOfRuns:
    """Two of several runs, by their number, and B − A of each key figure by its name."""

    a: int
    b: int
    differences: Mapping[str, Difference]


def level_of_each(level: float, differences: int) -> float:
    """The confidence at which each of so many intervals has to hold, so that all hold with `level` (Bonferroni)."""
    return 1 - (1 - level) / differences


def pairs_of(
    kpis: Sequence[Mapping[str, KpiDays]], daily: Sequence[pd.DataFrame], level: float, *, all_pairs: bool
) -> tuple[PairOfRuns, ...]:
    """Each run less the first, or with `all_pairs` each less each before it.

    Args:
        kpis: of each run by name, of runs whose replications pair.
        daily: of each run its table `daily`, by which it is known whether two drew the same traffic.
        level: confidence with which all intervals of one key figure hold.
    """
    runs = range(len(kpis))
    chosen = list(combinations(runs, 2)) if all_pairs else [(0, b) for b in runs[1:]]
    each = level_of_each(level, len(chosen))
    found = []
    for a, b in chosen:
        rows = differences(kpis[a], kpis[b], each, same_traffic(daily[a], daily[b]))
        found.append(PairOfRuns(a, b, {row.kpi: row for row in rows}))
    return tuple(found)
