"""Cells of a log's columns as texts, numbers and codes, each worked out once a distinct value: logs repeat themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_PADDING = "\0" + "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
"""Space, and NUL bytes as of fixed-width fields: an array of texts would drop those at the end by itself."""


def value(cell: pa.Scalar) -> object:
    """The cell's value; of a moment that Python's calendar does not reach, its number of units from 1970."""
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        return f"{cell.cast(pa.int64()).as_py()} ({cell.type})"


def coded(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Codes int64[rows] of cleaned texts, −1 where empty, and the texts in order of appearance."""
    texts = pc.dictionary_encode(_text(column))
    cleaned = np.array([(text or "").strip(_PADDING) for text in texts.dictionary.to_pylist()], dtype=object)
    code, unique = pd.factorize(np.where(cleaned == "", np.array(None, dtype=object), cleaned))
    return _take(code.astype(np.int64), texts, -1), unique.astype(str)


def by_value(column: pa.Array, parse: Callable[[pa.Array], np.ndarray]) -> np.ndarray:
    """Parse a column once a distinct value: logs repeat themselves."""
    values = pc.dictionary_encode(column)
    parsed = parse(values.dictionary)
    nothing = np.datetime64("NaT", "s") if parsed.dtype.kind == "M" else np.nan
    return _take(parsed, values, nothing)


def _take(of_value: np.ndarray, values: pa.DictionaryArray, nothing: Any) -> np.ndarray:
    """`of_value` for each row; `nothing` where the row is null."""
    at = pc.fill_null(values.indices, len(of_value)).to_numpy(zero_copy_only=False)
    return np.append(of_value, np.array([nothing], dtype=of_value.dtype))[at]


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):  # a spreadsheet's 17850.0 is the number 17850
        known = pc.if_else(pc.is_nan(column), None, column)
        whole = pc.and_(pc.equal(known, pc.floor(known)), pc.less(pc.abs(known), 2.0**53))
        return pc.if_else(
            whole, pc.cast(pc.cast(pc.if_else(whole, known, 0), pa.int64()), pa.string()), pc.cast(known, pa.string())
        )
    return pc.cast(column, pa.string())


def numbers(column: pa.Array) -> np.ndarray:
    """A column as numbers, float64[n]; NaN where a cell holds none."""
    written = column.to_pandas()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        written = written.fillna("").str.normalize("NFKC").str.strip()
        written = written.mask(written.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"), written.str.replace(",", ""))
    return pd.to_numeric(written, errors="coerce").to_numpy(dtype=np.float64)
