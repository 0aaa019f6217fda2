"""A study as a result to export: means and changes at every point, effects, indices and targets, each a tidy table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.records.decisions.study import Mean, Study
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, text
from sim.report.pages.sheet import Picture
from sim.report.pages.studies.figures import effects_picture, points_picture, warmup_picture
from sim.report.pages.studies.findings import findings
from sim.report.pages.studies.wording import drawn_kpis, level_name


def of_study(played: Study, lang: Language = "en") -> Result:
    """Every table of a study; figures for a PDF and slides."""
    units = {kpi.name: kpi.unit for kpi in played.kpis}
    points = [
        {"point": at, "scenario": point.scenario, **{path: _plain(level) for path, level in point.levels.items()}}
        | {"kpi": kpi, "mean": of.mean, "low_95": of.low, "high_95": of.high}
        | {"change": change.mean, "change_low": change.low, "change_high": change.high}
        | {"unit": units[kpi], "finding": change.finding or None}
        for at, point in enumerate(played.points)
        for kpi, of in point.means.items()
        for change in [point.changes.get(kpi, Mean(mean=None, low=None, high=None))]
    ]
    effects = [
        {"scenario": line.scenario, "kpi": line.kpi, "path": line.factor, "factor_level": level_name(line.level)}
        | {"change": line.change.mean, "change_low": line.change.low, "change_high": line.change.high}
        | {"unit": units[line.kpi], "finding": line.change.finding}
        for line in played.effects
    ]
    indices = [
        {"scenario": line.scenario, "kpi": line.kpi, "path": line.factor}
        | {
            "first_order": line.first,
            "first_order_low": line.first_interval[0],
            "first_order_high": line.first_interval[1],
        }
        | {
            "total_order": line.total,
            "total_order_low": line.total_interval[0],
            "total_order_high": line.total_interval[1],
        }
        for line in played.indices
    ]
    targets = [
        {"kpi": line.kpi, "wanted_half_width": line.half_width, "relative": line.relative, "reached": line.reached}
        | {"widest": line.widest, "replications_advised": line.replications_advised}
        for line in played.targets
    ]
    amounts = ("mean", "low_95", "high_95", "change", "change_low", "change_high")
    words = {"kpi": "kpi", "unit": "unit", "finding": "code"}
    days = [
        {"kpi": line.kpi, "day": day, "mean": mean, "smoothed": smooth, "unit": units[line.kpi]}
        for line in played.warmup
        for day, (mean, smooth) in enumerate(zip(line.mean, line.smoothed, strict=True))
    ]
    tables = (
        Table("points", text("Means at each point, and changes against the first", lang), pd.DataFrame(points), {}, amounts, words),
        Table("effects", text("What each factor changes", lang), pd.DataFrame(effects), {}, amounts, words),
        Table("indices", text("Sobol' indices of the factors", lang), pd.DataFrame(indices), {}, (), words),
        Table("warmup", text("The first point day by day", lang), pd.DataFrame(days), {}, ("mean", "smoothed"), words),
        Table("targets", text("Half-widths asked for", lang), pd.DataFrame(targets), {}, (), words),
    )  # fmt: skip
    facts: dict[str, Cell] = {
        "scenario": ", ".join(dict.fromkeys(point.scenario for point in played.points)),
        "design": played.design,
        "seed": played.seed,
        "replications": played.replications,
        "confidence": played.confidence,
        "currency": played.currency,
    }

    def draw() -> list[Picture]:
        pictures = [
            make(played, kpi, lang)
            for make in (points_picture, effects_picture, warmup_picture)
            for kpi in drawn_kpis(played)
        ]
        return [each for each in pictures if each]

    message = "retail-lab, study {name}, seed {seed}, {n} paired replications: simulated"
    if played.selection and played.selection.independent:
        message = "retail-lab, study {name}, seed {seed}, up to {n} replications each with random numbers of its own: simulated"
    return Result(
        title=text("Study {name}", lang, name=played.name),
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=tuple(findings(played, lang)),
        tables=tuple(table for table in tables if len(table.frame)),
        source=text(message, lang, name=played.name, seed=played.seed, n=played.replications),
        draw=draw,
        lang=lang,
        currency=played.currency,
    )


def _plain(level: Any) -> Any:
    return level if isinstance(level, bool | int | float | str) else level_name(level)
