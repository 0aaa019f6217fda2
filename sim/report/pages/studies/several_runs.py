"""More than two runs of a chain as a page: what each changes against another, in sentences, figures and tables, with intervals that hold together."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.evidence.run_comparison import Difference
from sim.evidence.several_runs import PairOfRuns
from sim.report import canvas, cautions
from sim.report.canvas import GREEN, MUTED, ORANGE, RED
from sim.report.languages import Language, items, kpi_name, named, number, percent, text
from sim.report.pages.sheet import Picture, picture, write_sheet
from sim.report.pages.studies.figures import rows
from sim.report.pages.studies.wording import change_unit, in_unit, opening, spread
from sim.report.runs import SPOKEN_OF, source_of
from sim.report.several_runs import SeveralRuns

_COLOURS = {"better": GREEN, "worse": RED, "differs": ORANGE}
_MOST_FIGURES = 4


def write_several(found: SeveralRuns, path: Path | str, lang: Language = "en") -> None:
    """Write the page of several runs in a language."""
    write_sheet(
        path,
        "several_runs.html",
        lang,
        {
            "kpi_heading": lambda kpi: _heading(found, kpi, lang),
            "pair": lambda pair: found.pair_name(pair, lang),
            "rests_on": lambda run: source_of(run, lang),
        },
        found=found,
        unchanged=items([kpi_name(kpi, lang) for kpi in found.unchanged], lang, most=len(found.unchanged))
        if found.unchanged
        else "",
        findings=findings(found, lang),
        intervals=intervals(found, lang),
        cautions=cautions.of_several(found, lang),
        against_first={pair.b: pair for pair in found.pairs if pair.a == 0},
        others=[pair for pair in found.pairs if pair.a],
        mean=lambda at, kpi: shown_mean(found, at, kpi, lang),
        change=lambda pair, kpi: shown_change(found, pair, kpi, lang),
        drawn=pictures(found, lang),
    )


def findings(found: SeveralRuns, lang: Language = "en") -> list[str]:
    """By key figure how many differences are sure and the largest of them; those with none; and what common random numbers saved."""
    spoken = _spoken(found)
    unsure = [kpi for kpi in spoken if not _sure(found, kpi)]
    sentences = [_finding(found, kpi, lang) for kpi in spoken if kpi not in unsure]
    if unsure:
        sentences.append(_none_sure(found, unsure, lang))
    saved = cautions.of_pairing_several(found, lang)
    return [*sentences, *([saved] if saved else [])]


def intervals(found: SeveralRuns, lang: Language = "en") -> str:
    """How the intervals are to be read."""
    if found.replications == 1:
        return text("One replication of each run: no difference has an interval.", lang)
    return text(
        "The {n} differences of a key figure are paired by replication, and their intervals hold together with {level} (Bonferroni: {each} each).",
        lang,
        n=len(found.pairs),
        level=percent(found.level, lang),
        each=percent(found.level_of_each, lang),
    )


def pictures(found: SeveralRuns, lang: Language = "en") -> list[Picture]:
    """The differences of key figures that people speak of, where their intervals are known."""
    drawn = [
        kpi
        for kpi in _spoken(found)
        if found.shown[kpi].better != "neither"
        and any(row.difference.low < row.difference.high for _, row in found.rows(kpi))
    ]
    return [_picture(found, kpi, lang) for kpi in drawn[:_MOST_FIGURES]]


def shown_mean(found: SeveralRuns, at: int, kpi: str, lang: Language = "en") -> str:
    """`12.3 (11.9 to 12.7)` in the key figure's reading."""
    mean = found.means[at].get(kpi)
    return spread(mean, found.reading(kpi)[0], lang) if mean else "–"


def shown_change(found: SeveralRuns, pair: PairOfRuns, kpi: str, lang: Language = "en") -> str:
    """`−1.2 (−1.6 to −0.8)`: B − A in the key figure's reading."""
    of = pair.differences.get(kpi)
    return spread(of.difference, found.reading(kpi)[0], lang, signed=True) if of else "–"


def _finding(found: SeveralRuns, kpi: str, lang: Language) -> str:
    sure = _sure(found, kpi)
    if not sure:
        return _none_sure(found, [kpi], lang)
    pair, largest = max(sure, key=lambda each: abs(each[1].difference.mean))
    message = "{kpi}: {n} of {m} differences sure, the largest of them {pair}: {change} {unit}, {finding}."
    if len(sure) == 1:
        message = "{kpi}: one of {m} differences sure, {pair}: {change} {unit}, {finding}."
    return text(
        message,
        lang,
        kpi=opening(kpi_name(kpi, lang)),
        n=len(sure),
        m=len(found.rows(kpi)),
        pair=found.pair_name(pair, lang),
        change=shown_change(found, pair, kpi, lang),
        unit=change_unit(found.reading(kpi)[1], found.currency, lang),
        finding=named(largest.finding, lang),
    )


def _none_sure(found: SeveralRuns, kpis: list[str], lang: Language) -> str:
    names = items([kpi_name(kpi, lang) for kpi in kpis], lang, most=len(kpis))
    return text("{kpis}: none of the {m} differences is sure.", lang, kpis=opening(names), m=len(found.pairs))


def _sure(found: SeveralRuns, kpi: str) -> list[tuple[PairOfRuns, Difference]]:
    return [(pair, row) for pair, row in found.rows(kpi) if row.difference.excludes_zero]


def _spoken(found: SeveralRuns) -> list[str]:
    """The key figures that findings name: those that differ in any pair."""
    return [kpi for kpi in SPOKEN_OF if kpi in found.changed]


def _picture(found: SeveralRuns, kpi: str, lang: Language) -> Picture:
    shows = text(
        "Differences of {kpi}, with intervals that hold together. Green: surely better, red: surely worse.",
        lang,
        kpi=_heading(found, kpi, lang),
    )
    key = f"differences-{kpi.replace('_', '-')}"
    return picture(key, _finding(found, kpi, lang), shows, lambda: _draw(found, kpi, lang), lang)


def _draw(found: SeveralRuns, kpi: str, lang: Language) -> Figure:
    factor, _ = found.reading(kpi)
    drawn = found.rows(kpi)
    figure, (axis,) = canvas.drawing(1, 1.1 + 0.3 * len(drawn))
    for at, (_, row) in enumerate(drawn):
        colour = _COLOURS.get(row.finding, MUTED)
        axis.plot([factor * row.difference.low, factor * row.difference.high], [at, at], color=colour, linewidth=3)
        axis.plot(factor * row.difference.mean, at, "o", color=colour, markersize=6)
    axis.axvline(0, color=MUTED, linewidth=1)
    rows(axis, [found.pair_name(pair, lang) for pair, _ in drawn])
    axis.set_xlabel(text("change of {kpi}", lang, kpi=_heading(found, kpi, lang)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    return figure


def _heading(found: SeveralRuns, kpi: str, lang: Language) -> str:
    return in_unit(kpi, found.reading(kpi)[1], found.currency, lang)
