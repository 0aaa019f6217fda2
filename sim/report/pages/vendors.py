"""A comparison of vendors as a page for a committee: who wins, on what evidence, and what would have to be true for another to win."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sim.records.decisions.evidence import GRADES
from sim.records.decisions.vendors import HIGHEST, Ranking, ResponseHour
from sim.records.kpis import KPIS
from sim.report import canvas
from sim.report.canvas import BLUE, GRID, INK, MUTED, ORANGE, SKY
from sim.report.languages import Language, counted, kpi_name, money, named, percent, text, unit_name
from sim.report.pages.sheet import Picture, picture, write_sheet

_COLOURS = dict(zip((*GRADES, "none"), (BLUE, SKY, ORANGE, "#e8b48c", MUTED, GRID), strict=True))
"""By grade: blue for what was measured, orange for what is only stated."""
_FIGURE = re.compile(
    r"(?:([a-z_]+):)?(p\d[\d.]*|[a-z]+(?:_[a-z\d]+)*?)(?:_(s|h|min))?( -?\d\S*?| beyond every answer)?(?=[;,]|$)"
)
"""In a note the code of a figure: its journey, its name, its unit, and then its value."""
_KPIS = {kpi.name for kpi in KPIS}
_NIGHT = (22, 6)
"""Hours from which, and until which, it is night."""


def write_vendors(ranking: Ranking, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a comparison in a language."""
    write_sheet(
        path,
        "vendors.html",
        lang,
        {
            "age": lambda days: "–" if days is None else counted(days, "day", lang),
            "share": lambda value: percent(value, lang),
            "ends": lambda each: f"{each.low:.1f}" if each.low == each.high else f"{each.low:.1f}–{each.high:.1f}",
            "noted": lambda note: noted(note, lang),
            "cost": lambda each: _cost(each.low, each.high, ranking.currency, lang),
        },
        found=ranking,
        drawn=totals_picture(ranking, lang),
        wins=wins_picture(ranking, lang),
        ranked=[each for each in ranking.standings if each.rank],
        support=[(each.vendor, _parts(each.support)) for each in ranking.standings if each.support],
        grades=GRADES,
        costs=any(each.cost for each in ranking.standings),
        weighed=_weighed(ranking, lang),
    )


def noted(note: str, lang: Language = "en") -> str:
    """A note of a cell with the names of its figures, and their units behind their values: `p95_s 0.14` → `p95 0.14 s`."""
    words = _FIGURE.sub(lambda found: _figure(found, lang), note)
    return words.replace("not shown: ", text("not shown: ", lang))


def _figure(found: re.Match[str], lang: Language) -> str:
    scope, figure, unit, value = found.groups()
    code = f"{figure}_{unit}" if unit else figure
    name = (
        kpi_name(code, lang) if code in _KPIS else named(code, lang).removesuffix(f" {unit}").removesuffix(f"_{unit}")
    )
    if scope == "works":
        name = f"{name} {named(scope, lang)}"
    elif scope:
        name = text("{quantity} of {scope}", lang, quantity=name, scope=named(scope, lang))
    if value == " beyond every answer":
        return name + text(" beyond every answer", lang)
    return f"{name}{value or ''}" + (f" {unit_name(unit, lang)}" if unit and value else "")


def totals_picture(ranking: Ranking, lang: Language = "en") -> Picture:
    """The figure of a comparison: the score of each vendor by the grade of what it rests on, with its range."""
    return picture(
        "vendors",
        _leads(ranking, lang),
        text(
            "A bar is a vendor's score of 10, its pieces the grades of the evidence behind it. The thin line is the range of the score: every "
            "criterion at the lower, or the higher, end of its own.",
            lang,
        ),
        lambda: draw_totals(ranking, lang),
        lang,
    )


def _leads(ranking: Ranking, lang: Language) -> str:
    """The winner's score, and how much of the weight was measured for it."""
    if not ranking.winner:
        return text("No vendor is ahead", lang)
    first = ranking.standings[0]
    measured = percent(first.by_grade.get("measured", 0.0), lang)
    message = "{vendor} leads with {total} of 10; {measured} of the weight was measured"
    return text(message, lang, vendor=first.vendor, total=f"{first.total:.1f}", measured=measured)


