"""The chain's journeys through its software: noted in any order, written in time order, a batch a day.

A journey that follows another is noted before the other has a row number; so notes are numbered in the order of noting and refer
to each other by these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, DTypeLike

from sim.chain.output.spill import Spill
from sim.records.trace import JOURNEYS, SCHEMA

_COLUMNS = ("t", "journey", "location", "customer", "session", "follows", "note")
LINES_PER_DOCUMENT = 50
"""SKU lines of one document in receiving, counting or moving goods."""
_NAMES = pa.array(JOURNEYS)

CompressedLines = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Basket lines of n journeys in compressed rows: start int64[n + 1], SKUs int32[m], units int32[m]."""


class TraceLog:
    """Journeys inside [first_s, last_s), spilled to a temporary file as days end, so that memory use stays constant.

    Outside its window, and when `active` is false, noting costs nothing and gives number −1.
    """

    def __init__(self, first_s: float = 0.0, last_s: float = 0.0, asked_from_s: Mapping[str, np.ndarray] | None = None):
        """`asked_from_s`: of journeys that some location asks only from some instant on, these instants, float64[locations]."""
        self.first_s, self.last_s, self._asked_from_s = first_s, last_s, asked_from_s or {}
        self.active = last_s > first_s
        self._waiting: list[tuple] = []
        self._row_of_note = np.empty(1024, dtype=np.int64)
        self._notes = 0
        self._rows = 0
        self._sessions = 0
        self._out = Spill(SCHEMA) if self.active else None

    def wants(self, first_s: float, last_s: float) -> bool:
        """Whether anything between two instants could be in the window."""
        return self.active and first_s < self.last_s and last_s > self.first_s

    def sessions(self, n: int) -> np.ndarray:
        """n new session numbers, int64[n]."""
        self._sessions += n
        return np.arange(self._sessions - n, self._sessions)

    def note(
        self,
        journey: str,
        t: ArrayLike,
        location: ArrayLike,
        customer: ArrayLike = -1,
        lines: CompressedLines | None = None,
        session: ArrayLike | None = None,
        follows: ArrayLike = -1,
    ) -> np.ndarray:
        """Note n journeys of one kind; returns the notes' numbers, int64[n], −1 for those outside the window.

        t: float64[n], seconds. location, customer, session, follows (the number of a note): a number for all or an array of n; without `session` each
        journey is one of its own. lines: (start int64[n + 1], skus int32[m], units int32[m]) in compressed rows, or None for no SKUs.
        """
        t = np.atleast_1d(np.asarray(t, dtype=np.float64))
        notes = np.full(len(t), -1, dtype=np.int64)
        inside = np.flatnonzero((t >= self.first_s) & (t < self.last_s)) if self.active else notes[:0]
        if len(inside) and journey in self._asked_from_s:
            at = np.broadcast_to(np.asarray(location), t.shape)[inside]
            inside = inside[t[inside] >= self._asked_from_s[journey][at]]
        n = len(inside)
        if n == 0:
            return notes
        notes[inside] = np.arange(self._notes, self._notes + n)
        self._notes += n

        def chosen(value: ArrayLike, dtype: DTypeLike = np.int64) -> np.ndarray:
            return np.broadcast_to(np.asarray(value, dtype=dtype), t.shape)[inside]

        columns = {
            "t": t[inside],
            "journey": np.full(n, JOURNEYS.index(journey), dtype=np.int8),
            "location": chosen(location, np.int32),
            "customer": chosen(customer),
            "session": self.sessions(n) if session is None else chosen(session),
            "follows": chosen(follows),
            "note": notes[inside],
        }
        self._waiting.append((columns, pick(lines, inside)))
        return notes

    def note_documents(self, journey: str, location: int, units: np.ndarray, at_s: float) -> None:
        """Note one errand of a clerk about many SKUs, int64[n_skus] units, document by document, in one session."""
        if self.wants(at_s, at_s + 1):
            sku = np.flatnonzero(units)
            start = np.append(np.arange(0, len(sku), LINES_PER_DOCUMENT), len(sku))
            n = len(start) - 1
            self.note(journey, np.full(n, at_s), location, lines=(start, sku, units[sku]), session=self.sessions(1)[0])

    def flush(self, until_s: float) -> None:
        """Give rows, in order of (t, note), to everything noted before `until_s`; nothing earlier may be noted afterwards."""
        if self._out is None or not self._waiting:
            return
        columns, lines = _join(self._waiting)
        due = columns["t"] < until_s
        order = np.flatnonzero(due)
        order = order[np.lexsort((columns["note"][order], columns["t"][order]))]
        later = np.flatnonzero(~due)
        self._waiting = [({k: v[later] for k, v in columns.items()}, pick(lines, later))] if len(later) else []
        if len(order):
            self._write(self._out, {k: v[order] for k, v in columns.items()}, pick(lines, order))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Everything flushed, in time order; ends the log."""
        if self._out is not None:
            self.flush(np.inf)
            yield from self._out.batches()

    def _write(self, out: Spill, columns: dict[str, np.ndarray], lines: CompressedLines) -> None:
        rows = np.arange(self._rows, self._rows + len(columns["t"]))
        self._rows += len(rows)
        if self._notes > len(self._row_of_note):
            self._row_of_note = np.resize(self._row_of_note, 2 * self._notes)
        self._row_of_note[columns["note"]] = rows
        follows = columns["follows"]
        follows = np.where(follows >= 0, self._row_of_note[np.maximum(follows, 0)], -1)
        start, skus, units = lines
        starts = pa.array(start.astype(np.int32))
        arrays: dict[str, Any] = {
            "row": rows,
            "t": columns["t"],
            "session": columns["session"],
            "journey": pa.DictionaryArray.from_arrays(pa.array(columns["journey"]), _NAMES),
            "location": columns["location"],
            "customer": columns["customer"],
            "skus": pa.ListArray.from_arrays(starts, pa.array(skus)),
            "quantities": pa.ListArray.from_arrays(starts, pa.array(units)),
            "follows": follows,
        }
        out.add(pa.RecordBatch.from_arrays([pa.array(arrays[name]) for name in SCHEMA.names], schema=SCHEMA))


def pick(lines: CompressedLines | None, chosen: np.ndarray) -> CompressedLines:
    """Some rows of a list in compressed rows (start, skus, units); of None, rows without lines."""
    if lines is None:
        return np.zeros(len(chosen) + 1, dtype=np.int64), np.empty(0, np.int32), np.empty(0, np.int32)
    start, skus, units = (np.asarray(part) for part in lines)
    picked, at = rows(start, chosen)
    return picked, skus[at].astype(np.int32), units[at].astype(np.int32)


def rows(start: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some of the compressed rows that `start`, int64[n + 1], lays out: their own starts, and the indices of their entries."""
    counts = (start[1:] - start[:-1])[chosen]
    picked = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return picked, np.repeat(start[:-1][chosen] - picked[:-1], counts) + np.arange(picked[-1])


def _join(waiting: list[tuple]) -> tuple[dict[str, np.ndarray], CompressedLines]:
    columns = {name: np.concatenate([noted[name] for noted, _ in waiting]) for name in _COLUMNS}
    counts = np.concatenate([np.diff(start) for _, (start, _, _) in waiting])
    start = np.concatenate([[0], np.cumsum(counts)])
    skus, units = (np.concatenate([lines[i] for _, lines in waiting]) for i in (1, 2))
    return columns, (start, skus, units)
