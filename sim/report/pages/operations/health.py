"""Quarterly health as a page and as a JUnit suite: each measure over quarters with its intervals, its limit and its trend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.records.decisions.goals import DECISION
from sim.records.decisions.health import TITLES, Health, MeasureLine, QuarterLine
from sim.report import canvas
from sim.report.canvas import INK, MUTED
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, counted, duration, named, number, percent, recorded, text
from sim.report.pages.goals import COLOUR, signed, state_of
from sim.report.pages.sheet import Picture, picture, write_sheet

_MOST_LABELS = 8


def write_health(judged: Health, path: Path | str, lang: Language = "en") -> None:
    """Write the page of health in a language."""
    filters: dict[str, Callable[..., str]] = {
        "state_of": partial(state_of, lang=lang),
        "decision": lambda line: DECISION[line.state],
        "measure": partial(name, lang=lang),
        "wanted": partial(wanted, lang=lang),
        "found": lambda line: found(line, judged, lang),
        "trend_of": partial(trend_of, lang=lang),
    }
    rows = [
        (line, each, _level(line, each, lang), _change(each, lang), _limit(line, each, lang))
        for line in judged.measures
        for each in reversed(line.quarters)
    ]
    drawn = zip(judged.measures, pictures_of(judged, lang), strict=True)
    pictures = [(each, _grades(line, lang)) for line, each in drawn if each]
    write_sheet(path, "health.html", lang, filters, judged=judged, drawn=pictures, rows=rows)


def write_health_junit(judged: Health, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for each measure."""
    cases = [
        Case(name(line), DECISION[line.state], f"{line.state}: {wanted(line)}; {found(line, judged)}. {line.rule}", 0.0)
        for line in judged.measures
    ]
    write_suite(path, "health", judged.quarter, cases, [judged.sentence], inconclusive_ok)


def name(line: MeasureLine, lang: Language = "en") -> str:
    """`mean response`."""
    return recorded(TITLES[line.name], lang)


def wanted(line: MeasureLine, lang: Language = "en") -> str:
    """`at most 2 s`, `change on the year before at most −30 %`."""
    if not line.change:
        message = "at most {limit}" if line.side == "at most" else "at least {limit}"
        return text(message, lang, limit=amount(line, line.limit, lang))
    share = signed(line.limit, lang)
    if line.baseline is not None:
        message = "change on {baseline} at most {change}" if line.side == "at most" else "change on {baseline} at least {change}"  # fmt: skip
        return text(message, lang, baseline=amount(line, line.baseline, lang), change=share)
    message = "change on the year before at most {change}" if line.side == "at most" else "change on the year before at least {change}"  # fmt: skip
    return text(message, lang, change=share)


def found(line: MeasureLine, judged: Health, lang: Language = "en") -> str:
    """What the quarter of the report shows: the level with its interval, and the change where one is asked for."""
    now = next((each for each in line.quarters if each.quarter == judged.quarter), None)
    if now is None:
        return text("not measured", lang)
    said = _level(line, now, lang)
    return text(", ", lang).join([said, _change(now, lang)]) if line.change and now.change is not None else said


def trend_of(line: MeasureLine, lang: Language = "en") -> str:
    """`trend over 5 quarters: −0.1 s a quarter (from −0.17 to −0.03 s), better`."""
    of = line.trend
    quarters = counted(of.quarters, "quarter", lang)
    if of.slope is None or of.low is None or of.high is None:
        return text("no trend from {quarters}: three are needed", lang, quarters=quarters)
    slope, low, high = _step(line, of.slope, lang), _ends(line, of.low, lang), _ends(line, of.high, lang)
    message = "trend over {quarters}: {slope} a quarter (from {low} to {high}), {direction}"
    return text(message, lang, quarters=quarters, slope=slope, low=low, high=high, direction=named(of.direction, lang))


def amount(line: MeasureLine, value: float, lang: Language = "en") -> str:
    """A level of a measure with its unit."""
    if line.unit == "s":
        return duration(value, lang)
    if line.unit.startswith("share"):
        return percent(value, lang)
    return number(round(value, 3), lang)


def pictures_of(judged: Health, lang: Language = "en") -> list[Picture | None]:
    """A figure a measure; None for one without a figure in any quarter."""
    return [measure_picture(line, judged, lang) if line.quarters else None for line in judged.measures]


