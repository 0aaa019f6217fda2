"""Samples: every API request as it happened, on the three clocks that a verdict needs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

from sim.records.whole import read_table, write_table

FORMAT = 1

Outcome = Literal[
    "ok", "partial", "rejected", "throttled", "conflict", "auth_lost", "failed", "dropped", "adapter_fault"
]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
NO_REQUEST: tuple[Outcome, ...] = ("dropped", "adapter_fault")
"""Outcomes of samples for which no request was sent."""

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
"""`row` is the trace's row; `journey` and `step` name the request (never its URL); times are seconds from the run's start.

Lag is `t_start − t_intended`, service `t_end − t_start`, response `t_end − t_intended`. `t_completed` is later than `t_end` where a
platform accepts first and completes afterwards, NaN where nothing completes. `waited_s` was spent waiting for a declared rate limit
and is in no clock. A dropped journey is one sample with step `""`, `t_start` and `t_end` NaN. An exception in the adapter's own
code is one sample of step `adapter`, with the same two NaN, whose `error` names file, line, the step before it and the exception. `status` is the
HTTP status, 0 when there was no answer; `error` null or a short class."""


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
    chunks = [read_table(chunk, "samples", SCHEMA, FORMAT) for chunk in sorted(Path(folder).glob("worker-*.parquet"))]
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
    return read_table(path, "samples", SCHEMA, FORMAT)
