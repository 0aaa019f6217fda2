"""How long a chain takes to settle: MSER-5 and Welch's moving average, over days and as a mean over replications.

A chain begins with the opening stock that its scenario gives and with no order under way; the first days differ from those that follow. A study of
a steady state leaves them out (`warmup_days`); one of given dates from a given state (a terminating simulation) needs no warm-up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.chain.chain import Chain
from sim.records.kpis import KPIS, Totals
from sim.records.outcome import COUNTERS
from sim.scenario.model import Scenario

BATCH = 5
"""Observations of a batch, of the method's name."""
WEEK = 7
"""Days of a batch of a daily series: the cycle of weekdays is not taken for a transient."""


@dataclass(frozen=True)
class Series:
    """Plays a replication and returns KPIs day by day, warm-up included: `mean_wait_s 0`, `mean_wait_s 1`…, as `Kept` takes what is measured."""

    kpis: tuple[str, ...]

    def __call__(self, scenario: Scenario, replication: int) -> dict[str, float]:
        """The numbers, by KPI and day; NaN for a day on which nothing of it happened."""
        chain = Chain(scenario, replication)
        chain.play()
        daily, stores = chain.tally.by_day(), chain.network.n_stores
        found: dict[str, float] = {}
        for day in range(scenario.days):
            of_day = {name: daily[name][:, day] for name in COUNTERS}
            total = Totals(
                {name: float(counter.sum()) for name, counter in of_day.items()},
                {name: float(counter[:stores].sum()) for name, counter in of_day.items()},
                1,
                (0.0, 0.0),
            )
            found |= {f"{kpi.name} {day}": kpi.of(total) for kpi in KPIS if kpi.name in self.kpis}
        return found


def mser(x: ArrayLike, batch: int = BATCH) -> int | None:
    """Observations to leave out at the start, a multiple of `batch`: the marginal standard error rule with batches (White 1997; MSER-5).

    Of batch means z_1 … z_n the d is taken at which the standard error of the mean of the rest, as if they were independent, is least:

        argmin over d of  Σ_{j > d} (z_j − mean of z_{d+1} … z_n)² / (n − d)²

    with d up to n / 2. None where the least lies there: the series is too short to show that it has settled. An incomplete batch at the end is
    left out.

    Args:
        x: a series, shape (n,), without NaN.
        batch: observations of a batch.
    """
    series = np.asarray(x, dtype=np.float64)
    z = series[: len(series) // batch * batch].reshape(-1, batch).mean(axis=1)
    n = len(z)
    if n < 4:
        return None
    errors = [float(((z[d:] - z[d:].mean()) ** 2).sum()) / (n - d) ** 2 for d in range(n // 2 + 1)]
    best = int(np.argmin(errors))
    return None if best == n // 2 else best * batch


def welch(x: ArrayLike, window: int) -> NDArray[np.float64]:
    """Welch's moving average over 2 × `window` + 1 observations, fewer at the start and, here, at the end.

    Source: Welch 1983; Law, Simulation Modeling and Analysis, ch. 9.

    Args:
        x: a series, shape (n,), the mean over replications; NaNs are left out of each mean.
        window: observations to each side, at most n // 4.

    Returns float64[n].
    """
    series = np.asarray(x, dtype=np.float64)
    n = len(series)
    widths = [min(window, n // 4, at, n - 1 - at) for at in range(n)]
    parts = [series[at - w : at + w + 1] for at, w in enumerate(widths)]
    return np.array([np.nan if np.isnan(part).all() else np.nanmean(part) for part in parts])
