"""Event uplift of forecasts: the holidays and live streams of the calendar, and their factors on each SKU's demand."""

from __future__ import annotations

import numpy as np

from sim.clock import DAY_S
from sim.scenario.model import Scenario
from sim.scenario.sections.policies import ForecastRule
from sim.scenario.sections.traffic import Spike
from sim.traffic.assortment import Assortment
from sim.traffic.baskets import Popularity, during, inclusion
from sim.traffic.calendar import Calendar, lift, seconds_of_day, since_start


class Lift:
    """By how much holidays and spikes of the calendar lift a day's demand above an ordinary one of its month and weekday."""

    def __init__(self, scenario: Scenario, assortment: Assortment, popularity: np.ndarray):
        rule = scenario.replenishment.forecast
        self.scenario, self.popularity = scenario, popularity
        self._number = {code: n for n, code in enumerate(assortment.code)}
        self._usual = inclusion(scenario.traffic.basket_lines, Popularity(popularity))
        self.known = isinstance(rule, ForecastRule) and rule.known_events
        self.calendars = [Calendar(scenario, channel) for channel in ("store", "online")]

    def over(self, first: int, days: int, online: np.ndarray) -> np.ndarray:
        """Factors, float64[days, len(online), skus]; `online` marks the rows of the web shop."""
        if not self.known:
            return np.ones((days, len(online), 1))
        factors = np.array(
            [[self._of(calendar, day) for calendar in self.calendars] for day in range(first, first + days)]
        )
        return factors[:, online.astype(np.int64)]

    def _of(self, calendar: Calendar, day: int) -> np.ndarray:
        """float64[skus] of one day: its month and holiday, and the spikes in it, minute by minute."""
        weekday = calendar.weekdays[calendar.date(day).weekday()]
        usual = calendar.factor(day) / weekday if weekday else 1.0
        spikes = [s for s in calendar.spikes.values() if abs(since_start(calendar.start, s.at) / DAY_S - day) < 2]
        if not spikes:
            return np.full(len(self.popularity), usual)
        minute = day * DAY_S + 60.0 * np.arange(24 * 60) + 30
        weight = np.repeat(calendar.hours_of(day), 60) * self._open(calendar)
        rate, extra = weight.copy(), np.zeros(len(self._usual))
        for spike in spikes:
            age_s = minute - since_start(calendar.start, spike.at)
            on = (age_s >= 0) & (age_s < 60 * spike.duration_minutes)
            rate = rate * lift(spike, age_s)
            if spike.skus:
                extra += (rate * on).sum() * (self._asked_for(spike) - self._usual)
        asked = np.maximum(rate.sum() * self._usual + extra, 0.0) / max(weight.sum(), 1e-300)
        return usual * asked / np.maximum(self._usual, 1e-300)

    def _asked_for(self, spike: Spike) -> np.ndarray:
        """Lines of each SKU in a basket while a spike lasts, float64[skus]."""
        asked = during(spike, self.popularity, [self._number[code] for code in spike.skus])
        return inclusion(self.scenario.traffic.basket_lines, asked)

    def _open(self, calendar: Calendar) -> np.ndarray:
        """bool[minutes]: stores are taken to keep the hours of the first; the web shop never closes."""
        minute = 60.0 * np.arange(24 * 60)
        if calendar is self.calendars[1]:
            return np.ones(len(minute), dtype=bool)
        place = self.scenario.stores[0]
        return (minute >= seconds_of_day(place.opens)) & (minute < seconds_of_day(place.closes))
