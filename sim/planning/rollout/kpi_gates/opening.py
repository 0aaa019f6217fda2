"""When the gates of each sample open: KPIs follow the proficiency of the staff, and a gate opens once their means keep its limits.

Proficiency p(t) follows the plan's learning curves with the sample's time constants. Of each limit the margin, positive where it is missed, is made
linear in p between the proficiencies that were played: of a limit at most L it is KPI − L, of one at least L it is L − KPI, of one that is at most
a share c worse than before KPI − (1 + c) KPI₀, or (1 − c) KPI₀ − KPI. Linear, because each value is then a weighted mean of two that were played,
in every replication; waits are convex in p, so that it lies above them.

A gate opens on the first day d, no sooner than the days it is observed after the go-live, with margins of at most 0 in the mean over the
last of those days. With R replications, margins of a sample are x̄ + s Σᵣ zᵣ (xᵣ − x̄) / √(R (R − 1)), zᵣ standard normal and s² = (R − 1) / χ²
with R − 1 degrees of freedom: each margin has Student's t distribution about its mean, with its standard error, and margins of all states are as
correlated as in the replications, which they share. The draws are those of the sample, of all gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.planning.rollout.kpi_gates.played import KpiTable
from sim.planning.rollout.sections.gates import KpiLimit
from sim.streams import stream

LONGEST_DAYS = 3_660
"""After which a gate that has not opened never does."""

Proficiency = Callable[[np.ndarray], np.ndarray]
"""Of the staff of a store some days after its go-live, in every sample: float64[n] of a number."""


@dataclass(frozen=True)
class Openings:
    """Days from the go-live of the wave before until gates open, in n samples; inf where they never do."""

    days: np.ndarray
    """float64[n, gates]."""
    of_limits: tuple[np.ndarray, ...]
    """Of each gate, until each of its limits alone would let it open, float64[n, limits]."""


@dataclass(frozen=True)
class StudyError:
    """The error of the study's means in every sample."""

    z: np.ndarray
    """float64[n, replications]."""

    @staticmethod
    def drawn(seed: int, rows: int, replications: int) -> StudyError:
        """Draws of the stream `rollout/gates`: the first samples are the same for any number of them."""
        z = stream(seed, 0, "rollout/gates").standard_normal((rows, replications))
        chi2 = stream(seed, 0, "rollout/gates/scale").chisquare(replications - 1, rows)
        return StudyError(z * np.sqrt((replications - 1) / chi2)[:, None])

    def on(self, values: np.ndarray) -> np.ndarray:
        """Means over replications with the error of each sample, float64[n, m] of float64[m, replications]."""
        n = values.shape[1]
        mean = values.mean(axis=1)
        return mean + self.z @ (values - mean[:, None]).T / math.sqrt(n * (n - 1))


def margins(table: KpiTable, gate: int, limit: KpiLimit, error: StudyError) -> np.ndarray:
    """By how much each sample misses a limit, negative where it keeps it, float64[n, proficiencies]."""
    values, sign = error.on(table.values(gate, limit)), 1.0 if limit.side == "at most" else -1.0
    if limit.worse_by_at_most is None:
        return sign * (values - (limit.at_most if limit.at_most is not None else limit.at_least))
    before = np.maximum(error.on(table.before(gate, limit)[None, :]), 0.0)
    return sign * (values - (1 + sign * limit.worse_by_at_most) * before)


def openings(table: KpiTable, proficiency: Proficiency, error: StudyError) -> Openings:
    """When every gate opens in every sample."""
    at, observed_days = table.proficiencies, table.states.observed_days
    days, of_limits = [], []
    for g, gate in enumerate(table.states.gates):
        drawn = [margins(table, g, limit, error) for limit in gate.limits]
        alone = np.column_stack([_first_day([each], at, observed_days, proficiency) for each in drawn])
        days.append(alone[:, 0] if len(drawn) == 1 else _first_day(drawn, at, observed_days, proficiency))
        of_limits.append(alone)
    return Openings(np.column_stack(days), tuple(of_limits))


def _first_day(limits: list[np.ndarray], at: np.ndarray, observed_days: int, proficiency: Proficiency) -> np.ndarray:
    """First day on which the means of all limits' margins are at most 0, float64[n] of float64[n, m] each.

    In the last interval of `at` means only approach the margin at full proficiency: one that is missed there and now stays missed.
    """
    n = len(limits[0])
    found = np.full(n, np.inf)
    rows = np.arange(n)
    window = np.zeros((observed_days, len(limits), n))
    oldest = np.zeros((observed_days, n))
    for day in range(LONGEST_DAYS):
        p = proficiency(np.array(float(day)))[rows]
        place = day % observed_days
        window[place][:, rows] = _between(limits, at, p, rows)
        oldest[place, rows] = p
        if day + 1 < observed_days:
            continue
        mean = window[:, :, rows].sum(axis=0)
        kept = (mean <= 0).all(axis=0)
        found[rows[kept]] = day + 1
        last = oldest[(day + 1) % observed_days, rows] >= at[-2]
        never = last & np.any([(mean[k] > 0) & (each[rows, -1] > 0) for k, each in enumerate(limits)], axis=0)
        rows = rows[~kept & ~never]
        if not len(rows):
            break
    return found


def _between(limits: list[np.ndarray], at: np.ndarray, p: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Margins at a proficiency of each row, linear between those of `at`, float64[limits, rows]."""
    low = np.clip(np.searchsorted(at, p, side="right") - 1, 0, len(at) - 2)
    share = (p - at[low]) / (at[low + 1] - at[low])
    return np.array([(1 - share) * each[rows, low] + share * each[rows, low + 1] for each in limits])
