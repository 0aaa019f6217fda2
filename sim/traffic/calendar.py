"""The calendar of demand: mean customers by day and hour."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

from sim.clock import DAY_S, HOUR_S
from sim.scenario.model import Scenario
from sim.scenario.sections.traffic import Holiday, Spike
from sim.traffic.arrivals import Rate

MINUTE_S = 60.0


def seconds_of_day(clock: time) -> float:
    """Seconds from midnight to a time of day."""
    return clock.hour * HOUR_S + clock.minute * MINUTE_S + clock.second


def since_start(start: date, moment: datetime) -> float:
    """Seconds from the first midnight to a local moment; civil days have 86,400 s."""
    return (moment.date() - start).days * DAY_S + seconds_of_day(moment.time())


class Calendar:
    """Factors of months, weekdays, holidays, hours and spikes, for stores (`channel="store"`) or the web shop (`channel="online"`)."""

    def __init__(self, scenario: Scenario, channel: str):
        traffic = scenario.traffic
        self.start = scenario.start
        self.months, self.weekdays = np.array(traffic.month_factors), np.array(traffic.weekday_factors)
        self.hours = np.array(traffic.hour_shares)
        self._weekday_hours = None
        if channel == "store" and traffic.weekday_hour_shares is not None:
            self._weekday_hours = np.array(traffic.weekday_hour_shares)
        if channel == "online" and scenario.online.hour_shares is not None:
            self.hours = np.array(scenario.online.hour_shares)
        self.holidays = traffic.holidays
        self.spikes = {n: spike for n, spike in enumerate(traffic.spikes) if spike.channel in (channel, "both")}
        # cached: most stores of a chain have the same hours
        for name in ("factor", "_course"):
            setattr(self, name, lru_cache(maxsize=64)(getattr(self, name)))

    @property
    def average(self) -> float:
        """Mean factor over an average year without holidays."""
        days = [monthrange(2023, month)[1] for month in range(1, 13)]
        return float(np.average(self.months, weights=days) * self.weekdays.mean())

    def holiday(self, day: int) -> Holiday | None:
        """The holiday that a day belongs to; the one listed last, where several do."""
        today = self.date(day)
        return next((holiday for holiday in reversed(self.holidays) if holiday.first <= today <= holiday.last), None)

    def date(self, day: int) -> date:
        """The date of a day of the run, counted from 0."""
        return self.start + timedelta(days=day)

    def factor(self, day: int) -> float:
        """Factor on a day's mean customers: month × weekday, or month × holiday."""
        today, holiday = self.date(day), self.holiday(day)
        return float(self.months[today.month - 1] * (holiday.factor if holiday else self.weekdays[today.weekday()]))

    def hours_of(self, day: int) -> np.ndarray:
        """Weights of the hours of a day, float64[24]: its holiday's, else its weekday's, else those of all days."""
        holiday = self.holiday(day)
        if holiday and holiday.hour_shares:
            return np.array(holiday.hour_shares)
        if holiday or self._weekday_hours is None:
            return self.hours
        return self._weekday_hours[self.date(day).weekday()]

    def mean_hours(self, opens_s: float, closes_s: float) -> np.ndarray:
        """Shares of the hours in a mean week's customers, float64[24], between opening and closing; zeros in hours without customers."""
        hour_s = np.arange(24) * HOUR_S
        open_s = np.clip(np.minimum(closes_s, hour_s + HOUR_S) - np.maximum(opens_s, hour_s), 0, None)
        days = self.hours[None] if self._weekday_hours is None else self._weekday_hours
        weight = days * open_s
        total = weight.sum(axis=1, keepdims=True)
        share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        factors = self.weekdays if len(days) == 7 else np.ones(1)
        mean = np.einsum("d,dh->h", factors, share)
        return mean / (mean.sum() or 1)

    def rate(self, day: int, opens_s: float, closes_s: float, customers: float, cells: np.ndarray) -> Rate:
        """Rate of one day, open from `opens_s` to `closes_s` after its midnight: `customers` are expected before `cells` and spikes.

        `cells` holds factors of equal cells that make up the day, float64[cells a day]. The edges are seconds since the scenario's start.
        """
        edges_s, share, cell = self._course(day, opens_s, closes_s, len(cells))
        return Rate(edges_s, share * (customers * cells[cell]))

    def _course(
        self, day: int, opens_s: float, closes_s: float, cells: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Edges of the pieces of a day, and of each the share of the day's customers that it expects, spikes on top, and its cell."""
        hours = self.hours_of(day)
        midnight_s = day * DAY_S
        starts = ((spike, since_start(self.start, spike.at) - midnight_s) for spike in self.spikes.values())
        spikes = [(spike, at_s) for spike, at_s in starts if -spike.duration_minutes * MINUTE_S < at_s < DAY_S]
        pieces = _pieces(opens_s, closes_s, cells, tuple(mark for s in spikes for mark in _minutes(*s)))
        weight = hours[pieces.hour] * pieces.width_s
        share = weight / (weight.sum() or 1)
        for spike, at_s in spikes:
            share *= lift(spike, pieces.middle_s - at_s)
        return midnight_s + pieces.edges_s, share, pieces.cell

    def spike_of(self, instant_s: np.ndarray) -> np.ndarray:
        """Index into `traffic.spikes` of the spike whose SKUs an arrival may want, −1: none; of several at that instant the one listed last."""
        spike_index = np.full(len(instant_s), -1, dtype=np.int64)
        for n, spike in self.spikes.items():
            if spike.skus and spike.sku_share > 0:
                age_s = instant_s - since_start(self.start, spike.at)
                spike_index[(age_s >= 0) & (age_s < spike.duration_minutes * MINUTE_S)] = n
        return spike_index


@dataclass(frozen=True)
class _Pieces:
    """The open part of a day, cut where its rate may change."""

    edges_s: np.ndarray
    """float64[k + 1], after midnight."""
    middle_s: np.ndarray
    width_s: np.ndarray
    hour: np.ndarray
    """int64[k]"""
    cell: np.ndarray
    """int64[k]"""


@lru_cache(maxsize=1024)
def _pieces(opens_s: float, closes_s: float, cells: int, marks: tuple[float, ...]) -> _Pieces:
    """Cut at the hours, at `cells` a day, and at `marks`."""
    cell_s = DAY_S / cells
    inner = np.concatenate([np.arange(0.0, DAY_S, min(cell_s, HOUR_S)), marks])
    edges = np.unique(np.concatenate([[opens_s], inner[(inner > opens_s) & (inner < closes_s)], [closes_s]]))
    middle = (edges[1:] + edges[:-1]) / 2
    hour, cell = (middle // HOUR_S).astype(np.int64), (middle // cell_s).astype(np.int64)
    return _Pieces(edges, middle, np.diff(edges), hour, cell)


def _minutes(spike: Spike, at_s: float) -> list[float]:
    """Edges of a spike within the day: its end, and each minute before it, so that steps approximate its linear fall."""
    end_s = at_s + spike.duration_minutes * MINUTE_S
    return [*np.arange(at_s, end_s, MINUTE_S).tolist(), end_s]


def lift(spike: Spike, age_s: np.ndarray) -> np.ndarray:
    """Factor on the rate: `spike.factor` at once, falling linearly to 1 at the end."""
    left = 1 - age_s / (spike.duration_minutes * MINUTE_S)
    return np.where((left > 0) & (left <= 1), 1 + (spike.factor - 1) * left, 1.0)
