"""The key figures of a run day by day, so that an interval over few replications can rest on the many days in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.evidence.statistics.replications import Interval, interval, over_days
from sim.records.kpis import KPIS, Totals
from sim.records.outcome import read_kpis, read_manifest, read_outcome

WITHIN_DAYS = frozenset(
    {
        *("customers_per_day", "mean_wait_s", "waits_over_target", "mean_wait_priority_s", "mean_wait_abandoned_s"),
        *("waits_over_target_all", "abandonment", "turned_away", "payment_lost", "self_checkout_share"),
        *("ticket_handling_time_s", "utilisation", "system_time_s", "attribute_entry_time_s", "offline_tickets"),
        *("availability_felt", "lost_demand_queue", "lost_demand_payment", "lost_demand_outage"),
        *("lost_sales_queue_per_day", "lost_sales_payment_per_day", "lost_sales_outage_per_day"),
    }
)
"""KPIs of customers who come, wait and leave on one day, so that days are nearly independent. Of stock, a day depends on the one before."""

EVENTS = {
    "waits_over_target": "tickets",
    "waits_over_target_all": "customers",
    "abandonment": "customers",
    "turned_away": "customers",
    "payment_lost": "customers",
    "offline_tickets": "tickets",
}
"""Shares of events that may be rare, and what each is a share of."""

DAY_COUNTERS = (
    *("customers", "tickets", "abandoned", "turned_away", "payment_lost", "wait_s", "waits_over_target"),
    *("priority_tickets", "priority_wait_s", "abandoned_waits", "abandoned_wait_s", "abandoned_waits_over_target"),
    *("ticket_handling_s", "system_s", "attribute_entry_s", "till_busy_s", "till_open_s", "offline_tickets"),
    *("self_checkout_tickets", "outage_s", "opening_s", "demanded_units"),
    *("lost_queue_units", "lost_payment_units", "lost_outage_units"),
    *("lost_queue_value", "lost_payment_value", "lost_outage_value"),
)
"""The counters from which the KPIs of `WITHIN_DAYS` are made."""

BURST_H = 1 / 3
"""A burst that no replication has shown yet: one store in so many hours, of whose customers all are late, leave, or wait the target longer."""


@dataclass(frozen=True)
class KpiDays:
    """One KPI of a run, or its difference between two."""

    unit: str
    better: str
    cells: pd.DataFrame
    """A row a replication in which the KPI could be made, whose value is the mean of the row; a column a day, or one column alone where days
    depend on each other."""
    within: bool
    """Whether days are nearly independent."""
    burst: float = 0.0
    """What a burst that was not seen adds to the KPI of one day."""
    asked: float = 0.0
    """Of a share of `EVENTS`: customers or tickets in all replications; else 0."""
    range: tuple[float, float] = (-math.inf, math.inf)
    """What its mean can be."""

    @property
    def still(self) -> bool:
        """Whether it is 0 on all days of all replications."""
        return not self.cells.to_numpy().any()

    @property
    def values(self) -> np.ndarray:
        """By replication, float64[n]."""
        return self.cells.mean(axis=1).to_numpy(dtype=np.float64)

    def interval(self, level: float = 0.95) -> Interval:
        """Of the mean over replications: from days where they are independent, else Student's t."""
        if not self.within or not len(self.cells):
            return interval(self.cells.mean(axis=1), level)
        found = over_days(self.cells.to_numpy(), level, self.burst)
        least, most = self.range
        return replace(found, low=float(np.maximum(found.low, least)), high=float(np.minimum(found.high, most)))

    def first(self, replications: int) -> KpiDays:
        """Of the first so many replications."""
        return self.among(self.cells.index[self.cells.index < replications])

    def among(self, replications: pd.Index) -> KpiDays:
        """Of some of its replications."""
        return replace(self, cells=self.cells.loc[replications])

    def times(self, factor: float) -> KpiDays:
        """Multiplied by a number; the range of its mean is then not limited."""
        no_range = (-math.inf, math.inf)
        return replace(self, cells=factor * self.cells, burst=abs(factor) * self.burst, range=no_range)

    def minus(self, other: KpiDays) -> KpiDays:
        """The difference, paired by replication."""
        both = self.cells.index.intersection(other.cells.index)
        a, b = other.cells.loc[both], self.cells.loc[both]
        within = self.within and other.within and a.columns.equals(b.columns)
        if not within:
            a, b = (each.mean(axis=1).to_frame() for each in (a, b))
        return replace(
            self, cells=b - a, within=within, burst=max(self.burst, other.burst), range=(-math.inf, math.inf)
        )


