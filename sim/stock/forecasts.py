"""Demand forecasts: many series at once, the choice of a method for each series, and the correction of sales for stock-outs.

A history is float64[days, ...]: units a day, oldest first, one series a cell. A forecast is float64[horizon, ...] for the days after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ext.elementary import power

WEEK = 7
ALPHA = 0.1
"""Weight of the newest observation in Croston's and Teunter's methods, as is usual."""

Method = Callable[[np.ndarray, int], np.ndarray]


def moving_average(history: np.ndarray, horizon: int, window: int = 28) -> np.ndarray:
    """The mean of the last `window` days, for every day ahead."""
    return _flat(history[-window:].mean(axis=0), horizon)


def simple(history: np.ndarray, horizon: int, alpha: float = 0.2) -> np.ndarray:
    """Simple exponential smoothing; the first observation is the first level (Brown 1959)."""
    return _flat(_smooth(history, alpha), horizon)


def seasonal_naive(history: np.ndarray, horizon: int) -> np.ndarray:
    """Each day as the same weekday of the last week."""
    return history[-WEEK:][np.arange(horizon) % WEEK]


def seasonal_smoothing(history: np.ndarray, horizon: int, alpha: float = 0.2) -> np.ndarray:
    """Exponential smoothing of each weekday for itself; days before the first whole week are left out."""
    weeks = history[len(history) % WEEK :].reshape(-1, WEEK, *history.shape[1:])
    return _smooth(weeks, alpha)[np.arange(horizon) % WEEK]


def croston_sba(history: np.ndarray, horizon: int, alpha: float = ALPHA) -> np.ndarray:
    """Croston's size over interval, with the correction of Syntetos & Boylan (2005), International Journal of Forecasting 21."""
    size, interval, since = np.zeros(history.shape[1:]), np.zeros(history.shape[1:]), np.ones(history.shape[1:])
    for today in history:
        sold, first = today > 0, interval == 0
        size = np.where(sold, np.where(first, today, size + alpha * (today - size)), size)
        interval = np.where(sold, np.where(first, since, interval + alpha * (since - interval)), interval)
        since = np.where(sold, 1.0, since + 1)
    return _flat((1 - alpha / 2) * size / np.maximum(interval, 1), horizon)


def tsb(history: np.ndarray, horizon: int, alpha: float = ALPHA) -> np.ndarray:
    """Demand size times the probability of demand, which decays while there is none. Teunter, Syntetos & Babai (2011), EJOR 214."""
    size, none_yet = np.zeros(history.shape[1:]), np.ones(history.shape[1:], dtype=bool)
    for today in history:
        sold = today > 0
        size = np.where(sold, np.where(none_yet, today, size + alpha * (today - size)), size)
        none_yet &= ~sold
    return _flat(_smooth((history > 0).astype(np.float64), alpha) * size, horizon)


METHODS: dict[str, Method] = {
    "seasonal_smoothing": seasonal_smoothing,
    "croston_sba": croston_sba,
    "tsb": tsb,
    "seasonal_naive": seasonal_naive,
    "simple": simple,
}

CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
BY_CLASS = {
    "smooth": "seasonal_smoothing",
    "erratic": "seasonal_smoothing",
    "intermittent": "croston_sba",
    "lumpy": "croston_sba",
}


def demand_class(history: np.ndarray) -> np.ndarray:
    """Each series' place in `CLASSES`, int64: Syntetos, Boylan & Croston (2005), Journal of the Operational Research Society 56.

    Intermittent where demand comes less often than every 1.32 days, erratic where the squared coefficient of variation of its sizes is
    above 0.49, lumpy where both. A series without demand is intermittent.
    """
    sold = history > 0
    times = sold.sum(axis=0)
    mean = history.sum(axis=0) / np.maximum(times, 1)
    variance = np.where(sold, (history - mean) ** 2, 0.0).sum(axis=0) / np.maximum(times, 1)
    rare = len(history) > 1.32 * times
    erratic = variance > 0.49 * np.maximum(mean, 1e-300) ** 2
    return 2 * rare + erratic


def by_class(history: np.ndarray, horizon: int) -> np.ndarray:
    """Each series by the method of its demand class."""
    return choose(
        history, horizon, demand_class(history), {n: METHODS[BY_CLASS[name]] for n, name in enumerate(CLASSES)}
    )


def by_error(history: np.ndarray, horizon: int, held_out: int = 2 * WEEK) -> np.ndarray:
    """Each series by the method that had the least squared error over the last `held_out` days, forecast from those before them."""
    known, truth = history[:-held_out], history[-held_out:]
    errors = [((method(known, held_out) - truth) ** 2).sum(axis=0) for method in METHODS.values()]
    return choose(history, horizon, np.argmin(errors, axis=0), dict(enumerate(METHODS.values())))


def choose(history: np.ndarray, horizon: int, choice: np.ndarray, methods: Mapping[int, Method]) -> np.ndarray:
    """Forecast each series by the method whose number `choice` gives it; a method gets only its own series."""
    forecast = np.zeros((horizon, *history.shape[1:]))
    for number, method in methods.items():
        mine = choice == number
        if mine.any():
            forecast[:, mine] = method(history[:, mine], horizon)
    return forecast


def uncensored(sold: np.ndarray, ran_out: np.ndarray, before: np.ndarray) -> np.ndarray:
    """A day's sales as demand: what series that ran out may have hidden is put back.

    sold: float64[...], units of the day. ran_out: bool[...]. before: float64[days, ...], the days before it, put right in their turn. A
    day that ran out counts as the mean of its weekday so far, where that is more than it sold. It takes off downward bias only: demand
    beyond the usual, lost on the very day it ran out, stays unseen.
    """
    usual = before[-WEEK::-WEEK].mean(axis=0)
    return np.where(ran_out, np.maximum(sold, usual), sold)


def error_sd(history: np.ndarray) -> np.ndarray:
    """Standard deviation of a day around its weekday's mean, one a series: what safety stock must cover a day.

    Where fewer than two weeks are known, that of a Poisson distribution with the series' mean.
    """
    weeks = history[len(history) % WEEK :].reshape(-1, WEEK, *history.shape[1:])
    if len(weeks) < 2:
        return np.sqrt(history.mean(axis=0))
    return np.sqrt(weeks.var(axis=0, ddof=1).mean(axis=0))


def _smooth(history: np.ndarray, alpha: float) -> np.ndarray:
    """The last level of exponential smoothing along the first axis: a weighted sum."""
    age = np.arange(len(history))[::-1]
    weight = alpha * power(1 - alpha, age)
    weight[0] = power(1 - alpha, age[0])
    return np.einsum("d,d...->...", weight, history)


def _flat(level: np.ndarray, horizon: int) -> np.ndarray:
    return np.broadcast_to(level, (horizon, *level.shape))
