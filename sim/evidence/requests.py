"""The requests that count in a verdict, with their response times, in order of intended start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.records.samples import ANSWERED, FAILED, OUTCOMES


@dataclass(frozen=True)
class Requests:
    """Arrays of n requests, sorted by `t_s`."""

    t_s: np.ndarray
    """Intended starts, float64[n], s from the run's start."""
    response_s: np.ndarray
    """From intended start to end, float64[n]; +inf where the request failed or was dropped."""
    failed: np.ndarray
    """bool[n]."""
    journey: np.ndarray
    """Index into `journeys`, int64[n]."""
    journeys: tuple[str, ...]
    row: np.ndarray
    """Row of the trace, int64[n]."""

    def __len__(self) -> int:
        return len(self.t_s)

    def of(self, journey: str) -> Requests:
        """The requests of one journey; empty where it has none."""
        return self.chosen(self.journey == (self.journeys.index(journey) if journey in self.journeys else -1))

    def before(self, t_s: float) -> Requests:
        """The requests with intended start before `t_s`."""
        return self.chosen(self.t_s < t_s)

    def charged_s(self, timeout_s: float) -> np.ndarray:
        """Response times for a mean, float64[n] s: a failed request counts as the time-out."""
        return np.where(self.failed, timeout_s, self.response_s)

    def chosen(self, mine: np.ndarray) -> Requests:
        """Those where `mine`, bool[n], is true."""
        columns = (self.t_s[mine], self.response_s[mine], self.failed[mine], self.journey[mine])
        return Requests(*columns, self.journeys, self.row[mine])


def judged(samples: pa.Table, warmup_s: float) -> Requests:
    """The requests that count: intended start after the warm-up, and either answered or failed."""
    t_s, outcome = floats(samples, "t_intended"), outcomes(samples)
    journey, journeys = labels(samples, "journey")
    failed = among(outcome, FAILED)
    counts = (t_s >= warmup_s) & (failed | among(outcome, ANSWERED))
    rows = np.flatnonzero(counts)
    rows = rows[np.argsort(t_s[rows], kind="stable")]
    response_s = np.where(failed, np.inf, floats(samples, "t_end") - t_s)
    row = samples.column("row").to_numpy()[rows]
    return Requests(t_s[rows], response_s[rows], failed[rows], journey[rows], journeys, row)


def without_faults(samples: pa.Table) -> pa.Table:
    """The samples without exceptions of the adapter's own code, which are not requests."""
    return samples.filter(pa.array(outcomes(samples) != OUTCOMES.index("adapter_fault")))


def floats(samples: pa.Table, column: str) -> np.ndarray:
    """A numeric column as float64[n], null as NaN."""
    return samples.column(column).to_numpy(zero_copy_only=False).astype(np.float64)


def labels(samples: pa.Table, column: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """A dictionary column as indices, int64[n], into its sorted names."""
    text = samples.column(column).cast(pa.string()).to_numpy(zero_copy_only=False).astype(str)
    names, index = np.unique(text, return_inverse=True)
    return index, tuple(names.tolist())


def outcomes(samples: pa.Table) -> np.ndarray:
    """The outcome of every sample as an index into `OUTCOMES`, int64[n]."""
    index, names = labels(samples, "outcome")
    return np.array([OUTCOMES.index(name) for name in names], dtype=np.int64)[index]


def among(outcome: np.ndarray, chosen: Iterable[str]) -> np.ndarray:
    """Which elements of `outcome`, indices into `OUTCOMES`, are among the chosen names, bool[n]."""
    return np.isin(outcome, [OUTCOMES.index(name) for name in chosen])
