"""What the values of a table's columns may be, declared beside its schema, and the one check that holds a table against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isinf
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal

LONGEST_S = 4e9
"""More than a hundred years: what is later is no instant of a scenario or of a run."""
LARGEST = 2**62
"""Counts and sums of counts stay within 64 bits."""


@dataclass(frozen=True)
class Values:
    """The range of a column, of each element where it holds lists, or the texts that may stand in it. Infinity never may."""

    low: float = -inf
    high: float = inf
    unit: str = ""
    names: tuple[str, ...] = ()
    nan: bool = False
    """NaN is allowed, for a missing value."""
    null: bool = False

    @property
    def text(self) -> str:
        """What is expected, in words."""
        if self.names:
            return f"one of {', '.join(self.names)}"
        low, high = (f"{bound:g}" for bound in (self.low, self.high))
        span = f"of at least {low}" if isinf(self.high) else f"from {low} to {high}"
        return f"a number {'' if isinf(self.low) else f'{span} '}{self.unit}".strip() + (" or NaN" if self.nan else "")


def check_values(path: Path | str, table: pa.Table, values: Mapping[str, Values]) -> None:
    """Refuse a table with a value outside its column's declaration; names file, row (from 1) and column."""
    try:
        table.validate(full=True)
    except pa.ArrowException:
        raise Refusal(path, "", "columns that are whole and text in UTF-8", "bytes that are neither") from None
    for name, meant in values.items():
        column = table[name]
        if column.null_count and not meant.null:
            refuse_where(path, table, name, pc.is_null(column).to_numpy(), meant.text)
        if pa.types.is_list(column.type):
            flat = pc.list_flatten(column)
            if len(flat) and (odd := _odd(flat, meant)) is not None:
                row = int(pc.list_parent_indices(column)[int(np.argmax(odd))].as_py())
                refuse_where(path, table, name, np.arange(len(table)) == row, f"each {meant.text}")
        elif (odd := _odd(column, meant)) is not None:
            refuse_where(path, table, name, odd, meant.text)


def _odd(column: pa.ChunkedArray | pa.Array, meant: Values) -> np.ndarray | None:
    """True for each value that may not be; None where all may."""
    if pa.types.is_dictionary(column.type):
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        known = set(meant.names)
        if all(
            not chunk.dictionary.null_count and known.issuperset(chunk.dictionary.to_pylist())
            for chunk in chunks
            if known
        ):
            return None
        return ~np.isin(column.cast(pa.string()).to_numpy().astype(object), list(known)) if known else None
    if pa.types.is_string(column.type):
        odd = ~np.isin(column.to_numpy().astype(object), meant.names) if meant.names else np.zeros(0, dtype=bool)
        return odd if odd.any() else None
    if not meant.null and column.null_count:
        return pc.is_null(column).to_numpy(zero_copy_only=False)
    numbers = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    real = numbers.dtype.kind == "f"
    if not len(numbers):
        return None
    low, high = (np.fmin.reduce(numbers), np.fmax.reduce(numbers)) if meant.nan else (numbers.min(), numbers.max())
    if (low >= meant.low and high <= meant.high and not np.isinf((low, high)).any()) or (meant.nan and np.isnan(low)):
        return None
    fine = (numbers >= meant.low) & (numbers <= meant.high)
    if real:
        fine = (fine & np.isfinite(numbers)) | (meant.nan & np.isnan(numbers))
    return ~fine


def refuse_where(path: Path | str, table: pa.Table, column: str, odd: np.ndarray, expected: str) -> None:
    """Refuse the first row for which `odd` is true, if any is: its number from 1, and what stands in the column."""
    if odd.any():
        row = int(np.argmax(odd))
        found = table[column][row].as_py()
        raise Refusal(path, f"row {row + 1}, column {column}", expected, "nothing" if found is None else found)


def refuse_doubled(path: Path | str, table: pa.Table, key: tuple[str, ...]) -> None:
    """Refuse rows that share all values of `key`."""
    columns = {name: table[name] for name in key}
    columns = {n: c.cast(pa.string()) if pa.types.is_dictionary(c.type) else c for n, c in columns.items()}
    if len(table) and (odd := _doubled(columns)).any():
        refuse_where(path, table, key[0], odd, f"one row for each ({', '.join(key)})")


def _doubled(columns: Mapping[str, pa.ChunkedArray]) -> np.ndarray:
    """True for each row that repeats an earlier one: found by a hash of 64 bits, made sure of where two agree."""
    mixed = np.zeros(len(next(iter(columns.values()))), dtype=np.uint64)
    for column in columns.values():
        if pa.types.is_string(column.type):
            column = column.combine_chunks().dictionary_encode()
            column = column.indices if isinstance(column, pa.DictionaryArray) else column.combine_chunks().indices
        numbers = np.ascontiguousarray(column.to_numpy())
        bits = numbers.view(np.uint64) if numbers.dtype.kind == "f" else numbers.astype(np.int64).view(np.uint64)
        mixed = (mixed ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    odd = pd.Series(mixed).duplicated().to_numpy()
    if not odd.any():
        return odd
    return pd.DataFrame({name: column.to_pandas() for name, column in columns.items()}).duplicated().to_numpy()
