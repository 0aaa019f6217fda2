"""Failures come in bursts: how many requests stand for one independent one.

An incident is a run of bad requests each closer than a gap to the one before. Counting consecutive failures instead would miss incidents in
which only some requests fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.evidence.statistics.intervals import BATCHES

CHANCE = 0.05
"""How often two independent bad requests may fall into one incident, in a system that just meets its target."""


@dataclass(frozen=True)
class Incidents:
    """Incidents in time order; arrays of shape (m,)."""

    first_s: np.ndarray
    last_s: np.ndarray
    sizes: np.ndarray
    """Bad requests in each."""

    def __len__(self) -> int:
        return len(self.sizes)


def chance_gap_s(t: np.ndarray, limit: float) -> float:
    """The gap within which two of the bad requests that `limit` allows meet by chance once in twenty times.

    At a limit of 0.1 % it is the time of 50 requests, at 5 % the time of one: declared by the target, not drawn from the failures.
    """
    if len(t) < 2:
        return 0.0
    return CHANCE / limit * float(t[-1] - t[0]) / (len(t) - 1)


def incidents(t_bad: np.ndarray, gap_s: float) -> Incidents:
    """Group sorted instants of bad requests: those at most `gap_s` apart are one incident."""
    if not len(t_bad):
        return Incidents(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    cut = np.flatnonzero(np.diff(t_bad) > gap_s)
    first, last = np.append(0, cut + 1), np.append(cut, len(t_bad) - 1)
    return Incidents(t_bad[first], t_bad[last], last - first + 1)


def design_effect(t: np.ndarray, bad: np.ndarray, gap_s: float) -> float:
    """How many requests stand for one independent one; at least 1.

    The larger of two measures of clustering. E[S²]/E[S] over incidents of S requests is right where incidents are rare and told apart by
    the gap. The variance of the bad counts of `BATCHES` equal stretches over what independence would give (Cochran 1977, ch. 9) is right where bad
    requests are so common that a gap says nothing, as those above a p95 are.

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
