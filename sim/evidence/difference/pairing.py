"""The requests of two runs, cut into the same stretches where both replayed the same journeys at the same instants.

Pairs are journeys, not single requests: a stretch holds the same journeys in both runs, however many retries each needed, so nothing is left out
for having failed in one of them. Where all requests pair, the difference of two means over a stretch is the mean of its paired differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.evidence.journeys import attempted, journeys
from sim.evidence.requests import Requests, floats, judged, labels
from sim.evidence.statistics.intervals import BATCHES
from sim.evidence.wording import count, percent
from sim.records.load_run import LoadRun

LEAST_PAIRED = 0.9
"""Least share of the journeys that both runs could have in common which pair; with fewer the runs are compared unpaired."""
SAME_SECOND_S = 1.0
"""Journeys of a row whose intended starts are less than this apart are of the same second."""

_REPLAYED: dict[str, Callable[[LoadRun], object]] = {
    "scenario": lambda run: run.scenario_hash,
    "time scale": lambda run: run.time_scale,
    "shape": lambda run: run.shape,
    "length of the loop": lambda run: run.loop_s,
    "beginning of the stretch": lambda run: run.trace_from_s,
}
"""What two runs must have in common so that the same row means the same journey at the same instant."""


@dataclass(frozen=True)
class Sides:
    """The requests, or the journeys, that count of both runs."""

    a: Requests
    b: Requests
    paired: bool

    def of(self, journey: str) -> Sides:
        """Those of one journey."""
        return Sides(self.a.of(journey), self.b.of(journey), self.paired)

    def stretches(self) -> tuple[np.ndarray, np.ndarray]:
        """The stretch of every request of A and of B, int64: `BATCHES` of equal numbers of trace rows where paired, else of requests; fewer where
        each would have fewer than two."""
        if not self.paired:
            return _parts(np.arange(len(self.a)), len(self.a)), _parts(np.arange(len(self.b)), len(self.b))
        rows, place = np.unique(np.concatenate([self.a.row, self.b.row]), return_inverse=True)
        parts = _parts(place, len(rows))
        return parts[: len(self.a)], parts[len(self.a) :]


@dataclass(frozen=True)
class Evidence:
    """Two runs as they are compared."""

    requests: Sides
    attempts: Sides | None
    """Journeys, one row each; None where one of the runs holds none."""
    pairs: int
    """Journeys paired; 0 where the runs do not pair."""
    how: str
    """How they were paired, or why not: a sentence."""


def pair(a: pa.Table, run_a: LoadRun, b: pa.Table, run_b: LoadRun) -> Evidence:
    """Pair the journeys of two runs by their row of the trace, where both replayed the same.

    Args:
        a, b: samples of `sim.records.samples.SCHEMA`, in any order; what is intended in the warm-up of either is left out of both where they pair.
    """
    rows, why = _paired_rows(a, run_a, b, run_b)
    paired = rows is not None
    warmups = (max(run_a.warmup_s, run_b.warmup_s),) * 2 if paired else (run_a.warmup_s, run_b.warmup_s)
    requests = Sides(judged(a, warmups[0]), judged(b, warmups[1]), paired)
    attempts = None
    if run_a.intended_starts and run_b.intended_starts:
        ran = [journeys(each.sort_by("t_intended")) for each in (a, b)]
        attempts = Sides(attempted(ran[0], warmups[0]), attempted(ran[1], warmups[1]), paired)
    if rows is None:
        return Evidence(requests, attempts, 0, why)
    return Evidence(_among(requests, rows), _among(attempts, rows) if attempts else None, len(rows), why)


def _paired_rows(a: pa.Table, run_a: LoadRun, b: pa.Table, run_b: LoadRun) -> tuple[np.ndarray | None, str]:
    """The rows that pair, int64[m], and the sentence on them; None where the runs do not pair."""
    for run, name in ((run_a, "A"), (run_b, "B")):
        if not run.intended_starts:
            return (
                None,
                f"Not paired: {name} carries no intended starts, so no request of it has its like in the other.",
            )
    for name, value in _REPLAYED.items():
        if value(run_a) != value(run_b):
            return (
                None,
                f"Not paired: A and B did not replay the same trace in the same way; they differ in the {name}.",
            )
    warmup_s = max(run_a.warmup_s, run_b.warmup_s)
    (row_a, at_a, journey_a), (row_b, at_b, journey_b) = (_firsts(each, warmup_s) for each in (a, b))
    _, in_a, in_b = np.intersect1d(row_a, row_b, assume_unique=True, return_indices=True)
    same = journey_a[in_a] == journey_b[in_b]
    rows = row_a[in_a[same]]
    on_time = np.abs(at_a[in_a[same]] - at_b[in_b[same]]) < SAME_SECOND_S
    share = np.count_nonzero(on_time) / max(min(len(row_a), len(row_b)), 1)
    if share < LEAST_PAIRED:
        return None, (
            f"Not paired: {percent(share)} of the journeys have the same trace row, journey and second in both runs, "
            f"{percent(LEAST_PAIRED)} are needed."
        )
    left = len(row_a) + len(row_b) - 2 * len(rows)
    return rows, (
        f"Paired by trace row: {count(len(rows), 'journey')} of A and B, the same journey in the same second"
        + (f"; {count(left, 'journey')} that only one of them holds are left out." if left else ".")
    )


def _firsts(samples: pa.Table, warmup_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By row of the trace, rising, of the journeys that begin after the warm-up: the row, when its first request was intended, and its name."""
    index, names = labels(samples, "journey")
    row, at_s = samples.column("row").to_numpy(), floats(samples, "t_intended")
    order = np.lexsort((at_s, row))
    rows, first = np.unique(row[order], return_index=True)
    rows, first = rows[at_s[order][first] >= warmup_s], first[at_s[order][first] >= warmup_s]
    return rows, at_s[order][first], np.array(names or ("",))[index[order][first]]


def _among(sides: Sides, rows: np.ndarray) -> Sides:
    a, b = (each.chosen(np.isin(each.row, rows)) for each in (sides.a, sides.b))
    return Sides(a, b, sides.paired)


def _parts(place: np.ndarray, places: int) -> np.ndarray:
    return place * min(BATCHES, places // 2) // max(places, 1)
