"""The trace: what the chain asked of its software, a journey a row in time order. It is the input of a load test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from sim.records.refusal import Refusal
from sim.records.whole import check_metadata, read_table, write_batches

FORMAT = 1

Journey = Literal[
    "browse",
    "search",
    "stock_check",
    "checkout",
    "order_status",
    "return_goods",
    "receive_goods",
    "stock_count",
    "transfer_stock",
    "member_lookup",
    "redeem_offer",
    "report",
]
JOURNEYS: tuple[str, ...] = get_args(Journey)

SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("t", pa.float64()),
        ("session", pa.int64()),
        ("journey", pa.dictionary(pa.int8(), pa.string())),
        ("location", pa.int32()),
        ("customer", pa.int64()),
        ("skus", pa.list_(pa.int32())),
        ("quantities", pa.list_(pa.int32())),
        ("follows", pa.int64()),
    ]
)
"""`t` in seconds since the scenario's start; `location` and `skus` index the catalogue; `customer` −1 when unknown;
`follows` the row of the journey that must have ended before (−1 none); `session` groups the journeys of one errand."""


@dataclass(frozen=True)
class TraceHeader:
    """What a trace says of itself, carried in the Parquet metadata."""

    scenario: str
    scenario_hash: str
    seed: int
    start: str
    """The scenario's first midnight, ISO date, in the chain's local time: `t` counts from it."""
    time_zone: str
    orders_per_hour: float | None = None
    """At the peak, for a trace that was made from such a figure."""

    def metadata(self) -> dict[str, str]:
        return {"format": str(FORMAT), **{name: str(value) for name, value in vars(self).items() if value is not None}}


def write_trace(path: Path | str, header: TraceHeader, batches: Iterable[pa.RecordBatch]) -> int:
    """Stream record batches of `SCHEMA`, already in time order, to a trace; returns the number of rows.

    Each batch becomes a row group, so memory stays flat as a trace grows.
    """
    return write_batches(path, SCHEMA.with_metadata(header.metadata()), batches)


def read_trace(path: Path | str) -> tuple[TraceHeader, pa.Table]:
    """Read a trace: its header and its table of `SCHEMA`. Raises `Refusal` for anything else."""
    return read_header(path), read_table(path, "a trace", SCHEMA, FORMAT)


def read_header(path: Path | str) -> TraceHeader:
    """Read only what a trace says of itself."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except FileNotFoundError:
        raise Refusal(path, "", "a trace", "no such file") from None
    except (OSError, pa.ArrowException) as error:
        raise Refusal(path, "", "a trace as Parquet", str(error)) from None
    check_metadata(path, "a trace", metadata, FORMAT)
    said = {key.decode(): value.decode() for key, value in metadata.items()}
    try:
        asked = float(said["orders_per_hour"]) if "orders_per_hour" in said else None
        return TraceHeader(
            said["scenario"], said["scenario_hash"], int(said["seed"]), said["start"], said["time_zone"], asked
        )
    except KeyError as missing:
        raise Refusal(path, f"metadata {missing.args[0]}", "a trace's header", "nothing") from None
