"""The early weeks of a log as predictions of the later ones: traffic fitted to them, and fitted again to resampled days, a scenario each time.

A prediction interval has to cover the scatter of days and the uncertainty of what was fitted. The first comes from playing replications, the
second from playing each with its own parameters: a bootstrap of blocks of days (Künsch, Annals of Statistics 17, 1989) on the residuals of the
fit, all stores together, so that what days of a week and stores of a day have in common stays in common.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

import numpy as np

from sim.backtest.actuals import Actuals, fitted
from sim.calibration.estimators import calendar_factors, distribution_of, weights
from sim.calibration.fit import Fit
from sim.calibration.outlier_days import StandingOut
from sim.clock import DAY_S, HOUR_S
from sim.scenario.model import Scenario
from sim.scenario.sections.categories import own_classes
from sim.scenario.sections.distributions import Constant
from sim.scenario.sections.places import Sku, SkuRange, Store
from sim.scenario.sections.traffic import LogReplay, Traffic
from sim.traffic.assortment import shelf_life_days, skus
from sim.traffic.calendar import seconds_of_day
from sim.traffic.log.tickets import Tickets

BLOCK_DAYS = 7
LEAST_WARMUP_DAYS = 7
SPREAD_MINUTES = 15
"""Cells over which the held-back tickets are spread: their stamps are of payment, after the wait. Played at their stamps they hardly queue, and
much longer cells flatten the first and the last hour of a day (docs/backtest.md has the figures)."""
_MOST_RESAMPLED = 200_000
"""Tickets, or lines: of more the mean is known better than it matters."""
_LEAST_MONTH_DAYS = 14
_ALL_BUT = 0.0005
"""Of a store's tickets: so few at either end do not set its hours."""
_STEP_S = 300
_DAYS = np.array([monthrange(2023, month)[1] for month in range(1, 13)])


@dataclass(frozen=True)
class History:
    """What the weeks before `first` say of those from `first` to `last`."""

    scenario: Scenario
    """That of the point fit, over the held-back days after the warm-up."""
    fit: Fit
    actuals: Actuals
    tickets: Tickets
    """Before `first`, stores by the rows of `actuals`."""
    holidays: tuple[StandingOut, ...]
    own_months: tuple[float, ...]
    """Month factors of the scenario as it was given."""
    served: np.ndarray
    """float64[n], share of customers with a ticket that the levels are raised by."""

    @property
    def unseen_months(self) -> list[int]:
        """Months of the held-back days, from 1, of which the history has no day."""
        first, days = self.scenario.start, self.scenario.days
        held = {(first + timedelta(days=n)).month for n in range(self.scenario.warmup_days, days)}
        return sorted(month for month in held if not self.fit.months_seen[month - 1])


def history(
    scenario: Scenario, actuals: Actuals, first: date, last: date, found: tuple[StandingOut, ...] = ()
) -> History:
    """Fit the days before `first`. The scenario's own holidays, and those `found`, are known in advance and leave its factors alone."""
    before = actuals.between(actuals.first, first - timedelta(days=1))
    before = replace(before, store=np.searchsorted(actuals.stores, before.store).astype(np.int32), stores=actuals.codes)
    own = tuple(StandingOut(each.first, each.last, each.factor) for each in scenario.traffic.holidays)
    span = before.stamp[0].astype("datetime64[D]").item(), before.stamp[-1].astype("datetime64[D]").item()
    apart = tuple(each for each in (*own, *found) if each.first <= span[1] and each.last >= span[0])
    fit, traffic = fitted(before, apart)
    places = till_hours(scenario, actuals.tickets)
    warmup = min(max(scenario.warmup_days, LEAST_WARMUP_DAYS), (first - actuals.first).days)
    held = scenario.model_copy(
        update={
            "start": first - timedelta(days=warmup),
            "days": warmup + (last - first).days + 1,
            "warmup_days": warmup,
            "trace": None,
            "stores": places,
            "trading": scenario.trading.model_copy(update={"shopping_s": Constant(value=0)}),
        }
    )
    lines = np.bincount(before.line_sku, minlength=len(skus(scenario))).astype(np.float64)
    months = _with_unseen(fit, np.array(scenario.traffic.month_factors), fit.month_factors)
    level = np.array(list(fit.customers_per_day.values()))
    point = _predicting(held, actuals, traffic, level, months, fit.weekday_factors, fit.day_gamma_size, lines)
    return History(point, fit, actuals, before, apart, tuple(scenario.traffic.month_factors), np.ones(len(level)))


def raised(past: History, served: np.ndarray) -> History:
    """The history with customers raised by those who leave without a ticket, whom a log does not have; `served`: float64[n], the share of customers
    with a ticket by store."""
    stores = [
        store.model_copy(
            update={"customers_per_day": store.customers_per_day / served[past.actuals.codes.index(store.code)]}
        )
        if store.code in past.actuals.codes
        else store
        for store in past.scenario.stores
    ]
    return replace(past, scenario=past.scenario.model_copy(update={"stores": stores}), served=served)


