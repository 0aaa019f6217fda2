"""Selection of the best of k systems by simulation, with a guaranteed probability and an indifference zone: the procedure KN.

Kim & Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, ACM Transactions on Modeling and Computer
Simulation 11, 251-273. After a first stage, systems are played one replication at a time, and one leaves as soon as it lies behind another by more
than a margin that falls with the replications. The guarantee is for normal observations, of any variances and however they depend on each other
within a replication, so it holds under common random numbers, which make it end earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Race:
    """Where a selection stands."""

    alive: tuple[int, ...]
    """Systems not yet eliminated, of which there is at least one, by number."""
    replications: int
    """At which it stands there; those of a single system beyond it are not looked at."""

    @property
    def decided(self) -> bool:
        """Whether one is left."""
        return len(self.alive) == 1


def eta(k: int, first: int, confidence: float) -> float:
    """The constant η of `kn` for k systems, two at least."""
    return ((2 * (1 - confidence) / (k - 1)) ** (-2 / (first - 1)) - 1) / 2


def kn(x: NDArray[np.float64], first: int, indifference: float, confidence: float = 0.95) -> Race:
    """Who is left after the replications played.

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
    k, played = x.shape
    alive = list(range(k))
    if k == 1:
        return Race((0,), first)
    early = x[:, None, :first] - x[None, :, :first]
    variance = early.var(axis=2, ddof=1)
    reach = 2 * eta(k, first, confidence) * (first - 1) * variance / indifference**2
    sums = np.cumsum(x, axis=1)
    for r in range(first, played + 1):
        mean = sums[:, r - 1] / r
        if np.isnan(mean[alive]).any():
            return Race(tuple(alive), r - 1)
        margin = np.maximum(0.0, indifference / (2 * r) * (reach - r))
        left = [i for i in alive if all(mean[i] >= mean[other] - margin[i, other] for other in alive if other != i)]
        if not margin[
            np.ix_(left, left)
        ].any():  # the last look, at which the highest mean is taken, of equal ones the first
            left = [max(left or alive, key=mean.__getitem__)]
        alive = left
        if len(alive) == 1:
            return Race(tuple(alive), r)
    return Race(tuple(alive), played)