def measure_picture(line: MeasureLine, judged: Health, lang: Language = "en") -> Picture:
    """The figure of a measure with figures: its quarters with their intervals, limits and trend."""
    shows = text(
        "Estimate of each quarter with its {level} interval; a dot alone has none. Green is met, red not met, orange not decidable yet; the short "
        "line is the limit, the dotted line the trend.",
        lang,
        level=percent(judged.confidence, lang),
    )
    title = f"{name(line, lang)}: {state_of(line, lang)}"
    return picture(f"health-{line.name.replace('_', '-')}", title, shows, lambda: _draw(line, lang), lang)


def _draw(line: MeasureLine, lang: Language) -> Figure:
    """Quarters from left to right."""
    figure, (axis,) = canvas.drawing(1, 2.6)
    scale, unit = _scale(line, lang)
    for at, each in enumerate(line.quarters):
        colour = COLOUR[each.state]
        if each.low is not None and each.high is not None:
            axis.plot([at, at], [scale * each.low, scale * each.high], color=colour, linewidth=3)
        axis.plot(at, scale * each.estimate, "o", color=colour, markersize=7)
        if each.limit is not None:
            axis.plot([at - 0.36, at + 0.36], [scale * each.limit] * 2, color=INK, linewidth=1.2)
    _trend(axis, line, scale)
    every = -(-len(line.quarters) // _MOST_LABELS)
    axis.set_xticks(range(0, len(line.quarters), every), [each.quarter for each in line.quarters[::every]])
    axis.set_xlim(-0.6, len(line.quarters) - 0.4)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axis.set_ylabel(unit)
    return figure


def _trend(axis: Axes, line: MeasureLine, scale: float) -> None:
    """The least-squares line, through the centre of the quarters."""
    if line.trend.slope is None:
        return
    at = [_index(each.quarter) for each in line.quarters]
    middle, mean = sum(at) / len(at), sum(each.estimate for each in line.quarters) / len(at)
    fitted = [scale * (mean + line.trend.slope * (each - middle)) for each in at]
    axis.plot(range(len(at)), fitted, color=MUTED, linestyle=":", linewidth=1.2)


def _index(quarter: str) -> int:
    year, part = quarter.split("Q")
    return 4 * int(year) + int(part)


def _scale(line: MeasureLine, lang: Language) -> tuple[float, str]:
    """Factor and name of the unit of an axis."""
    if line.unit == "s":
        return 1.0, text("seconds", lang)
    if line.unit.startswith("share"):
        return 100.0, text("% of units on hand", lang)
    per_requests = line.name == "errors_per_10000"
    return 1.0, text("errors per 10,000 requests", lang) if per_requests else text("points, 1 to 5", lang)


def _level(line: MeasureLine, each: QuarterLine, lang: Language) -> str:
    estimate = amount(line, each.estimate, lang)
    if each.low is None or each.high is None:
        return text("{estimate} (without an interval)", lang, estimate=estimate)
    low, high = amount(line, each.low, lang), amount(line, each.high, lang)
    return text("{estimate} (from {low} to {high})", lang, estimate=estimate, low=low, high=high)


def _change(each: QuarterLine, lang: Language) -> str:
    if each.change is None:
        return ""
    if each.change_low is None or each.change_high is None:
        return text("{estimate} (without an interval)", lang, estimate=signed(each.change, lang))
    low, high = signed(each.change_low, lang), signed(each.change_high, lang)
    return text("{estimate} (from {low} to {high})", lang, estimate=signed(each.change, lang), low=low, high=high)


def _limit(line: MeasureLine, each: QuarterLine, lang: Language) -> str:
    return "–" if each.limit is None else amount(line, each.limit, lang)


def _step(line: MeasureLine, value: float, lang: Language) -> str:
    """A slope, with its sign and unit."""
    if line.unit.startswith("share"):
        return text("{value} percentage points", lang, value=_ends(line, value, lang))
    return _ends(line, value, lang)


def _ends(line: MeasureLine, value: float, lang: Language) -> str:
    """A slope with its sign, a share in percentage points without the unit."""
    sign, size = "−" if value < 0 else "+", abs(value)
    shown = number(round(100 * size, 4), lang) if line.unit.startswith("share") else amount(line, size, lang)
    return f"{sign}{shown}"


def _grades(line: MeasureLine, lang: Language) -> str:
    """What the figures rest on."""
    return text(", ", lang).join(dict.fromkeys(named(each.grade, lang) for each in line.quarters))
