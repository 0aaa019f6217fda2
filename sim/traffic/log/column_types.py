"""The types that a log's columns may have, as a Parquet file declares them; a CSV's columns are all text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal

_NUMBERS = frozenset(["quantity", "price", "amount"])


def typed(path: Path, name: str, field: str, column: pa.Array, zone: str = "") -> pa.Array:
    """The column as text (utf8), integers, float32 or float64, decimals, or for the timestamp also dates and local timestamps.

    A timestamp with a zone is taken to the wall clock of `zone`, or of its own where none is named. Raises `Refusal` where it is of a type that
    the field cannot have, where its text is not UTF-8, or its time zone is unknown, or UTC alone.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if _is_text(kind):
        return as_text(path, name, column)
    if pa.types.is_float16(kind):
        return pc.cast(column, pa.float32())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or (pa.types.is_decimal(kind) and field != "timestamp"):
        return column
    if field == "timestamp" and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return _local(path, name, column, zone)
    wanted = "numbers" if field in _NUMBERS else "dates and times" if field == "timestamp" else "text or numbers"
    raise Refusal(path, f"column {name}", f"{wanted} for the {field}", str(kind))


def clocks(path: Path, name: str, column: pa.Array, zone: str = "") -> pa.Array:
    """A column of times of day beside one of dates: text, numbers, times or timestamps."""
    return column if pa.types.is_time(column.type) else typed(path, name, "timestamp", column, zone)


def as_text(path: Path, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The column as utf8; `Refusal` where that cannot be."""
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowException:
        raise Refusal(path, f"column {name}", "text in UTF-8", str(column.type)) from None


def _is_text(kind: pa.DataType) -> bool:
    return (
        pa.types.is_null(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _local(path: Path, name: str, column: pa.Array, zone: str) -> pa.Array:
    if pa.types.is_date(column.type) or column.type.tz is None:
        return column
    if not zone and column.type.tz.upper() in ("UTC", "ETC/UTC", "Z", "+00:00", "GMT"):
        expected = "--time-zone with the zone of the stores' clocks, such as Asia/Shanghai"
        raise Refusal(path, f"column {name}", expected, str(column.type))
    try:
        return pc.local_timestamp(pc.cast(column, pa.timestamp(column.type.unit, zone)) if zone else column)
    except pa.ArrowException:
        raise Refusal(path, f"column {name}", "a time zone that is known", column.type.tz) from None