def draw_totals(ranking: Ranking, lang: Language = "en") -> Figure:
    """Weighted sums, by the grade of the evidence."""
    figure, (axis,) = canvas.drawing(1, 1.5 + 0.5 * len(ranking.standings))
    weights = {each.name: each.total for each in ranking.criteria}
    place = np.arange(len(ranking.standings))
    left = np.zeros(len(place))
    for grade, colour in _COLOURS.items():
        width = np.array(
            [
                sum(weights[c.criterion] * c.score for c in each.cells if (c.grade or "none") == grade)
                for each in ranking.standings
            ]
        )
        if width.any():
            bars = axis.barh(place, width, left=left, color=colour, height=0.6, label=named(grade, lang))
            for bar, each in zip(bars, ranking.standings, strict=True):
                bar.set_alpha(1.0 if each.rank else 0.35)
            left += width
    for at, each in zip(place, ranking.standings, strict=True):
        axis.plot([each.low, each.high], [at, at], color=INK, linewidth=1.2)
        axis.plot([each.low, each.high], [at, at], "|", color=INK, markersize=8)
    names = [canvas.label(each.vendor, f"{n + 1}") for n, each in enumerate(ranking.standings)]
    out = named("disqualified", lang)
    axis.set_yticks(
        place, [name if each.rank else f"{name}\n{out}" for name, each in zip(names, ranking.standings, strict=True)]
    )
    axis.invert_yaxis()
    axis.set_xlim(0, HIGHEST)
    axis.set_xlabel(text("score of 10", lang))
    axis.grid(False)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return figure


def wins_picture(ranking: Ranking, lang: Language = "en") -> Picture:
    """The figure of how often each vendor wins when weights and scores vary."""
    first = ranking.standings[0]
    near, anyhow = percent(first.wins_near, lang), percent(first.wins_any, lang)
    title = "{vendor} wins {near} of draws near the stated weights and {any} with any weights"
    return picture(
        "wins",
        text(title, lang, vendor=first.vendor, near=near, any=anyhow)
        if ranking.winner
        else text("No vendor is ahead", lang),
        text(
            "Share of {draws} that each vendor wins, with weights from a Dirichlet distribution and scores within their ranges.",
            lang,
            draws=counted(ranking.draws, "draw", lang),
        ),
        lambda: draw_wins(ranking, lang),
        lang,
    )


def draw_wins(ranking: Ranking, lang: Language = "en") -> Figure:
    """Share of draws that each vendor that is not disqualified wins, near the stated weights and with any."""
    ranked = [each for each in ranking.standings if each.rank]
    figure, (axis,) = canvas.drawing(1, 1.5 + 0.5 * len(ranked))
    for at, each in enumerate(ranked):
        for share, colour, shift in ((each.wins_near, BLUE, -0.19), (each.wins_any, SKY, 0.19)):
            axis.barh(at + shift, share, color=colour, height=0.36)
            axis.annotate(
                percent(share, lang), (share, at + shift), (4, 0), textcoords="offset points", va="center", fontsize=8
            )
    for heading, colour in (("wins near the weights", BLUE), ("wins with any", SKY)):
        axis.barh(0, 0, color=colour, label=text(heading, lang))
    axis.set_yticks(range(len(ranked)), [canvas.label(each.vendor, f"{n + 1}") for n, each in enumerate(ranked)])
    axis.invert_yaxis()
    axis.set_xlim(0, 1.12)
    axis.set_xticks([])
    axis.grid(False)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def _weighed(ranking: Ranking, lang: Language) -> list[str]:
    """How weights were set: a sentence for each way, and each consistency ratio."""
    groups: dict[str, list[str]] = {}
    for each in ranking.weighings:
        name = named(each.group, lang) if each.group else text("the dimensions", lang)
        if each.consistency_ratio is not None:
            name = text("{group} (consistency ratio {ratio})", lang, group=name, ratio=f"{each.consistency_ratio:.3f}")
        groups.setdefault(named(each.how, lang), []).append(name)
    return [
        text("Weights {how}: {groups}.", lang, how=how, groups=text(", ", lang).join(of)) for how, of in groups.items()
    ]


def _cost(low: float, high: float, currency: str, lang: Language) -> str:
    return " – ".join(dict.fromkeys(money(end, currency, lang) for end in (low, high)))


def _parts(hours: list[ResponseHour]) -> list[tuple[str, int, float | None, float | None]]:
    """Name of a part of the week, its tickets, and the range of the 90 % quantiles of its hours; None for a ticket without an answer."""
    found = []
    for name, within in (
        ("working days, by day", lambda day, hour: day < 5 and _NIGHT[1] <= hour < _NIGHT[0]),
        ("weekends, by day", lambda day, hour: day >= 5 and _NIGHT[1] <= hour < _NIGHT[0]),
        ("nights", lambda _day, hour: not _NIGHT[1] <= hour < _NIGHT[0]),
    ):
        of = [each for each in hours if within(each.hour // 24, each.hour % 24)]
        if of:
            ends = [each.p90_h if each.p90_h is not None else np.inf for each in of]
            low, high = (float(end) if np.isfinite(end) else None for end in (min(ends), max(ends)))
            found.append((name, sum(each.support_tickets for each in of), low, high))
    return found
