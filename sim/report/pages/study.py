"""A study as a page: means and changes at every point, effects of factors, and how narrow the intervals came, each figure with its finding."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.records.decisions.study import (
    EffectLine,
    IndexLine,
    KpiLine,
    Mean,
    SelectionLine,
    Study,
    TargetLine,
    WarmupLine,
)
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE, RED, SKY
from sim.report.languages import Language, counted, items, kpi_name, number, percent, sentences, text, unit_name
from sim.report.pages.sheet import Picture, picture, write_sheet
from sim.report.units import reading

MOST_SHOWN = 40
"""Points on a page and in a terminal; the study's table has all."""
_MOST_FIGURES = 4
"""KPIs with figures of their own."""
_COLOURS = {"better": GREEN, "worse": RED}


def write_study(played: Study, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a study in a language."""
    write_sheet(
        path,
        "study.html",
        lang,
        {
            "point": lambda at: point_name(played, at, lang),
            "kpi_heading": lambda kpi: heading(kpi, played, lang),
            "shares": lambda interval: "–" if None in interval else f"{interval[0]:.2f} – {interval[1]:.2f}",
        },
        played=played,
        findings=findings(played, lang),
        shown=list(enumerate(played.points[:MOST_SHOWN])),
        mean=partial(shown_mean, played, lang=lang),
        change=partial(shown_change, played, lang=lang),
        points=[drawn for kpi in drawn_kpis(played) if (drawn := points_picture(played, kpi, lang))],
        effects=[drawn for kpi in drawn_kpis(played) if (drawn := effects_picture(played, kpi, lang))],
        warmup=[drawn for kpi in drawn_kpis(played) if (drawn := warmup_picture(played, kpi, lang))],
    )


def drawn_kpis(played: Study) -> list[KpiLine]:
    """The KPIs that get figures: the first with a better side."""
    return [kpi for kpi in played.kpis if kpi.better != "neither"][:_MOST_FIGURES]


def findings(played: Study, lang: Language = "en") -> list[str]:
    """What the study shows, a sentence each: by KPI the best point and what moves it most; how far targets were reached."""
    found = []
    for kpi in drawn_kpis(played):
        selected = played.selection is not None and played.selection.kpi == kpi.name  # its sentence stands first
        parts = [
            _best(played, kpi, lang) if len(played.points) > 1 and not selected else "",
            _strongest(played, kpi, lang),
        ]
        found += [sentences([part for part in parts if part], lang)] if any(parts) else []
    if played.selection:
        found.insert(0, selection_sentence(played, played.selection, lang))
    if played.warmup:
        found.append(warmup_sentence(played, lang))
    if played.without_effect:
        paths = items(played.without_effect, lang)
        message = "{paths}: no key figure changes with it in any replication, so the scenario does not use it in the days played."
        found.append(text(message, lang, paths=paths))
    return [*found, *(target_sentence(played, line, lang) for line in played.targets)]


def selection_sentence(played: Study, line: SelectionLine, lang: Language = "en") -> str:
    """Which point is the best, or which are left."""
    kpi = next(each for each in played.kpis if each.name == line.kpi)
    factor, unit = _reading(played, kpi)
    values = {
        "kpi": kpi_name(line.kpi, lang),
        "left": items([point_name(played, at, lang) for at in line.left], lang),
        "points": len(played.points),
        "zone": number(factor * line.indifference, lang),
        "unit": _change_unit(unit, played, lang),
        "n": line.replications,
        "level": percent(line.confidence, lang),
    }
    if len(line.left) == 1:
        message = "Best of {points} points by {kpi}: {left}, after {n} replications ({level} confidence if ahead by {zone} {unit} or more)."
        return text(message, lang, **values)
    message = "After {n} replications the best of {points} points by {kpi} is one of {left} ({level} confidence if ahead by {zone} {unit} or more)."
    return text(message, lang, **values)


def target_sentence(played: Study, line: TargetLine, lang: Language = "en") -> str:
    """How far one half-width was reached, and how many replications it needs."""
    kpi = next((each for each in played.kpis if each.name == line.kpi), None)
    name = kpi_name(line.kpi, lang)
    if kpi is None or line.widest is None:
        return text("{kpi}: not observed at every point, so no half-width of it is known.", lang, kpi=name)
    factor, unit = (100.0, "%") if line.relative else reading(kpi.unit, 0.0, played.currency)
    measure = text("% of the mean", lang) if line.relative else unit_name(unit, lang, played.currency)
    values = {
        "kpi": name,
        "wanted": number(factor * line.half_width, lang),
        "widest": number(factor * line.widest, lang),
        "unit": measure,
        "n": played.replications,
    }
    if line.reached:
        return text(
            "{kpi}: a half-width of {wanted} {unit} is reached at every point with {n} replications (widest {widest}).",
            lang,
            **values,
        )
    message = "{kpi}: a half-width of {wanted} {unit} is not reached with {n} replications (widest {widest}): about {more} are needed."
    return text(message, lang, more=f"{line.replications_advised or 0:,}", **values)


def warmup_sentence(played: Study, lang: Language = "en") -> str:
    """How long a warm-up the key figures need together, beside the one that is set."""
    days = [line.advised_days for line in played.warmup]
    if None in days:
        late = [kpi_name(line.kpi, lang) for line in played.warmup if line.advised_days is None]
        message = "Warm-up: the run is too short to show when it settles ({kpis}); {days} are left out now."
        return text(message, lang, kpis=items(late, lang), days=counted(played.warmup_days, "day", lang))
    most = max(each or 0 for each in days)
    values = {"set": counted(played.warmup_days, "day", lang), "advised": counted(most, "day", lang)}
    if most > played.warmup_days:
        return text(
            "Warm-up: {set} are left out, {advised} are advised for all key figures shown to have settled.",
            lang,
            **values,
        )
    return text(
        "Warm-up: the {set} left out are enough; key figures shown have settled after {advised}.", lang, **values
    )


def warmup_picture(played: Study, kpi: KpiLine, lang: Language = "en") -> Picture | None:
    """A key figure day by day; None where it was not asked for."""
    line = next((each for each in played.warmup if each.kpi == kpi.name), None)
    if line is None:
        return None
    name = _opening(kpi_name(kpi.name, lang))
    if line.advised_days is None:
        title = text("{kpi} is not seen to settle within the run.", lang, kpi=name)
    else:
        title = text("{kpi} has settled after {days}.", lang, kpi=name, days=counted(line.advised_days, "day", lang))
    shows = text(
        "Each day at the first point: mean over {n} replications (dots), over a week (line). Grey: warm-up that is set; dashed: its end by MSER.",
        lang,
        n=played.replications,
    )
    return picture(
        f"warmup-{kpi.name.replace('_', '-')}", title, shows, lambda: _draw_warmup(played, kpi, line, lang), lang
    )


def heading(kpi: KpiLine, played: Study, lang: Language = "en") -> str:
    """A KPI with the unit in which it is read."""
    unit = unit_name(_reading(played, kpi)[1], lang, played.currency)
    return f"{kpi_name(kpi.name, lang)} ({unit})" if lang == "en" else f"{kpi_name(kpi.name, lang)}（{unit}）"


def point_name(played: Study, at: int, lang: Language = "en") -> str:
    """A point by its scenario, where there are several, and its levels."""
    point = played.points[at]
    several = len({each.scenario for each in played.points}) > 1 or not point.levels
    levels = [f"{_short(path, played)} {level_name(level, lang)}" for path, level in point.levels.items()]
    return ", ".join([*([point.scenario] if several else []), *levels])


def level_name(level: object, lang: Language = "en") -> str:
    """A level as people read it."""
    if isinstance(level, int | float) and not isinstance(level, bool):
        return number(float(level), lang)
    return level if isinstance(level, str) else json.dumps(level, ensure_ascii=False)


def shown_mean(played: Study, at: int, kpi: KpiLine, lang: Language = "en") -> str:
    """`12.3 (11.9 to 12.7)` in the KPI's reading."""
    return _spread(played.points[at].means[kpi.name], _reading(played, kpi)[0], lang)


def shown_change(played: Study, at: int, kpi: KpiLine, lang: Language = "en") -> str:
    """`−1.2 (−1.6 to −0.8)`: against the first point, in the KPI's reading."""
    return _spread(played.points[at].changes[kpi.name], _reading(played, kpi)[0], lang, signed=True)


def points_picture(played: Study, kpi: KpiLine, lang: Language = "en") -> Picture | None:
    """The means at every point with their intervals; None for one point, for more than a page shows, and where all are equal."""
    changes = [point.changes[kpi.name] for point in played.points[1:]]
    if not 1 < len(played.points) <= MOST_SHOWN or all(
        change.mean == 0 and change.low == change.high for change in changes
    ):
        return None
    shows = text(
        "{kpi} at each point: mean over {n} replications with its 95 % interval. Green: surely better than the first point, red: surely worse.",
        lang,
        kpi=heading(kpi, played, lang),
        n=played.replications,
    )
    title = _best(played, kpi, lang)
    return picture(f"points-{kpi.name.replace('_', '-')}", title, shows, lambda: _draw_points(played, kpi, lang), lang)


def effects_picture(played: Study, kpi: KpiLine, lang: Language = "en") -> Picture | None:
    """What each factor changes, the largest first, or its share of the variance; None without two of them."""
    key, title = f"effects-{kpi.name.replace('_', '-')}", _strongest(played, kpi, lang)
    if not title:
        return None
    if played.design == "sobol":
        shows = text(
            "Shares of the variance of {kpi} over the ranges of the factors: first-order (blue), total (light), with 95 % bootstrap intervals.",
            lang,
            kpi=kpi_name(kpi.name, lang),
        )
        return picture(key, title, shows, lambda: _draw_indices(played, kpi, lang), lang)
    shows = text(
        "Change of {kpi} against each factor's first level (of a range, its low end), mean over the other factors, with 95 % intervals.",
        lang,
        kpi=heading(kpi, played, lang),
    )
    return picture(key, title, shows, lambda: _draw_effects(played, kpi, lang), lang)


def _best(played: Study, kpi: KpiLine, lang: Language) -> str:
    """The point that is surely better than the first by most, or that none is; of the KPI of a selection what that found."""
    if played.selection and played.selection.kpi == kpi.name:
        return selection_sentence(played, played.selection, lang)
    factor, unit = _reading(played, kpi)
    sure = [
        (at, point.changes[kpi.name])
        for at, point in enumerate(played.points)
        if at and point.changes.get(kpi.name, _NONE).finding == "better"
    ]
    values = {"kpi": _opening(kpi_name(kpi.name, lang)), "first": point_name(played, 0, lang)}
    level = percent(1 - (1 - played.confidence_together) * max(len(played.points) - 1, 1), lang)
    if not sure:
        return text(
            "{kpi}: no point is sure to be better than {first} ({level} confidence over all points).",
            lang,
            level=level,
            **values,
        )
    at, change = max(sure, key=lambda each: abs(each[1].mean or 0.0))
    message = "{kpi}: {point} is best against {first}, by {change} {unit} ({level} confidence over all points)."
    of = {"point": point_name(played, at, lang), "change": _spread(change, factor, lang, signed=True)}
    return text(message, lang, unit=_change_unit(unit, played, lang), level=level, **of, **values)


def _strongest(played: Study, kpi: KpiLine, lang: Language) -> str:
    """The factor that moves a KPI most; empty without two of them."""
    if len(played.factors) < 2:
        return ""
    if played.design == "sobol":
        known = [line for line in played.indices if line.kpi == kpi.name and line.total is not None]
        if not known:
            return ""
        top = max(known, key=lambda line: line.total or 0.0)
        message = "{factor} has most of the variance of {kpi}: {first} alone, {total} with its interactions."
        values = {"factor": _short(top.factor, played), "kpi": kpi_name(kpi.name, lang)}
        return text(message, lang, first=f"{top.first:.0%}", total=f"{top.total:.0%}", **values)
    sure = [
        line
        for line in played.effects
        if line.kpi == kpi.name and line.change.finding in ("better", "worse", "differs") and line.change.mean
    ]
    if not any(line.kpi == kpi.name for line in played.effects):
        return ""
    if not sure:
        return text("No factor is sure to change {kpi}.", lang, kpi=kpi_name(kpi.name, lang))
    top_effect = max(sure, key=lambda line: abs(line.change.mean or 0.0))
    factor, unit = _reading(played, kpi)
    message = "Of the factors {factor} moves {kpi} most: {change} {unit} at {level}."
    return text(
        message,
        lang,
        factor=_short(top_effect.factor, played),
        kpi=kpi_name(kpi.name, lang),
        change=_spread(top_effect.change, factor, lang, signed=True),
        unit=_change_unit(unit, played, lang),
        level=level_name(top_effect.level, lang),
    )


def _change_unit(unit: str, played: Study, lang: Language) -> str:
    """The unit of a difference: of shares it is percentage points."""
    return text("percentage points", lang) if unit.startswith("% of") else unit_name(unit, lang, played.currency)


_NONE = Mean(mean=None, low=None, high=None)


def _reading(played: Study, kpi: KpiLine) -> tuple[float, str]:
    largest = max((abs(point.means[kpi.name].mean or 0.0) for point in played.points), default=0.0)
    return reading(kpi.unit, largest, played.currency)


def _spread(of: Mean, factor: float, lang: Language, signed: bool = False) -> str:
    """A mean and the ends of its interval: digits as two of its length's need."""
    if of.mean is None:
        return "–"
    ends = [] if of.low is None or of.high is None or of.low == of.high else [factor * of.low, factor * of.high]
    size = (ends[1] - ends[0]) / 2 if ends else abs(factor * of.mean)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or not size else 4
    mean, *shown = (_digits(value, decimals, signed) for value in (factor * of.mean, *ends))
    if not shown:
        return mean
    return f"{mean} ({text('{low} to {high}', lang, low=shown[0], high=shown[1])})"


def _digits(value: float, decimals: int, signed: bool) -> str:
    rounded = round(value, decimals)
    sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


def _short(path: str, played: Study) -> str:
    """As much of a factor's path, from its end, as no other factor ends with."""
    steps = path.split(".")
    for n in range(1, len(steps) + 1):
        end = ".".join(steps[-n:])
        if sum(f".{line.path}".endswith(f".{end}") for line in played.factors) == 1:
            return end
    return path


def _opening(words: str) -> str:
    return words[:1].upper() + words[1:]


def _draw_points(played: Study, kpi: KpiLine, lang: Language) -> Figure:
    factor, _ = _reading(played, kpi)
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.3 * len(played.points))
    for at, point in enumerate(played.points):
        of = point.means[kpi.name]
        if of.mean is None:
            continue
        colour = _COLOURS.get(point.changes[kpi.name].finding, MUTED) if at else BLUE
        axis.plot(_line(of, factor), [at, at], color=colour, linewidth=3)
        axis.plot(factor * of.mean, at, "o", color=colour, markersize=6)
    _rows(axis, [point_name(played, at, lang) for at in range(len(played.points))])
    axis.set_xlabel(heading(kpi, played, lang))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    return figure


