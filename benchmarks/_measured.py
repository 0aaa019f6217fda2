"""Measures of a chain that was played, in parts of equal length: what `_published.py` gives ranges for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.chain.chain import Chain
from sim.records.kpis import kpis
from sim.records.outcome import COUNTERS
from sim.scenario.model import Scenario

PART_DAYS = 28
"""Four weeks: every weekday as often, and longer than goods stay in the chain."""


@dataclass(frozen=True)
class Part:
    """Some weeks of a run."""

    kpis: dict[str, float]
    sold: np.ndarray
    """int64[n_skus], units that stores sold."""

    def __getitem__(self, kpi: str) -> float:
        return self.kpis[kpi]

    @property
    def missing(self) -> float:
        """Share of SKUs that shelf audits missed."""
        return 1 - self["shelf_availability"]


MEASURES: dict[str, Callable[[Part], float]] = {
    "missing_share": lambda part: part.missing,
    "missing_in_store_share": lambda part: 1 - part["missing_upstream"] / part.missing,
    "missing_filling_share": lambda part: part["missing_filling"] / part.missing,
    "missing_ordering_share": lambda part: (part["missing_ordering"] + part["missing_record"]) / part.missing,
    "lost_sales_share": lambda part: (
        part["lost_sales_shelf_per_day"] / (part["sales_per_day"] + part["lost_sales_per_day"])
    ),
    "units_per_line": lambda part: part["units_per_ticket"] / part["lines_per_ticket"],
    "slow_half_share": lambda part: np.sort(part.sold)[: len(part.sold) // 2].sum() / part.sold.sum(),
}
"""Measures made of key figures; any other is a key figure itself."""


def measure(name: str, part: Part) -> float:
    """One measure of one part."""
    return MEASURES[name](part) if name in MEASURES else part[name]


def play(scenario: Scenario, progress: Callable[[int], None] | None = None) -> list[Part]:
    """Play a replication; the days after the warm-up in parts of `PART_DAYS`, what does not fill one left out."""
    chain = Chain(scenario)
    stores = chain.network.n_stores
    ends = range(scenario.warmup_days, scenario.days + 1, PART_DAYS)
    sold: dict[int, np.ndarray] = {0: np.zeros(len(chain.assortment), dtype=np.int64)}

    def see(days: int) -> None:
        if days in ends:
            sold[days] = chain.ledger.sold[:stores].sum(axis=0)
        if progress:
            progress(days)

    chain.play(see)
    daily = chain.tally.by_day()
    parts = []
    for first, end in pairwise(ends):
        days = {name: daily[name][:, first:end] for name in COUNTERS}
        table = kpis(days, stores, 0, 0)
        found = dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))
        parts.append(Part(found, sold[end] - sold[first]))
    return parts
