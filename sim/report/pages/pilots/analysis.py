"""What a go-live changed, as a page, as figures and as a JUnit suite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.records.decisions.pilots import LiftLine, OutcomeLift, PilotAnalysis
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE, SKY
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, counted, number, percent, recorded, text
from sim.report.pages.pilots.wording import least_of, lift_of, outcome_of
from sim.report.pages.sheet import Picture, picture, write_sheet


def write_analysis(found: PilotAnalysis, path: Path | str, lang: Language = "en") -> None:
    """Write the page of an analysis in a language."""
    filters: dict[str, Callable[..., str]] = {
        "outcome": partial(outcome_of, lang=lang),
        "lift": partial(lift_of, lang=lang),
        "least": partial(least_of, lang=lang),
        "interval": partial(interval, lang=lang),
        "amounts": partial(amounts, lang=lang),
        "wave": partial(wave_of, lang=lang),
        "before": partial(before_of, lang=lang),
        "p": probability,
    }
    write_sheet(path, "pilot_analysis.html", lang, filters, found=found, drawn=pictures(found, lang))


def write_analysis_junit(found: PilotAnalysis, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite with one case: the outcome that is judged."""
    case = Case(found.outcomes[0].outcome, found.decision, found.sentence, 0.0)
    write_suite(path, "pilot", found.data, [case], [found.sentence], inconclusive_ok)


def line_of(of: OutcomeLift, line: LiftLine, lang: Language = "en") -> str:
    """`sales, all waves (5 stores, 8 weeks): +3.2 % (from +1.1 % to +5.4 %), p = 0.004; least lift seen +2.9 %`."""
    message = "{outcome}, {wave} ({stores}, {weeks}): {lift}, p = {p}; smallest lift seen {least}"
    return text(
        message, lang, outcome=outcome_of(of.outcome, lang), wave=wave_of(line, lang), p=probability(line.p),
        stores=counted(len(line.stores), "store", lang), weeks=counted(line.weeks, "week", lang),
        lift=interval(line, lang), least=least_of(line.least_lift, lang),
    )  # fmt: skip


def before_of(of: OutcomeLift, lang: Language = "en") -> str:
    """What was there before the go-live: the trend of the differences, and the lift of a go-live that was not."""
    message = "{outcome}, before the go-live: difference to the controls {trend} a week (p = {p}); lift of a go-live halfway {before} (p = {q})"
    return text(
        message, lang, outcome=outcome_of(of.outcome, lang), trend=lift_of(of.trend.value, lang), p=probability(of.trend.p),
        before=lift_of(of.before.value, lang), q=probability(of.before.p),
    )  # fmt: skip


def interval(line: LiftLine, lang: Language = "en") -> str:
    """`+3.2 % (from +1.1 % to +5.4 %)`."""
    if line.lift is None:
        return text("no change to be given", lang)
    ends = {"low": lift_of(line.low, lang), "high": lift_of(line.high, lang)}
    return text("{estimate} (from {low} to {high})", lang, estimate=lift_of(line.lift, lang), **ends)


def amounts(line: LiftLine, lang: Language = "en") -> str:
    """The lift in the outcome's own unit, a store."""
    ends = (text("unbounded", lang) if each is None else _signed(each, lang) for each in (line.amount_low, line.amount_high))  # fmt: skip
    low, high = ends
    return text("{estimate} (from {low} to {high})", lang, estimate=_signed(line.amount, lang), low=low, high=high)


def wave_of(line: LiftLine, lang: Language = "en") -> str:
    """The name of a wave; of all together, that."""
    return recorded(line.wave, lang) if line.wave else text("all waves", lang)


