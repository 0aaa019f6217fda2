"""What a run holds of one store: its busiest day hour by hour against an ordinary day, and its goods day by day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any

import pandas as pd

from sim.records.outcome import read_outcome
from sim.report.publish.scenario_parts import holidays, number
from sim.report.publish.sku_risk import Shelves, Window, shelves
from sim.report.publish.staffing import tills_needed
from sim.report.runs import ChainRun


@dataclass(frozen=True)
class Hour:
    """One hour of the busiest day; means over replications, NaN where nothing was counted."""

    hour: int
    customers: float
    ordinary_customers: float
    wait_s: float
    ordinary_wait_s: float
    queue: float
    """Customers who stand in line, on average over the hour (Little's law: time spent in line / 3600 s)."""
    staffed: float
    """Tills staffed, as the run played it."""
    needed: int | None
    """Fewest tills at which few wait longer than the target."""


@dataclass(frozen=True)
class Day:
    """A day that counts: SKUs carried, those that ended it without a unit, and units that came in; means over replications."""

    date: date
    out_of_stock: float
    carried: float
    units_in: float


@dataclass(frozen=True)
class StoreFacts:
    """A store in a run."""

    run: ChainRun
    store: Mapping[str, Any]
    busiest: date
    ordinary: tuple[date, ...]
    """Days outside holidays; the warm-up's too, whose queues are as good as any. The quietest days that count where there is none."""
    outside_holidays: bool
    holiday: str
    """That the busiest day belongs to; empty where it belongs to none."""
    hours: tuple[Hour, ...]
    days: tuple[Day, ...]
    customers: float
    ordinary_customers: float
    left: float
    ticket_s: float
    """Mean time of a ticket at a till on the busiest day."""
    sales_per_ticket: float
    worst_waits_s: tuple[float, float] | None
    """Least and greatest mean wait of the worst hour over replications; None where no customer was served."""
    window: Window | None
    """Single SKUs, in the window of the run's trace; None without one."""

    @property
    def name(self) -> str:
        """The store's name; its code where it has none."""
        return str(self.store.get("name") or self.store["code"])

    @property
    def code(self) -> str:
        """Its code."""
        return str(self.store["code"])

    @property
    def tills(self) -> int | None:
        """Tills that stand in the store."""
        known = number(self.store, "tills")
        return None if known is None else int(known)

    @property
    def worst(self) -> Hour | None:
        """The hour with the longest mean wait."""
        return longest_wait(self.hours)

    @property
    def peak(self) -> Hour | None:
        """The hour with most customers."""
        return max(self.hours, key=lambda hour: hour.customers, default=None)


@dataclass(frozen=True)
class Played:
    """A run with all its days, the warm-up's too, and its SKUs as far as it keeps them."""

    run: ChainRun
    daily: pd.DataFrame
    hourly: pd.DataFrame
    shelves: Shelves | None


def played(folder: Path, run: ChainRun) -> Played:
    """The whole of a run that was read."""
    return Played(run, read_outcome(folder, "daily"), read_outcome(folder, "hourly"), shelves(folder))


def facts(of: Played, code: str) -> StoreFacts | None:
    """What a run holds of the store with this code; None where it has no such store."""
    run = of.run
    store = next((each for each in run.scenario["stores"] if each["code"] == code), None)
    daily = of.daily[of.daily["location_code"] == code]
    hourly = of.hourly[of.hourly["location_code"] == code]
    if store is None or daily[daily["day"] >= run.scenario["warmup_days"]].empty or hourly.empty:
        return None
    start, again = date.fromisoformat(run.scenario["start"]), run.manifest.replications
    by_day = _sums(daily, "day", again)
    counted = [day for day in by_day if day >= run.scenario["warmup_days"]]
    busiest = max(counted, key=lambda day: by_day[day]["customers"])
    off = holidays(run.scenario)
    ordinary = [day for day in by_day if day != busiest and not _holiday(start, day, off)]
    outside = bool(ordinary)
    if not outside:
        middle = median(by_day[day]["customers"] for day in counted)
        ordinary = [day for day in counted if day != busiest and by_day[day]["customers"] <= middle]
    totals = by_day[busiest]
    at_tills = totals["tickets"] - totals["self_checkout_tickets"]
    tills = _Tills(
        ticket_s=_over(totals["till_busy_s"], at_tills),
        share=_over(at_tills, totals["tickets"], 1.0),
        lost_wait_s=_over(totals["abandoned_wait_s"], totals["abandoned_waits"], 0.0),
        target_s=run.scenario["trading"]["wait_target_s"],
    )
    high = _sums(hourly[hourly["day"] == busiest], "hour", again)
    usual = _sums(hourly[hourly["day"].isin(ordinary)], "hour", again * max(len(ordinary), 1))
    hours = tuple(
        tills.hour(hour, row, usual.get(hour))
        for hour, row in high.items()
        if row["customers"] > 0 or row["tickets"] > 0
    )
    worst = longest_wait(hours)
    return StoreFacts(
        run=run,
        store=store,
        busiest=start + timedelta(days=busiest),
        ordinary=tuple(start + timedelta(days=day) for day in ordinary),
        outside_holidays=outside,
        holiday=_holiday(start, busiest, off),
        hours=hours,
        days=tuple(
            Day(
                date=start + timedelta(days=day),
                out_of_stock=by_day[day]["stockout_sku_days"],
                carried=by_day[day]["sku_days"],
                units_in=by_day[day]["units_in"] + by_day[day]["received_units"],
            )
            for day in counted
        ),
        customers=totals["customers"],
        ordinary_customers=mean(by_day[day]["customers"] for day in ordinary) if ordinary else math.nan,
        left=totals["abandoned"] + totals["turned_away"] + totals["payment_lost"],
        ticket_s=tills.ticket_s,
        sales_per_ticket=_over(totals["sales_value"], totals["tickets"]),
        worst_waits_s=_range(hourly[(hourly["day"] == busiest) & (hourly["hour"] == worst.hour)]) if worst else None,
        window=of.shelves.window(code) if of.shelves else None,
    )


def longest_wait(hours: Sequence[Hour]) -> Hour | None:
    """The hour with the longest mean wait; None where no customer was served."""
    return max((hour for hour in hours if hour.wait_s >= 0), key=lambda hour: hour.wait_s, default=None)


@dataclass(frozen=True)
class _Tills:
    """The tills of a store on its busiest day: what a ticket takes, which share of tickets is theirs, and how long those who gave up had waited."""

    ticket_s: float
    share: float
    lost_wait_s: float
    target_s: float

    def hour(self, hour: int, row: Mapping[str, float], usual: Mapping[str, float] | None) -> Hour:
        """An hour of the day, `row`, beside the same hour of an ordinary day; both hold counters."""
        given_up_s = row["abandoned"] * self.share * (self.ticket_s if self.ticket_s > 0 else 0.0)
        return Hour(
            hour=hour,
            customers=row["customers"],
            ordinary_customers=usual["customers"] if usual else math.nan,
            wait_s=_over(row["wait_s"], row["tickets"]),
            ordinary_wait_s=_over(usual["wait_s"], usual["tickets"]) if usual else math.nan,
            queue=(row["wait_s"] + row["abandoned"] * self.lost_wait_s) / 3600,
            staffed=row["till_open_s"] / 3600,
            needed=tills_needed((row["till_busy_s"] + given_up_s) / 3600, self.ticket_s, self.target_s),
        )


def _sums(table: pd.DataFrame, by: str, over: int) -> dict[int, dict[str, float]]:
    """Counters summed by a column and divided by `over`."""
    sums = table.groupby(by).sum(numeric_only=True) / over
    return {
        int(key): {str(name): float(row[name]) for name in sums}
        for key, row in zip(sums.index.tolist(), sums.to_dict("records"), strict=True)
    }


def _range(rows: pd.DataFrame) -> tuple[float, float]:
    waits = rows["wait_s"] / rows["tickets"].where(rows["tickets"] > 0)
    return float(waits.min()), float(waits.max())


def _holiday(start: date, day: int, off: list[tuple[date, date, str]]) -> str:
    at = start + timedelta(days=int(day))
    return next((name or "holiday" for first, last, name in off if first <= at <= last), "")


def _over(part: float, whole: float, otherwise: float = math.nan) -> float:
    return float(part / whole) if whole > 0 else otherwise
