"""Figures of a study: means at every point, what factors change or explain, and the days of a warm-up, each with its finding."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.records.decisions.study import EffectLine, KpiLine, Mean, Study, WarmupLine
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE, RED, SKY
from sim.report.languages import Language, counted, kpi_name, number, text
from sim.report.pages.sheet import Picture, picture
from sim.report.pages.studies.findings import best, strongest
from sim.report.pages.studies.wording import MOST_SHOWN, heading, level_name, opening, point_name, reading_of, short

_WIDTH = 36
"""Characters of a line of a name beside an axis."""
_COLOURS = {"better": GREEN, "worse": RED}


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
    title = best(played, kpi, lang)
    return picture(f"points-{kpi.name.replace('_', '-')}", title, shows, lambda: _draw_points(played, kpi, lang), lang)


def effects_picture(played: Study, kpi: KpiLine, lang: Language = "en") -> Picture | None:
    """What each factor changes, the largest first, or its share of the variance; None without two of them."""
    key, title = f"effects-{kpi.name.replace('_', '-')}", strongest(played, kpi, lang)
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


def warmup_picture(played: Study, kpi: KpiLine, lang: Language = "en") -> Picture | None:
    """A key figure day by day; None where it was not asked for."""
    line = next((each for each in played.warmup if each.kpi == kpi.name), None)
    if line is None:
        return None
    name = opening(kpi_name(kpi.name, lang))
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


def _draw_points(played: Study, kpi: KpiLine, lang: Language) -> Figure:
    factor, _ = reading_of(played, kpi)
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.3 * len(played.points))
    for at, point in enumerate(played.points):
        of = point.means[kpi.name]
        if of.mean is None:
            continue
        colour = _COLOURS.get(point.changes[kpi.name].finding, MUTED) if at else BLUE
        axis.plot(_line(of, factor), [at, at], color=colour, linewidth=3)
        axis.plot(factor * of.mean, at, "o", color=colour, markersize=6)
    rows(axis, [point_name(played, at, lang) for at in range(len(played.points))])
    axis.set_xlabel(heading(kpi, played, lang))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    return figure


def _draw_effects(played: Study, kpi: KpiLine, lang: Language) -> Figure:
    factor, _ = reading_of(played, kpi)
    ranked = _ranked([line for line in played.effects if line.kpi == kpi.name])
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.3 * len(ranked))
    for at, line in enumerate(ranked):
        of = line.change
        colour = _COLOURS.get(of.finding, ORANGE if of.finding == "differs" else MUTED)
        axis.barh(at, factor * (of.mean or 0.0), 0.6, color=colour, alpha=0.55)
        axis.plot(_line(of, factor), [at, at], color=colour, linewidth=2)
    axis.axvline(0, color=MUTED, linewidth=1)
    rows(
        axis,
        [
            f"{_scenario(line.scenario, played)}{short(line.factor, played)} {level_name(line.level, lang)}"
            for line in ranked
        ],
    )
    axis.set_xlabel(text("change of {kpi}", lang, kpi=heading(kpi, played, lang)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    return figure


def _draw_indices(played: Study, kpi: KpiLine, lang: Language) -> Figure:
    ranked = sorted((line for line in played.indices if line.kpi == kpi.name), key=lambda line: -(line.total or 0.0))
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.42 * len(ranked))
    for at, line in enumerate(ranked):
        for up, (value, interval, colour) in zip(
            (-0.18, 0.18),
            ((line.first, line.first_interval, BLUE), (line.total, line.total_interval, SKY)),
            strict=True,
        ):
            axis.barh(at + up, value or 0.0, 0.32, color=colour)
            axis.plot(_ends(interval), [at + up, at + up], color=MUTED, linewidth=1.5)
    axis.axvline(0, color=MUTED, linewidth=1)
    rows(axis, [f"{_scenario(line.scenario, played)}{short(line.factor, played)}" for line in ranked])
    axis.set_xlabel(text("share of the variance of {kpi}", lang, kpi=kpi_name(kpi.name, lang)))
    return figure


def _draw_warmup(played: Study, kpi: KpiLine, line: WarmupLine, lang: Language) -> Figure:
    factor, _ = reading_of(played, kpi)
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


def rows(axis: canvas.Axes, labels: list[str]) -> None:
    """Lines of a figure below each other, the first at the top, each with a name of one or two lines, and the values along the x axis."""
    names = [textwrap.wrap(canvas.label(each, each[:8], 64), _WIDTH, max_lines=2, placeholder="…") for each in labels]
    size = 8 if any(len(name) > 1 for name in names) else None
    axis.set_yticks(range(len(labels)), ["\n".join(name) for name in names], fontsize=size, linespacing=1.0)
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.grid(visible=True, axis="x")
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_locator(MaxNLocator(4))
