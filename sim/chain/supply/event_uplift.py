"""Event uplift of forecasts: holidays, live streams and promotions of the calendar, and the factors on each SKU's demand that are planned."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.clock import DAY_S
from sim.scenario.model import Scenario
from sim.scenario.sections.policies import ForecastRule
from sim.scenario.sections.traffic import Spike
from sim.traffic.assortment import Assortment
from sim.traffic.baskets import Popularity, during, inclusion
from sim.traffic.calendar import Calendar, lift, seconds_of_day, since_start
from sim.traffic.lifts import lifted_weight
from sim.traffic.promotions import Active, promotions
from sim.traffic.stages import Stages


class Lift:
    """By how much holidays, spikes and promotions lift a day's demand above an ordinary one of its month and weekday, as the planner expects."""

    def __init__(self, scenario: Scenario, assortment: Assortment, popularity: np.ndarray):
        rule = scenario.replenishment.forecast
        self.scenario, self.popularity = scenario, popularity
        self._number = {code: n for n, code in enumerate(assortment.code)}
        self._usual = inclusion(scenario.traffic.basket_lines, Popularity(popularity))
        self.known = isinstance(rule, ForecastRule) and rule.known_events
        self.calendars = [Calendar(scenario, channel) for channel in ("store", "online")]
        self._promotions = promotions(scenario, assortment)
        self._planned = lru_cache(maxsize=64)(self._of_promotions)
        self._stages = Stages(scenario)

    def over(self, first: int, days: int, locations: np.ndarray) -> np.ndarray:
        """Factors, float64[days, len(locations), skus], by number of the location: of a warehouse those of the web shop."""
        if not self.known:
            return np.ones((days, len(locations), 1))
        return np.array([self._on(day, locations) for day in range(first, first + days)])

    def _on(self, day: int, locations: np.ndarray) -> np.ndarray:
        """Of one day, float64[len(locations), skus]."""
        in_stores, online = (self._of(calendar, day) for calendar in self.calendars)
        factors = np.array([in_stores, online])[(locations >= len(self.scenario.stores)).astype(np.int64)]
        if self._promotions and self._promotions.on(day):
            without = [self._stages.does_without("marketing", int(location), day) for location in locations]
            if any(without):
                factors[without] = self._of(self.calendars[0], day, promoted=False)
        return factors

    def _of(self, calendar: Calendar, day: int, promoted: bool = True) -> np.ndarray:
        """float64[skus] of one day: its month, holiday and promotions, and the spikes in it, minute by minute."""
        weekday = calendar.weekdays[calendar.date(day).weekday()]
        usual = calendar.factor(day) / weekday if weekday else 1.0
        active = self._promotions.on(day) if self._promotions and promoted else ()
        planned = self._planned(active) if active else 1.0
        spikes = [s for s in calendar.spikes.values() if abs(since_start(calendar.start, s.at) / DAY_S - day) < 2]
        if not spikes:
            return np.full(len(self.popularity), usual * planned)
        minute = day * DAY_S + 60.0 * np.arange(24 * 60) + 30
        weight = np.repeat(calendar.hours_of(day), 60) * self._open(calendar)
        rate, extra, ordinary = weight.copy(), np.zeros(len(self._usual)), self._usual * planned
        for spike in spikes:
            age_s = minute - since_start(calendar.start, spike.at)
            on = (age_s >= 0) & (age_s < 60 * spike.duration_minutes)
            rate = rate * lift(spike, age_s)
            if spike.skus:
                extra += (rate * on).sum() * (self._asked_for(spike) - ordinary)
        asked = np.maximum(rate.sum() * ordinary + extra, 0.0) / max(weight.sum(), 1e-300)
        return usual * asked / np.maximum(self._usual, 1e-300)

    def _of_promotions(self, active: Active) -> np.ndarray:
        """Planned factors on each SKU's popularity, float64[skus]: above 1 of those on promotion, below 1 of the others."""
        assert self._promotions is not None
        planned = lifted_weight(self.popularity, self._promotions.factors(active, True))
        return planned / np.where(self.popularity > 0, self.popularity, 1.0)

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
