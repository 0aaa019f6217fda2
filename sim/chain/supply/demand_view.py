"""The planner's view of demand: booked sales, corrected for stock-outs, and forecasts made from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.setting import Setting
from sim.chain.supply.event_uplift import Lift
from sim.clock import DAY_S
from sim.scenario.sections.policies import ForecastRule, ForecastTable
from sim.stock import forecast_table, forecasts
from sim.stock.ledger import StockLedger
from sim.streams import stream


class Outlook:
    """History and forecasts of all locations; a warehouse's are those of all stores below it, and of what is shipped to customers from there.

    There is history on the first day too: days before the run are drawn from the traffic's own means.
    """

    def __init__(self, setting: Setting, agenda: Agenda, ledger: StockLedger):
        configured = setting.scenario.replenishment.forecast
        self.setting, self.agenda, self.ledger = setting, agenda, ledger
        self._everywhere = np.arange(len(setting.network))
        self.rule = configured if isinstance(configured, ForecastRule) else ForecastRule()
        self._table = self._read(configured.table) if isinstance(configured, ForecastTable) else None
        self.lift = Lift(setting.scenario, setting.assortment, setting.traffic.popularity)
        self._history = self._before()
        """float64[days, locations, skus] of ordinary days: a store's customers, a warehouse's own online orders."""
        self._registered = ledger.registered(self._everywhere)

    def end(self, day: int) -> None:
        """At midnight: append the ended day to the history."""
        self._history = np.concatenate([self._history[1:], self._today(day, self._everywhere, self._history)[None]])
        self._registered = self.ledger.registered(self._everywhere)

    def ahead(self, locations: np.ndarray, days: int) -> tuple[np.ndarray, np.ndarray]:
        """(forecast float64[days, locations, skus], standard deviation of one day's error [locations, skus]).

        The first day is today before the doors open, tomorrow afterwards; today's booked sales count once the doors are closed.
        """
        network, now = self.setting.network, self.agenda.now
        today, clock = int(now // DAY_S), now % DAY_S
        sources = np.flatnonzero(network.below[locations].any(axis=0))
        history = self._history[:, sources]
        over = clock >= network.closes_s[sources].max()
        first = today if clock < network.opens_s[locations].min() else today + 1
        if over:
            history = np.concatenate([history[1:], self._today(today, sources, history)[None]])
        variance = self._gather(locations, sources, forecasts.error_sd(history)[None] ** 2)[0]
        if self._table is not None:
            return _of_table(self._table, first, days)[:, locations], np.sqrt(variance)
        skip = max(first - today - int(over), 0)
        ordinary = self._forecast(history, days + skip)[skip:]
        lifted = ordinary * self.lift.over(first, days, sources)
        return self._gather(locations, sources, lifted), np.sqrt(variance)

    def _read(self, file: str) -> np.ndarray:
        network = self.setting.network
        codes, source = self.setting.assortment.code, self.setting.source
        return forecast_table.read(Path(file), network.number, codes, source, network.inwards)

    def _forecast(self, history: np.ndarray, days: int) -> np.ndarray:
        if self.rule.method == "moving_average":
            return forecasts.moving_average(history, days, self.rule.window_days)
        choice = {"by_class": forecasts.by_class, "by_error": forecasts.by_error}
        return {**forecasts.METHODS, **choice}[self.rule.method](history, days)

    def _gather(self, locations: np.ndarray, sources: np.ndarray, values: np.ndarray) -> np.ndarray:
        """From [days, sources, skus] to [days, locations, skus]: a warehouse has its own and those of all below it."""
        network, source = self.setting.network, self.setting.source
        if network.is_bypassed:
            every = np.zeros((len(values), len(network), values.shape[2]))
            every[:, sources] = values
            for day in every:
                network.pass_up(day, day, source, [*network.stores, *network.inwards])
            return every[:, locations]
        serves = network.below[np.ix_(locations, sources)]
        if (serves.sum(axis=1) == 1).all():
            return values[:, np.argmax(serves, axis=1)]
        return np.einsum("ls,dsk->dlk", serves.astype(np.float64), values)

    def _today(self, day: int, at: np.ndarray, history: np.ndarray) -> np.ndarray:
        """Today's estimate of an ordinary day's demand at some locations, float64[k, skus], with the days before it [days, k, skus]."""
        warehouses = at >= self.setting.network.n_stores
        event = self.lift.over(day, 1, at)[0]
        sold = np.maximum(self.ledger.registered(at) - self._registered[at], 0) / np.where(event > 0, event, 1.0)
        if not self.rule.correct_stockouts:
            return sold
        ran_out = (self.ledger.promisable(at) <= 0) & self.setting.carried[at]
        ran_out[warehouses] = False  # a warehouse promises what it has; what it lacked was shipped from elsewhere
        return forecasts.uncensored(sold, ran_out, history)

    def _before(self) -> np.ndarray:
        """Ordinary days before the run: negative binomial demand with the traffic's means, weekdays and day factor."""
        setting, scenario = self.setting, self.setting.scenario
        days, network = self.rule.history_days, setting.network
        weekday = np.array(scenario.traffic.weekday_factors)
        factor = weekday[[(scenario.start + timedelta(days=d)).weekday() for d in range(-days, 0)]]
        size = scenario.traffic.day_gamma_size
        history = np.zeros((days, *setting.mean_demand.shape))
        in_stores = setting.traffic.mean_demand
        own = setting.mean_demand.copy()
        own[: network.n_stores] = in_stores
        network.pass_up(own, -setting.mean_demand, setting.source, [*network.stores, *network.inwards])
        for location, code in enumerate(network.codes):
            draw = stream(scenario.seed, setting.replication, f"history/{code}")
            shared = draw.gamma(size, 1 / size, days) if size else np.ones(days)
            mean = (factor / weekday.mean() * shared)[:, None] * np.maximum(own[location], 0)
            history[:, location] = draw.poisson(mean)
        return history


def _of_table(table: np.ndarray, first: int, days: int) -> np.ndarray:
    """The forecast of some days by a table, float64[days, locations, skus]; after its last day, its last week is repeated."""
    day, end = np.arange(first, first + days), len(table)
    week = min(forecasts.WEEK, end)
    return table[np.where(day < end, day, end - week + (day - end) % week)]
