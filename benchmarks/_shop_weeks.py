"""A week of one shop, played many times under known shifts: whose interval holds its mean is then a matter of counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from sim.chain.chain import Chain
from sim.evidence.kpi_days import KpiDays, days_of
from sim.evidence.statistics.replications import Interval
from sim.scenario.loader import load

KPIS = ("customers_per_day", "utilisation", "mean_wait_s", "abandonment", "waits_over_target")
SHIFTS = {
    "one till fewer": ["stores.SH01.tills=1", "stores.SH01.self_checkouts=1"],
    "attribute entry": [
        "system.attribute_entry=true",
        "trading.attribute_entry_s={distribution: triangular, low: 2, mode: 3, high: 7}",
    ],
    "payment outage": ["faults=[{kind: payment_outage, at: 2026-05-16 16:30, minutes: 90, channel: wechat}]"],
    "availability": [
        "system.offline_tills=false",
        "system.service={availability: 0.999, outages_per_30_days: 6, outage_minutes: 20}",
    ],
}
"""Over the shop as it is: two tills, and no self-checkout."""

_SHOP = [
    *("start=2026-05-11", "days=7", "trace=null", "skus.count=20"),
    *("stores.SH01.tills=2", "stores.SH01.self_checkouts=0", "stores.SH01.customers_per_day=1200"),
    "trading.payments=[{name: wechat, share: 0.5, pays_s: 7}, {name: cash, share: 0.5, pays_s: 12}]",
]


def weeks(shift: list[str], replications: int) -> dict[str, KpiDays]:
    """The KPIs of `KPIS` in so many replications."""
    scenario = load("corner-shop", [*_SHOP, *shift])
    played = [Chain(scenario, replication).play() for replication in range(replications)]
    kpis, daily = (
        pd.concat([getattr(one, name).to_pandas() for one in played], ignore_index=True) for name in ("kpis", "daily")
    )
    return days_of(kpis[kpis["kpi"].isin(KPIS)], daily, scenario.model_dump(mode="json"))


def differences(replications: int) -> dict[tuple[str, str], KpiDays]:
    """By KPI and shift, its difference from the shop as it is; by KPI and "", the KPI of the shop as it is."""
    before = weeks([], replications)
    found = {(kpi, ""): before[kpi] for kpi in KPIS}
    for name, shift in SHIFTS.items():
        after = weeks(shift, replications)
        found |= {(kpi, name): after[kpi].minus(before[kpi]) for kpi in KPIS}
    return found


def trials(of: KpiDays, size: int, number: int, seed: int = 1) -> Iterator[tuple[KpiDays, Interval]]:
    """Samples of `size` replications, without one twice, and the interval of each."""
    generator = np.random.default_rng(seed)
    for _ in range(number):
        chosen = generator.choice(len(of.cells), size, replace=False)
        sample = replace(of, cells=of.cells.iloc[chosen])
        yield sample, sample.interval()


def holds(interval: Interval, mean: float) -> bool:
    """Whether the mean is inside, but for rounding."""
    slack = 1e-9 * abs(mean)
    return interval.low - slack <= mean <= interval.high + slack