def till_hours(scenario: Scenario, tickets: Tickets) -> list[Store]:
    """The stores with the hours in which customers come to the tills: who is inside at closing is served, up to an hour later."""
    day = tickets.stamp.astype("datetime64[D]").astype("datetime64[s]")
    at_s = (tickets.stamp - day).astype(np.int64)
    places = []
    for number, store in enumerate(scenario.stores):
        own, hours = at_s[tickets.store == number], (seconds_of_day(store.opens), seconds_of_day(store.closes))
        if len(own):
            first, last = np.quantile(own, _ALL_BUT), np.quantile(own, 1 - _ALL_BUT)
            opens_s = np.clip(first // _STEP_S * _STEP_S, max(hours[0] - HOUR_S, 0), hours[0])
            closes_s = np.clip((last // _STEP_S + 1) * _STEP_S, hours[1], min(hours[1] + HOUR_S, DAY_S - 1))
            store = store.model_copy(update={"opens": _clock(opens_s), "closes": _clock(closes_s)})
        places.append(store)
    return places


def _clock(at_s: float) -> time:
    return time(int(at_s // 3600), int(at_s // 60 % 60), int(at_s % 60))


def drawn(past: History, replications: int) -> list[Scenario]:
    """The predicting scenario once for each replication, with parameters fitted to resampled days."""
    fit, held, rng = past.fit, past.scenario, np.random.default_rng([past.scenario.seed, 2007])
    days = _Days.of(past)
    lines = np.bincount(past.tickets.line_sku, minlength=len(past.actuals.group))
    baskets, units = np.diff(past.tickets.line_start), past.tickets.line_units
    refitted = [days.again(rng) for _ in range(replications)]
    point = np.array(held.traffic.month_factors)
    spread = _unseen_spread(past, np.array([months for _, months, _, _ in refitted]))
    made = []
    for level, months, weekdays, scatter in refitted:
        size = fit.day_gamma_size and float(np.clip(fit.day_gamma_size / scatter, 0.05, 1e5))
        months = _with_unseen(fit, point, months, np.exp(spread * rng.standard_normal(12)))
        traffic = held.traffic.model_dump(mode="json")
        if len(baskets) <= _MOST_RESAMPLED:
            traffic["basket_lines"] = distribution_of(np.maximum(rng.choice(baskets, len(baskets)), 1)).model_dump()
        if len(units) <= _MOST_RESAMPLED:
            traffic["line_units"] = distribution_of(rng.choice(units, len(units))).model_dump()
        drawn_lines = np.where(lines > 0, rng.gamma(np.maximum(lines, 1e-9)), 0.0)
        level = level / past.served
        made.append(_predicting(held, past.actuals, traffic, level, months, weekdays, size, drawn_lines))
    return made


def replayed(past: History, file: str) -> Scenario:
    """The predicting scenario with the tickets of a file in place of drawn customers: none of them left the queue."""
    held = past.scenario
    log = LogReplay(file=file, first_day=held.start, spread_minutes=SPREAD_MINUTES)
    return held.model_copy(
        update={
            "traffic": held.traffic.model_copy(update={"log": log}),
            "trading": held.trading.model_copy(update={"patience_s": None, "line_limit": None}),
        }
    )


@dataclass(frozen=True)
class _Days:
    """Customers of stores and days, and the expected ones of the fit: float64[stores, days]."""

    month: np.ndarray
    weekday: np.ndarray
    used: np.ndarray
    expected: np.ndarray
    ratio: np.ndarray
    """Of the count over the expected."""
    inflation: float
    """Residuals of a fit with p parameters to n counts are too small by √(1 − p/n), sums of resampled blocks, of B, by √(1 − 1/B)."""

    @classmethod
    def of(cls, past: History) -> _Days:
        fit, counts = past.fit, past.actuals.count
        skip = (fit.first - past.actuals.first).days
        count = counts[:, skip : skip + fit.days]
        dates = np.datetime64(fit.first) + np.arange(fit.days)
        month, weekday = dates.astype("datetime64[M]").astype(int) % 12, (dates.astype(int) + 3) % 7
        used = np.ones(count.shape, dtype=bool)
        for store, day in fit.closed:
            used[store, day] = False
        for holiday in past.holidays:
            used[:, (dates >= np.datetime64(holiday.first)) & (dates <= np.datetime64(holiday.last))] = False
        level = np.array(list(fit.customers_per_day.values()))
        expected = level[:, None] * fit.month_factors[month] * fit.weekday_factors[weekday]
        used &= expected > 0
        ratio = np.where(used, count / np.where(expected > 0, expected, 1), 1.0)
        parameters = len(level) + sum(fit.months_seen) + int(np.count_nonzero(fit.weekday_factors)) - 2
        n = max(int(np.count_nonzero(used)), parameters + 1)
        blocks = max(fit.days / BLOCK_DAYS, 2.0)
        inflation = float(np.sqrt(n / (n - parameters) * blocks / (blocks - 1)))
        return cls(month, weekday, used, expected, ratio, inflation)

    def again(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Levels, month factors and weekday factors fitted to resampled days, and the scatter of these over that of the days themselves."""
        days = self.used.shape[1]
        block = min(BLOCK_DAYS, days)
        begin = rng.integers(0, days - block + 1, -(-days // block))
        at = (begin[:, None] + np.arange(block)).ravel()[:days]
        ratio, known = self.ratio[:, at], self.used[:, at]
        for store in np.flatnonzero((~known).any(axis=1) & self.used.any(axis=1)):
            missing = np.flatnonzero(~known[store])
            ratio[store, missing] = self.ratio[store, rng.choice(np.flatnonzero(self.used[store]), len(missing))]
        count = self.expected * np.maximum(1 + (ratio - 1) * self.inflation, 0)
        level, months, weekdays = calendar_factors(count, self.month, self.weekday, self.used)
        noise = (1 / np.where(self.used, self.expected, np.inf)).sum()
        of_days, of_drawn = (float((((r - 1) ** 2)[self.used]).sum() - noise) for r in (self.ratio, ratio))
        scatter = of_drawn / of_days if of_days > 0 and of_drawn > 0 else 1.0
        return level, months, weekdays, float(np.clip(scatter, 0.25, 4.0))


def _with_unseen(fit: Fit, own: np.ndarray, months: np.ndarray, factor: Any = 1.0) -> np.ndarray:
    """Month factors, float64[12]; of months without a day in the history the scenario's `own`, relative to the months seen, times `factor`."""
    seen = np.array(fit.months_seen)
    mean = float(np.average(own[seen], weights=_DAYS[seen])) or 1.0
    return np.where(seen, months, own / mean * factor)


def _unseen_spread(past: History, drawn_months: np.ndarray) -> float:
    """Standard deviation of the logarithm by which an unseen month may differ from the scenario's factor: that by which the seen ones do, without
    their own uncertainty, float64[draws, 12] giving it; 0 where fewer than three months were seen nearly whole."""
    fit = past.fit
    if not past.unseen_months:
        return 0.0
    dates = np.datetime64(fit.first) + np.arange(fit.days)
    days = np.bincount(dates.astype("datetime64[M]").astype(int) % 12, minlength=12)
    of = np.flatnonzero((days >= _LEAST_MONTH_DAYS) & (fit.month_factors > 0) & (np.array(past.own_months) > 0))
    own = np.array(past.own_months)[of]
    if len(of) < 3:
        return 0.0
    apart = np.log(fit.month_factors[of] / own)
    noise = np.log(np.maximum(drawn_months[:, of], 1e-9)).var(axis=0).mean()
    return float(np.sqrt(max(apart.var(ddof=1) - noise, 0.0)))


def _predicting(
    held: Scenario,
    actuals: Actuals,
    traffic: dict,
    level: np.ndarray,
    months: np.ndarray,
    weekdays: np.ndarray,
    size: float | None,
    lines: np.ndarray,
) -> Scenario:
    """The scenario with what was fitted; its holidays, spikes and promotions are its own."""
    kept = held.traffic
    known = Traffic.model_validate(
        {
            **traffic,
            "holidays": kept.holidays,
            "spikes": kept.spikes,
            "promotions": kept.promotions,
            "promotion_rule": kept.promotion_rule,
            "log": None,
            "month_factors": months.tolist(),
            "weekday_factors": weekdays.tolist(),
            "day_gamma_size": size,
        }
    )
    mean = dict(zip(actuals.codes, level.tolist(), strict=True))
    stores = [
        store.model_copy(update={"customers_per_day": mean.get(store.code, store.customers_per_day)})
        for store in held.stores
    ]
    return held.model_copy(update={"traffic": known, "stores": stores, "skus": _weighted(held, known, lines)})


def _weighted(held: Scenario, traffic: Traffic, lines: np.ndarray) -> list[Sku]:
    """The SKUs as a list, with the popularity that makes baskets hold them as often as `lines`."""
    popularity = weights(np.maximum(lines, 1e-6), traffic.basket_lines).clip(0, 1e6).tolist()
    if isinstance(held.skus, SkuRange):
        every = skus(held)
        suppliers = [supplier.code for supplier in held.suppliers]
        classes = own_classes(held.skus, held.traffic.zipf_exponent)
        life_days = shelf_life_days(held, every.supplier).tolist()
        return [
            Sku(
                code=code,
                name=every.name[n],
                supplier=suppliers[every.supplier[n]],
                price=float(every.price[n]),
                unit_cost=float(every.unit_cost[n]),
                weight_kg=float(every.weight_kg[n]),
                pack=int(every.pack[n]),
                group=str(every.group[n]),
                sku_class=classes[n],
                shelf_life_days=life_days[n] or None,
                popularity=popularity[n],
            )
            for n, code in enumerate(every.code)
        ]
    return [sku.model_copy(update={"popularity": weight}) for sku, weight in zip(held.skus, popularity, strict=True)]
