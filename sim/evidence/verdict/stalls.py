"""Stalls: stretches in which requests are answered late but not failed, so that availability does not show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.evidence.requests import Requests
from sim.evidence.verdict.targets import MEAN_TARGET_S
from sim.records.verdict import SHARES, Finding

_TIMES_MEDIAN = 3.0


@dataclass(frozen=True)
class Stalls:
    """Stalls in time order: instants float64[m], sizes int64[m]."""

    limit_s: float
    """Slow is a response above it, s."""
    from_s: np.ndarray
    to_s: np.ndarray
    sizes: np.ndarray
    """Slow requests in each."""

    def __len__(self) -> int:
        return len(self.sizes)


def slow_limit_s(requests: Requests, findings: Sequence[Finding]) -> float:
    """The larger of half the tightest binding time target (requests late in a stall wait for a part of it) and `_TIMES_MEDIAN` × the median
    response (a system that is slow throughout does not stall)."""
    bound_s = [f.target for f in findings if f.binding and f.target is not None and f.quantity not in SHARES]
    answered_s = requests.response_s[~requests.failed]
    usual_s = float(np.median(answered_s)) if len(answered_s) else 0.0
    return max(min(bound_s, default=MEAN_TARGET_S) / 2, _TIMES_MEDIAN * usual_s)


def stalls(requests: Requests, limit_s: float) -> Stalls:
    """Stalls: answered requests slower than `limit_s` whose waits overlap, from the first intended start to the last end."""
    slow = ~requests.failed & (requests.response_s > limit_s)
    from_s, end_s = requests.t_s[slow], requests.t_s[slow] + requests.response_s[slow]
    if not len(from_s):
        return Stalls(limit_s, from_s, end_s, np.empty(0, dtype=np.int64))
    reached_s = np.maximum.accumulate(end_s)
    first = np.append(0, np.flatnonzero(from_s[1:] > reached_s[:-1]) + 1)
    last = np.append(first[1:] - 1, len(from_s) - 1)
    return Stalls(limit_s, from_s[first], reached_s[last], last - first + 1)
