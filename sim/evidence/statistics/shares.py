"""The share of bad requests, its bounds, and its decision against the share that a target allows.

A quantile is decided as a share: p95 ≤ 2 s means that at most 5 % of the requests are slower than 2 s.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.evidence.statistics.incidents import chance_gap_s, design_effect, incidents
from sim.evidence.statistics.intervals import CONFIDENCE, requests_more, share_high, share_low
from sim.evidence.statistics.rules import ONE_LOOK, Rules
from sim.records.verdict import Decision


@dataclass(frozen=True)
class Share:
    """A share of bad requests with its one-sided lower and upper bounds."""

    requests: int
    bad: int
    incidents: int
    gap_s: float
    design_effect: float
    low: float
    high: float
    confidence: float = CONFIDENCE

    @property
    def estimate(self) -> float:
        """The share of bad requests."""
        return self.bad / self.requests

    def decide(self, limit: float) -> Decision:
        """Pass: upper bound ≤ `limit`; fail: lower bound > `limit`; else inconclusive."""
        if self.high <= limit:
            return "pass"
        return "fail" if self.low > limit else "inconclusive"

    def requests_more(self, limit: float) -> int | None:
        """How many more requests with this share and design effect would decide; None: no number would."""
        return requests_more(self.estimate, self.requests, self.design_effect, limit, self.confidence)


def share(t: np.ndarray, bad: np.ndarray, limit: float, rules: Rules = ONE_LOOK) -> Share:
    """The share of bad requests, with exact binomial bounds on the effective sample size.

    Args:
        t: instants of the requests, float64[n], sorted, n ≥ 1.
        bad: bool[n].
        limit: the share that the target allows; it gives the gap where `rules` has none.
        rules: confidence and assumed incidents.
    """
    gap_s = chance_gap_s(t, limit) if rules.gap_s is None else rules.gap_s
    requests, count = len(bad), int(np.count_nonzero(bad))
    effect = max(design_effect(t, bad, gap_s), rules.least_effect(t))
    low, high = (f(count / effect, requests / effect, rules.confidence) for f in (share_low, share_high))
    return Share(requests, count, len(incidents(t[bad], gap_s)), gap_s, effect, low, high, rules.confidence)


def quantile(x: np.ndarray, p: float) -> float:
    """The p-quantile of `x`: its smallest value that at most a share 1 − p exceeds."""
    return float(np.quantile(x, p, method="inverted_cdf"))


def quantile_interval(t: np.ndarray, x: np.ndarray, p: float, rules: Rules = ONE_LOOK) -> tuple[float, float]:
    """One-sided lower and upper bounds on a quantile: thresholds at which `share` is inconclusive, so that interval and decision agree.

    Args:
        t: instants, float64[n], sorted.
        x: values at them, float64[n]; may be +inf.
        p: probability of the quantile.

    Returns the bounds; the upper is +inf where the window is too short to bound the quantile.
    """
    values = np.unique(x)

    @cache
    def above_value(at: int) -> Share:
        return share(t, x > values[at], 1 - p, rules)

    def first(holds: Callable[[Share], bool]) -> float:
        below, above = -1, len(values)
        while above - below > 1:
            middle = (below + above) // 2
            below, above = (below, middle) if holds(above_value(middle)) else (middle, above)
        return float(values[above]) if above < len(values) else math.inf

    return first(lambda s: s.low <= 1 - p), first(lambda s: s.high <= 1 - p)
