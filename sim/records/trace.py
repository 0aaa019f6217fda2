"""The trace: the journeys that the chain asked of its software, one row each in time order. It is the input of a load test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.records.atomic_files import check_metadata, no_parquet, read_table, regular, text_of, write_batches
from sim.records.column_values import LARGEST, LONGEST_S, Values, refuse_where
from sim.records.refusal import Refusal

FORMAT: Final = 1

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
FOLLOWERS: tuple[Journey, ...] = ("order_status", "return_goods")
"""Journeys about an order that a checkout before them has placed."""

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

MEANINGS: dict[str, str] = {
    "row": "number of the journey",
    "t": "s since the scenario's start",
    "session": "number that the journeys of one errand share",
    "journey": "what is done: " + ", ".join(JOURNEYS),
    "location": "number of the store or warehouse in the catalogue",
    "customer": "number of the customer; −1 where unknown",
    "skus": "numbers of SKUs in the catalogue",
    "quantities": "units of each",
    "follows": "row of the journey that must have ended before; −1 for none",
}
"""What each column of `SCHEMA` holds."""

VALUES = {
    "row": Values(0, LARGEST),
    "t": Values(0, LONGEST_S, "s"),
    "session": Values(-LARGEST, LARGEST),
    "journey": Values(names=JOURNEYS),
    "location": Values(0, 2**31 - 1),
    "customer": Values(-1, LARGEST),
    "skus": Values(0, 2**31 - 1),
    "quantities": Values(1, 1_000_000, "units"),
    "follows": Values(-1, LARGEST),
}


@dataclass(frozen=True)
class TraceHeader:
    """The header of a trace, in the Parquet metadata."""

    scenario: str
    scenario_hash: str
    seed: int
    start: str
    """The scenario's first midnight, ISO date, in the chain's local time: `t` counts from it."""
    time_zone: str
    orders_per_hour: float | None = None
    """At the peak, for a trace that was made from such a figure."""

    def metadata(self) -> dict[str, str]:
        """As the metadata of a Parquet file."""
        return {"format": str(FORMAT), **{name: str(value) for name, value in vars(self).items() if value is not None}}


def write_trace(path: Path | str, header: TraceHeader, batches: Iterable[pa.RecordBatch]) -> int:
    """Stream record batches of `SCHEMA`, already in time order, to a trace; returns the number of rows.

    Each batch becomes a row group, so memory stays flat as a trace grows.
    """
    return write_batches(path, SCHEMA.with_metadata(header.metadata()), batches)


def read_trace(path: Path | str) -> tuple[TraceHeader, pa.Table]:
    """Read a trace: its header and its table of `SCHEMA`. Raises `Refusal` for anything else."""
    header, table = read_header(path), read_table(path, "a trace", SCHEMA, FORMAT, VALUES)
    row, t, follows = (table[name].to_numpy() for name in ("row", "t", "follows"))
    refuse_where(path, table, "row", np.diff(row, prepend=-1) <= 0, "numbers that rise from row to row")
    refuse_where(path, table, "t", np.diff(t, prepend=0.0) < 0, "times in order")
    refuse_where(path, table, "follows", follows >= row, "an earlier row, or -1")
    lengths = (pc.list_value_length(table[name]).to_numpy() for name in ("skus", "quantities"))
    refuse_where(path, table, "quantities", np.not_equal(*lengths), "a quantity for each SKU")
    return header, table


def read_header(path: Path | str) -> TraceHeader:
    """Read only the header of a trace."""
    regular(path, "a trace")
    try:
        with open(path, "rb") as file:
            metadata = pq.read_schema(file).metadata or {}
    except (OSError, pa.ArrowException, ValueError) as error:
        raise Refusal(path, "", "a trace as Parquet", no_parquet(error)) from None
    check_metadata(path, "a trace", metadata, FORMAT)
    values = {text_of(key): text_of(value) for key, value in metadata.items()}
    try:
        return TraceHeader(
            values["scenario"],
            values["scenario_hash"],
            _whole(path, "seed", values["seed"]),
            _midnight(path, values["start"]),
            values["time_zone"],
            _rate(path, values["orders_per_hour"]) if "orders_per_hour" in values else None,
        )
    except KeyError as missing:
        raise Refusal(path, f"metadata {missing.args[0]}", "a trace's header", "nothing") from None


def _whole(path: Path | str, name: str, text: str) -> int:
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 40:
        raise Refusal(path, f"metadata {name}", "a whole number", text)
    return int(text)


def _midnight(path: Path | str, text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refusal(path, "metadata start", "a date, such as 2026-10-01", text) from None
    return text


def _rate(path: Path | str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise Refusal(path, "metadata orders_per_hour", "a number of at least 0", text)
    return rate
