"""A study as a page: means and changes at every point, effects of factors, and how narrow the intervals came, each figure with its finding."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sim.records.decisions.study import Study
from sim.report.languages import Language
from sim.report.pages.sheet import write_sheet
from sim.report.pages.studies.figures import effects_picture, points_picture, warmup_picture
from sim.report.pages.studies.findings import findings
from sim.report.pages.studies.wording import MOST_SHOWN, drawn_kpis, heading, point_name, shown_change, shown_mean


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
