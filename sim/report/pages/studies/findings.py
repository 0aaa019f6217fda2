"""What a study shows, in sentences: the best point, what moves a key figure most, targets and the warm-up."""

from __future__ import annotations

from sim.records.decisions.study import KpiLine, Mean, SelectionLine, Study, TargetLine
from sim.report.languages import Language, counted, items, kpi_name, number, percent, sentences, text, unit_name
from sim.report.pages.studies.wording import (
    change_unit,
    drawn_kpis,
    level_name,
    opening,
    point_name,
    reading_of,
    short,
    spread,
)
from sim.report.units import reading

_NONE = Mean(mean=None, low=None, high=None)
_MOST_NAMED = 8
"""Points that the sentence of a selection names."""
_SELECTED = {
    "kn": (
        "Best of {points} points by {kpi}: {left}, after {n} replications ({level} confidence if ahead by {zone} {unit} or more).",
        "After {n} replications the best of {points} points by {kpi} is one of {left} ({level} confidence if ahead by {zone} {unit} or more).",
    ),
    "knpp": (
        "Best of {points} points by {kpi}: {left}, after {n} replications (asymptotically {level} confidence if ahead by {zone} {unit} or more).",
        "After {n} replications the best of {points} points by {kpi} is one of {left} "
        "(asymptotically {level} confidence if ahead by {zone} {unit} or more).",
    ),
    "rinott": (
        "Best of {points} points by {kpi}: {left}, after up to {n} replications ({level} confidence if ahead by {zone} {unit} or more).",
        "With {level} probability the best of {points} points by {kpi} is one of {left}, "
        "after {n} replications of each (if ahead by {zone} {unit} or more).",
    ),
    "subset": (
        "Best of {points} points by {kpi}: {left}, after {n} replications of each ({level} confidence if ahead by {zone} {unit} or more).",
        "With {level} probability the best of {points} points by {kpi} is one of {left}, "
        "after {n} replications of each (if ahead by {zone} {unit} or more).",
    ),
}
"""By procedure the sentence on one point left, and on several."""


def findings(played: Study, lang: Language = "en") -> list[str]:
    """What the study shows, a sentence each: by KPI the best point and what moves it most; how far targets were reached."""
    found = []
    for kpi in drawn_kpis(played):
        selected = played.selection is not None and played.selection.kpi == kpi.name  # its sentence stands first
        parts = [
            best(played, kpi, lang) if len(played.points) > 1 and not selected else "",
            strongest(played, kpi, lang),
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
    factor, unit = reading_of(played, kpi)
    values = {
        "kpi": kpi_name(line.kpi, lang),
        "left": _left(played, line, lang),
        "points": len(played.points),
        "zone": number(factor * line.indifference, lang),
        "unit": change_unit(unit, played.currency, lang),
        "n": line.replications,
        "level": percent(line.confidence, lang),
    }
    one, several = _SELECTED.get(line.procedure, _SELECTED["kn"])
    if len(line.left) == 1:
        return text(one, lang, **values)
    found = [text(several, lang, **values)]
    if line.replications_needed:
        enough = "At the scatter seen {n} replications decide it."
        found.append(text(enough, lang, n=f"{line.replications_needed:,}"))
    return sentences(found, lang)


def _left(played: Study, line: SelectionLine, lang: Language) -> str:
    """The points left: with semicolons between several names of which any has commas."""
    names = [point_name(played, at, lang) for at in line.left]
    if lang == "en" and len(names) > 1 and any(", " in name for name in names):
        more = len(names) - _MOST_NAMED
        return "; ".join(names if more <= 0 else [*names[: _MOST_NAMED - 1], f"{more + 1} more"])
    return items(names, lang, most=_MOST_NAMED)


def target_sentence(played: Study, line: TargetLine, lang: Language = "en") -> str:
    """How far one half-width was reached, and how many replications it needs."""
    kpi = next((each for each in played.kpis if each.name == line.kpi), None)
    name = kpi_name(line.kpi, lang)
    if kpi is None or line.widest is None:
        return text("{kpi}: not observed at every point, so no half-width of it is known.", lang, kpi=name)
    factor, unit = (100.0, "%") if line.relative else reading(kpi.unit, 0.0)
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


def best(played: Study, kpi: KpiLine, lang: Language) -> str:
    """The point that is surely better than the first by most, or that none is; of the KPI of a selection what that found, in short."""
    if played.selection and played.selection.kpi == kpi.name:
        left = len(played.selection.left)
        if left == 1:
            return selection_sentence(played, played.selection, lang)
        message = "By {kpi} {left} of {points} points may be the best."
        return text(message, lang, kpi=kpi_name(kpi.name, lang), left=left, points=len(played.points))
    factor, unit = reading_of(played, kpi)
    sure = [
        (at, point.changes[kpi.name])
        for at, point in enumerate(played.points)
        if at and point.changes.get(kpi.name, _NONE).finding == "better"
    ]
    values = {"kpi": opening(kpi_name(kpi.name, lang)), "first": point_name(played, 0, lang)}
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
    of = {"point": point_name(played, at, lang), "change": spread(change, factor, lang, signed=True)}
    return text(message, lang, unit=change_unit(unit, played.currency, lang), level=level, **of, **values)


def strongest(played: Study, kpi: KpiLine, lang: Language) -> str:
    """The factor that moves a KPI most; empty without two of them."""
    if len(played.factors) < 2:
        return ""
    if played.design == "sobol":
        known = [line for line in played.indices if line.kpi == kpi.name and line.total is not None]
        if not known:
            return ""
        top = max(known, key=lambda line: line.total or 0.0)
        message = "{factor} has most of the variance of {kpi}: {first} alone, {total} with its interactions."
        values = {"factor": short(top.factor, played), "kpi": kpi_name(kpi.name, lang)}
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
    factor, unit = reading_of(played, kpi)
    message = "Of the factors {factor} moves {kpi} most: {change} {unit} at {level}."
    return text(
        message,
        lang,
        factor=short(top_effect.factor, played),
        kpi=kpi_name(kpi.name, lang),
        change=spread(top_effect.change, factor, lang, signed=True),
        unit=change_unit(unit, played.currency, lang),
        level=level_name(top_effect.level, lang),
    )
