"""The points and key figures of a study as people read them: names, units, and means with the ends of their intervals."""

from __future__ import annotations

import json
import math

from sim.evidence.statistics.replications import Interval
from sim.records.decisions.study import KpiLine, Mean, Study
from sim.report.languages import Language, kpi_name, number, text, unit_name
from sim.report.units import reading

MOST_SHOWN = 40
"""Points on a page and in a terminal; the study's table has all."""
_MOST_FIGURES = 4
"""KPIs with figures of their own."""


def drawn_kpis(played: Study) -> list[KpiLine]:
    """The KPIs that get figures: the first with a better side."""
    return [kpi for kpi in played.kpis if kpi.better != "neither"][:_MOST_FIGURES]


def heading(kpi: KpiLine, played: Study, lang: Language = "en") -> str:
    """A KPI with the unit in which it is read."""
    return in_unit(kpi.name, reading_of(played, kpi)[1], played.currency, lang)


def in_unit(kpi: str, unit: str, currency: str, lang: Language) -> str:
    """`mean wait (s)`, `平均等待时间（秒）`."""
    unit = unit_name(unit, lang, currency)
    return f"{kpi_name(kpi, lang)} ({unit})" if lang == "en" else f"{kpi_name(kpi, lang)}（{unit}）"


def point_name(played: Study, at: int, lang: Language = "en") -> str:
    """A point by its scenario, where there are several, and its levels."""
    point = played.points[at]
    several = len({each.scenario for each in played.points}) > 1 or not point.levels
    levels = [f"{short(path, played)} {level_name(level, lang)}" for path, level in point.levels.items()]
    return ", ".join([*([point.scenario] if several else []), *levels])


def level_name(level: object, lang: Language = "en") -> str:
    """A level as people read it."""
    if isinstance(level, int | float) and not isinstance(level, bool):
        return number(float(level), lang)
    return level if isinstance(level, str) else json.dumps(level, ensure_ascii=False)


def shown_mean(played: Study, at: int, kpi: KpiLine, lang: Language = "en") -> str:
    """`12.3 (11.9 to 12.7)` in the KPI's reading."""
    return spread(played.points[at].means[kpi.name], reading_of(played, kpi)[0], lang)


def shown_change(played: Study, at: int, kpi: KpiLine, lang: Language = "en") -> str:
    """`−1.2 (−1.6 to −0.8)`: against the first point, in the KPI's reading."""
    return spread(played.points[at].changes[kpi.name], reading_of(played, kpi)[0], lang, signed=True)


def change_unit(unit: str, currency: str, lang: Language) -> str:
    """The unit of a difference: of shares it is percentage points."""
    return text("percentage points", lang) if unit.startswith("% of") else unit_name(unit, lang, currency)


def reading_of(played: Study, kpi: KpiLine) -> tuple[float, str]:
    """Factor and unit in which a KPI is read at all points alike."""
    largest = max((abs(point.means[kpi.name].mean or 0.0) for point in played.points), default=0.0)
    return reading(kpi.unit, largest)


def spread(of: Mean | Interval, factor: float, lang: Language, signed: bool = False) -> str:
    """A mean and the ends of its interval: digits as two of its length's need."""
    middle, low, high = (math.nan if each is None else factor * each for each in (of.mean, of.low, of.high))
    if math.isnan(middle):
        return "–"
    ends = [low, high] if low < high else []
    size = (high - low) / 2 if ends else abs(middle)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or not size else 4
    mean, *shown = (_digits(value, decimals, signed) for value in (middle, *ends))
    if not shown:
        return mean
    return f"{mean} ({text('{low} to {high}', lang, low=shown[0], high=shown[1])})"


def _digits(value: float, decimals: int, signed: bool) -> str:
    rounded = round(value, decimals)
    sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


def short(path: str, played: Study) -> str:
    """As much of a factor's path, from its end, as no other factor ends with."""
    steps = path.split(".")
    for n in range(1, len(steps) + 1):
        end = ".".join(steps[-n:])
        if sum(f".{line.path}".endswith(f".{end}") for line in played.factors) == 1:
            return end
    return path


def opening(words: str) -> str:
    """With a capital letter."""
    return words[:1].upper() + words[1:]
