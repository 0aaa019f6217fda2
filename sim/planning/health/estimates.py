"""A measure of one quarter, estimated from its parts: days, surveys, load tests, counts of stock, or replications of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sim.evidence.statistics.intervals import share_high, share_low
from sim.planning.goals.bounds import Bounds, of_change, of_level, of_ratio, t_quantile
from sim.planning.health.measures import BEST, PER, WORST, Measure
from sim.records.decisions.health import Grade

How = Literal["replications", "parts", "within", "widest", "counts", "none"]


@dataclass(frozen=True)
class Part:
    """What one row of a table, or one load test, gives: a mean as total / weight."""

    total: float
    weight: float = 1.0
    variance: float | None = None
    """Of the mean; None where the spread within the part is not known."""
    freedom: float = math.inf
    counted: tuple[float, float] | None = None
    """Independent errors, and the requests that they are of."""
    respondents: int | None = None


@dataclass(frozen=True)
class Estimate:
    """A measure in a quarter."""

    mean: float
    variance: float | None
    """Of the mean; None where nothing determines it."""
    freedom: float
    samples: int
    how: How
    grade: Grade
    source: str
    counted: tuple[float, float] | None = None
    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    """By replication, float64[n]; empty for anything but a run."""


def pooled(measure: Measure, parts: Sequence[Part], grade: Grade, source: str) -> Estimate | None:
    """The parts of a quarter together: a ratio of sums, Σ total / Σ weight; None where the weights add up to 0.

    The variance is that of a ratio estimator over the parts (Cochran 1977, Sampling Techniques, ch. 6), with n − 1 degrees of freedom: parts may
    hold requests that depend on each other. Respondents of a survey do not, so that their spread within the parts is used where it is known. One
    part alone has its own spread, or none.
    """
    weight = math.fsum(part.weight for part in parts)
    if not weight > 0:
        return None
    mean, n = math.fsum(part.total for part in parts) / weight, len(parts)
    counts = [part.counted for part in parts if part.counted]
    counted = (math.fsum(x for x, _ in counts), math.fsum(of for _, of in counts)) if len(counts) == n else None
    known = [part for part in parts if part.variance is not None]
    asked = [part.respondents or 1 for part in parts]
    samples, freedom = n, math.inf
    variance: float | None = None
    how: How = "none"
    if measure.name == "satisfaction":
        samples = sum(asked)
    within = len(known) == n and (n == 1 or measure.name == "satisfaction")
    if within:
        variance = math.fsum(part.weight**2 * (part.variance or 0.0) for part in parts) / weight**2
        freedom, how = (parts[0].freedom if n == 1 else max(samples - n, 1)), "within"
    elif measure.name == "satisfaction" and samples > 1 and any(part.respondents for part in parts):
        how = "widest"
    elif n > 1:
        spread = math.fsum((part.total - mean * part.weight) ** 2 for part in parts)
        variance, freedom, how = n / (n - 1) * spread / weight**2, n - 1, "parts"
    elif counted:
        variance, how = mean * PER / weight, "counts"
    if measure.name == "satisfaction" and variance == 0 and samples > 1:
        variance, how = None, "widest"
    return Estimate(mean, variance, freedom, samples, how, grade, source, counted)


def of_replications(values: np.ndarray, source: str, grade: Grade) -> Estimate:
    """Of the replications of a run, float64[n]."""
    n = len(values)
    variance = float(values.var(ddof=1) / n) if n > 1 else None
    how: How = "replications" if n > 1 else "none"
    return Estimate(float(values.mean()), variance, n - 1, n, how, grade, source, None, values)


def level(measure: Measure, of: Estimate, confidence: float) -> Bounds:
    """The estimate with its interval, within what the measure can be.

    Errors: the wider of the interval over parts and the exact one of independent errors. A survey without its spread: Wilson's interval (1927,
    Journal of the American Statistical Association 22) for answers at the two ends of the scale, the largest spread that a mean allows.
    """
    if len(of.values):
        found = of_level(of.values, confidence)
    elif of.how == "widest":
        found = _worst_case(of.mean, of.samples, confidence)
    elif of.variance is None:
        found = Bounds(of.mean)
    else:
        width = t_quantile(of.freedom, confidence) * math.sqrt(of.variance)
        found = Bounds(of.mean, of.mean - width, of.mean + width)
    if of.counted and found.low is not None and found.high is not None:
        side = (1 + confidence) / 2
        low, high = (PER * bound(*of.counted, side) for bound in (share_low, share_high))
        found = Bounds(of.mean, min(low, found.low), max(high, found.high))
    if found.low is None or found.high is None:
        return found
    top = math.inf if measure.highest is None else measure.highest
    return Bounds(found.estimate, max(found.low, measure.lowest), min(found.high, top))


def change(before: Estimate, now: Estimate, confidence: float) -> Bounds:
    """Of now / before − 1: paired replications of one run, else Fieller's interval; for counts the wider of that and the exact conditional one.

    Given their sum, the later of two counts of independent errors is binomial (Przyborowski and Wilenski 1940, Biometrika 31).
    """
    if len(before.values) and len(now.values):
        paired = before.source == now.source and len(before.values) == len(now.values)
        return of_change(before.values, now.values, paired, confidence)
    if before.variance is None or now.variance is None:
        return Bounds(now.mean / before.mean - 1 if before.mean > 0 else None)
    freedom = min(before.freedom, now.freedom)
    found = of_ratio((before.mean, before.variance), (now.mean, now.variance), 0.0, freedom, confidence)
    if not before.counted or not now.counted or found.estimate is None:
        return found
    low, high = _exact_change(before.counted, now.counted, confidence)
    if before.how == now.how == "counts":
        return Bounds(found.estimate, low, high)
    if found.low is None or found.high is None:
        return found
    return Bounds(found.estimate, min(low, found.low), max(high, found.high))


def change_of_known(baseline: float, now: Bounds) -> Bounds:
    """Of a level against a baseline that is known exactly."""
    estimate, low, high = (None if end is None else end / baseline - 1 for end in (now.estimate, now.low, now.high))
    return Bounds(estimate, low, high)


def _exact_change(before: tuple[float, float], now: tuple[float, float], confidence: float) -> tuple[float, float]:
    """Bounds on the ratio of two error rates less 1, exact given the sum of the counts; infinite above where none was before."""
    (x, n), (y, m) = before, now
    side = (1 + confidence) / 2
    low, high = share_low(y, x + y, side), share_high(y, x + y, side)
    return low / (1 - low) * n / m - 1, (high / (1 - high) * n / m - 1 if high < 1 else math.inf)


def _worst_case(mean: float, n: int, confidence: float) -> Bounds:
    """Wilson's interval of a mean of answers at both ends of the scale alone."""
    p, z2 = (mean - WORST) / (BEST - WORST), t_quantile(math.inf, confidence) ** 2
    middle, width = p + z2 / (2 * n), math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    low, high = ((middle + sign * width) / (1 + z2 / n) for sign in (-1, 1))
    return Bounds(mean, WORST + (BEST - WORST) * low, WORST + (BEST - WORST) * high)