def replications_of(kpis: pd.DataFrame) -> dict[str, KpiDays]:
    """By name the KPIs of a table of `KPI_SCHEMA`, in its order, without days: every interval is Student's t over replications."""
    by_replication = kpis.pivot(index="replication", columns="kpi", values="value")
    return {
        name: KpiDays(unit, better, by_replication[name].dropna().to_frame(), within=False)
        for name, unit, better in _named(kpis)
    }


def read_days(folder: Path | str) -> dict[str, KpiDays]:
    """`days_of` the run of a folder. Raises `Refusal` for a folder that holds none."""
    return days_of(read_kpis(folder), read_outcome(folder, "daily"), read_manifest(folder).scenario)


def days_of(kpis: pd.DataFrame, daily: pd.DataFrame, scenario: Mapping[str, Any]) -> dict[str, KpiDays]:
    """`with_days` of a run's tables; rows of warm-up days are left out. `scenario`: as in the run's manifest."""
    counted = daily[daily["day"] >= scenario["warmup_days"]]
    return with_days(kpis, counted, scenario["trading"]["wait_target_s"])


def with_days(kpis: pd.DataFrame, daily: pd.DataFrame, wait_target_s: float) -> dict[str, KpiDays]:
    """By name the KPIs of a table, in its order, with their days where these are nearly independent.

    Args:
        kpis: `KPI_SCHEMA`.
        daily: `replication`, `day` and `DAY_COUNTERS`, of the days that count; rows of one day, as of several locations, are added up.
        wait_target_s: of the scenario.

    A ratio of sums over days is taken apart into jackknife pseudo-values (Miller 1974, Biometrika 61, 1-15): days · value − (days − 1) · value
    without the day.
    """
    apart = _pseudo_values(daily, WITHIN_DAYS.intersection(kpis["kpi"]))
    asked = daily[["customers", "tickets"]].sum()
    open_h = float(daily["opening_s"].sum()) / 3600
    found = replications_of(kpis)
    for name, of in found.items():
        values = of.cells.iloc[:, 0]
        if name not in apart or not values.index.isin(apart[name].index).all():
            continue
        days = apart[name].loc[values.index]
        if days.isna().to_numpy().any():
            continue
        share = of.unit.startswith("share")
        size = 1.0 if share else wait_target_s if name == "mean_wait_s" else 0.0
        found[name] = replace(
            of,
            cells=days.add(values - days.mean(axis=1), axis=0),
            within=True,
            burst=size * BURST_H * days.size / open_h if open_h else 0.0,
            asked=float(asked[EVENTS[name]]) if name in EVENTS else 0.0,
            range=(0.0, 1.0 if share else math.inf),
        )
    return found


def _named(kpis: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Name, unit and better side of each KPI of a table."""
    return kpis.drop_duplicates("kpi")[["kpi", "unit", "better"]].itertuples(index=False, name=None)


def _pseudo_values(daily: pd.DataFrame, names: Set[str]) -> dict[str, pd.DataFrame]:
    """By KPI of `names` a row a replication and a column a day; NaN where the KPI cannot be made without the day."""
    sums = daily.groupby(["replication", "day"])[list(DAY_COUNTERS)].sum()
    replications, numbers = (sums.index.unique(level) for level in ("replication", "day"))
    days = len(numbers)
    counted = sums.reindex(pd.MultiIndex.from_product([replications, numbers]), fill_value=0.0).to_numpy()
    of = [kpi for kpi in KPIS if kpi.name in names]

    def values(counted: np.ndarray, over: int) -> np.ndarray:
        by_name = dict(zip(DAY_COUNTERS, counted.tolist(), strict=True))
        total = Totals(by_name, by_name, over, (math.nan, math.nan))
        return np.array([kpi.of(total) for kpi in of])

    found = np.empty((len(of), len(replications), days))
    for replication, day_by_day in enumerate(counted.reshape(len(replications), days, -1)):
        whole = day_by_day.sum(axis=0)
        value = values(whole, days)
        for day, one in enumerate(day_by_day):
            without = values(whole - one, days - 1) if days > 1 else value
            found[:, replication, day] = days * value - (days - 1) * without
    return {kpi.name: pd.DataFrame(found[n], replications, numbers) for n, kpi in enumerate(of)}
