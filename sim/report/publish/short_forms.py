"""Times and days as a narrow table has them."""

from __future__ import annotations

import math
from datetime import date

from sim.report.languages import Language, text


def wait(time_s: float, lang: Language) -> str:
    """To the second: `45 s`, `2 min 20 s`, `3 h 5 min`; a dash for one that is not known."""
    if not math.isfinite(time_s) or abs(time_s) > 1e9:
        return "–"
    seconds = round(time_s)
    if seconds < 60:
        return text("{s} s", lang, s=seconds)
    minutes, left = divmod(seconds, 60)
    if minutes < 60:
        return text("{m} min {s} s", lang, m=minutes, s=left) if left else text("{m} min", lang, m=minutes)
    return text("{h} h {m} min", lang, h=minutes // 60, m=minutes % 60)


def short_day(of: date, lang: Language) -> str:
    """`Sat 3 Oct`, `10月3日 周六`."""
    if lang == "en":
        return f"{of:%a} {of.day} {of:%b}"
    return f"{of.month}月{of.day}日 周{'一二三四五六日'[of.weekday()]}"


def hours_of(hour: int) -> str:
    """`17–18`."""
    return f"{hour}–{hour + 1}"
