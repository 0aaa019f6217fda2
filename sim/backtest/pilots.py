"""Plays of the point fit that show what a log cannot: how many customers leave without a ticket, and how far replayed tickets are from their play.

A log has the instant of payment and only the customers who paid. Tickets replayed from it come a little more evenly than their customers came, and
some goods that were missed are not asked for. So each pilot is played, its own tickets are replayed as the actual ones will be, and what lies between
the two, on average and in scatter, is put on the replays of the actual tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.backtest.actuals import Actuals, within_hours
from sim.backtest.cells import Days
from sim.backtest.history import History, replayed
from sim.backtest.recorded import Waits
from sim.backtest.till_record import Sold, TillRecord, play
from sim.scenario.model import Scenario
from sim.study.workers import Processes
from sim.traffic.assortment import skus

_PILOTS = 6
_REPLAYS = 3
"""Of the tickets of each."""
_FROM = 50_000
"""Number of the first replication: none of those that are judged."""
_LEAST_SERVED = 0.5
_MOST_SCALE = 3.0


@dataclass(frozen=True)
class Pilots:
    """p plays of the point fit, and of each r replays of its tickets, over the held-back days."""

    served: np.ndarray
    """float64[n], share of customers with a ticket."""
    played: Days
    replayed: Days
    """Of shape [p, r, ...]."""

    def corrected(self, days: Days, rng: np.random.Generator) -> Days:
        """Replications with the actual tickets, waits and stock-outs corrected by what the pilots show. Waits are compared by their logarithms."""
        wait_s, empty = days.wait_s, days.empty
        if wait_s is not None and self.played.wait_s is not None and self.replayed.wait_s is not None:
            apart = _Apart.of(np.log1p(self.played.wait_s), np.log1p(self.replayed.wait_s))
            wait_s = np.maximum(np.expm1(apart.put_on(np.log1p(wait_s), rng)), 0)
        if empty is not None and self.played.empty is not None and self.replayed.empty is not None:
            empty = np.clip(_Apart.of(self.played.empty, self.replayed.empty).put_on(empty, rng), 0, 1)
        return replace(days, wait_s=wait_s, empty=empty)


@dataclass(frozen=True)
class _Apart:
    """Differences of a play from replays of its tickets."""

    shift: np.ndarray
    """float64[n], mean by store."""
    error: np.ndarray
    """float64[n], standard error of it."""
    scale: float
    """Scatter of a play about the mean of the replays, over the scatter of a replay."""

    @classmethod
    def of(cls, played: np.ndarray, replays: np.ndarray) -> _Apart:
        """From float64[p, n, d] and float64[p, r, n, d]; NaN where nothing happened."""
        r = replays.shape[1]
        apart = played - replays.mean(axis=1)
        known = np.maximum((~np.isnan(apart)).sum(axis=(0, 2)), 2)
        shift = np.nansum(apart, axis=(0, 2)) / known
        rest = apart - shift[:, None]
        of_replay = float(np.nanmean(np.append(replays.var(axis=1, ddof=1).ravel(), 0.0)))
        of_play = float(np.nanmean(np.append(rest.ravel() ** 2, 0.0))) - of_replay / r
        scale = np.sqrt(of_play / of_replay) if of_replay > 0 and of_play > 0 else 1.0
        error = np.sqrt(np.nansum(rest**2, axis=(0, 2)) / known / (known - 1))
        return cls(shift, error, float(np.clip(scale, 1.0, _MOST_SCALE)))

    def put_on(self, replays: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Replays, float64[replications, n, d], with the shift, as uncertain as it is, and the scatter of a play."""
        mean = replays.mean(axis=0)
        shift = self.shift + self.error * rng.standard_normal((len(replays), len(self.shift)))
        return mean + (replays - mean) * self.scale + shift[..., None]


def play_pilots(past: History, folder: Path, counted: np.ndarray | None, waits: Waits | None, jobs: int) -> Pilots:
    """Play the pilots; their tickets are kept in `folder` until they are replayed."""
    work = Processes(jobs).results([partial(_pilot, n, past, folder, counted) for n in range(_PILOTS)])
    found = [each for _, each in sorted(work, key=lambda pilot: pilot[0])]
    rows = list(past.actuals.stores)
    customers, tickets = (
        sum(getattr(one[0], name)[rows].sum(axis=1) for one in found) for name in ("customers", "tickets")
    )
    played = [days_of([one[0]], past, waits, None) for one in found]
    again = [days_of(one[1:], past, waits, None) for one in found]
    return Pilots(
        served=np.where(customers > 0, np.clip(tickets / np.maximum(customers, 1), _LEAST_SERVED, 1), 1.0),
        played=_stacked(played, first=True),
        replayed=_stacked(again, first=False),
    )


def days_of(records: Sequence[TillRecord], past: History, waits: Waits | None, rng: np.random.Generator | None) -> Days:
    """The held-back days of records, of the stores of the log; without `rng` waits are those of all customers in the hours that were timed."""
    rows, skip = list(past.actuals.stores), past.scenario.warmup_days

    def stacked(name: str) -> np.ndarray:
        return np.stack([getattr(record, name)[rows, skip:] for record in records])

    empty = stacked("empty")
    return Days(
        tickets=stacked("tickets"),
        units=stacked("units"),
        value=stacked("value"),
        empty=None if np.isnan(empty).all() else empty,
        wait_s=None if waits is None else waits.predicted(stacked("waits"), stacked("wait_s"), rng),
    )


def write_tickets(path: Path, sold: Sold, scenario: Scenario) -> None:
    """Lines that were sold as a log that a scenario replays."""
    code = np.array(skus(scenario).code, dtype=object)
    stores = np.array([store.code for store in scenario.stores], dtype=object)
    table = {
        "timestamp": sold.stamp,
        "ticket": sold.ticket,
        "sku": code[sold.sku],
        "quantity": sold.units,
        "store": stores[sold.store],
    }
    pq.write_table(pa.table(table), path)


def sold_by(actuals: Actuals, past: History) -> Sold:
    """The lines of the actual tickets, from the first day of the warm-up on."""
    tickets = actuals.between(past.scenario.start, actuals.last)
    lines = np.diff(tickets.line_start)
    return Sold(
        np.repeat(tickets.stamp, lines),
        np.repeat(np.arange(len(tickets)), lines),
        np.repeat(tickets.store, lines),
        tickets.line_sku,
        tickets.line_units,
    )


def _pilot(number: int, past: History, folder: Path, counted: np.ndarray | None) -> tuple[int, list[TillRecord]]:
    actuals, sold = past.actuals, list[Sold]()
    groups = actuals.group, len(actuals.groups)
    records = [play(past.scenario, _FROM + number, *groups, counted, sold)]
    lines = Sold.joined(sold)
    stamp, _ = within_hours(lines.stamp, lines.store, past.scenario)
    path = folder / f"pilot-{number}.parquet"
    write_tickets(path, replace(lines, stamp=stamp), past.scenario)
    again = replayed(past, str(path))
    first = _FROM + _PILOTS + number * _REPLAYS
    return number, records + [play(again, first + n, *groups, counted) for n in range(_REPLAYS)]


def _stacked(days: Sequence[Days], first: bool) -> Days:
    def stack(name: str) -> np.ndarray | None:
        values = [getattr(each, name) for each in days]
        return None if values[0] is None else np.stack([value[0] if first else value for value in values])

    tickets, units, value = (stack(name) for name in ("tickets", "units", "value"))
    assert tickets is not None and units is not None and value is not None  # noqa: PT018
    return Days(tickets, units, value, stack("empty"), stack("wait_s"))
