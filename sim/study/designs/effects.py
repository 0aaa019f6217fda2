"""What factors do to a result: main effects with paired intervals, and Sobol' indices."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sobol_indices

from sim.evidence.statistics.replications import Interval, interval
from sim.study.designs.factors import Factor, Level, Point

Values = NDArray[np.float64]
"""Results, [points, replications], or [points, replications, days]."""


@dataclass(frozen=True)
class Effect:
    """What a level of a factor changes against its first level, or a range from its low to its high end, in the unit of the result."""

    factor: str
    level: Level
    change: Interval


@dataclass(frozen=True)
class Index:
    """The Sobol' index of a factor, of first order and in total: shares of the result's variance, with bootstrap intervals as (low, high)."""

    factor: str
    first: float
    """Due to it alone."""
    first_interval: tuple[float, float]
    total: float
    """Due to it alone and together with others."""
    total_interval: tuple[float, float]


def main_effects(
    factors: Sequence[Factor],
    points: Sequence[Point],
    values: Values,
    between: Callable[[Values], Interval] = interval,
) -> list[Effect]:
    """The mean over all points with a level, less that over all with the first one; replications are paired, so what they share cancels.

    Of a range it is the slope of a least-squares plane over all factors' places, from the low end to the high one.

    Args:
        factors: of the design.
        points: length n.
        values: float64[n, replications], or with a third axis of days; with one replication the ends of intervals are NaN.
        between: the interval of an effect, from float64[replications] or float64[replications, days]; 95 % and Student's t without it.
    """
    slopes = _slopes(factors, points, values) if any(factor.ranges for factor in factors) else {}
    effects = []
    for factor in factors:
        if factor.ranges:
            effects.append(Effect(factor.path, factor.high, between(slopes[factor.path])))
            continue
        at = [factor.levels.index(point[factor.path]) for point in points]
        # Points of a one-at-a-time design that move another factor show nothing of this one.
        among = _comparable(factor, points)
        means = [
            values[[n for n, k in enumerate(at) if k == of and n in among]].mean(axis=0)
            for of in range(len(factor.levels))
        ]
        effects += [
            Effect(factor.path, each, between(mean - means[0]))
            for each, mean in zip(factor.levels[1:], means[1:], strict=True)
        ]
    return effects


def indices(factors: Sequence[Factor], values: Values, confidence: float = 0.95) -> list[Index]:
    """Sobol' indices from the results at the points of `points.sobol`, in their order (Saltelli et al. 2010; Sobol' 2001).

    Under common random numbers the mean over replications is a function of the factors alone. A result that does not vary has NaN for both.

    Args:
        factors: d of them.
        values: float64[n (d + 2), replications].
        confidence: of the bootstrap intervals.
    """
    d, mean = len(factors), values.mean(axis=1)
    n = len(mean) // (d + 2)
    if not np.isfinite(mean).all() or np.ptp(mean) == 0:
        unknown = (float("nan"), float("nan"))
        return [Index(factor.path, *(float("nan"), unknown) * 2) for factor in factors]
    parts: dict[Literal["f_A", "f_B", "f_AB"], np.ndarray] = {
        "f_A": mean[None, :n],
        "f_B": mean[None, n : 2 * n],
        "f_AB": mean[2 * n :].reshape(d, 1, n),
    }
    found = sobol_indices(func=parts, n=n, rng=np.random.default_rng(0))
    with warnings.catch_warnings():  # of a result with few distinct values the bounds are not known: NaN
        warnings.simplefilter("ignore")
        spread = found.bootstrap(confidence_level=confidence, n_resamples=999)
    bounds = [getattr(spread, name).confidence_interval for name in ("first_order", "total_order")]
    first, total = (np.ravel(getattr(found, name)) for name in ("first_order", "total_order"))
    low, high = ([np.ravel(getattr(bound, end)) for bound in bounds] for end in ("low", "high"))
    return [
        Index(
            factor.path,
            float(first[i]),
            (float(low[0][i]), float(high[0][i])),
            float(total[i]),
            (float(low[1][i]), float(high[1][i])),
        )
        for i, factor in enumerate(factors)
    ]


def _comparable(factor: Factor, points: Sequence[Point]) -> set[int]:
    """The points whose other factors stand at a combination that every level of this one is played at; all where there is none."""
    others: dict[str, set[int]] = {}
    for point in points:
        others.setdefault(_rest(factor, point), set()).add(factor.levels.index(point[factor.path]))
    whole = {rest for rest, levels in others.items() if len(levels) == len(factor.levels)}
    return {n for n, point in enumerate(points) if not whole or _rest(factor, point) in whole}


def _rest(factor: Factor, point: Point) -> str:
    return repr([(path, level) for path, level in point.items() if path != factor.path])


def _slopes(factors: Sequence[Factor], points: Sequence[Point], values: Values) -> dict[str, Values]:
    places = np.array([[factor.place(point[factor.path]) for factor in factors] for point in points])
    plane = np.column_stack([np.ones(len(points)), places])
    fitted = np.linalg.lstsq(plane, values.reshape(len(points), -1), rcond=None)[0].reshape(-1, *values.shape[1:])
    return {factor.path: fitted[1 + i] for i, factor in enumerate(factors)}
