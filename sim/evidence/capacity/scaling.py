"""Scalability: throughput and concurrency of each stage of rising load, and the Universal Scalability Law fitted to the stable ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from scipy.optimize import least_squares

from sim.evidence.requests import among, floats, outcomes, without_faults
from sim.records.capacity import Scaling
from sim.records.samples import DECIDED

BATCHES = 10
"""Equal stretches of a stage; the bootstrap resamples them."""
_KEPT_UP = 0.95
"""A stable stage answers at least this share of the requests asked of it; one may be under way at the stage's end."""
_PILED_UP = 1.5
_BACKLOG_S = 0.25
"""Stable: mean concurrency in the last third ≤ `_PILED_UP` × that in the first third + 1 + `_BACKLOG_S` × requests asked per second."""
_FAR = 10.0
"""A peak or a knee beyond the largest measured throughput or concurrency by more than this factor is not reported."""
_SYSTEM_NOISE = 0.05
"""Relative standard deviation of a batch's throughput, beside the Poisson error of its count of answers."""
_DRAWS = 200
_LEAST_STAGES = 3
_LEAST_AT_ONCE = 1.0
"""Least mean concurrency of the busiest stable stage: below it there is no contention to estimate."""


@dataclass(frozen=True)
class Held:
    """Measurements of one stage; arrays are float64[`BATCHES`]."""

    asked_per_s: float
    answered_per_s: np.ndarray
    concurrency: np.ndarray
    """Mean number of requests under way."""
    batch_s: float = 1.0

    @property
    def stable(self) -> bool:
        """Whether throughput keeps up with the rate asked, and concurrency does not grow over the stage (the bounds stand above)."""
        third = BATCHES // 3
        first, last = self.concurrency[:third].mean(), self.concurrency[-third:].mean()
        most = _PILED_UP * first + 1 + _BACKLOG_S * self.asked_per_s
        one_per_s = 1 / (BATCHES * self.batch_s)
        return bool(self.answered_per_s.mean() + one_per_s >= _KEPT_UP * self.asked_per_s and last <= most)


def summarise_stage(samples: pa.Table, warmup_s: float, duration_s: float) -> Held:
    """Throughput and concurrency of a stage between two instants of its run.

    Concurrency is the total time that requests are under way within a batch, over the batch's length: the time average behind Little's law, which
    assumes no steady state.
    """
    samples = without_faults(samples)
    start, end, intended = (floats(samples, name) for name in ("t_start", "t_end", "t_intended"))
    answered = among(outcomes(samples), DECIDED)  # a system that refuses by a rule has kept up
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
    """Requests per second at concurrency `n`, float64 of its shape."""
    return _usl(np.array([scaling.per_s_at_one, scaling.contention, scaling.coherency]), n)


def fit(stages: list[Held], seed: int = 0) -> Scaling | None:
    """The Universal Scalability Law fitted to the batches of stable stages; None for fewer than three, or where all have a concurrency below 1.

    Bounds on the peak are quantiles over bootstrap fits, with batches resampled within stages.
    """
    stable = [stage for stage in stages if stage.stable]
    if len(stable) < _LEAST_STAGES or max(stage.concurrency.mean() for stage in stable) < _LEAST_AT_ONCE:
        return None
    n, x = (np.stack([getattr(stage, name) for stage in stable]) for name in ("concurrency", "answered_per_s"))
    answers = x * np.array([[stage.batch_s] for stage in stable])
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, n.shape[1], (_DRAWS, *n.shape))
    again = (_fit(*(np.take_along_axis(each, d, 1) for each in (n, x, answers))) for d in drawn)
    peaks = [_peak(each, n.max(), x.max())[1] for each in again]
    low, high = np.quantile(peaks, [0.05, 0.95], method="inverted_cdf")
    fitted = _fit(n, x, answers)
    knee, peak = _peak(fitted, n.max(), x.max())
    return Scaling(
        per_s_at_one=fitted[0], contention=fitted[1], coherency=fitted[2],
        knee=_finite(knee), peak_per_s=_finite(peak), peak_low_per_s=_finite(low), peak_high_per_s=_finite(high),
    )  # fmt: skip


def _usl(parameters: np.ndarray, n: np.ndarray) -> np.ndarray:
    rate, contention, coherency = parameters
    return rate * n / (1 + contention * (n - 1) + coherency * n * (n - 1))


def _fit(n: np.ndarray, x: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """(λ, σ, κ), float64[3]: weighted least squares of log throughput; the variance of a batch is 1 / `answers` + `_SYSTEM_NOISE`²."""
    used = (n > 0) & (x > 0)
    n, x, answers = n[used], x[used], answers[used]
    weight = 1 / np.sqrt(1 / answers + _SYSTEM_NOISE**2)
    start = [float(np.average(x / n, weights=weight)), 0.01, 1e-4]
    bounds = ([1e-9, 0.0, 0.0], [np.inf, 0.999, 1.0])

    def residuals(p: np.ndarray) -> np.ndarray:
        return weight * np.log(_usl(p, n) / x)

    return least_squares(residuals, start, bounds=bounds, x_scale=[start[0], 0.1, 1e-3]).x


def _peak(parameters: np.ndarray, most_at_once: float, most_per_s: float) -> tuple[float, float]:
    """Concurrency at the knee √((1 − σ)/κ) and throughput there, or (∞, asymptote λ/σ); infinite where beyond `_FAR` × the measured range."""
    rate, contention, coherency = parameters
    knee, peak = np.inf, rate / contention if contention > 0 else np.inf
    if coherency > 0 and (bend := float(np.sqrt((1 - contention) / coherency))) <= _FAR * most_at_once:
        knee, peak = bend, float(_usl(parameters, np.array(bend)))
    return (knee, peak) if peak <= _FAR * most_per_s else (np.inf, np.inf)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
