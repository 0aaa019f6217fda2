"""Scored predictions as a page and as a JUnit suite: the coverage and the bias of each quantity, and when each run was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.records.predictions.score import CALIBRATED, Score
from sim.report import canvas
from sim.report.canvas import BLUE, MUTED, ORANGE
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, percent, recorded, text
from sim.report.pages.backtest import filters
from sim.report.pages.sheet import Picture, picture, write_sheet


def write_score(record: Score, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a scoring in a language."""
    drawn = coverage_picture(record, lang)
    write_sheet(path, "score.html", lang, filters(lang), found=record, drawn=drawn, word=CALIBRATED[record.decision])


def coverage_picture(record: Score, lang: Language = "en") -> Picture | None:
    """The figure of a scoring; None where nothing was compared."""
    if not record.rows:
        return None
    shows = text(
        "Share of actual values within the intervals, by quantity. Dotted: the shares where the model is true, 80 and 95 %.",
        lang,
    )
    return picture("coverage", _title(record, lang), shows, lambda: coverage(record, lang), lang)


def write_score_junit(record: Score, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for the scoring."""
    cases = [Case("score", record.decision, record.sentence, 0.0)]
    write_suite(path, "score", record.log, cases, [record.sentence, *record.notes], inconclusive_ok)


def coverage(record: Score, lang: Language) -> Any:
    """Share of intervals that held, by quantity."""
    figure, (axis,) = canvas.drawing(1, 1.2 + 0.42 * len(record.rows))
    place = np.arange(len(record.rows))[::-1]
    for held, colour, label in (("held_80", BLUE, "80 %"), ("held_95", ORANGE, "95 %")):
        shares = [100 * (getattr(row, held) or 0) / max(row.cells, 1) for row in record.rows]
        if all(getattr(row, held) is not None for row in record.rows):
            axis.plot(shares, place, "o", color=colour, markersize=6, label=label)
    for nominal in (80, 95):
        axis.axvline(nominal, color=MUTED, linestyle=":", linewidth=1.2)
    axis.set_yticks(place, [recorded(row.quantity, lang) for row in record.rows])
    axis.set_xlim(0, 103)
    axis.set_ylim(-0.6, len(record.rows) - 0.4)
    axis.set_xlabel(text("actual values within the interval, %", lang))
    axis.legend(loc="lower left", ncols=2)
    return figure


def _title(record: Score, lang: Language) -> str:
    cells, held = sum(row.cells for row in record.rows), sum(row.held_80 for row in record.rows)
    if not cells:
        return text("80 % intervals held nothing of what happened", lang)
    return text("80 % intervals held {share} of what happened", lang, share=percent(held / cells, lang))
