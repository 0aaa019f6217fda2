"""The estimators behind a calibration: calendar factors, Gamma sizes, the Zipf exponent, and the distribution of a whole number."""

from __future__ import annotations

from calendar import monthrange

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from sim.scenario.sections.distributions import Empirical, Gamma, Lognormal, Varying
from sim.traffic.assortment import zipf
from sim.traffic.baskets import Popularity, inclusion, whole

_CLOSE_ENOUGH = 0.01
"""Largest Kolmogorov distance at which a fitted distribution replaces the observed values."""
_HEAVIEST = 1_000_000
_MOST_VALUES = 500


def calendar_factors(
    count: np.ndarray, month: np.ndarray, weekday: np.ndarray, open_: np.ndarray, tolerance: float = 1e-12
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers per day of each store, month factors and weekday factors, fitted to `count` by maximum Poisson likelihood.

    `count` and `open_` are [stores, days], `month` and `weekday` [days] from 0. Month factors average 1 over a year's days, months without an open
    day have factor 1; weekday factors average 1 over a week, weekdays without an open day have 0. So a store's figure is its mean over all days of
    an average year. Method: iterative proportional fitting, until no factor changes by `tolerance`. `open_` may be float64, weights of the days, and
    `count` weighted by them.
    """
    months, weekdays, level = np.ones(12), np.ones(7), np.ones(len(count))
    count = np.where(open_, count, 0)
    seen = np.bincount(month, open_.sum(axis=0), 12) > 0
    for _ in range(200):
        before = np.concatenate([months, weekdays])
        level = count.sum(axis=1) / (open_ * months[month] * weekdays[weekday]).sum(axis=1)
        expected = (open_ * level[:, None]).sum(axis=0)
        months = _ratio(month, count.sum(axis=0), expected * weekdays[weekday], 12)
        months = np.where(seen, months / np.average(months[seen], weights=_DAYS[seen]), 1.0)
        weekdays = _ratio(weekday, count.sum(axis=0), expected * months[month], 7)
        weekdays /= weekdays.mean()
        if np.abs(np.concatenate([months, weekdays]) - before).max() < tolerance:
            break
    level = count.sum(axis=1) / (open_ * months[month] * weekdays[weekday]).sum(axis=1)
    return level, months, weekdays


def _ratio(group: np.ndarray, count: np.ndarray, expected: np.ndarray, groups: int) -> np.ndarray:
    below = np.bincount(group, expected, groups)
    return np.divide(np.bincount(group, count, groups), below, out=np.zeros(groups), where=below > 0)


def gamma_sizes(count: np.ndarray, group: np.ndarray) -> tuple[float | None, float | None]:
    """Sizes of the Gamma factors of a day and of a cell within it, from `count` [days, cells] and each day's group of like days.

    Method: pairs. Two cells of one day share the day's factor alone; a cell paired with itself (n(n − 1)) shares both; two days of a group
    are independent. The ratios of their mean products are 1 + 1/size, without bias from the noise in the means. None where no variance remains.
    """
    return gamma_sizes_of(pair_products(count, group))


def pair_products(count: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sums of products of pairs, float64[groups, 4], of each group of at least two like days: one cell of one day, two cells of one day, one cell of
    two days, two cells of two days."""
    products = []
    for days in (count[group == g].astype(np.float64) for g in np.unique(group)):
        d = len(days)
        if d < 2:
            continue
        squares, totals = (days**2).sum(), days.sum(axis=1)
        other_days = ((days.sum(axis=0) ** 2).sum() - squares) / (d - 1)
        products.append(
            (
                squares - days.sum(),
                (totals**2).sum() - squares,
                other_days,
                (totals.sum() ** 2 - (totals**2).sum()) / (d - 1) - other_days,
            )
        )
    return np.array(products).reshape(-1, 4)


def gamma_sizes_of(products: np.ndarray) -> tuple[float | None, float | None]:
    """Sizes of the Gamma factors of a day and of a cell from `pair_products`, [groups, 4]."""
    one_cell, two_cells, apart_cell, apart_cells = products.sum(axis=0).tolist()
    if not apart_cell > 0 or not apart_cells > 0:
        return None, None
    day = two_cells / apart_cells
    cell = one_cell / apart_cell / max(day, 1.0)
    return _size(day), _size(cell)


def _size(ratio: float) -> float | None:
    return float(1 / (ratio - 1)) if ratio > 1 + 1e-4 else None


def renewal_dispersion(count: np.ndarray, group: np.ndarray) -> float | None:
    """Variance over mean of a cell's customers given the day's factor, from `count` [days, cells] in groups of like days; None unless it is below 1.

    Below 1 means: by three standard errors of a Poisson count, whose variance over mean has the variance 2 / degrees of freedom. In cells of m
    customers a renewal process of dispersion d has the variance dm + (1 − d²) / 6 (Cox 1962, *Renewal Theory*, §4.5), for which d is solved.
    """
    days = np.bincount(group)
    like = days[group] > 1
    products, n = pair_products(count, group), float(count[like].sum())
    freedom = (days[days > 1] - 1).sum() * count.shape[1]
    if not freedom or n <= 0:
        return None
    one_cell, two_cells, apart_cell, apart_cells = products.sum(axis=0).tolist()
    day = max(two_cells / apart_cells, 1.0) if apart_cells > 0 else 1.0
    ratio = 1 + (one_cell - day * apart_cell) / n
    if not ratio < 1 - 3 * np.sqrt(2 / freedom):
        return None
    sixth = 1 / (6 * n / (like.sum() * count.shape[1]))
    found = (1 - np.sqrt(max(1 - 4 * sixth * (ratio - sixth), 0.0))) / (2 * sixth)  # of ratio = d + (1 − d²) · sixth
    return float(np.clip(found, 0.01, 1.0))


def dispersion(count: np.ndarray, group: np.ndarray) -> float:
    """Variance over mean within groups of like days, averaged; `count` is [days] or [days, cells], each cell a series of its own."""
    ratios = []
    for days in (count[group == g] for g in np.unique(group)):
        mean = np.atleast_1d(days.mean(axis=0))
        if len(days) > 1 and (mean > 0).any():
            ratios.append((np.atleast_1d(days.var(axis=0, ddof=1))[mean > 0]) / mean[mean > 0])
    return float(np.concatenate(ratios).mean()) if ratios else float("nan")


def zipf_exponent(lines: np.ndarray) -> float:
    """Exponent by which lines of SKUs fall with rank (maximum likelihood over all ranks that occur). `lines` need not be sorted."""
    falling = np.sort(lines[lines > 0])[::-1]
    log_rank = np.log(np.arange(1, len(falling) + 1))

    def surprise(exponent: float) -> float:
        return exponent * (falling @ log_rank) + falling.sum() * np.log(np.exp(-exponent * log_rank).sum())

    return float(minimize_scalar(surprise, bounds=(0.0, 5.0), method="bounded", options={"xatol": 1e-6}).x)


def weight_exponent(observed: float, skus: int, lines: Varying) -> float:
    """Exponent of the weights whose baskets of distinct SKUs have the `observed` exponent: a popular SKU stands only once in a basket."""

    def excess(exponent: float) -> float:
        return zipf_exponent(inclusion(lines, Popularity(zipf(skus, exponent)))) - observed

    return float(brentq(excess, 0.0, 4.0, xtol=1e-4)) if skus > 1 and excess(0.0) < 0 < excess(4.0) else observed


def weights(lines: np.ndarray, distribution: Varying, rounds: int = 8) -> np.ndarray:
    """Weights whose baskets of distinct SKUs hold SKUs in proportion to `lines`, float64[k] with mean 1."""
    share = lines / lines.sum()
    weight = share.copy()
    for _ in range(rounds):
        shown = inclusion(distribution, Popularity(weight))
        weight *= share / (shown / shown.sum())
    return weight / weight.mean()


def distribution_of(values: np.ndarray) -> Varying:
    """The distribution of whole numbers ≥ 1: lognormal or Gamma where one, rounded, comes within 0.01 of what was observed, else its values."""
    seen, weight = np.unique(values, return_counts=True)
    logs = np.log(values)
    spread = logs.var()
    distributions: list[Varying] = []
    if len(seen) > 2:
        mean, cv = float(np.exp(logs.mean() + spread / 2)), float(np.sqrt(np.expm1(spread)))
        distributions.append(Lognormal(distribution="lognormal", mean=mean, cv=cv))
        distributions.append(
            Gamma(distribution="gamma", mean=float(values.mean()), cv=float(values.std() / values.mean()))
        )
    distance, best = min(
        ((_distance(distribution, seen, weight), n) for n, distribution in enumerate(distributions)), default=(1.0, 0)
    )
    if distance <= _CLOSE_ENOUGH:
        return distributions[best]
    kept, counts = _thinned(seen, weight)
    return Empirical(distribution="empirical", values=kept, weights=counts)


def _distance(distribution: Varying, seen: np.ndarray, weight: np.ndarray) -> float:
    drawn = np.sort(whole(distribution, (np.arange(4096) + 0.5) / 4096))
    return float(np.abs(np.searchsorted(drawn, seen, side="right") / 4096 - np.cumsum(weight) / weight.sum()).max())


def _thinned(seen: np.ndarray, weight: np.ndarray) -> tuple[list, list]:
    """Values and weights; neighbours in the tail are put together, at their mean, where there are more than 500.

    Counts beyond the largest weight of a scenario are scaled down together, to six digits.
    """
    if len(seen) > _MOST_VALUES:
        bins = np.array_split(np.arange(_MOST_VALUES // 2, len(seen)), _MOST_VALUES // 2)
        head, tail = slice(_MOST_VALUES // 2), [(np.average(seen[b], weights=weight[b]), weight[b].sum()) for b in bins]
        seen = np.concatenate([seen[head], np.rint([value for value, _ in tail])])
        weight = np.concatenate([weight[head], [count for _, count in tail]])
    counts: list[float] = [int(count) for count in weight]
    if max(counts) > _HEAVIEST:
        counts = [float(f"{count * _HEAVIEST / max(weight):.6g}") for count in counts]
    return [int(value) for value in seen], counts


_DAYS = np.array([monthrange(2023, month)[1] for month in range(1, 13)])
