"""Pilots as results to export: what a go-live changed, and which pilot would see a lift."""

from __future__ import annotations

import pandas as pd

from sim.records.decisions.pilots import PilotAnalysis, PilotDesign
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, recorded, text
from sim.report.pages.pilots import analysis, design
from sim.report.pages.pilots.wording import lift_of, outcome_of

_ENDS = dict.fromkeys(("effect", "low", "high", "least_lift"), "share")


def of_analysis(found: PilotAnalysis, lang: Language = "en") -> Result:
    """Lifts by outcome and wave, differences by week, and what was there before the go-live."""
    lifts = [
        {"measure": each.outcome, "wave": analysis.wave_of(line, lang), "state": (each.state or "") if not line.wave else ""}
        | {"effect": line.lift}
        | line.model_dump(exclude={"wave", "stores", "controls", "lift"})
        | {"live_stores": ", ".join(line.stores), "controls": ", ".join(line.controls)}
        for each in found.outcomes
        for line in each.lines
    ]  # fmt: skip
    weeks = [
        {
            "measure": each.outcome,
            "week": event.week,
            "effect": event.lift,
            "low": event.low,
            "high": event.high,
            "stores": event.stores,
        }
        for each in found.outcomes
        for event in each.events
    ]
    before = [
        {"measure": each.outcome, "placebo": name} | placebo.model_dump()
        for each in found.outcomes
        for name, placebo in (("trend a week", each.trend), ("go-live halfway", each.before))
    ]
    facts: dict[str, Cell] = {
        "source of figures": found.data,
        "go-lives from": found.go_live,
        "lift asked for": found.asked,
        "confidence": found.confidence,
        "assignments": found.assignments,
        "seed": found.seed,
    }
    ends = _ENDS | {"value": "share"}
    words = {"measure": "code", "state": "code", "placebo": "code"}
    return Result(
        title=text("What the go-live changed in {outcome}", lang, outcome=outcome_of(found.outcomes[0].outcome, lang)),
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=(recorded(found.sentence, lang), *(recorded(note, lang) for note in found.notes)),
        tables=(
            Table("lifts", text("Lifts by wave", lang), pd.DataFrame(lifts), ends, (), words),
            Table("by_week", text("Differences by week from the go-live", lang), pd.DataFrame(weeks), ends, (), words),
            Table("before", text("Before the go-live", lang), pd.DataFrame(before), ends, (), words),
        ),
        source=text(
            "retail-lab: {data}, go-lives from {source}, {n} assignments, seed {seed}", lang,
            data=found.data, source=found.go_live, n=found.assignments, seed=found.seed,
        ),
        draw=lambda: analysis.pictures(found, lang),
        lang=lang,
    )  # fmt: skip


def of_design(found: PilotDesign, lang: Language = "en") -> Result:
    """Pilots that were tried, and the stores that were chosen with their controls."""
    designs = [each.model_dump() for each in found.designs]
    chosen = [each.model_dump() | {"controls": ", ".join(each.controls)} for each in found.chosen]
    facts: dict[str, Cell] = {
        "source of figures": found.data,
        "outcome": found.outcome,
        "lift asked for": found.asked,
        "confidence": found.confidence,
        "assignments": found.assignments,
        "seed": found.seed,
    }
    shares = _ENDS | dict.fromkeys(("power", "power_low", "power_high"), "share")
    tables = (
        Table("designs", text("All that were tried", lang), pd.DataFrame(designs), shares, (), {"kind": "code"}),
        Table("chosen", text("Stores that go live", lang), pd.DataFrame(chosen)),
    )
    return Result(
        title=text("Which pilot sees {lift} in {outcome}?", lang, lift=lift_of(found.asked, lang), outcome=outcome_of(found.outcome, lang)),
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=(recorded(found.sentence, lang), *(recorded(note, lang) for note in found.notes)),
        tables=tuple(table for table in tables if len(table.frame)),
        source=text(
            "retail-lab: pilots tried on {data}, {n} assignments a window, seed {seed}", lang,
            data=found.data, n=found.assignments, seed=found.seed,
        ),
        draw=lambda: design.pictures(found, lang),
        lang=lang,
    )  # fmt: skip
