"""Weeks of a shop, played many times under known shifts: how often an interval holds its mean is then a matter of counting."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.chain.chain import Chain
from sim.evidence.kpi_days import KpiDays, days_of
from sim.evidence.statistics.replications import Interval
from sim.scenario.loader import load

KPIS = ("customers_per_day", "utilisation", "mean_wait_s", "abandonment", "waits_over_target")


@dataclass(frozen=True)
class Shop:
    """A shop, and what is changed in it."""

    fields: tuple[str, ...]
    """Over `corner-shop`."""
    shifts: Mapping[str, Sequence[str]]


_WECHAT = "trading.payments=[{name: wechat, share: 0.5, pays_s: 7}, {name: cash, share: 0.5, pays_s: 12}]"
_ENTRY = (
    "system.attribute_entry=true",
    "trading.attribute_entry_s={distribution: triangular, low: 2, mode: 3, high: 7}",
)
_FAILING = (
    "system.offline_tills=false",
    "system.service={availability: 0.999, outages_per_30_days: 6, outage_minutes: 20}",
)
SHOPS = {
    "two tills, a week": Shop(
        (
            *("start=2026-05-11", "days=7", "trace=null", "skus.count=5", "online.orders_per_day=0"),
            *("stores.SH01.tills=2", "stores.SH01.self_checkouts=0", "stores.SH01.customers_per_day=1200", _WECHAT),
        ),
        {
            "one till fewer": ("stores.SH01.tills=1", "stores.SH01.self_checkouts=1"),
            "attribute entry": _ENTRY,
            "payment outage": ("faults=[{kind: payment_outage, at: 2026-05-16 16:30, minutes: 90, channel: wechat}]",),
            "availability": _FAILING,
        },
    ),
    "one till, two weeks": Shop(
        (
            *("start=2026-03-02", "days=14", "seed=41", "trace=null", "skus.count=5", "online.orders_per_day=0"),
            *("stores.SH01.tills=1", "stores.SH01.self_checkouts=0", "stores.SH01.customers_per_day=420", _WECHAT),
            "trading.wait_target_s=180",
        ),
        {
            "one till more": ("stores.SH01.tills=2",),
            "attribute entry": _ENTRY,
            "payment outage": ("faults=[{kind: payment_outage, at: 2026-03-07 12:00, minutes: 60, channel: wechat}]",),
            "availability": _FAILING,
        },
    ),
}
"""The intervals were chosen on the first shop; the second was played when they stood."""


def weeks(fields: Sequence[str], replications: int) -> dict[str, KpiDays]:
    """The KPIs of `KPIS` in so many replications."""
    scenario = load("corner-shop", list(fields))
    played = [Chain(scenario, replication).play() for replication in range(replications)]
    kpis, daily = (
        pd.concat([getattr(one, name).to_pandas() for one in played], ignore_index=True) for name in ("kpis", "daily")
    )
    return days_of(kpis[kpis["kpi"].isin(KPIS)], daily, scenario.model_dump(mode="json"))


def differences(shop: Shop, replications: int) -> dict[tuple[str, str], KpiDays]:
    """By KPI and shift, its difference from the shop as it is; by KPI and "", the KPI of the shop as it is."""
    before = weeks(shop.fields, replications)
    found = {(kpi, ""): before[kpi] for kpi in KPIS}
    for name, shift in shop.shifts.items():
        after = weeks([*shop.fields, *shift], replications)
        found |= {(kpi, name): after[kpi].minus(before[kpi]) for kpi in KPIS}
    return found


def trials(of: KpiDays, size: int, number: int, seed: int = 1) -> Iterator[tuple[KpiDays, float]]:
    """Samples of `size` replications, without one twice, and the mean that the interval of each has to hold.

    Of N replications in all, a sample's mean lies nearer to that of all than to that of endlessly many, by √(1 − size / N) (Cochran 1977,
    Sampling Techniques, ch. 2); the mean of all is moved away from the sample's so far that it does not.
    """
    generator, mean = np.random.default_rng(seed), float(of.cells.to_numpy().mean())
    for _ in range(number):
        chosen = generator.choice(len(of.cells), size, replace=False)
        sample = replace(of, cells=of.cells.iloc[chosen])
        own = float(sample.cells.to_numpy().mean())
        yield sample, own + (mean - own) / math.sqrt(1 - size / len(of.cells))


def holds(interval: Interval, mean: float) -> bool:
    """Whether the mean is inside, but for rounding."""
    slack = 1e-9 * abs(mean)
    return interval.low - slack <= mean <= interval.high + slack
