"""Numbers with their units, dates and lists as text, in a language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from sim.evidence import wording
from sim.report.languages.catalogue import Language, translation
from sim.report.languages.names import currency_name


def counted(number: float, noun: str, lang: Language, form: str = ",.0f") -> str:
    """`1 request`, `5,214 requests`; `5,214 个请求`. `noun` stands in the table `[count]` with its measure word; `form` is the number's."""
    if lang == "en":
        return f"{number:{form}} {noun}{'' if number == 1 else 's'}"
    return translation("count", noun, lang).format(n=f"{number:{form}}")


def percent(share: float, lang: Language) -> str:
    """A share in per cent: `99.96 %`; `99.96%`."""
    said = wording.percent(share)
    return said if lang == "en" else recorded_quantity(said)


def duration(time_s: float, lang: Language) -> str:
    """A time in the unit that suits it: `12.3 ms`, `43.2 min`; `43.2 分钟`."""
    said = wording.seconds(time_s)
    return said if lang == "en" else recorded_quantity(said)


def recorded_quantity(said: str) -> str:
    """What `wording.percent` or `wording.seconds` wrote, in Chinese."""
    number, _, unit = said.partition(" ")
    if unit == "%":
        return f"{number}%"
    if number[:1].isdigit() or number[:1] in "-−":
        return f"{number} {translation('unit', unit, 'zh')}"
    return translation("record", said, "zh")


def money(amount: float, currency: str, lang: Language) -> str:
    """An amount of money in three figures: `CNY 878 thousand`; `87.8 万元`. Below ten thousand whole. An empty currency is left out."""
    if lang == "en":
        scales = ((1e9, 1e9, "billion"), (1e6, 1e6, "million"), (1e4, 1e3, "thousand"))
        return f"{currency} {_scaled(amount, scales)}".strip()
    written = _scaled(amount, ((1e12, 1e12, "万亿"), (1e8, 1e8, "亿"), (1e4, 1e4, "万")))
    return f"{written}{'' if written[-1] in '万亿' else ' '}{currency_name(currency, lang)}".strip()


def number(value: float, lang: Language) -> str:
    """A number in four significant figures: `1,234`, `2.35 M`; `235 万`. A dash for one that is not known."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1e6:
        scale, word = (1e6, "M") if lang == "en" else (1e8, "亿") if abs(value) >= 1e8 else (1e4, "万")
        return f"{_figures(value / scale)} {word}"
    return _figures(value)


def day(of: date, lang: Language) -> str:
    """`1 October 2026`; `2026年10月1日`."""
    return f"{of.day} {of:%B %Y}" if lang == "en" else f"{of.year}年{of.month}月{of.day}日"


def items(parts: Sequence[str], lang: Language, most: int = 4) -> str:
    """`a, b and 3 more`; `a、b 等 5 项`."""
    if lang == "en":
        return wording.listed(list(parts), most)
    if len(parts) > most:
        return f"{'、'.join(parts[: most - 1])} 等 {len(parts)} 项"
    return "、".join(parts)


def sentences(parts: Sequence[str], lang: Language) -> str:
    """Sentences one after the other: English leaves a space between them."""
    return (" " if lang == "en" else "").join(parts)


def _scaled(amount: float, scales: tuple[tuple[float, float, str], ...]) -> str:
    for least, scale, word in scales:
        if abs(amount) >= least:
            scaled = amount / scale
            return f"{scaled:,.3g} {word}" if abs(scaled) < 1000 else f"{scaled:,.0f} {word}"
    return f"{amount:,.0f}"


def _figures(value: float) -> str:
    """Four significant figures, whole from a thousand on."""
    decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    written = f"{value:,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
