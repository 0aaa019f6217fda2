"""Clustered failures: incidents, and the design effect, the number of requests that carry the evidence of one independent request.

An incident is a run of bad requests, each at most a gap after the one before. Runs of consecutive failures would miss incidents in which only
some requests fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.evidence.statistics.intervals import BATCHES

CHANCE = 0.05
"""Probability that two consecutive bad requests are within the gap, when they are independent and at the target's limit."""


@dataclass(frozen=True)
class Incidents:
    """Incidents in time order: instants float64[m], sizes int64[m]."""

    first_s: np.ndarray
    last_s: np.ndarray
    sizes: np.ndarray
    """Bad requests in each."""

    def __len__(self) -> int:
        return len(self.sizes)


def chance_gap_s(t: np.ndarray, limit: float) -> float:
    """The gap in s within which two independent bad requests follow each other with probability `CHANCE`, at a share of `limit`.

    gap = `CHANCE` / `limit` × mean time between requests: 50 requests at a limit of 0.1 %, one at 5 %. It depends on the target alone, not on the
    failures.
    """
    if len(t) < 2:
        return 0.0
    return CHANCE / limit * float(t[-1] - t[0]) / (len(t) - 1)


def incidents(t_bad: np.ndarray, gap_s: float) -> Incidents:
    """Incidents of bad requests at `t_bad`, float64[k], sorted: those at most `gap_s` apart are one incident."""
    if not len(t_bad):
        return Incidents(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    cut = np.flatnonzero(np.diff(t_bad) > gap_s)
    first, last = np.append(0, cut + 1), np.append(cut, len(t_bad) - 1)
    return Incidents(t_bad[first], t_bad[last], last - first + 1)


def design_effect(t: np.ndarray, bad: np.ndarray, gap_s: float) -> float:
    """The design effect (Kish): variance of the share over that of independent requests; at least 1.

    The larger of two estimates. E[S²]/E[S] over incidents of S bad requests holds where incidents are rare and the gap separates them. The variance
    of bad counts in `BATCHES` equal stretches over the binomial variance (Cochran 1977, ch. 9) holds where bad requests are too common for a gap, as
    those above a p95 are.

    Args:
        t: instants, float64[n], sorted.
        bad: bool[n].
        gap_s: bad requests at most this far apart are one incident.
    """
    rare = np.flatnonzero(bad if 2 * np.count_nonzero(bad) <= len(bad) else ~bad)
    if len(rare) < 2:
        return 1.0
    sizes = incidents(t[rare], gap_s).sizes
    counts = np.bincount(rare * BATCHES // len(bad), minlength=BATCHES)
    independent = counts.mean() * (1 - len(rare) / len(bad))
    return max(1.0, float((sizes**2).sum() / sizes.sum()), float(counts.var(ddof=1) / independent))
