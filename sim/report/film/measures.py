"""What a film shows of a run: counters of one replication by hour or day and location, read from the outcome's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.records.outcome import outcome_folder
from sim.records.refusal import Refusal
from sim.report.runs import ChainRun

WEEK = 7
MOST_HOURS = 500_000
"""Hours of a film, times its locations: a year of fifty stores, some 15 MB."""
HOURLY = (
    "customers",
    "tickets",
    "wait_s",
    "lost_units",
    "sold_units",
    "orders",
    "till_busy_s",
    "till_open_s",
    "outage_s",
)
LEFT = ("abandoned", "turned_away", "payment_lost")
"""Counters of customers who leave without buying."""
DAILY = ("stockout_sku_days", "sku_days", "units_in", "received_units", "abandoned_waits", "abandoned_wait_s")
LEVELS = (1 / 30, 1 / 10, 1 / 3, 1.0)
"""Mean waits at which the colour of a store changes, as shares of the wait target."""


@dataclass(frozen=True)
class Span:
    """The part of a run that a film shows."""

    replication: int
    first: int
    """Number of the first day, from the scenario's start."""
    days: int


def span_of(run: ChainRun, folder: Path | str, replication: int, days: int | None, first_day: date | None) -> Span:
    """The span that is asked for, of the days that count: without `first_day` from the first of them, without `days` a week or what there is of it.

    Raises `Refusal` for a replication or a day that the run does not have, and for more than `MOST_HOURS`.
    """
    manifest = outcome_folder(folder) / "manifest.json"
    replications, warmup, end = run.manifest.replications, run.scenario["warmup_days"], run.scenario["days"]
    if not 0 <= replication < replications:
        raise Refusal("--replication", "", f"a replication of {manifest}, 0 to {replications - 1}", replication)
    start = date.fromisoformat(str(run.scenario["start"]))
    first = warmup if first_day is None else (first_day - start).days
    if not warmup <= first < end:
        counting = f"{start + timedelta(days=warmup)} to {start + timedelta(days=end - 1)}"
        raise Refusal("--from", "", f"a day that counts of {manifest}, {counting}", str(first_day))
    locations = len(run.scenario["stores"]) + len(run.scenario["warehouses"])
    most = min(end - first, MOST_HOURS // (24 * locations))
    asked = min(WEEK, end - first) if days is None else days
    if not 1 <= asked <= most:
        expected = f"1 to {most} days from {start + timedelta(days=first)}, for {locations:,} stores and warehouses"
        raise Refusal("--days", "", expected, asked)
    return Span(replication, first, asked)


@dataclass(frozen=True)
class Measures:
    """A run by hour and by day, over its locations: stores, then warehouses, in the order of the scenario."""

    places: Sequence[Mapping[str, Any]]
    """Of the scenario, one a location."""
    n_stores: int
    days: tuple[date, ...]
    by_hour: Mapping[str, np.ndarray]
    """By counter of `HOURLY`, and `left`: float64[hours, locations]."""
    by_day: Mapping[str, np.ndarray]
    """By counter of `DAILY`: float64[days, locations]."""
    wait_target_s: float

    @property
    def hours(self) -> int:
        """Hours shown."""
        return 24 * len(self.days)

    @cached_property
    def wait_s(self) -> np.ndarray:
        """Mean wait of customers served, s, float64[hours, locations]; NaN where none was."""
        return _over(self.by_hour["wait_s"], self.by_hour["tickets"])

    @cached_property
    def chain_wait_s(self) -> np.ndarray:
        """Mean wait of customers served anywhere in the chain, s, float64[hours]; NaN where none was."""
        return _over(self.chain("wait_s"), self.chain("tickets"))

    @cached_property
    def queue(self) -> np.ndarray:
        """Mean queue length over the hour, customers, float64[hours, locations]: their waits / 3600 s (Little's law).

        Customers who abandoned count with the mean wait of those who did in their store that day.
        """
        abandoned_s = np.nan_to_num(_over(self.by_day["abandoned_wait_s"], self.by_day["abandoned_waits"]))
        return (self.by_hour["wait_s"] + self.by_hour["abandoned"] * np.repeat(abandoned_s, 24, axis=0)) / 3600

    @cached_property
    def level(self) -> np.ndarray:
        """Class of the mean wait by `LEVELS`, int64[hours, locations]: 0 for the shortest; −1 in an hour without customers."""
        found = np.searchsorted(np.array(LEVELS) * self.wait_target_s, np.nan_to_num(self.wait_s), side="right")
        idle = (self.by_hour["customers"] == 0) & (self.by_hour["tickets"] == 0)
        return np.where(idle, -1, found)

    @cached_property
    def out_of_stock(self) -> np.ndarray:
        """Share of SKUs carried that ended the day without a unit, float64[days, locations]; 0 where none is carried."""
        return np.nan_to_num(_over(self.by_day["stockout_sku_days"], self.by_day["sku_days"]))

    @cached_property
    def came_in(self) -> np.ndarray:
        """Units received from suppliers and from other locations, float64[days, locations]."""
        return self.by_day["units_in"] + self.by_day["received_units"]

    @cached_property
    def tills_in_use(self) -> np.ndarray:
        """Utilisation of tills, float64[hours, locations]; NaN where none is staffed."""
        return _over(self.by_hour["till_busy_s"], self.by_hour["till_open_s"])

    @cached_property
    def busiest(self) -> int:
        """The hour with most customers in the chain; where none came, the first."""
        return int(self.by_hour["customers"].sum(axis=1).argmax())

    def chain(self, counter: str) -> np.ndarray:
        """A counter over all locations, float64[hours]."""
        return self._over_locations[counter]

    @cached_property
    def _over_locations(self) -> dict[str, np.ndarray]:
        return {counter: of.sum(axis=1) for counter, of in self.by_hour.items()}


def measure(run: ChainRun, span: Span) -> Measures:
    """The measures of a span of a run; 0 for hours and days of a location that its tables leave out."""
    places = [*run.scenario["stores"], *run.scenario["warehouses"]]
    codes = {place["code"]: n for n, place in enumerate(places)}
    start = date.fromisoformat(str(run.scenario["start"]))

    def chosen(table: pd.DataFrame) -> pd.DataFrame:
        days = table["day"].between(span.first, span.first + span.days - 1)
        return table[days & (table["replication"] == span.replication)]

    def laid_out(table: pd.DataFrame, row: pd.Series, rows: int, counters: Sequence[str]) -> dict[str, np.ndarray]:
        at = (row.to_numpy(), table["location_code"].map(codes).to_numpy())
        found = {name: np.zeros((rows, len(places))) for name in counters}
        for name in counters:
            found[name][at] = table[name]
        return found

    hourly, daily = chosen(run.hourly), chosen(run.daily)
    by_hour = laid_out(hourly, 24 * (hourly["day"] - span.first) + hourly["hour"], 24 * span.days, (*HOURLY, *LEFT))
    by_hour["left"] = sum((by_hour[name] for name in LEFT), np.zeros_like(by_hour["customers"]))
    return Measures(
        places=places,
        n_stores=len(run.scenario["stores"]),
        days=tuple(start + timedelta(days=span.first + day) for day in range(span.days)),
        by_hour=by_hour,
        by_day=laid_out(daily, daily["day"] - span.first, span.days, DAILY),
        wait_target_s=float(run.scenario["trading"]["wait_target_s"]),
    )


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The quotient; NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
