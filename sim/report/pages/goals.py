"""Goals that were judged as a page and as a JUnit suite: the interval of each beside its limit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sim.records.decisions.goals import DECISION, GoalLine, Goals
from sim.records.decisions.health import MeasureLine, QuarterLine
from sim.report import canvas
from sim.report.canvas import GREEN, MUTED, ORANGE, RED
from sim.report.junit import Case, write_suite
from sim.report.languages import (
    Language,
    counted,
    duration,
    kpi_name,
    named,
    number,
    percent,
    recorded,
    text,
    unit_name,
)
from sim.report.pages.sheet import Picture, picture, write_sheet

COLOUR = {"met": GREEN, "not met": RED, "not decidable yet": ORANGE}
"""By state."""


def write_goals(judged: Goals, path: Path | str, lang: Language = "en") -> None:
    """Write the page of goals in a language."""
    filters: dict[str, Callable[..., str]] = {
        "state_of": partial(state_of, lang=lang),
        "decision": lambda line: DECISION[line.state],
        "wanted": partial(wanted, lang=lang),
        "interval": partial(interval, lang=lang),
        "samples": partial(samples, lang=lang),
        "key_figure": partial(_kpi, lang=lang),
        "scope": lambda line: text("the whole chain", lang) if line.scope == "all" else recorded(line.scope, lang),
    }
    write_sheet(path, "goals.html", lang, filters, judged=judged, drawn=intervals_picture(judged, lang))


def write_goals_junit(judged: Goals, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for each goal."""
    cases = [
        Case(line.name, DECISION[line.state], f"{line.state}: {wanted(line)}, {interval(line)}. {line.rule}", 0.0)
        for line in judged.goals
    ]
    write_suite(path, "goals", judged.source, cases, [judged.sentence], inconclusive_ok)


def state_of(line: GoalLine | MeasureLine | QuarterLine, lang: Language = "en") -> str:
    """`MET`, `NOT MET`, `NOT DECIDABLE YET`."""
    return line.state.upper() if lang == "en" else named(line.state, lang)


def wanted(line: GoalLine, lang: Language = "en") -> str:
    """`change of ticket handling time at most −30 %`, `stock discrepancy at most 0.5 %`."""
    kpi = _kpi(line, lang)
    if not line.change:
        message = "{kpi} at most {limit}" if line.side == "at most" else "{kpi} at least {limit}"
        return text(message, lang, kpi=kpi, limit=_amount(line, line.limit, lang))
    message = "change of {kpi} at most {change}" if line.side == "at most" else "change of {kpi} at least {change}"
    return text(message, lang, kpi=kpi, change=signed(line.limit, lang))


def interval(line: GoalLine, lang: Language = "en") -> str:
    """`−31.2 % (−33 to −29.4 %) against 42 s`, or what is known of it."""
    if line.estimate is None:
        return text("not measured", lang)
    put = partial(signed, lang=lang) if line.change else partial(_amount, line, lang=lang)
    known = line.low is not None and line.high is not None
    if known:
        message = "{estimate} (from {low} to {high})"
        said = text(message, lang, estimate=put(line.estimate), low=put(line.low), high=put(line.high))
    else:
        said = text("{estimate} (without an interval)", lang, estimate=put(line.estimate))
    if line.baseline is None:
        return said
    return text("{found} against {baseline}", lang, found=said, baseline=_amount(line, line.baseline, lang))


def samples(line: GoalLine, lang: Language = "en") -> str:
    """`5 replications, paired`, `31 rows, 30 of the baseline`."""
    noun = "replication" if line.grade == "simulated" else "row"
    found = counted(line.samples, noun, lang)
    if line.paired:
        return text("{found}, paired with the baseline's", lang, found=found)
    if line.baseline_samples:
        return text("{found}, {n} of the baseline", lang, found=found, n=line.baseline_samples)
    return found


def intervals_picture(judged: Goals, lang: Language = "en") -> Picture | None:
    """The figure of goals; None where none has an interval."""
    shown = [line for line in judged.goals if line.low is not None and line.high is not None]
    if not shown:
        return None
    shows = text(
        "Estimate and interval of each goal, on a scale on which 0 is the limit and negative is better, in parts of the limit's size. "
        "Green is met, red not met, orange not decidable yet.",
        lang,
    )
    return picture("goals", recorded(judged.sentence.partition(". ")[0], lang), shows, lambda: _draw(shown, lang), lang)


def _draw(shown: list[GoalLine], lang: Language) -> Any:
    """A line a goal: its interval from its limit, worse to the right."""
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.42 * len(shown))
    for row, line in enumerate(shown):
        sign = 1 if line.side == "at most" else -1
        size = abs(line.limit) or 1.0
        low, middle, high = (sign * (each - line.limit) / size for each in (line.low or 0.0, line.estimate or 0.0, line.high or 0.0))  # fmt: skip
        axis.plot([low, high], [row, row], color=COLOUR[line.state], linewidth=3, solid_capstyle="round")
        axis.plot(middle, row, "o", color=COLOUR[line.state], markersize=7)
    axis.axvline(0, color=MUTED, linestyle=":", linewidth=1.2)
    axis.set_yticks(
        range(len(shown)), [canvas.label(line.name, text("a goal in another script", lang)) for line in shown]
    )
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.set_xlabel(text("distance from the limit, as a share of it (worse to the right)", lang))
    return figure


def _kpi(line: GoalLine, lang: Language) -> str:
    return kpi_name(line.kpi, lang)


def signed(share: float, lang: Language) -> str:
    """A change in per cent with its sign: `−30 %`."""
    said = percent(abs(share), lang)
    return f"{'−' if share < 0 else '+'}{said}"


def _amount(line: GoalLine, value: float, lang: Language) -> str:
    if line.unit.startswith("share"):
        return f"{'−' if value < 0 else ''}{percent(abs(value), lang)}"
    if line.unit == "s":
        return f"{'−' if value < 0 else ''}{duration(abs(value), lang)}"
    unit = unit_name(line.unit, lang)
    return f"{number(value, lang)} {unit}".strip()
