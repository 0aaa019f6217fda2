"""A comparison of two load tests as a result to export."""

from __future__ import annotations

import pandas as pd

from sim.records.verdict import Comparison
from sim.report.exports.result import Cell, Result, Table, instant
from sim.report.languages import Language, named, recorded, text
from sim.report.pages.comparison import difference_picture


def of_comparison(found: Comparison, lang: Language = "en") -> Result:
    """A comparison: its differences, a row each, and the two runs."""
    rows = [each.model_dump() | {"finding": recorded(each.finding, lang)} for each in found.differences]
    runs = [{"run": letter} | each.model_dump() for letter, each in zip("AB", (found.a, found.b), strict=True)]
    facts: dict[str, Cell] = {
        "run A": found.a.run_id,
        "run B": found.b.run_id,
        "decision": named(found.decision, lang),
        "journeys paired": found.pairs,
    }
    valued = ("a", "b", "difference", "low", "high", "margin")
    codes = dict.fromkeys(("decision", "quantity", "scope"), "code")
    source = "retail-lab: {a} at {host} against {b} at {other}"
    return Result(
        title=text("{a} against {b}", lang, a=found.a.run_id, b=found.b.run_id),
        about=tuple((text(name, lang), value) for name, value in facts.items()),
        findings=tuple(recorded(each, lang) for each in (found.sentence, *found.reasons)),
        tables=(
            Table(
                "differences",
                text("Differences A − B, a quantity of a journey each", lang),
                pd.DataFrame(rows),
                {},
                valued,
                codes | {"unit": "unit"},
            ),
            Table(
                "runs",
                text("The two runs, requests that count in both", lang),
                pd.DataFrame(runs),
                {"requests_per_s": "requests/s"},
            ),
        ),
        source=text(source, lang, a=found.a.run_id, host=found.a.host, b=found.b.run_id, other=found.b.host),
        draw=lambda: [drawn] if (drawn := difference_picture(found, lang)) else [],
        made=instant(found.a.started_at),
        lang=lang,
    )
