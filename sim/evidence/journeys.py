"""Samples grouped by journey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.evidence.requests import Requests, among, floats, labels, outcomes
from sim.records.samples import ANSWERED, FAILED, NO_REQUEST

_TURNED_AWAY = ("rejected", "auth_lost")
"""Outcomes after which a journey is not complete, even if a later request is answered, unless the same step was repeated."""


@dataclass(frozen=True)
class Journeys:
    """Arrays of shape (m,), in order of the trace's rows."""

    t_s: np.ndarray
    """Intended start."""
    software_s: np.ndarray
    """Sum of the response times of its requests, without think time."""
    requests: np.ndarray
    failed: np.ndarray
    """One of its requests failed, or it was dropped."""
    answered: np.ndarray
    """Complete: no request failed, none was rejected without a repetition, and the last was answered."""
    name: np.ndarray
    """Index into `names`."""
    names: tuple[str, ...]
    row: np.ndarray
    """Row of the trace."""


def journeys(samples: pa.Table) -> Journeys:
    """The journeys of samples that are sorted by intended start."""
    intended_s, end_s, outcome = floats(samples, "t_intended"), floats(samples, "t_end"), outcomes(samples)
    name, names = labels(samples, "journey")
    row = samples.column("row").to_numpy()
    rows, first, of = np.unique(row, return_index=True, return_inverse=True)
    last = len(row) - 1 - np.unique(row[::-1], return_index=True)[1]

    def number(chosen: tuple[str, ...], counts: np.ndarray | bool = True) -> np.ndarray:
        return np.bincount(of[among(outcome, chosen) & counts], minlength=len(rows))

    failed = number(FAILED) > 0
    return Journeys(
        t_s=intended_s[first],
        software_s=np.bincount(of, np.nan_to_num(end_s - intended_s), minlength=len(rows)),
        requests=np.bincount(of, minlength=len(rows)) - number(NO_REQUEST),
        failed=failed,
        answered=~failed & (number(_TURNED_AWAY, ~_repeated(samples, of)) == 0) & among(outcome[last], ANSWERED),
        name=name[first],
        names=names,
        row=rows,
    )


def attempted(ran: Journeys, warmup_s: float) -> Requests:
    """Journeys in the form of requests, as the statistics take them: intended after the warm-up, and either complete or failed.

    The response of a journey is its time in the software, without think time.
    """
    chosen = np.flatnonzero((ran.t_s >= warmup_s) & (ran.failed | ran.answered))
    chosen = chosen[np.argsort(ran.t_s[chosen], kind="stable")]
    time_s = np.where(ran.failed, np.inf, ran.software_s)
    columns = (ran.t_s[chosen], time_s[chosen], ran.failed[chosen], ran.name[chosen])
    return Requests(*columns, ran.names, ran.row[chosen])


def _repeated(samples: pa.Table, of: np.ndarray) -> np.ndarray:
    """Whether the next request of the journey is a retry of the same step, bool[n]: then the outcome of the retry counts."""
    attempt, (step, _) = samples.column("attempt").to_numpy().astype(np.int64), labels(samples, "step")
    order = np.argsort(of, kind="stable")
    here, then = order[:-1], order[1:]
    retried = np.zeros(len(of), dtype=bool)
    retried[here] = (of[here] == of[then]) & (step[here] == step[then]) & (attempt[then] == attempt[here] + 1)
    return retried
