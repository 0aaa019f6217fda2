"""The unit that a heading names, as in 金额（万元）, duration (h) or abandonment (%)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

Kind = Literal["money", "time", "share"]

_MULTIPLES: dict[str, float] = {
    **dict.fromkeys(("千", "k", "thousand", "000", "'000"), 1e3),
    "万": 1e4,
    **dict.fromkeys(("百万", "m", "mn", "mio", "million", "millions"), 1e6),
    "千万": 1e7,
    "亿": 1e8,
}
_CURRENCIES = ("", "rmb", "cny", "eur", "usd", "gbp", "元", "人民币", "€", "$", "£", "¥")
_UNITS: Mapping[Kind, Mapping[str, float]] = {
    "money": _MULTIPLES,
    "time": {
        **dict.fromkeys(("ms", "毫秒", "milliseconds"), 1e-3),
        **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1.0),
        **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60.0),
        **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "时"), 3_600.0),
        **dict.fromkeys(("d", "day", "days", "天", "日"), 86_400.0),
    },
    "share": dict.fromkeys(("%", "percent", "per cent", "pct", "百分比", "百分数"), 0.01),
}
_NAMED = re.compile(r"[(\[【]([^)\]】]*)[)\]】]|[_\s/]([^_\s/()\[\]【】]+)$|(%)$")


def factor(heading: str, kind: Kind) -> float | None:
    """What a bare number below a heading is multiplied by: to units of money, to seconds, or to a share. None where it names no such unit."""
    text = unicodedata.normalize("NFKC", heading).strip().casefold()
    for parts in _NAMED.finditer(text):
        unit = next(part for part in parts.groups() if part is not None).strip()
        found = _UNITS[kind].get(unit)
        if found is None and kind == "money":
            found = _multiple(unit)
        if found is not None:
            return found
    return None


def _multiple(unit: str) -> float | None:
    """Of 万元, CNY million or k€; a currency alone is 1."""
    for currency in sorted(_CURRENCIES, key=len, reverse=True):
        for bare in {unit.removeprefix(currency).strip(), unit.removesuffix(currency).strip()}:
            if bare in _MULTIPLES:
                return _MULTIPLES[bare]
    return 1.0 if unit and unit in _CURRENCIES else None


def amount_parts(text: str) -> tuple[str, float]:
    """A written amount of money without the multiple at its end, and that multiple: 1.2万元 is 1.2 and 10,000."""
    bare = unicodedata.normalize("NFKC", text).strip().casefold()
    bare = bare.removesuffix("元").strip()
    for unit in sorted(_MULTIPLES, key=len, reverse=True):
        if unit[0].isalpha() and bare.endswith(unit) and bare[: -len(unit)].rstrip()[-1:].isdigit():
            return bare[: -len(unit)].rstrip(), _MULTIPLES[unit]
    return bare, 1.0
