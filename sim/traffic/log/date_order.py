"""The order of day, month and year in a log's dates: decided by the rows that can be read in one way only, asked where none is, never guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal
from sim.tables.values import ORDERS, Order
from sim.traffic.log.file import Columns

_DATE = r"^\D*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)"
_PERHAPS = r"[0-9０-９]{1,2}[-/.－／．][0-9０-９]{1,2}[-/.－／．](?:[0-9０-９]{2}|[0-9０-９]{4})(?:[^0-9]|$)"
_LONGEST_DAYS = 3660
"""Orders of two-digit years under which a log would be longer are none."""


def date_order(path: Path, raw: Columns, column: pa.Array, asked: str) -> tuple[Order | None, str]:
    """The order in which the column's dates are written, and by what it is known; None where every date begins with the year, or is no text.

    Raises `Refusal` where rows contradict `asked`, where two rows contradict each other, and where no row decides.
    """
    if not pa.types.is_string(column.type):
        return None, ""
    values = pc.dictionary_encode(column)
    if not pc.any(pc.match_substring_regex(values.dictionary, _PERHAPS)).as_py():
        return None, ""
    at = pc.fill_null(values.indices, len(values.dictionary)).to_numpy(zero_copy_only=False)
    parts = values.dictionary.to_pandas().str.normalize("NFKC").str.extract(_DATE)
    if parts[0].isna().all():
        return None, ""
    days = {order: np.append(_days(parts, order), np.datetime64("NaT"))[at] for order in ORDERS}
    fits = {order: ~np.isnat(day) for order, day in days.items()}
    written = np.logical_or.reduce(list(fits.values()))
    if not written.any():
        return None, ""
    first = int(np.flatnonzero(written)[0])
    if asked:
        order = next(order for order in ORDERS if order == asked)
        against = np.flatnonzero(written & ~fits[order])
        if against.size:
            others = " or ".join(f"--dates {other}" for other in ORDERS if fits[other][against].all())
            expected = f"{ORDERS[order]} in every row{f' ({others} for another order)' if others else ''}"
            found = column[int(against[0])].as_py()
            raise Refusal(path, raw.place(int(against[0])), expected, found, more=against.size - 1)
        return order, "named"
    possible = [order for order in ORDERS if fits[order][written].all()]
    if not possible:
        kinds = {order: np.flatnonzero(written & ~fits[order]) for order in ORDERS}
        at = int(min(rows[0] for rows in kinds.values() if rows[0] != first))
        found = f"{column[first].as_py()} and {column[at].as_py()}"
        raise Refusal(path, raw.place(at), "one order of day and month in every row", found)
    if len(possible) > 1:
        possible = [order for order in possible if _span_days(days[order][written]) <= _LONGEST_DAYS] or possible
    apart = np.flatnonzero(written & np.any([days[order] != days[possible[0]] for order in possible], axis=0))
    if apart.size:
        text, at = column[int(apart[0])].as_py(), int(apart[0])
        meant = " or ".join(dict.fromkeys(_in_words(days[order][at]) for order in possible))
        asked_for = " or ".join(f"--dates {order}" for order in possible)
        raise Refusal(path, raw.place(at), f"an order of day and month: {text.split()[0]} may be {meant}: {asked_for}")
    deciding = np.flatnonzero(
        written & np.all([~fits[other] for other in ("dmy", "mdy") if other not in possible], axis=0)
    )
    return possible[0], f"decided by {raw.place(int(deciding[0] if deciding.size else first))}"


def _days(parts: pd.DataFrame, order: Order) -> np.ndarray:
    """datetime64[D] of dates by their three numbers; NaT where they are none in that order. A year of four digits stands at the end."""
    number = {unit: pd.to_numeric(parts[order.index(unit)], errors="coerce") for unit in order}
    if order == "ymd":
        number["y"] = number["y"].where(parts[2].str.len() == 2)
    year = number["y"].where(number["y"] > 99, number["y"] + 2000)
    frame = pd.DataFrame({"year": year, "month": number["m"], "day": number["d"]})
    return pd.to_datetime(frame, errors="coerce").to_numpy().astype("datetime64[D]")


def _span_days(days: np.ndarray) -> int:
    return int((days.max() - days.min()) / np.timedelta64(1, "D"))


def _in_words(day: np.datetime64) -> str:
    at = pd.Timestamp(day)
    return f"{at.day} {at:%B %Y}"
