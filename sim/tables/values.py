"""What a cell means: a number, a share, a day, a time of day, yes or no. Each raises `ValueError` that says what was expected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal

from sim.tables.sheets import Cell

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: dict[Order, str] = {"ymd": "year/month/day", "dmy": "day/month/year", "mdy": "month/day/year"}

_CURRENCY = re.compile(r"^(?:rmb|cny|eur|usd|gbp|hk\$|us\$|[¥€$£₹元])|(?:rmb|cny|eur|usd|gbp|[¥€$£元])$", re.IGNORECASE)
_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d{1,2})?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:[. ']\d{3})+|\d+)?(?:,\d+)?")
_COMMA_ONLY = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})*,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3})+,\d+|\d{4,},\d+|0\d*,\d+)")
_POINT_ONLY = re.compile(r"[+-]?(?:\d+\.(?:\d{1,2}|\d{4,})|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|0\d*\.\d+)")
_YES = frozenset(
    ["yes", "y", "true", "t", "1", "是", "有", "对", "真", "√", "✓", "✔", "x", "启用", "oui", "ja", "si", "sí", "wahr"]
)
_NO = frozenset(
    ["no", "n", "false", "f", "0", "否", "无", "没有", "错", "假", "×", "✗", "✘", "-", "停用", "non", "nein", "falsch"]
)
_DATE = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})")
_CLOCK = re.compile(
    r"(上午|下午|晚上|凌晨|中午)?(\d{1,2})(?:[::时點点h.](\d{1,2})?分?)?(?::?(\d{1,2})(?:\.\d+)?秒?)?(am|pm|a\.m\.|p\.m\.)?"
)
_EXCEL_ORIGIN = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)


def number(cell: Cell, decimal_comma: bool = False) -> float:
    """A number: thousands apart, full-width digits, a currency sign, brackets for negative and a percent sign (35 % is 0.35) are read."""
    if isinstance(cell, bool):
        raise ValueError("a number")
    if isinstance(cell, int | float):
        return float(cell)
    text = _plain(cell)
    percent = text.endswith("%")
    text = text.rstrip("%").replace(" ", "")
    negative = text.startswith("(") and text.endswith(")")
    text = _CURRENCY.sub("", text.strip("()") if negative else text).replace("−", "-")
    form = _COMMA if decimal_comma else _POINT
    if not any(letter.isdigit() for letter in text) or not form.fullmatch(text):
        raise ValueError("a number")
    if decimal_comma:
        text = re.sub(r"[. ']", "", text).replace(",", ".")
    value = float(text.replace(",", ""))
    return (-value if negative else value) / (100 if percent else 1)


def has_decimal_comma(cells: Iterable[Cell]) -> bool:
    """Whether the numbers of a column are written with a decimal comma: some cell can be read in no other way.

    Raises `ValueError` where another cell contradicts it. 1,200 alone is twelve hundred.
    """
    texts = [_CURRENCY.sub("", _plain(cell).rstrip("% ").replace(" ", "")) for cell in cells if isinstance(cell, str)]
    comma = [text for text in texts if _COMMA_ONLY.fullmatch(text)]
    if comma and any(_POINT_ONLY.fullmatch(text) for text in texts):
        raise ValueError("a decimal point in every row or a decimal comma in every row")
    return bool(comma)


def whole(cell: Cell, decimal_comma: bool = False) -> int:
    """A whole number."""
    value = number(cell, decimal_comma)
    if not value.is_integer():
        raise ValueError("a whole number")
    return int(value)


def yes_no(cell: Cell) -> bool:
    """Yes or no, in words of several languages, 1 and 0, or a tick."""
    if isinstance(cell, bool):
        return cell
    text = _plain(cell)
    if text in _YES or text in _NO:
        return text in _YES
    raise ValueError("yes or no (是 or 否)")


def day_order(cells: Iterable[Cell]) -> Order | None:
    """The order of year, month and day in a column's texts, from the rows that can be read in one way only.

    None where rows such as 03/04/2025 leave it open. Raises `ValueError` where two rows contradict each other. Cells that are dates, and
    texts that begin with the year, leave nothing open.
    """
    possible: set[Order] = set(ORDERS)
    open_ = False
    for cell in cells:
        parts = _DATE.match(_plain(cell)) if isinstance(cell, str) else None
        if not parts or len(parts[1]) == 4:
            continue
        open_ = True
        fits = {order for order in ("dmy", "mdy") if _day_of(parts, order) is not None}
        possible &= fits
        if not possible:
            raise ValueError("one order of day and month in every row")
    if not open_:
        return "ymd"
    return next(iter(possible)) if len(possible) == 1 else None


def day(cell: Cell, order: Order = "ymd") -> date:
    """A date: a cell that is one, 2025-10-01, 2025/10/1, 20251001, 2025年10月1日, an Excel serial number, or day and month in `order`."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = str(int(cell)) if float(cell).is_integer() else ""
    text = re.sub(r"[年月]", "-", _plain(cell)).replace("日", "")
    if text.isdecimal() and int(text) in _EXCEL_DAYS:
        return _EXCEL_ORIGIN + timedelta(days=int(text))
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    text = re.sub(r"[ t]+00?:00(?::00)?(?:\.0+)?$", "", text)
    parts = _DATE.fullmatch(text)
    found = _day_of(parts, "ymd" if len(parts[1]) == 4 else order) if parts else None
    if found is None:
        raise ValueError(f"a date such as 2025-10-01{'' if order == 'ymd' else f', or {ORDERS[order]}'}")
    return found


def _day_of(parts: re.Match[str], order: Order) -> date | None:
    named = dict(zip(order, parts.groups(), strict=True))
    if len(named["y"]) not in (2, 4):
        return None
    year = int(named["y"]) + (2000 if len(named["y"]) == 2 else 0)
    try:
        return date(year, int(named["m"]), int(named["d"])) if 1900 <= year < 2200 else None
    except ValueError:
        return None


def clock(cell: Cell) -> time:
    """A time of day: a cell that is one, 9:00, 09:00:30, 9:00 PM, 下午9:00, 9点30分, or a spreadsheet's fraction of a day."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    if isinstance(cell, timedelta):
        cell = cell / timedelta(days=1)
    if isinstance(cell, float) and 0 <= cell < 1:
        return (datetime.min + timedelta(seconds=round(cell * 86_400))).time()
    parts = _CLOCK.fullmatch(_plain(cell).replace(" ", "")) if isinstance(cell, str) else None
    if parts:
        half = parts[1] or (parts[5] or "").replace(".", "")
        hour = int(parts[2])
        if half in ("下午", "晚上", "pm") and hour < 12:
            hour += 12
        elif half in ("上午", "凌晨", "am") and hour == 12:
            hour = 0
        try:
            return time(hour, int(parts[3] or 0), int(parts[4] or 0))
        except ValueError:
            pass
    raise ValueError("a time of day such as 09:30")


def text(cell: Cell) -> str:
    """A text: a number that a spreadsheet keeps stays as it was typed."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def _plain(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", str(cell)).strip().casefold()