def probability(p: float) -> str:
    """`0.004`."""
    return f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def pictures(found: PilotAnalysis, lang: Language = "en") -> list[Picture]:
    """Differences week by week for each outcome, the waves, and the lifts that other assignments show."""
    level = percent(found.confidence, lang)
    shows = text(
        "Difference to the matched controls by week from the go-live, which is week 0; the band holds what {level} of other assignments show "
        "without a lift, one week at a time. Left of the line the stores had not gone live.",
        lang,
        level=level,
    )
    drawn = [
        picture(f"weeks-{n}", _title(each, lang), shows, partial(_draw_weeks, each, lang), lang)
        for n, each in enumerate(found.outcomes)
    ]
    first = found.outcomes[0]
    if len(first.lines) > 1:
        title = text("The lift in {outcome}, wave by wave", lang, outcome=outcome_of(first.outcome, lang))
        shows = text(
            "Lift of each wave with its {level} interval; green lies above 0, orange below, grey is not told apart from 0.",
            lang,
            level=level,
        )
        drawn.append(picture("waves", title, shows, partial(_draw_waves, first, lang), lang))
    title = text("A lift as large in {share} of assignments", lang, share=percent(first.lines[0].p, lang))
    shows = text(
        "Lifts in {outcome} that the same analysis finds for assignments of the go-lives to the stores, the observed one among them. "
        "The orange line is the lift found.",
        lang,
        outcome=outcome_of(first.outcome, lang),
    )
    return [*drawn, picture("assignments", title, shows, partial(_draw_assignments, first, lang), lang)]


def _title(of: OutcomeLift, lang: Language) -> str:
    message = "{outcome}: {lift} after the go-live, {before} a week before it"
    values = {"lift": interval(of.lines[0], lang), "before": lift_of(of.trend.value, lang)}
    return text(message, lang, outcome=_capital(outcome_of(of.outcome, lang)), **values)


def _draw_weeks(of: OutcomeLift, lang: Language) -> Any:
    figure, (axis,) = canvas.drawing(1, 3.2)
    weeks = [each.week for each in of.events]
    low, high = ([100 * getattr(each, end) for each in of.events] for end in ("low", "high"))
    axis.fill_between(weeks, low, high, color=SKY, alpha=0.5, linewidth=0)
    axis.plot(weeks, [100 * each.lift for each in of.events], "o-", color=BLUE, markersize=4)
    axis.axhline(0, color=MUTED, linewidth=1)
    axis.axvline(-0.5, color=ORANGE, linestyle=":", linewidth=1.4)
    axis.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axis.set_xlabel(text("weeks from the go-live", lang))
    axis.set_ylabel(text("difference, %", lang))
    _signs(axis.yaxis)
    return figure


def _draw_waves(of: OutcomeLift, lang: Language) -> Any:
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.4 * len(of.lines))
    known = [end for line in of.lines for end in (line.low, line.high, line.lift) if end is not None] or [0.0]
    reach = max(abs(each) for each in known) * 1.3 + 0.01
    for row, line in enumerate(of.lines):
        low = -reach if line.low is None else line.low
        high = reach if line.high is None else line.high
        colour = GREEN if low > 0 else ORANGE if high < 0 else MUTED
        axis.plot([100 * low, 100 * high], [row, row], color=colour, linewidth=3)
        if line.lift is not None:
            axis.plot(100 * line.lift, row, "o", color=colour, markersize=7)
    axis.axvline(0, color=MUTED, linestyle=":", linewidth=1.2)
    axis.set_yticks(range(len(of.lines)), [canvas.label(wave_of(line, lang), line.go_live) for line in of.lines])
    axis.set_ylim(len(of.lines) - 0.4, -0.6)
    axis.set_xlabel(text("lift, %", lang))
    _signs(axis.xaxis)
    return figure


def _draw_assignments(of: OutcomeLift, lang: Language) -> Any:
    figure, (axis,) = canvas.drawing(1, 2.8)
    ends = 100 * np.array(of.assigned)
    middles = (ends[1:] + ends[:-1]) / 2
    axis.hist(middles, bins=25, weights=np.full(len(middles), 100 / len(middles)), color=SKY)
    if of.lines[0].lift is not None:
        axis.axvline(100 * of.lines[0].lift, color=ORANGE, linewidth=2)
    axis.set_ylabel(text("assignments, %", lang))
    axis.set_xlabel(text("lift, %", lang))
    _signs(axis.xaxis)
    return figure


def _signs(axis: Any) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.3g}".replace("-", "−") if value else "0"))


def _signed(value: float, lang: Language) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value), lang)}"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
