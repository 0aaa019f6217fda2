"""Samples gathered into the journeys they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.evidence.requests import ANSWERED, FAILED, floats, labels, outcomes
from sim.records.samples import NO_REQUEST, OUTCOMES

_TURNED_AWAY = ("rejected",)
"""Answers after which a journey has not gone its whole way, though a later one is good. A login that was lost and renewed is none."""


@dataclass(frozen=True)
class Journeys:
    """Arrays of shape (m,), in order of the trace's rows."""

    t_s: np.ndarray
    """Intended start."""
    software_s: np.ndarray
    """Sum of the response times of its requests: think time is in none of them."""
    requests: np.ndarray
    failed: np.ndarray
    """One of its requests failed, or it was dropped."""
    answered: np.ndarray
    """Went its whole way: no request failed or was turned away, and the last was answered."""
    name: np.ndarray
    """Index into `names`."""
    names: tuple[str, ...]


def journeys(samples: pa.Table) -> Journeys:
    """The journeys of samples that are sorted by intended start."""
    intended_s, end_s, outcome = floats(samples, "t_intended"), floats(samples, "t_end"), outcomes(samples)
    name, names = labels(samples, "journey")
    row = samples.column("row").to_numpy()
    rows, first, of = np.unique(row, return_index=True, return_inverse=True)
    last = len(row) - 1 - np.unique(row[::-1], return_index=True)[1]

    def number(chosen: tuple[str, ...]) -> np.ndarray:
        return np.bincount(of[_among(outcome, chosen)], minlength=len(rows))

    failed = number(FAILED) > 0
    return Journeys(
        t_s=intended_s[first],
        software_s=np.bincount(of, np.nan_to_num(end_s - intended_s), minlength=len(rows)),
        requests=np.bincount(of, minlength=len(rows)) - number(NO_REQUEST),
        failed=failed,
        answered=~failed & (number(_TURNED_AWAY) == 0) & _among(outcome[last], ANSWERED),
        name=name[first],
        names=names,
    )


def _among(outcome: np.ndarray, chosen: tuple[str, ...]) -> np.ndarray:
    return np.isin(outcome, [OUTCOMES.index(name) for name in chosen])
