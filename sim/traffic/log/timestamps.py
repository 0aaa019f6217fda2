"""Local moments as logs write them: ISO, slashes, compact digits, Chinese, Excel serial dates, or a Parquet file's own timestamps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.tables.values import Order

_TIME = r"(?:[T ]+(?P<h>[01]?\d|2[0-3]):(?P<n>[0-5]\d)(?::(?P<s>[0-5]\d)(?:\.\d+)?)?)?"
_YEAR_FIRST = [
    rf"(?P<y>\d{{4}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}}){_TIME}",
    rf"(?P<y>\d{{4}})年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日{_TIME.replace('[T ]+', '[T ]*')}",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})[T ]?(?P<h>[01]\d|2[0-3])(?P<n>[0-5]\d)(?P<s>[0-5]\d)?",
]
_EARLIEST, _LATEST = np.datetime64("1900-01-01", "s"), np.datetime64("2200-01-01", "s")
_EXCEL_DAYS = 20_000, 80_000
_EXCEL_ORIGIN = np.datetime64("1899-12-30", "s")


def moments(column: pa.Array, order: Order | None = None) -> np.ndarray:
    """datetime64[s], NaT where a value is no local moment from 1900 to 2199.

    `order` also reads 12/1/2010 (or with - or .): mdy as December 1st, dmy as January 12th; and ymd 10/12/1.

    A moment with a zone ("…Z", "+08:00") is not local and gives NaT; a Parquet timestamp with a zone is taken to that zone's wall clock.
    """
    instants = _read(column, order)
    instants[~((instants >= _EARLIEST) & (instants < _LATEST))] = np.datetime64("NaT", "s")
    return instants


def _read(column: pa.Array, order: Order | None) -> np.ndarray:
    if pa.types.is_timestamp(column.type):
        local = column if column.type.tz is None else pc.local_timestamp(column)
        return local.to_numpy(zero_copy_only=False).astype("datetime64[s]")
    if pa.types.is_date(column.type):
        return column.to_numpy(zero_copy_only=False).astype("datetime64[s]")
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return _excel(column.to_numpy(zero_copy_only=False).astype(np.float64))
    text = column.to_pandas().fillna("").astype(str).str.strip()
    instants = _excel(pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64))
    for pattern in [*_YEAR_FIRST, *([_in_order(order)] if order else [])]:
        left = np.flatnonzero(np.isnat(instants))
        if left.size:
            instants[left] = _parts(text.iloc[left], pattern)
    return instants


def _in_order(order: Order) -> str:
    """Pattern of a date of three numbers in that order."""
    first, second, third = (rf"(?P<{unit}>{r'(?:[0-9]{2}){1,2}' if unit == 'y' else r'[0-9]{1,2}'})" for unit in order)
    return rf"{first}(?P<sep>[-/.]){second}(?P=sep){third}{_TIME}"


def _excel(days: np.ndarray) -> np.ndarray:
    instants = np.full(len(days), np.datetime64("NaT", "s"))
    serial = (days >= _EXCEL_DAYS[0]) & (days < _EXCEL_DAYS[1])
    instants[serial] = _EXCEL_ORIGIN + np.rint(days[serial] * 86_400).astype("timedelta64[s]")
    return instants


def _parts(text: pd.Series, pattern: str) -> np.ndarray:
    parts = text.str.extract(rf"^{pattern}$").drop(columns="sep", errors="ignore").reindex(columns=list("ymdhns"))
    parts[list("hns")] = parts[list("hns")].where(parts["y"].isna(), parts[list("hns")].fillna("0"))
    number = {part: pd.to_numeric(parts[part], errors="coerce") for part in "ymdhns"}
    number["y"] = number["y"].where(number["y"] > 99, number["y"] + 2000)
    names = {"y": "year", "m": "month", "d": "day", "h": "hour", "n": "minute", "s": "second"}
    whole = pd.to_datetime(pd.DataFrame({names[part]: values for part, values in number.items()}), errors="coerce")
    return whole.to_numpy().astype("datetime64[s]")
