"""Randomisation inference: a lift held against what the same analysis finds for other assignments of the go-lives to the same stores.

Few stores go live in a pilot, and intervals from cluster-robust or bootstrapped standard errors are wrong where few clusters are treated (MacKinnon
and Webb 2018, Econometrics Journal 21, 114-135). A test against all assignments is exact for any number of stores where they were drawn at random
(Fisher 1935, The Design of Experiments), and stores are its clusters. The interval holds every constant lift that the test does not reject.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
POWER = 0.8
"""Probability with which the smallest lift that a pilot can see is seen."""
_TIES = 1e-9
"""Relative: assignments that give the same lift but for rounding are as large."""
_MOST = 8.0
"""Times the spread over assignments: a lift that is not seen there never is."""


@dataclass(frozen=True)
class Tested:
    """A statistic with its interval and the two-sided probability of one as large without a lift; infinite where nothing bounds it."""

    estimate: float
    low: float
    high: float
    p: float


def assigned(live: np.ndarray, among: np.ndarray, draws: np.random.Generator, many: int) -> np.ndarray:
    """The observed go-lives and `many` − 1 random permutations of them over the stores `among`: int64[many, stores].

    Args:
        live: go-lives, int64[stores].
        among: stores that change places, bool[stores]; the others keep theirs.
        draws: random numbers.
        many: how many are made.
    """
    found = np.tile(live, (many, 1))
    at = np.nonzero(among)[0]
    found[1:, at] = draws.permuted(found[1:, at], axis=1)
    return found


def inference(statistic: np.ndarray, effect: np.ndarray, confidence: float = CONFIDENCE) -> Tested:
    """Test and interval of the first of many assignments.

    With s the statistic observed and, under another assignment, a that of the outcomes and k that of the go-lives observed, a lift d is not rejected
    by it where |a − d k| ≥ |s − d|: between (s − a) / (1 − k) and (s + a) / (1 + k), an interval that holds s.

    Args:
        statistic: under each assignment, the observed one first, float64[assignments].
        effect: the same of an effect of 1 from the observed go-lives on, float64[assignments], the first of which is 1.
        confidence: of the interval.
    """
    s, many = float(statistic[0]), len(statistic)
    size = np.abs(statistic)
    p = float((size >= abs(s) * (1 - _TIES)).mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(s - statistic) / (1 - effect), (s + statistic) / (1 + effect)])
    unbounded = (np.abs(statistic - s) <= _TIES * abs(s)) & (np.abs(effect - 1) <= _TIES)
    low = np.where(unbounded, -np.inf, np.fmin(*ends))
    high = np.where(unbounded, np.inf, np.fmax(*ends))
    at = math.floor((1 - confidence) * many + _TIES)
    return Tested(s, float(np.sort(low)[at]), float(np.sort(high)[::-1][at]), p)


def power_of(still: np.ndarray, effect: np.ndarray, lift: float, confidence: float = CONFIDENCE) -> float:
    """Share of assignments in which a lift is seen by the test against all of them.

    Args:
        still: the statistic without a lift under each assignment, float64[assignments].
        effect: the statistic under each (rows) of an effect of 1 from the go-lives of each (columns), float64[assignments, assignments].
        lift: on the scale of the outcomes.
        confidence: of the test.
    """
    found = still + lift
    larger = np.abs(still[:, None] + lift * effect) >= np.abs(found) * (1 - _TIES)
    seen = (larger.mean(axis=0) <= 1 - confidence + _TIES) & (np.sign(found) == np.sign(lift))
    return float(seen.mean())


def least_lift(
    many: list[tuple[np.ndarray, np.ndarray]], like: float, power: float = POWER, confidence: float = CONFIDENCE
) -> float | None:
    """The smallest lift that is seen with probability `power`; None where none is, however large.

    Args:
        many: (still, effect) of each window, as `power_of` takes them.
        like: has the sign of the lift that is looked for.
        power: the probability.
        confidence: of the test.
    """
    sign = math.copysign(1.0, like)
    top = _MOST * max(float(np.abs(still).max(initial=0.0)) for still, _ in many)

    def seen(lift: float) -> bool:
        return float(np.mean([power_of(*each, sign * lift, confidence) for each in many])) >= power

    if not top or not seen(top):
        return None
    low, high = 0.0, top
    while high - low > 0.002 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return sign * high
