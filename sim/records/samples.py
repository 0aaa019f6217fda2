"""Samples: every API request with its intended start, its start and its end."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.atomic_files import read_table, write_table
from sim.records.column_values import LARGEST, LONGEST_S, Values, refuse_doubled, refuse_where

FORMAT: Final = 1

Outcome = Literal[
    "ok", "partial", "rejected", "throttled", "conflict", "auth_lost", "failed", "dropped", "adapter_fault", "cut"
]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
NO_REQUEST: tuple[Outcome, ...] = ("dropped", "adapter_fault")
"""Outcomes of samples for which no request was sent."""
ANSWERED: tuple[Outcome, ...] = ("ok", "partial")
"""Outcomes that prove the platform available."""
FAILED: tuple[Outcome, ...] = ("failed", "dropped")
"""Outcomes that count as unavailable."""
NO_PROOF: tuple[Outcome, ...] = ("rejected", "throttled", "conflict", "auth_lost")
"""Answers that are neither failure nor proof of availability: a business rule, a rate limit, a lost race or a lost login."""
DECIDED: tuple[Outcome, ...] = (*ANSWERED, "rejected")
"""Outcomes of a step that the platform completed, or refused by a business rule."""

SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("journey", pa.dictionary(pa.int8(), pa.string())),
        ("step", pa.dictionary(pa.int16(), pa.string())),
        ("attempt", pa.int16()),
        ("worker", pa.int16()),
        ("t_intended", pa.float64()),
        ("t_start", pa.float64()),
        ("t_end", pa.float64()),
        ("t_completed", pa.float64()),
        ("waited_s", pa.float64()),
        ("outcome", pa.dictionary(pa.int8(), pa.string())),
        ("status", pa.int16()),
        ("bytes", pa.int64()),
        ("error", pa.string()),
    ]
)
"""Times are seconds from the run's start; `MEANINGS` describes the columns.

Lag is `t_start − t_intended`, service `t_end − t_start`, response `t_end − t_intended`. A dropped journey is one sample with step `""`, `t_start` and
`t_end` NaN. An exception in the adapter's own code is one sample of step `adapter`, with the same two NaN, whose `error` names file, line, the step
before it and the exception. A request that was under way when the run was stopped is `cut`, whatever came of it; so is, with `t_start` and `t_end`
NaN, the next one of a journey that ended there."""

MEANINGS: dict[str, str] = {
    "row": "row of the trace",
    "journey": "name of the journey",
    "step": "name of the request within its journey, never its URL; empty where nothing was sent",
    "attempt": "number of the attempt",
    "worker": "number of the generator's process",
    "t_intended": "s, when the request was to be sent",
    "t_start": "s, when it was sent; NaN where it was not",
    "t_end": "s, when its answer had come or it had failed; NaN where it was not sent",
    "t_completed": "s, later than t_end where a platform accepts first and completes afterwards; NaN where nothing completes",
    "waited_s": "s spent waiting for a declared rate limit, in no other time",
    "outcome": "what became of it: " + ", ".join(OUTCOMES),
    "status": "HTTP status; 0 without an answer",
    "bytes": "bytes of the answer",
    "error": "null, or a short class of what went wrong",
}
"""What each column of `SCHEMA` holds."""

VALUES = {
    "row": Values(0, LARGEST),
    "journey": Values(),
    "step": Values(),
    "attempt": Values(0, 2**15 - 1),
    "worker": Values(0, 2**15 - 1),
    "t_intended": Values(0, LONGEST_S, "s"),
    "t_start": Values(0, LONGEST_S, "s", nan=True),
    "t_end": Values(0, LONGEST_S, "s", nan=True),
    "t_completed": Values(0, LONGEST_S, "s", nan=True),
    "waited_s": Values(0, LONGEST_S, "s"),
    "outcome": Values(names=OUTCOMES),
    "status": Values(0, 999),
    "bytes": Values(0, LARGEST),
    "error": Values(null=True),
}
KEY = ("row", "step", "attempt", "t_start")
"""A journey may take a step more than once; it never begins the same one twice at an instant."""


def chunk_name(worker: int, chunk: int) -> str:
    """The file name of a numbered chunk of a worker's samples."""
    return f"worker-{worker:03d}-{chunk:05d}.parquet"


def write_chunk(folder: Path | str, worker: int, chunk: int, table: pa.Table) -> Path:
    """Write one numbered chunk of samples of a worker into a run's `samples/` folder; returns its path."""
    path = Path(folder) / chunk_name(worker, chunk)
    write_table(path, table.replace_schema_metadata({"format": str(FORMAT)}))
    return path


def read_chunks(folder: Path | str) -> pa.Table:
    """The samples that a run's chunks hold so far, sorted by (`t_intended`, `row`, `attempt`)."""
    chunks = [_read(chunk) for chunk in sorted(Path(folder).glob("worker-*.parquet"))]
    table = pa.concat_tables(chunks).unify_dictionaries() if chunks else SCHEMA.empty_table()
    return table.sort_by([("t_intended", "ascending"), ("row", "ascending"), ("attempt", "ascending")])


def write_samples(path: Path | str, table: pa.Table) -> None:
    """Write samples of `SCHEMA`."""
    write_table(path, table.replace_schema_metadata({"format": str(FORMAT)}))


def gather(folder: Path | str, path: Path | str) -> pa.Table:
    """Join the chunks of a run into one file, and return its table."""
    table = read_chunks(folder)
    write_samples(path, table)
    return table


def read_samples(path: Path | str) -> pa.Table:
    """Read samples of `SCHEMA` from a file. Raises `Refusal` for anything else."""
    table = _read(path)
    refuse_doubled(path, table, KEY)
    return table


def _read(path: Path | str) -> pa.Table:
    table = read_table(path, "samples", SCHEMA, FORMAT, VALUES)
    start, end, completed = (table[name].to_numpy() for name in ("t_start", "t_end", "t_completed"))
    unsent = np.isnan(start)
    refuse_where(
        path, table, "t_end", (end < start) | (unsent != np.isnan(end)), "an end at or after t_start, or both NaN"
    )
    refuse_where(path, table, "t_completed", completed < start, "NaN, or an instant at or after t_start")
    if unsent.any():
        may = pc.is_in(table["outcome"].cast(pa.string()), pa.array([*NO_REQUEST, "cut"])).to_numpy()
        refuse_where(path, table, "t_start", unsent & ~may, "the start of a request that was sent")
    return table
