"""What a worker records: samples in columns, counts of its journeys, and the generator's lag and CPU share.

One request costs a few appends to typed arrays. All slower work is done once a chunk, outside the pacer's greenlet.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from hdrh.histogram import HdrHistogram

from loadtests.adapters.excerpts import Excerpts
from loadtests.journey import NAN, Sample
from sim.records.load_run import GeneratorWindow
from sim.records.samples import OUTCOMES, SCHEMA

WINDOW_S = 5.0
"""Length of the windows in which a worker's lag and CPU share are judged."""
SHORTEST_WINDOW_S = 1.0
"""The last window may be shorter than the others, but the CPU share of a few milliseconds is meaningless."""
DIGITS = 2
LONGEST_US = 3_600_000_000


@dataclass
class Progress:
    """A worker's totals so far."""

    sent: int = 0
    dropped: int = 0
    lost: int = 0
    """Journeys that were sent or dropped and whose samples could not be written."""
    under_way: int = 0
    unmet: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    came: int = 0
    """Requests that ended, among the samples taken so far."""
    response_s: float = 0.0
    """The sum of their response times."""


class _Columns:
    """Samples not yet written, column by column."""

    def __init__(self) -> None:
        self.row, self.bytes = array("q"), array("q")
        self.journey, self.outcome = array("b"), array("b")
        self.step, self.attempt, self.status = array("h"), array("h"), array("h")
        self.t_intended, self.t_start, self.t_end = array("d"), array("d"), array("d")
        self.waited_s, self.t_completed = array("d"), array("d")
        self.error: list[str | None] = []


