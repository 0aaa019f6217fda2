"""Cells that hold more than one value: opening hours, weekdays, a duration with a unit or between two ends. Each raises `ValueError`."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from sim.tables.sheets import Cell
from sim.tables.values import clock

LAST_MINUTE = time(23, 59)
"""The end of a day that ends at 24:00."""
_TO = re.compile(r"\s*(?:--|[-~–—―至到]|\bto\b|\bbis\b)\s*")
_WORDS = (
    ("一", "1", "mon", "monday"),
    ("二", "2", "tue", "tues", "tuesday"),
    ("三", "3", "wed", "wednesday"),
    ("四", "4", "thu", "thur", "thurs", "thursday"),
    ("五", "5", "fri", "friday"),
    ("六", "6", "sat", "saturday"),
    ("日", "7", "sun", "sunday", "天", "七"),
)
_WEEKDAY = {word: day for day, words in enumerate(_WORDS, 1) for word in words}
_WEEKDAY_GROUPS = {
    **dict.fromkeys(("每天", "每日", "天天", "全周", "daily", "everyday", "all", "alldays"), range(1, 8)),
    **dict.fromkeys(("周末", "weekend", "weekends"), range(6, 8)),
    **dict.fromkeys(("工作日", "平日", "weekdays", "workdays"), range(1, 6)),
}
_ALL_DAY = frozenset(["24小时", "24小时营业", "全天", "全天营业", "24h", "24hours", "24/7"])
_PER_DAY = {
    **dict.fromkeys(("", "天", "日", "个工作日", "工作日", "d", "day", "days", "tage"), 1.0),
    **dict.fromkeys(("周", "星期", "个星期", "w", "week", "weeks"), 7.0),
    **dict.fromkeys(("小时", "个小时", "时", "h", "hr", "hrs", "hour", "hours"), 1 / 24),
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([^\d\s]*)")
_IN_WORDS = {
    **dict.fromkeys(("当天", "当日", "当日达", "same day", "t+0"), 0.0),
    **dict.fromkeys(("次日", "次日达", "隔天", "隔日", "next day"), 1.0),
}


def closing(cell: Cell) -> time:
    """The time of day at which something ends: 24:00 and midnight are the last minute of the day."""
    is_day = isinstance(cell, date) and not isinstance(cell, datetime)  # 24:00 as a spreadsheet counts it: day 1
    midnight = (
        is_day
        or cell == timedelta(days=1)
        or _folded(cell).replace(" ", "")
        in (
            "24",
            "24:00",
            "24:00:00",
            "24点",
            "24时",
        )
    )
    ends = time() if midnight else clock(cell)
    return LAST_MINUTE if ends == time() else ends


def hours(cell: Cell) -> tuple[time, time]:
    """From and until of opening hours in one cell: 9:00-22:00, 9点至22点, 8:00 AM – 10:00 PM, 24小时."""
    text = _folded(cell)
    if text.replace(" ", "") in _ALL_DAY:
        return time(), LAST_MINUTE
    ends = _TO.split(text)
    if len(ends) == 2 and all(ends):
        try:
            return clock(ends[0]), closing(ends[1])
        except ValueError:
            pass
    raise ValueError("hours such as 9:00-22:00")


def weekday(cell: Cell) -> int:
    """ISO weekday, Monday is 1: 周一, 星期一, 礼拜一, Mon, Monday or 1."""
    found = _WEEKDAY.get(re.sub(r"^(周|星期|礼拜|週)|\.$", "", _folded(cell).replace(" ", "")))
    if found is None:
        raise ValueError("a weekday such as 周一, Mon or 1")
    return found


def weekdays(cell: Cell) -> list[int]:
    """ISO weekdays in one cell, in order: 周一,周三; 一三五; Mon-Fri; 每天; 1, 3, 5."""
    text = _folded(cell).replace(" ", "")
    if text in _WEEKDAY_GROUPS:
        return list(_WEEKDAY_GROUPS[text])
    if re.fullmatch(r"(?:周|星期|礼拜)?[一二三四五六日天]{2,7}", text):
        text = ",".join(re.sub(r"周|星期|礼拜", "", text))
    found: set[int] = set()
    try:
        for part in re.split(r"[,，、;；/&和及+]+", text):
            first, *last = (weekday(end) for end in _TO.split(part))
            if len(last) > 1 or (last and last[0] < first):
                raise ValueError
            found.update(range(first, last[0] + 1) if last else [first])
    except ValueError:
        raise ValueError("weekdays such as 周一,周三 or Mon-Fri") from None
    return sorted(found)


def days(cell: Cell) -> tuple[float, float]:
    """The least and the most of a duration in days: 3, 3天, 48小时, 2周, 次日, T+1; between two ends 2-4, 2至4天, 3±1 天."""
    text = re.sub(r"^(约|大约|about|ca\.?)\s*|\s*(左右|内|以内)$", "", _folded(cell))
    if text in _IN_WORDS:
        return _IN_WORDS[text], _IN_WORDS[text]
    text = re.sub(r"^[td]\s*\+\s*", "", text)
    middle, plus, width = (
        text.partition("±") if "±" in text else text.partition("+-") if "+-" in text else (text, "", "")
    )
    try:
        if plus:
            unit = _unit(width) or _unit(middle)
            centre, around = _in_days(middle, unit), _in_days(width, unit)
            least, most = centre - around, centre + around
        else:
            ends = _TO.split(text)
            if len(ends) > 2:
                raise ValueError
            unit = _unit(ends[-1])
            least, most = _in_days(ends[0], unit), _in_days(ends[-1], unit)
    except (ValueError, KeyError):
        raise ValueError("days such as 3, 2-4 or 3±1") from None
    if not 0 <= least <= most:
        raise ValueError("days such as 3, 2-4 or 3±1")
    return least, most


def _unit(text: str) -> str:
    parts = _DURATION.fullmatch(text.strip())
    return parts[2] if parts else ""


def _in_days(text: str, unit: str) -> float:
    parts = _DURATION.fullmatch(text.strip())
    if parts is None:
        raise ValueError
    return float(parts[1]) * _PER_DAY[parts[2] or unit]


def _folded(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip().casefold()
