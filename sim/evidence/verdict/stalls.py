"""Incidents of slowness: stretches in which requests waited long for an answer that came all the same, so that no failure tells of them."""

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
    """Incidents in time order; arrays of shape (m,)."""

    limit_s: float
    """A response above it is slow."""
    from_s: np.ndarray
    to_s: np.ndarray
    sizes: np.ndarray
    """Slow requests in each."""

    def __len__(self) -> int:
        return len(self.sizes)


def slow_limit_s(requests: Requests, findings: Sequence[Finding]) -> float:
    """Half the tightest binding time target, for those who come late into a stall wait for less than all of it; but at least three times
    the median, for a system that is slow throughout does not stall."""
    bound_s = [f.target for f in findings if f.binding and f.target is not None and f.quantity not in SHARES]
    answered_s = requests.response_s[~requests.failed]
    usual_s = float(np.median(answered_s)) if len(answered_s) else 0.0
    return max(min(bound_s, default=MEAN_TARGET_S) / 2, _TIMES_MEDIAN * usual_s)


def stalls(requests: Requests, limit_s: float) -> Stalls:
    """Answered requests slower than `limit_s`; those whose waits overlap are one incident, from the first's intended start to the last's end."""
    slow = ~requests.failed & (requests.response_s > limit_s)
    from_s, end_s = requests.t_s[slow], requests.t_s[slow] + requests.response_s[slow]
    if not len(from_s):
        return Stalls(limit_s, from_s, end_s, np.empty(0, dtype=np.int64))
    reached_s = np.maximum.accumulate(end_s)
    first = np.append(0, np.flatnonzero(from_s[1:] > reached_s[:-1]) + 1)
    last = np.append(first[1:] - 1, len(from_s) - 1)
    return Stalls(limit_s, from_s[first], reached_s[last], last - first + 1)