class Recorder:
    """Collects samples and returns them in chunks. `clock` gives seconds since the run's start; `show` is called with each sample."""

    def __init__(self, worker: int, clock: Callable[[], float], show: Callable[[Sample], None] = lambda _: None):
        self.worker, self.progress, self.excerpts = worker, Progress(), Excerpts()
        self.lag, self.response = (HdrHistogram(1, LONGEST_US, DIGITS) for _ in range(2))
        self._clock, self._show = clock, show
        self._columns, self._journeys, self._steps = _Columns(), dict[str, int](), {"": 0}
        self._window_from_s, self._window_cpu_s = max(clock(), 0.0), time.process_time()
        self._window_lags, self._window_journeys = array("d"), 0

    def __len__(self) -> int:
        return len(self._columns.row)

    def sample(self, sample: Sample) -> None:
        """Record one request."""
        into = self._columns
        journey, step, outcome = sample.journey, sample.step, sample.outcome
        into.row.append(sample.row)
        into.journey.append(self._journeys.setdefault(journey, len(self._journeys)))
        into.step.append(self._steps.setdefault(step, len(self._steps)))
        into.attempt.append(sample.attempt)
        into.t_intended.append(sample.t_intended)
        into.t_start.append(sample.t_start)
        into.t_end.append(sample.t_end)
        into.waited_s.append(sample.waited_s)
        into.t_completed.append(sample.t_completed)
        into.outcome.append(_OUTCOME[outcome])
        into.status.append(sample.status)
        into.bytes.append(sample.size)
        into.error.append(sample.error)
        outcomes = self.progress.outcomes
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        if sample.excerpt is not None:
            self.excerpts.add(journey, step, outcome, sample.status, sample.excerpt)
        if sample.t_start == sample.t_start:
            self._window_lags.append(sample.t_start - sample.t_intended)
        self._show(sample)

    def drop(self, row: int, journey: str, t_intended: float) -> None:
        """Record a journey that was not started because the pool was full."""
        self.progress.dropped += 1
        self.sample(Sample(row, journey, "", t_intended, NAN, NAN, "dropped", error="pool full"))

    def cut(self, row: int, journey: str, t_intended: float) -> None:
        """Record a journey that ended before its next request because the run was stopped."""
        self.sample(Sample(row, journey, "", t_intended, NAN, NAN, "cut", error="the run was stopped"))

    def miss(self, journey: str) -> None:
        """Count a journey whose predecessor returned nothing to continue with: it is not reached."""
        self.progress.unmet[journey] = self.progress.unmet.get(journey, 0) + 1

    def turn_back(self, journey: str) -> None:
        """Count as unmet, no longer as sent, a journey that started and sent nothing because a carried value was missing."""
        self.progress.sent -= 1
        self.miss(journey)

    def lose(self, samples: pa.Table) -> None:
        """Count as lost, no longer as sent or dropped, the journeys of samples that could not be written."""
        gone = samples["outcome"].cast(pa.string()).to_numpy(zero_copy_only=False) == "dropped"
        rows = samples["row"].to_numpy()
        dropped, sent = (len(np.unique(rows[each])) for each in (gone, ~gone))
        self.progress.dropped -= dropped
        self.progress.sent -= sent
        self.progress.lost += dropped + sent

    def start(self) -> None:
        """Count a journey that starts."""
        self.progress.sent += 1
        self.progress.under_way += 1
        self._window_journeys += 1

    def end(self) -> None:
        """Count a journey that ended."""
        self.progress.under_way -= 1

    def take(self) -> pa.Table | None:
        """The samples since the last call, with `sim.records.samples.SCHEMA`, also added to the live histograms; None where there are none."""
        columns, self._columns = self._columns, _Columns()
        if not columns.row:
            return None
        start, end, intended = (np.frombuffer(c) for c in (columns.t_start, columns.t_end, columns.t_intended))
        went = ~np.isnan(end)
        _count(self.lag, (start - intended)[went])
        response_s = (end - intended)[went]
        _count(self.response, response_s)
        self.progress.came += len(response_s)
        self.progress.response_s += float(response_s.sum())
        return pa.table(
            {
                "row": _numbers(columns.row, "q"),
                "journey": _names(columns.journey, self._journeys, SCHEMA.field("journey").type),
                "step": _names(columns.step, self._steps, SCHEMA.field("step").type),
                "attempt": _numbers(columns.attempt, "h"),
                "worker": pa.array(np.full(len(went), self.worker, dtype=np.int16)),
                "t_intended": pa.array(intended),
                "t_start": pa.array(start),
                "t_end": pa.array(end),
                "t_completed": _numbers(columns.t_completed, "d"),
                "waited_s": _numbers(columns.waited_s, "d"),
                "outcome": _names(columns.outcome, _OUTCOME, SCHEMA.field("outcome").type),
                "status": _numbers(columns.status, "h"),
                "bytes": _numbers(columns.bytes, "q"),
                "error": pa.array(columns.error, pa.string()),
            },
            schema=SCHEMA,
        )

    def window(self, last: bool = False) -> GeneratorWindow | None:
        """Close and return the generator's current window where it is over or the last; else None."""
        now = self._clock()
        if now < self._window_from_s + (SHORTEST_WINDOW_S if last else WINDOW_S):
            return None
        lags, self._window_lags = self._window_lags, array("d")
        journeys, self._window_journeys = self._window_journeys, 0
        cpu_s, from_s = time.process_time(), self._window_from_s
        share = (cpu_s - self._window_cpu_s) / (now - from_s)
        self._window_from_s, self._window_cpu_s = now, cpu_s
        return GeneratorWindow(
            worker=self.worker,
            from_s=from_s,
            to_s=now,
            journeys=journeys,
            lag_p99_s=float(np.quantile(np.frombuffer(lags), 0.99)) if lags else 0.0,
            cpu_share=share,
        )


_OUTCOME = {outcome: code for code, outcome in enumerate(OUTCOMES)}


def _numbers(column: array, kind: str) -> pa.Array:
    return pa.array(np.frombuffer(column, dtype=kind))


def _names(column: array, names: dict[str, int], kind: pa.DictionaryType) -> pa.Array:
    codes = pa.array(np.frombuffer(column, dtype=column.typecode))
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(names), pa.string())).cast(kind)


def _count(histogram: HdrHistogram, seconds: np.ndarray) -> None:
    """Record float64[n] seconds in bulk: values are rounded to the histogram's own buckets first, so that each bucket is recorded once."""
    micros = np.maximum((seconds * 1e6).astype(np.int64), 1)
    shift = np.maximum(np.frexp(micros.astype(np.float64))[1] - 8, 0)
    values, counts = np.unique((micros >> shift) << shift, return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        histogram.record_value(min(value, LONGEST_US), count)
