"""Bounds on differences A − B: of means by Student's t over stretches, of shares and quantiles from each side's own bounds.

The second is the method of variance estimates recovery: the distances from each estimate to its own bound are joined as variances of a
difference are (Newcombe 1998, Statistics in Medicine 17, 873–890; Zou & Donner 2008, Statistics in Medicine 27, 1693–1702).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from sim.evidence.difference.pairing import Sides
from sim.evidence.statistics.intervals import BATCHES, CONFIDENCE, batch_effect, share_high, share_low
from sim.evidence.statistics.rules import Rules
from sim.evidence.statistics.shares import quantile, quantile_interval, share
from sim.evidence.verdict.targets import AVAILABILITY_TARGET

_LEAST_STRETCHES = 5
"""Stretches with a bad request that each side needs before a correlation is reckoned with."""
_MOST_SCALE = 1e5


@dataclass(frozen=True)
class Interval:
    """A difference A − B with its one-sided lower and upper bounds; NaN where it was not measured, infinite where not bounded."""

    a: float
    b: float
    low: float
    high: float
    effect_a: float
    effect_b: float
    correlation: float
    scaled: Callable[[float], tuple[float, float]]
    """The bounds that f times the requests, with the same estimates and design effects, would have."""

    @property
    def difference(self) -> float:
        """The estimate."""
        return self.a - self.b

    def times_needed(self, decides: Callable[[float, float], bool]) -> float | None:
        """The smallest multiple of the requests whose bounds decide, to 1 %; None where no multiple up to 10⁵ does."""
        if not math.isfinite(self.difference) or not decides(*self.scaled(_MOST_SCALE)):
            return None
        low, high = 1.0, _MOST_SCALE
        while high / low > 1.01:
            middle = math.sqrt(low * high)
            low, high = (low, middle) if decides(*self.scaled(middle)) else (middle, high)
        return high


def share_difference(sides: Sides) -> Interval:
    """The difference of the shares of failed requests.

    Each side's bounds are exact binomial ones on its effective sample size. Its design effect is at least that of both runs together: a side in
    which nothing failed shows nothing of how failures cluster.
    """
    a, b = sides.a, sides.b
    bad = int(a.failed.sum() + b.failed.sum())
    limit = max(1 - AVAILABILITY_TARGET, bad / (len(a) + len(b)))
    shares = [share(each.t_s, each.failed, limit) for each in (a, b)]
    together = sum(each.bad * each.design_effect for each in shares) / bad if bad else 1.0
    effects = [max(each.design_effect, together) for each in shares]
    correlated = _correlation(sides, a.failed, b.failed)

    def bounds(times: float) -> tuple[float, float]:
        sizes = [times * each.requests / effect for each, effect in zip(shares, effects, strict=True)]
        own = [
            (share_low(each.estimate * n, n), share_high(each.estimate * n, n))
            for each, n in zip(shares, sizes, strict=True)
        ]
        return recovered((shares[0].estimate, *own[0]), (shares[1].estimate, *own[1]), correlated)

    return Interval(shares[0].estimate, shares[1].estimate, *bounds(1.0), effects[0], effects[1], correlated, bounds)


def quantile_difference(sides: Sides, p: float) -> Interval:
    """The difference of the p-quantiles of the responses, failed requests counted as +∞."""
    sets = (sides.a, sides.b)
    estimates = [quantile(each.response_s, p) for each in sets]
    if not all(map(math.isfinite, estimates)):
        return _unmeasured(*estimates)
    over = [each.response_s > estimate for each, estimate in zip(sets, estimates, strict=True)]
    own = [share(each.t_s, slow, 1 - p).design_effect for each, slow in zip(sets, over, strict=True)]
    together = float(np.average(own, weights=[len(each) for each in sets]))
    bounds_s = [
        quantile_interval(each.t_s, each.response_s, p, Rules(incident_s=together * _spacing_s(each.t_s)))
        for each in sets
    ]
    correlated = _correlation(sides, *over)

    def bounds(times: float) -> tuple[float, float]:
        scale = 1 / math.sqrt(times)
        near = [
            (estimate, estimate - scale * (estimate - low), estimate + scale * (high - estimate))
            for estimate, (low, high) in zip(estimates, bounds_s, strict=True)
        ]
        return recovered(near[0], near[1], correlated)

    effects = (max(own[0], together), max(own[1], together))
    return Interval(estimates[0], estimates[1], *bounds(1.0), *effects, correlated, bounds)


def mean_difference(sides: Sides, timeout_s: float) -> Interval:
    """The difference of the mean responses, a failed request charged the time-out.

    Student's t on the differences of the stretches' means where paired; Welch's on the means of each side's stretches where not. The wider of the
    intervals by single stretches and by two neighbours as one: a burst across their boundary makes neighbours alike.
    """
    charged = [each.charged_s(timeout_s) for each in (sides.a, sides.b)]
    if sides.a.failed.all() or sides.b.failed.all():
        return _unmeasured(math.nan, math.nan)
    a, b = (float(each.mean()) for each in charged)
    half_of = _paired_half if sides.paired else _welch_half
    parts = sides.stretches()
    half = max(
        half_of(*(_means(x, part // together) for x, part in zip(charged, parts, strict=True))) for together in (1, 2)
    )

    def bounds(times: float) -> tuple[float, float]:
        return a - b - half / math.sqrt(times), a - b + half / math.sqrt(times)

    return Interval(a, b, *bounds(1.0), batch_effect(charged[0]), batch_effect(charged[1]), 0.0, bounds)


def recovered(
    a: tuple[float, float, float], b: tuple[float, float, float], correlation: float = 0.0
) -> tuple[float, float]:
    """Bounds on a − b from the estimate, lower and upper bound of each, and the correlation of the estimates."""
    difference = a[0] - b[0]
    return (
        difference - _joined(a[0] - a[1], b[2] - b[0], correlation),
        difference + _joined(a[2] - a[0], b[0] - b[1], correlation),
    )


def _joined(x: float, y: float, correlation: float) -> float:
    if not (math.isfinite(x) and math.isfinite(y)):
        return math.inf
    return math.sqrt(max(x * x + y * y - 2 * correlation * x * y, 0.0))


def _correlation(sides: Sides, bad_a: np.ndarray, bad_b: np.ndarray) -> float:
    """A cautious correlation of two shares of bad requests: the 95 % lower bound, never below 0, of the smaller of Pearson's and Spearman's over
    the stretches (Fisher's transformation). 0 where the runs do not pair, or where bad requests stand in too few stretches."""
    if not sides.paired:
        return 0.0
    x, y = (_means(bad.astype(float), part) for bad, part in zip((bad_a, bad_b), sides.stretches(), strict=True))
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if min(np.count_nonzero(x), np.count_nonzero(y)) < _LEAST_STRETCHES or min(np.ptp(x), np.ptp(y)) == 0:
        return 0.0
    plain = min(np.corrcoef(x, y)[0, 1], np.corrcoef(_ranks(x), _ranks(y))[0, 1], 0.999)
    return max(0.0, math.tanh(math.atanh(max(plain, 0.0)) - float(ndtri(CONFIDENCE)) / math.sqrt(len(x) - 3)))


def _ranks(x: np.ndarray) -> np.ndarray:
    """Ranks, ties at their mean."""
    values, index, number = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(number)
    return (last - (number - 1) / 2)[index] if len(values) else x


def _means(x: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Mean by stretch, float64[stretches]; NaN for a stretch without a value."""
    number = np.bincount(part, minlength=BATCHES)
    return np.divide(np.bincount(part, x, BATCHES), number, out=np.full(BATCHES, np.nan), where=number > 0)


def _paired_half(a: np.ndarray, b: np.ndarray) -> float:
    apart = (a - b)[~(np.isnan(a) | np.isnan(b))]
    return _half(float(np.var(apart, ddof=1)) / len(apart), len(apart) - 1) if len(apart) > 1 else math.inf


def _welch_half(a: np.ndarray, b: np.ndarray) -> float:
    """Half-width by Welch's t, with the degrees of freedom of Satterthwaite."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if min(len(a), len(b)) < 2:
        return math.inf
    of_a, of_b = (float(np.var(each, ddof=1)) / len(each) for each in (a, b))
    spread = of_a**2 / (len(a) - 1) + of_b**2 / (len(b) - 1)
    return _half(of_a + of_b, (of_a + of_b) ** 2 / spread if spread else len(a) + len(b) - 2)


def _half(variance: float, freedom: float) -> float:
    return float(stdtrit(freedom, CONFIDENCE)) * math.sqrt(variance)


def _spacing_s(t_s: np.ndarray) -> float:
    return float(t_s[-1] - t_s[0]) / (len(t_s) - 1) if len(t_s) > 1 else 0.0


def _unmeasured(a: float, b: float) -> Interval:
    return Interval(a, b, math.nan, math.nan, 1.0, 1.0, 0.0, lambda _: (math.nan, math.nan))