def _draw_effects(played: Study, kpi: KpiLine, lang: Language) -> Figure:
    factor, _ = _reading(played, kpi)
    rows = _ranked([line for line in played.effects if line.kpi == kpi.name])
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.3 * len(rows))
    for at, line in enumerate(rows):
        of = line.change
        colour = _COLOURS.get(of.finding, ORANGE if of.finding == "differs" else MUTED)
        axis.barh(at, factor * (of.mean or 0.0), 0.6, color=colour, alpha=0.55)
        axis.plot(_line(of, factor), [at, at], color=colour, linewidth=2)
    axis.axvline(0, color=MUTED, linewidth=1)
    _rows(
        axis,
        [
            f"{_scenario(line.scenario, played)}{_short(line.factor, played)} {level_name(line.level, lang)}"
            for line in rows
        ],
    )
    axis.set_xlabel(text("change of {kpi}", lang, kpi=heading(kpi, played, lang)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    return figure


def _draw_indices(played: Study, kpi: KpiLine, lang: Language) -> Figure:
    rows = sorted((line for line in played.indices if line.kpi == kpi.name), key=lambda line: -(line.total or 0.0))
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.42 * len(rows))
    for at, line in enumerate(rows):
        for up, (value, interval, colour) in zip(
            (-0.18, 0.18),
            ((line.first, line.first_interval, BLUE), (line.total, line.total_interval, SKY)),
            strict=True,
        ):
            axis.barh(at + up, value or 0.0, 0.32, color=colour)
            axis.plot(_ends(interval), [at + up, at + up], color=MUTED, linewidth=1.5)
    axis.axvline(0, color=MUTED, linewidth=1)
    _rows(axis, [f"{_scenario(line.scenario, played)}{_short(line.factor, played)}" for line in rows])
    axis.set_xlabel(text("share of the variance of {kpi}", lang, kpi=kpi_name(kpi.name, lang)))
    return figure


def _draw_warmup(played: Study, kpi: KpiLine, line: WarmupLine, lang: Language) -> Figure:
    factor, _ = _reading(played, kpi)
    figure, (axis,) = canvas.drawing(1, 2.7)
    means, smooth = (
        [float("nan") if each is None else factor * each for each in of] for of in (line.mean, line.smoothed)
    )
    if played.warmup_days:
        axis.axvspan(-0.5, played.warmup_days - 0.5, color=MUTED, alpha=0.12, linewidth=0)
    axis.plot(means, "o", color=SKY, markersize=3.5)
    axis.plot(smooth, color=BLUE)
    if line.advised_days is not None:
        axis.axvline(line.advised_days - 0.5, color=ORANGE, linestyle="--", linewidth=1.2)
    axis.set_xlabel(text("day of the run", lang))
    axis.set_ylabel(heading(kpi, played, lang))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    return figure


def _line(of: Mean, factor: float) -> list[float]:
    return [factor * (of.mean or 0.0 if end is None else end) for end in (of.low, of.high)]


def _ends(interval: tuple[float | None, float | None]) -> list[float]:
    return [0.0 if end is None else end for end in interval]


def _ranked(lines: Sequence[EffectLine]) -> list[EffectLine]:
    """Factors by their largest effect, levels in their order."""
    of = {key: list(group) for key, group in groupby(lines, key=lambda line: (line.scenario, line.factor))}
    ordered = sorted(of.values(), key=lambda group: -max(abs(line.change.mean or 0.0) for line in group))
    return [line for group in ordered for line in group]


def _scenario(name: str, played: Study) -> str:
    return f"{name}: " if len({point.scenario for point in played.points}) > 1 else ""


def _rows(axis: canvas.Axes, labels: list[str]) -> None:
    axis.set_yticks(range(len(labels)), [canvas.label(each, each[:8], 36) for each in labels])
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.grid(visible=True, axis="x")
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_locator(MaxNLocator(4))


def indices_of(played: Study) -> list[IndexLine]:
    """Sobol' indices of the KPIs with figures, the largest total first."""
    kpis = [kpi.name for kpi in drawn_kpis(played)]
    return sorted(
        (line for line in played.indices if line.kpi in kpis),
        key=lambda line: (kpis.index(line.kpi), -(line.total or 0)),
    )
