"""How well a log determines the parameters of its fit: draws of what they may be, and intervals.

The Bayesian bootstrap (Rubin, "The Bayesian bootstrap", Annals of Statistics 9, 1981) of days: each draw weights the log's days at random and fits
again. Days, not customers, are exchanged, since customers of one day come in clusters. Weights are Gamma with mean 1 and variance D / (D − p), for D
days and p factors: as many degrees of freedom are used up by the factors, and few days would otherwise give intervals that are too short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from sim.calibration.days import days_of
from sim.calibration.estimators import calendar_factors, gamma_sizes_of, pair_products, weight_exponent, zipf_exponent
from sim.calibration.fit import CORE, Fit
from sim.traffic.assortment import zipf
from sim.traffic.baskets import Popularity, Whole, fill
from sim.traffic.log.tickets import Tickets

DRAWS = 199
LEVEL = 0.95
_CLOSE_ENOUGH = 1e-6
_DRAWN_LINES = 2_000_000
_MOST_LOGS = 20


@dataclass(frozen=True)
class Posterior:
    """Draws of the parameters of a fit."""

    draws: Mapping[str, np.ndarray]
    """By parameter of `Fit`, float64[draws, …] of the parameter's shape; of Gamma sizes the variance 1 / size, 0 where there is no such factor."""

    def interval(self, name: str, *at: int) -> tuple[float, float]:
        """Between the quantiles of the draws of a parameter, or of its element `at`, that hold `LEVEL` of them, with equal tails."""
        of = self.draws[name]
        values = of[:, at[0]] if at else of
        low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return float(low), float(high)


def posterior(tickets: Tickets, found: Fit, draws: int = DRAWS, seed: int = 0) -> Posterior:
    """Draws of what the parameters of `found`, the fit to these tickets, may be; one seed, one result."""
    apart = [(holiday.first, holiday.last) for holiday in found.holidays]
    missing = [found_date for run in found.missing for found_date in _dates(run)]
    days = days_of(tickets, [*apart, *found.closed_days], missing)
    rng = np.random.default_rng(seed)
    used_days = int(days.used.any(axis=0).sum())
    factors = sum(found.months_seen) + int((found.weekday_factors > 0).sum()) - 1
    shape = max(used_days - factors, 1) / used_days
    weight = rng.gamma(shape, 1 / shape, (draws, len(days.dates)))
    level, months, weekdays = _calendar(weight, days.count, days.month, days.weekday, days.used)
    sums = _day_sums(tickets, len(days.dates))
    weighed = {name: weight @ of for name, of in sums.items()}
    hours = weight @ days.cells.sum(axis=0)
    core = days.cells[days.used][:, found.hour_shares >= CORE * found.hour_shares.max()]
    day, cell = _gamma_variances(rng, draws, pair_products(core, days.like[days.used]))
    return Posterior(
        {
            "customers_per_day": level,
            "month_factors": months,
            "weekday_factors": weekdays,
            "hour_shares": hours / hours.sum(axis=1, keepdims=True),
            "day_gamma_size": day,
            "cell_gamma_size": cell,
            "basket_mean": weighed["lines"] / weighed["tickets"],
            "units_mean": weighed["units"] / weighed["lines"],
            "member_share": weighed["known"] / weighed["tickets"],
            "zipf_exponent": _exponents(tickets, weight, found),
        }
    )


def _dates(run: tuple) -> list:
    return np.arange(np.datetime64(run[0]), np.datetime64(run[1]) + 1).astype(object).tolist()


def _calendar(
    weight: np.ndarray, count: np.ndarray, month: np.ndarray, weekday: np.ndarray, used: np.ndarray
) -> tuple[np.ndarray, ...]:
    found = [calendar_factors(count * w, month, weekday, used * np.maximum(w, 1e-9), _CLOSE_ENOUGH) for w in weight]
    return tuple(np.array(of) for of in zip(*found, strict=True))


def _day_sums(tickets: Tickets, days: int) -> dict[str, np.ndarray]:
    """Tickets, lines, units and tickets of known customers by day, float64[days] each."""
    day = _day(tickets)
    size = np.diff(tickets.line_start)
    units = np.add.reduceat(tickets.line_units, tickets.line_start[:-1])
    of = {"tickets": np.ones(len(tickets)), "lines": size, "units": units, "known": tickets.customer >= 0}
    return {name: np.bincount(day, values, days) for name, values in of.items()}


def _day(tickets: Tickets) -> np.ndarray:
    day = tickets.stamp.astype("datetime64[D]")
    return (day - day.min()).astype(int)


def _gamma_variances(rng: np.random.Generator, draws: int, products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances of the Gamma factors of a day and of a cell, float64[draws] each: groups of like days are weighted."""
    if not len(products):
        return np.full(draws, np.nan), np.full(draws, np.nan)
    sizes = [gamma_sizes_of(products * rng.exponential(size=(len(products), 1))) for _ in range(draws)]
    day, cell = (np.array([0.0 if size is None else 1 / size for size in of]) for of in zip(*sizes, strict=True))
    return day, cell


def _exponents(tickets: Tickets, weight: np.ndarray, found: Fit) -> np.ndarray:
    """Zipf exponents of weights, float64[draws].

    SKUs ranked by their lines look more unequal than they are, and inclusion is approximate. Both biases are those of logs of as many tickets
    drawn with the fit's own exponent, and are taken off (bias correction by a parametric bootstrap: Efron and Tibshirani 1993, *An Introduction to
    the Bootstrap*, chapter 10).
    """
    day = np.repeat(_day(tickets), np.diff(tickets.line_start))
    lines = sp.coo_array((np.ones(len(day)), (day, tickets.line_sku)), shape=(weight.shape[1], found.skus)).tocsr().T
    drawn = np.array([zipf_exponent(lines @ w) for w in weight])
    of_weights = weight_exponent(found.zipf_exponent, found.skus, found.basket_lines)
    popularity = Popularity(zipf(found.skus, of_weights))
    again = []
    for key in range(int(np.clip(_DRAWN_LINES / len(day), 1, _MOST_LOGS))):
        size = np.minimum(Whole(found.basket_lines).draw(key, "basket_lines", len(tickets)), found.skus)
        start = np.concatenate([[0], np.cumsum(size, dtype=np.int64)])
        again.append(zipf_exponent(np.bincount(fill(start, popularity, key))))
    slope = of_weights / found.zipf_exponent if found.zipf_exponent > 0 else 1.0
    return of_weights + slope * (drawn - drawn.mean() + found.zipf_exponent - np.mean(again))
