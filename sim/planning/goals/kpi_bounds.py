"""Bounds of a key figure of runs and of its change, from its days where these are independent, as `KpiDays.interval` has them.

A change's interval holds every ratio r for which the interval of B − r A holds 0, as Fieller's does with Student's t: a bound beyond the limit and
a comparison against the limit are one decision. Unpaired, the distances of both means to their ends are joined by their squares (Zou & Donner
2008, Statistics in Medicine 27, 1693-1702).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.optimize import brentq

from sim.evidence.kpi_days import KpiDays
from sim.evidence.statistics.replications import Interval
from sim.planning.goals.bounds import Bounds, of_change


def of_kpi(x: KpiDays, confidence: float) -> Bounds:
    """Of its mean over replications; without an interval for fewer than two."""
    found = x.interval(confidence)
    if not found.observations:
        return Bounds(None)
    return Bounds(found.mean) if math.isnan(found.low) else Bounds(found.mean, found.low, found.high)


def of_kpi_change(a: KpiDays | float, b: KpiDays, paired: bool, confidence: float) -> Bounds:
    """Of mean(b) / mean(a) − 1, with what `bounds.of_change` leaves without an interval or an estimate.

    Args:
        a: the baseline, or a number that is known exactly.
        b: the key figure.
        paired: whether replications of one number belong together; those that only one has are then left out.
        confidence: two-sided.
    """
    if isinstance(a, float):
        return _less_one(of_kpi(b.times(1 / a), confidence)) if a > 0 else Bounds(None)
    if paired:
        a, b = matched(a, b)
    of_pairs = not paired or a.cells.columns.equals(b.cells.columns)
    if not (a.within and b.within and of_pairs and len(a.cells) > 1 and len(b.cells) > 1):
        return of_change(a.values, b.values, paired, confidence)
    of_a, of_b = a.interval(confidence), b.interval(confidence)
    if not of_a.mean > 0:
        return Bounds(None)
    ratio = of_b.mean / of_a.mean
    if not of_a.low > 0:
        return Bounds(ratio - 1)

    def beyond(r: float) -> Interval:
        """Of b − r a."""
        return b.minus(a.times(r)).interval(confidence) if paired else _joined(of_a, of_b, r)

    low = _bound(lambda r: -beyond(r).low, ratio, -1)
    high = _bound(lambda r: beyond(r).high, ratio, 1)
    return _less_one(Bounds(ratio, low, high))


def matched(a: KpiDays, b: KpiDays) -> tuple[KpiDays, KpiDays]:
    """Both in the replications that both have."""
    both = a.cells.index.intersection(b.cells.index)
    return a.among(both), b.among(both)


def _less_one(of: Bounds) -> Bounds:
    estimate, low, high = (None if each is None else each - 1 for each in (of.estimate, of.low, of.high))
    return Bounds(estimate, low, high)


def _joined(a: Interval, b: Interval, r: float) -> Interval:
    """Of mean(b) − r mean(a), r of any sign, for independent a and b."""
    below, above = (a.mean - a.low, a.high - a.mean) if r >= 0 else (a.high - a.mean, a.mean - a.low)
    mean = b.mean - r * a.mean
    low = mean - math.hypot(b.mean - b.low, r * above)
    return Interval(mean, low, mean + math.hypot(b.high - b.mean, r * below), min(a.observations, b.observations))


def _bound(left: Callable[[float], float], ratio: float, side: int) -> float:
    """The ratio on one side of the estimate at which what is `left` before zero is excluded is used up."""
    if left(ratio) <= 0:
        return ratio
    far = max(abs(ratio), 1.0) / 64
    while left(ratio + side * far) > 0:
        far *= 2
    return ratio + side * float(brentq(lambda distance: left(ratio + side * distance), 0.0, far))
