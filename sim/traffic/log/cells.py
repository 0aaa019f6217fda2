"""Cells of a log's columns as texts, numbers and codes, each worked out once a distinct value: logs repeat themselves."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.tables.values import has_decimal_comma, number

_PADDING = "\0" + "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
"""Space, and NUL bytes as of fixed-width fields: an array of texts would drop those at the end by itself."""


def value(cell: pa.Scalar) -> object:
    """The cell's value; of a moment that Python's calendar does not reach, its number of units from 1970."""
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        return f"{cell.cast(pa.int64()).as_py()} ({cell.type})"


def coded(column: pa.Array, code: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Codes int64[rows] of cleaned texts, −1 where empty, and the texts in order of appearance.

    Of a `code`, as a SKU's, digits of full width, a spreadsheet's apostrophe before it and its .0 after a whole number are no part.
    """
    texts = pc.dictionary_encode(_text(column))
    clean = _code if code else lambda text: (text or "").strip(_PADDING)
    cleaned = np.array([clean(text) for text in texts.dictionary.to_pylist()], dtype=object)
    at, unique = pd.factorize(np.where(cleaned == "", np.array(None, dtype=object), cleaned))
    return _take(at.astype(np.int64), texts, -1), unique.astype(str)


def _code(text: str | None) -> str:
    plain = (text or "").strip(_PADDING)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain).strip(_PADDING)
    if plain[:1] in "'`’" and len(plain) > 1:
        plain = plain[1:]
    return plain[:-2] if plain.endswith(".0") and plain[:-2].isdecimal() else plain


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


def comma_score(column: pa.Array) -> int:
    """Distinct texts of a column that have a decimal comma in any case, less those that have a decimal point: above 0, it has decimal commas."""
    if not pa.types.is_string(column.type) or not pc.any(pc.match_substring_regex(column, "[,，]")).as_py():
        return 0
    return sum(_decides(_bare(text)) for text in _normal(pc.unique(column)) if "," in text or "." in text)


def _decides(text: str) -> int:
    try:
        has_decimal_comma([text, "0,5"])
        return int(has_decimal_comma([text]))
    except ValueError:
        return -1


def numbers(column: pa.Array, comma: bool) -> tuple[np.ndarray, list[str]]:
    """A column as numbers, float64[n], NaN where a cell holds none; and what was recognised in it. `comma` is its decimal mark.

    Thousands apart, digits of full width, currency signs and units in words are read; grams and millilitres are thousandths.
    """
    values = pc.dictionary_encode(column)
    if not pa.types.is_string(column.type):
        plain = pd.to_numeric(values.dictionary.to_pandas(), errors="coerce").to_numpy(np.float64)
        return _take(plain, values, np.nan), []
    texts = _normal(values.dictionary)
    found = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype=np.float64, copy=True)
    doubtful = [n for n in np.flatnonzero(np.isnan(found)).tolist() if texts[n] and not texts[n].endswith("%")]
    if comma:
        doubtful = sorted({*doubtful, *(n for n, text in enumerate(texts) if "." in text)})
    words = Counter[str]()
    for n in doubtful:
        part = _WORDED.fullmatch(texts[n])
        try:
            found[n] = number(part["number"] if part else texts[n], comma)
        except ValueError:
            found[n] = np.nan
            continue
        if part and (word := part["before"] or part["after"] or ""):
            found[n] *= _SCALE.get(word.casefold().rstrip("."), 1)
            words[word] += 1
    notes = ["decimal commas"] if comma and doubtful else []
    notes += [f"with {', '.join(word for word, _ in words.most_common(6))}"] if words else []
    return _take(found, values, np.nan), notes


def _normal(column: pa.Array) -> list[str]:
    texts = [text or "" for text in column.to_pylist()]
    if not all(map(str.isascii, texts)):
        texts = [unicodedata.normalize("NFKC", text) for text in texts]
    return [text.strip() for text in texts]


def _bare(text: str) -> str:
    part = _WORDED.fullmatch(text)
    return part["number"] if part else text


_WORDED = re.compile(
    r"(?P<before>[A-Z]{0,3}[¥$€£₹₩₽฿₫₺₴₪₱]|[A-Z]{3}|R[MpS]\.?)?\s*"
    r"(?P<number>[+\-−(]?[¥$€£]?\s*\d[\d.,' ]*\)?|[+\-−]?\.\d+)\s*"
    r"(?P<after>[¥$€£₹₩₽฿₫₺₴₪₱]|[A-Za-zł\u4e00-\u9fffč]{1,12}\.?(?:/\w+)?)?"
)
"""A number with a currency before it, or with a currency or a unit after it."""
_SCALE = {"g": 1e-3, "克": 1e-3, "gram": 1e-3, "grams": 1e-3, "ml": 1e-3, "毫升": 1e-3, "斤": 0.5, "两": 0.05}
