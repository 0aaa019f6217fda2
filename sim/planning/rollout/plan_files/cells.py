"""Lengths, predecessors and people as project planners write them in one cell: `10 days`, `3FS+2 days; 5SS`, `Analyst[2], Engineer[50%]`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from sim.planning.rollout.plan_files.imported import HOURS, Wait
from sim.tables.sheets import Cell
from sim.tables.values import number

_PER_DAY = {
    **dict.fromkeys(("", "d", "day", "days", "dy", "dys", "天", "日", "工作日", "个工作日"), 1.0),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks", "周", "周工时", "个星期", "星期"), 5.0),
    **dict.fromkeys(("mo", "mon", "mons", "month", "months", "月", "个月", "月工时", "个月工时"), 20.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "工时", "小时", "个小时"), 1 / HOURS),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分钟", "分钟工时"), 1 / HOURS / 60),
}
"""Working days of a unit, as Microsoft Project counts by default: 5 of a week, 20 of a month, 8 hours of a day."""
_CALENDAR = {
    **dict.fromkeys(("ed", "eday", "edays", "calendar days", "日历日", "自然日", "个日历日"), 1.0),
    **dict.fromkeys(("ew", "ewk", "ewks", "eweek", "eweeks"), 7.0),
    **dict.fromkeys(("eh", "ehr", "ehrs", "ehour", "ehours"), 1 / 24),
}
"""Calendar days of an elapsed unit."""
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\d\s?][^\d?]*?)?\s*\??")
_KINDS = {
    **dict.fromkeys(("", "fs", "完成-开始"), "fs"),
    **dict.fromkeys(("ss", "开始-开始"), "ss"),
    **dict.fromkeys(("ff", "完成-完成"), "ff"),
    **dict.fromkeys(("sf", "开始-完成"), "sf"),
}
_LINK = re.compile(
    r"(?P<key>.+?)\s*(?P<kind>fs|ss|ff|sf|完成-开始|开始-开始|完成-完成|开始-完成)?\s*(?P<lag>[+-]\s*\d.*)?",
    re.IGNORECASE,
)
_NEED = re.compile(
    r"(?P<name>.+?)\s*(?:\[(?P<units>[^\]]*)\]|(?:[:×*]|\sx)\s*(?P<number>\d+(?:\.\d+)?%?))?", re.IGNORECASE
)
LINKS = "an end or a start that is waited for (FS or SS), with a lag from 0 on, such as 3, 3FS+2 days or 5SS+1 day"
_LENGTH = "working days such as 10, 10 days, 2 wks, 4 h or 3 个工作日"


def length(cell: Cell) -> float:
    """Working days. Raises `ValueError`, also for calendar days: a task is worked on working days."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    days, working = _days(_folded(cell))
    if not working:
        raise ValueError(_LENGTH)
    return days


def _days(text: str) -> tuple[float, bool]:
    """Days, and whether they are working days."""
    parts = _AMOUNT.fullmatch(text.strip())
    unit = (parts[2] or "").strip() if parts else None
    if parts is None or unit not in _PER_DAY | _CALENDAR:
        raise ValueError(_LENGTH)
    amount = float(parts[1].replace(",", "."))
    return (amount * _PER_DAY[unit], True) if unit in _PER_DAY else (amount * _CALENDAR[str(unit)], False)


def waits(cell: Cell, known: Callable[[str], str | None]) -> list[Wait]:
    """What a task waits for; `known` gives the key of a task by its number or name, None for no task. Raises `ValueError`."""
    text = "" if cell is None else str(cell)
    if (key := known(text)) is not None:
        return [Wait(key)]
    found = []
    for part in re.split(r"[;；\n]" if re.search(r"[;；\n]", text) else r"[,，、]", text):
        if part.strip():
            found.append(_wait(part.strip(), known))
    return found


def _wait(text: str, known: Callable[[str], str | None]) -> Wait:
    if (key := known(text)) is not None:
        return Wait(key)
    parts = _LINK.fullmatch(unicodedata.normalize("NFKC", text).replace("−", "-"))
    key = known(parts["key"]) if parts else None
    if parts is None or key is None:
        raise ValueError("numbers or names of tasks of the table")
    kind = _KINDS[(parts["kind"] or "").lower()]
    lag = (parts["lag"] or "").replace(" ", "")
    if kind in ("ff", "sf") or (lag.startswith("-") and re.search("[1-9]", lag)):
        raise ValueError(LINKS)
    days, working = (0.0, True)
    if lag:
        try:
            days, working = _days(_folded(parts["lag"])[1:])
        except ValueError:
            raise ValueError(LINKS) from None
    return Wait(key, kind == "ss", days, working)


@dataclass(frozen=True)
class Need:
    """People of a role."""

    role: str
    number: float


def needs(cell: Cell) -> list[Need]:
    """People by role: `Analyst`, `Analyst[2]`, `Analyst[50%]`, `analysts: 2`, separated by commas or semicolons. Raises `ValueError`."""
    found = []
    for part in re.split(r"[,，;；、\n]", "" if cell is None else str(cell)):
        if not part.strip():
            continue
        parts = _NEED.fullmatch(unicodedata.normalize("NFKC", part).strip())
        units = (parts["units"] or parts["number"] or "1") if parts else ""
        try:
            people = number(units)
        except ValueError:
            people = 0.0
        if parts is None or not 0 < people <= 1_000:
            raise ValueError("roles with people above 0, such as Analyst[2], Engineer[50%] or engineers: 2")
        found.append(Need(parts["name"].strip(), people))
    return found


def _folded(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip().casefold()
