"""How far a system scales: what each stage of rising load came to, and the Universal Scalability Law through the stable ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from scipy.optimize import least_squares

from sim.evidence.requests import among, floats, outcomes, without_faults
from sim.records.capacity import Scaling
from sim.records.samples import ANSWERED

BATCHES = 10
"""Stretches into which a stage is cut; the bootstrap draws among them."""
_KEPT_UP = 0.95
"""A stable stage answers at least this share of what it was asked."""
_PILED_UP = 1.5
_BACKLOG_S = 0.25
"""A stage whose last third holds so many times more requests than its first, and more than are asked in so long, is still filling a queue."""
_FAR = 10.0
"""A knee so many times beyond what was measured, in throughput or in concurrency, is not in sight."""
_SYSTEM_NOISE = 0.05
"""Relative error of a batch's throughput beside that of counting few answers."""
_DRAWS = 200
_LEAST_STAGES = 3
_LEAST_AT_ONCE = 1.0
"""Of some stage: with fewer requests in the system there is nothing to contend for, and noise would draw a knee."""


@dataclass(frozen=True)
class Held:
    """One stage as measured; arrays of shape (`BATCHES`,)."""

    asked_per_s: float
    answered_per_s: np.ndarray
    concurrency: np.ndarray
    """Mean number of requests under way."""
    batch_s: float = 1.0

    @property
    def stable(self) -> bool:
        """Whether the requests under way stopped growing: the last third of the stage held no more than the first and a backlog's margin."""
        third = BATCHES // 3
        first, last = self.concurrency[:third].mean(), self.concurrency[-third:].mean()
        most = _PILED_UP * first + 1 + _BACKLOG_S * self.asked_per_s
        return bool(self.answered_per_s.mean() >= _KEPT_UP * self.asked_per_s and last <= most)


def summarise_stage(samples: pa.Table, warmup_s: float, duration_s: float) -> Held:
    """Throughput and concurrency of a stage between two instants of its run.

    Concurrency is the time that requests spend under way within a batch over the batch's length (Little's law, without assuming that it is
    in balance).
    """
    samples = without_faults(samples)
    start, end, intended = (floats(samples, name) for name in ("t_start", "t_end", "t_intended"))
    answered = among(outcomes(samples), ANSWERED)
    edges = np.linspace(warmup_s, duration_s, BATCHES + 1)
    length_s = edges[1] - edges[0]
    went = ~np.isnan(end)
    under_way = [
        np.clip(np.minimum(end[went], b) - np.maximum(start[went], a), 0, None).sum() for a, b in pairwise(edges)
    ]
    asked = np.count_nonzero((intended >= warmup_s) & (intended < duration_s))
    return Held(
        asked_per_s=asked / (duration_s - warmup_s),
        answered_per_s=np.histogram(end[answered], edges)[0] / length_s,
        concurrency=np.array(under_way) / length_s,
        batch_s=float(length_s),
    )


def throughput(scaling: Scaling, n: np.ndarray) -> np.ndarray:
    """Requests per second at concurrency `n`."""
    return _law(np.array([scaling.per_s_at_one, scaling.contention, scaling.coherency]), n)


def fit(stages: list[Held], seed: int = 0) -> Scaling | None:
    """The law through the batches of stable stages; None for fewer than three, or for idle ones, which would bend as one likes."""
    stable = [stage for stage in stages if stage.stable]
    if len(stable) < _LEAST_STAGES or max(stage.concurrency.mean() for stage in stable) < _LEAST_AT_ONCE:
        return None
    n, x = (np.stack([getattr(stage, name) for stage in stable]) for name in ("concurrency", "answered_per_s"))
    answers = x * np.array([[stage.batch_s] for stage in stable])
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, n.shape[1], (_DRAWS, *n.shape))
    again = (_fit(*(np.take_along_axis(each, d, 1) for each in (n, x, answers))) for d in drawn)
    peaks = [_peak(fitted, n.max(), x.max())[1] for fitted in again]
    low, high = np.quantile(peaks, [0.05, 0.95], method="inverted_cdf")
    found = _fit(n, x, answers)
    knee, peak = _peak(found, n.max(), x.max())
    return Scaling(
        per_s_at_one=found[0], contention=found[1], coherency=found[2],
        knee=_finite(knee), peak_per_s=_finite(peak), peak_low_per_s=_finite(low), peak_high_per_s=_finite(high),
    )  # fmt: skip


def _law(parameters: np.ndarray, n: np.ndarray) -> np.ndarray:
    rate, contention, coherency = parameters
    return rate * n / (1 + contention * (n - 1) + coherency * n * (n - 1))


def _fit(n: np.ndarray, x: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Least squares of the logarithms, each weighed by what is known of its error: that of counting so many `answers`, and the system's own."""
    used = (n > 0) & (x > 0)
    n, x, answers = n[used], x[used], answers[used]
    weight = 1 / np.sqrt(1 / answers + _SYSTEM_NOISE**2)
    start = [float(np.average(x / n, weights=weight)), 0.01, 1e-4]
    bounds = ([1e-9, 0.0, 0.0], [np.inf, 0.999, 1.0])

    def residuals(p: np.ndarray) -> np.ndarray:
        return weight * np.log(_law(p, n) / x)

    return least_squares(residuals, start, bounds=bounds, x_scale=[start[0], 0.1, 1e-3]).x


def _peak(parameters: np.ndarray, most_at_once: float, most_per_s: float) -> tuple[float, float]:
    """Concurrency at the knee and the throughput there, or the one that it levels off to; infinite where they lie `_FAR` beyond what was measured."""
    rate, contention, coherency = parameters
    knee, peak = np.inf, rate / contention if contention > 0 else np.inf
    if coherency > 0 and (bend := float(np.sqrt((1 - contention) / coherency))) <= _FAR * most_at_once:
        knee, peak = bend, float(_law(parameters, np.array(bend)))
    return (knee, peak) if peak <= _FAR * most_per_s else (np.inf, np.inf)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
