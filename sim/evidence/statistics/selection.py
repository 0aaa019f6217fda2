"""Selection of the best of k systems by elimination, with a guaranteed probability and an indifference zone: the procedures KN and KN++.

After a first stage, systems are played one replication at a time, and one leaves as soon as it lies behind another by more than a margin that falls
with the replications.

- KN (Kim & Nelson 2001, A fully sequential procedure for indifference-zone selection in simulation, ACM Transactions on Modeling and Computer
  Simulation 11, 251-273) takes the variances of differences from the first stage. Its guarantee is for normal observations and any number of
  replications.
- KN++ (Kim & Nelson 2006, On the asymptotic validity of fully sequential selection procedures for steady-state simulation, Operations Research
  54, 475-488) estimates them again as observations come in. Its guarantee is asymptotic, for an indifference zone that is small beside the
  scatter: it needs no normal observations, and holds for the means of batches of a stationary series, whose variance a short first stage does
  not show well.

Both hold however systems depend on each other within a replication, so under common random numbers, which make them end earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from math import ceil, isfinite

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Race:
    """Where a selection stands."""

    alive: tuple[int, ...]
    """Systems not yet eliminated, of which there is at least one, by number."""
    replications: int
    """At which it stands there; those of a single system beyond it are not looked at."""
    ends_by: int | None = None
    """Replications by which it is decided at the latest, for KN++ at the scatter seen; None where it is decided, and where a system was not
    observed in the whole first stage."""

    @property
    def decided(self) -> bool:
        """Whether one is left."""
        return len(self.alive) == 1


def eta(k: int, observations: int, confidence: float) -> float:
    """The constant η of `kn` for k systems, two at least, whose variances are estimated from so many observations, two at least."""
    return ((2 * (1 - confidence) / (k - 1)) ** (-2 / (observations - 1)) - 1) / 2


def kn(x: NDArray[np.float64], first: int, indifference: float, confidence: float = 0.95) -> Race:
    """Who is left after the replications played, by KN.

    The margin after r replications between systems i and l whose first-stage differences have the variance S²:

        W(r) = max(0, δ / (2 r) (h² S² / δ² − r)),  h² = 2 η (n₀ − 1),  η = ½ ((2 α / (k − 1))^(−2 / (n₀ − 1)) − 1)

    Args:
        x: float64[k, replications], of which the largest mean is the best; NaN for what was not played. Replication r of all systems has the
            same random numbers, or each its own.
        first: n₀, replications of the first stage, at least two, in which every system is observed.
        indifference: δ > 0, the smallest difference worth finding, in the unit of x. Where the best is ahead by at least that, it is the one that
            is left with at least the confidence; else one is left whose mean is within δ of the best in most cases.
        confidence: 1 − α, above 1 / k.

    The answer for more replications is that for fewer, gone on with: looking often does not change it.
    """
    return _race(x, first, indifference, confidence, updated=False)


def knpp(x: NDArray[np.float64], first: int, indifference: float, confidence: float = 0.95) -> Race:
    """Who is left after the replications played, by KN++: as `kn`, with S² from all r observations of a pair, and r in place of n₀ in h² and η.

    Args:
        x: as of `kn`, or float64[k, batches], means of equal batches that are long enough to be nearly independent.
        first, indifference, confidence: as of `kn`; the confidence is reached as δ falls beside the scatter of x.
    """
    return _race(x, first, indifference, confidence, updated=True)


def _race(x: NDArray[np.float64], first: int, indifference: float, confidence: float, updated: bool) -> Race:
    k, played = x.shape
    alive = list(range(k))
    if k == 1:
        return Race((0,), first)
    sums = np.cumsum(x, axis=1)
    reach = _reach(x[:, :first], k, indifference, confidence)
    for r in range(first, played + 1):
        mean = sums[alive, r - 1] / r
        if np.isnan(mean).any():
            return Race(tuple(alive), r - 1, _end(reach, r - 1))
        if updated and r > first:
            reach = _reach(x[alive, :r], k, indifference, confidence)
        margin = np.maximum(0.0, indifference / (2 * r) * (reach - r))
        stays: NDArray[np.bool_] = np.asarray((mean[:, None] >= mean - margin).all(axis=1))
        if not margin[
            np.ix_(stays, stays)
        ].any():  # the last look, at which the highest mean is taken, of equal ones the first
            best = int(np.argmax(np.where(stays, mean, -np.inf) if stays.any() else mean))
            stays = np.arange(len(alive)) == best
        alive, reach = list(compress(alive, stays)), reach[np.ix_(stays, stays)]
        if len(alive) == 1:
            return Race(tuple(alive), r)
    return Race(tuple(alive), played, _end(reach, played))


def _reach(x: NDArray[np.float64], k: int, indifference: float, confidence: float) -> NDArray[np.float64]:
    """h² S² / δ² of every pair of the systems in x, out of k: replications at which its margin is 0."""
    n = x.shape[1]
    apart = np.stack([(x - one).var(axis=1, ddof=1) for one in x])
    return 2 * eta(k, n, confidence) * (n - 1) * apart / indifference**2


def _end(reach: NDArray[np.float64], played: int) -> int | None:
    most = float(reach.max())
    return max(ceil(most), played + 1) if isfinite(most) else None
