"""Two processes that were played in the chain, as a page and as a JUnit suite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sim.records.decisions.goals import DECISION
from sim.records.decisions.process import PartTime, PassTimes, ProcessComparison, ProcessLine
from sim.report import canvas
from sim.report.canvas import BLUE, ORANGE
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, duration, kpi_name, named, number, percent, recorded, text, unit_name
from sim.report.pages.sheet import Picture, picture, write_sheet
from sim.report.units import reading


def write_process(found: ProcessComparison, path: Path | str, lang: Language = "en") -> None:
    """Write the page of two processes in a language."""
    filters: dict[str, Callable[..., str]] = {
        "key_figure": lambda line: kpi_name(line.kpi, lang),
        "under": partial(_under, lang=lang, currency=found.currency),
        "changed": partial(changed, lang=lang),
        "differs": partial(_differs, lang=lang, currency=found.currency),
        "judged_as": lambda line: DECISION[line.state],
        "spread": partial(_spread, lang=lang),
        "asked_for": lambda share: _signed(share, lang),
    }
    write_sheet(path, "process.html", lang, filters, found=found, drawn=pictures(found, lang))


def write_process_junit(found: ProcessComparison, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for each key figure that is judged."""
    judged = [line for line in found.lines if line.state is not None]
    cases = [
        Case(
            line.kpi,
            DECISION[line.state],
            f"{line.state}: {figures_of(line, currency=found.currency)}. {line.rule}",
            0.0,
        )
        for line in judged
        if line.state
    ]
    write_suite(path, "process", found.scenario, cases, [found.sentence], inconclusive_ok)


def part_of(part: PartTime, lang: Language = "en") -> str:
    """`till, per ticket: 18.8 s (standard deviation 7.5 s), then 13.6 s (standard deviation 4.1 s)`."""
    return text(
        "{process}, per {part}: {as_is}, then {to_be}", lang,
        process=named(part.process, lang), part=named(part.part, lang),
        as_is=_spread(part.as_is_s, part.as_is_sd_s, lang), to_be=_spread(part.to_be_s, part.to_be_sd_s, lang),
    )  # fmt: skip


def figures_of(line: ProcessLine, lang: Language = "en", currency: str = "currency") -> str:
    """`ticket handling time: 77.3 s, then 47.8 s, −38.2 % (from −38.5 % to −37.9 %)`."""
    return text(
        "{kpi}: {as_is}, then {to_be}, {change}", lang,
        kpi=kpi_name(line.kpi, lang), as_is=_under(line, "as_is", lang, currency), to_be=_under(line, "to_be", lang, currency),
        change=changed(line, lang),
    )  # fmt: skip


def state_of(line: ProcessLine, lang: Language = "en") -> str:
    """`: MET`, empty where nothing is asked of the figure."""
    if line.state is None:
        return ""
    return f": {line.state.upper()}" if lang == "en" else f"：{named(line.state, lang)}"


def changed(line: ProcessLine, lang: Language = "en") -> str:
    """The change as a share of As-Is, with its interval where it has one."""
    if line.change is None:
        return text("no change to be given", lang)
    if line.least_change is None or line.most_change is None:
        return text("{estimate} (without an interval)", lang, estimate=_signed(line.change, lang))
    put = partial(_signed, lang=lang)
    message = "{estimate} (from {low} to {high})"
    return text(message, lang, estimate=put(line.change), low=put(line.least_change), high=put(line.most_change))


def pictures(found: ProcessComparison, lang: Language = "en") -> list[Picture]:
    """A figure for each process: how long its passes take under both."""
    shows = text(
        "Share of passes that take at most so long, of the process alone: a mean ticket or order of the scenario, without waiting for a till or for "
        "the parts that the scenario gives. Blue is As-Is, orange To-Be.",
        lang,
    )
    titles = recorded(found.sentence, lang)
    drawn = []
    for times in found.passes:
        line = next(
            each for each in found.lines if each.judged and (each.kpi.startswith("ticket") == (times.process == "till"))
        )
        title = f"{kpi_name(line.kpi, lang).capitalize()} {changed(line, lang)}" if len(found.passes) > 1 else titles
        drawn.append(picture(f"passes-{times.process}", title, shows, partial(_draw, times, found, lang), lang))
    return drawn


def _draw(times: PassTimes, found: ProcessComparison, lang: Language) -> Any:
    figure, (axis,) = canvas.drawing(1, 3.2)
    level = (np.arange(len(times.as_is_s)) + 0.5) / len(times.as_is_s)
    factor, unit = reading("s", max(times.as_is_s[-1], times.to_be_s[-1]))
    for values, colour, name in ((times.as_is_s, BLUE, found.as_is), (times.to_be_s, ORANGE, found.to_be)):
        axis.plot(
            np.array(values) * factor,
            100 * level,
            color=colour,
            label=canvas.label(name, text("a process in another script", lang)),
        )
    axis.set_ylim(0, 100)
    axis.set_xlim(left=0)
    axis.set_ylabel(text("share of passes, %", lang))
    axis.set_xlabel(text("time of a pass, {unit}", lang, unit=unit_name(unit, lang)))
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1.01), borderaxespad=0)
    return figure


def _spread(mean_s: float, sd_s: float, lang: Language) -> str:
    if sd_s < 1e-9:
        return duration(mean_s, lang) if mean_s else text("no time", lang)
    return text("{mean} (standard deviation {sd})", lang, mean=duration(mean_s, lang), sd=duration(sd_s, lang))


def _under(line: ProcessLine, which: str, lang: Language, currency: str) -> str:
    value = getattr(line, which)
    return text("not measured", lang) if value is None else _amount(line, value, lang, currency)


def _differs(line: ProcessLine, lang: Language, currency: str) -> str:
    ends = (line.changed_by, line.changed_by_low, line.changed_by_high)
    if None in ends:
        return text("not measured", lang)
    estimate, low, high = (_amount(line, end or 0.0, lang, currency) for end in ends)
    return text("{estimate} (from {low} to {high})", lang, estimate=estimate, low=low, high=high)


def _amount(line: ProcessLine, value: float, lang: Language, currency: str) -> str:
    sign = "−" if value < 0 else ""
    if line.unit.startswith("share"):
        return f"{sign}{percent(abs(value), lang)}"
    if line.unit in ("s", "s/ticket"):
        return f"{sign}{duration(abs(value), lang)}" if value else f"0 {unit_name('s', lang)}"
    return f"{sign}{number(abs(value), lang)} {unit_name(line.unit, lang, currency)}".strip()


def _signed(share: float, lang: Language) -> str:
    said = percent(abs(share), lang)
    return f"{'−' if share < 0 else '+'}{said}"
