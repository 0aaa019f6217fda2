"""Cells that hold an instant or a length of time: clock times with or without a date, and durations as a stopwatch shows them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite

from sim.records.refusal import Refusal
from sim.tables.sheets import Cell
from sim.tables.values import ORDERS, Order, clock, day, day_order, number

_EXCEL_ORIGIN = datetime(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)
_DAY_S = 86_400.0
_DATE = re.compile(r"\s*(\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?|\d{8})(?:[T\s]*)(.*)", re.IGNORECASE)
_FRACTION = re.compile(r"(?<=:\d\d)[.,](\d{1,6})")
_COLONS = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)")
_WORDS = re.compile(
    r"(?:(\d+(?:[.,]\d+)?)(?:h|hours?|小时|时))?(?:(\d+(?:[.,]\d+)?)(?:m|min|mins|minutes?|分钟?|'))?"
    r"(?:(\d+(?:[.,]\d+)?)(?:s|secs?|seconds?|秒钟?|\"|'')?)?"
)


def date_order(where: object, field: str, cells: Iterable[Cell], asked: str = "") -> Order:
    """The order of day and month in a column: `asked`, or what its rows decide.

    Raises `Refusal` that asks for `--dates` where no row decides, and where two contradict each other.
    """
    if asked:
        if asked not in ORDERS:
            raise Refusal("--dates", "", "dmy, mdy or ymd", asked)
        return next(order for order in ORDERS if order == asked)
    texts = [parts[1] for cell in cells if isinstance(cell, str) and (parts := _DATE.match(cell))]
    try:
        order = day_order(texts)
    except ValueError as error:
        raise Refusal(where, f"column {field}", f"{error} (--dates dmy or --dates mdy)") from None
    if order is None:
        open_ = next(text for text in texts if not re.match(r"\d{4}", text))
        raise Refusal(where, f"column {field}", "an order of day and month: --dates dmy or --dates mdy", open_)
    return order


def moment(cell: Cell, order: Order = "ymd") -> tuple[date | None, float]:
    """Day, where the cell has one, and seconds since midnight. Raises `ValueError` that says what was expected."""
    if isinstance(cell, datetime):
        return cell.date(), _since_midnight(cell.time())
    if isinstance(cell, time):
        return None, _since_midnight(cell)
    if isinstance(cell, timedelta):
        return None, cell.total_seconds()
    if isinstance(cell, str) and re.fullmatch(r"\d{5}(?:\.\d+)?|0?\.\d+", cell):
        cell = float(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell):
        if 0 <= cell < 1:
            return None, cell * _DAY_S
        if int(cell) in _EXCEL_DAYS:
            instant = _EXCEL_ORIGIN + timedelta(seconds=round(cell * _DAY_S, 3))
            return instant.date(), _since_midnight(instant.time())
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell)
        parts = _DATE.match(text)
        found = day(parts[1], order) if parts else None
        rest = (parts[2] if parts else text).strip()
        if found and not rest:
            raise ValueError("a date and a time of day, or a time of day")
        fraction = _FRACTION.search(rest)
        seconds = _since_midnight(clock(_FRACTION.sub("", rest)))
        return found, seconds + (float(f"0.{fraction[1]}") if fraction else 0.0)
    raise ValueError("a time of day such as 09:30:05, with or without a date")


def seconds(cell: Cell, unit_s: float = 1.0, decimal_comma: bool = False) -> float:
    """A length of time in seconds: a number of `unit_s`, m:ss, h:mm:ss, 1 min 20 s, 1分20秒, or a spreadsheet's time. Raises `ValueError`."""
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return _since_midnight(cell)
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, str):
        text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell)).casefold()
        if parts := _COLONS.fullmatch(text):
            hours, minutes, rest = int(parts[1] or 0), int(parts[2]), float(parts[3].replace(",", "."))
            if rest < 60 and (parts[1] is None or minutes < 60):
                return 3600.0 * hours + 60.0 * minutes + rest
        elif not re.fullmatch(r"[\d.,]+", text) and text and (parts := _WORDS.fullmatch(text)):
            hours_, minutes_, rest_ = (float(part.replace(",", ".")) if part else 0.0 for part in parts.groups())
            return 3600 * hours_ + 60 * minutes_ + rest_
        else:
            try:
                return number(cell, decimal_comma) * unit_s
            except ValueError:
                pass
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) * unit_s
    raise ValueError("a length of time such as 35, 0:35 or 35 s")


def typed_as_hours(cells: Sequence[Cell]) -> bool:
    """Whether a spreadsheet took m:ss for hours and minutes: every cell is a time without seconds, and one is of an hour or more."""
    held = [cell for cell in cells if cell is not None]
    whole = [seconds(cell) for cell in held if isinstance(cell, time | timedelta | datetime)]
    return bool(held) and len(whole) == len(held) and all(s % 60 == 0 for s in whole) and max(whole) >= 3600


def _since_midnight(at: time) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
