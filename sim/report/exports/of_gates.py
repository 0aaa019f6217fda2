"""Goals, gates and proofs of concept as results to export."""

from __future__ import annotations

import pandas as pd

from sim.records.decisions.gate import Gate
from sim.records.decisions.goals import Goals
from sim.records.decisions.poc import ProofOfConcept
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, named, recorded, text
from sim.report.pages.gate import WORDS
from sim.report.pages.goals import intervals_picture

_GOAL_ORDER = ("name", "state", "kpi", "unit", "side", "limit", "change", "estimate", "low", "high", "baseline")


def of_goals(judged: Goals, lang: Language = "en") -> Result:
    """Goals: a row each, with its interval and the rule behind its state. Where `change` is true, figures are shares of the baseline."""
    rows = pd.DataFrame([line.model_dump() | {"rule": recorded(line.rule, lang)} for line in judged.goals])
    order = [*_GOAL_ORDER, *(name for name in rows.columns if name not in _GOAL_ORDER)]
    words = {"kpi": "kpi", "unit": "unit", "state": "code", "side": "code", "grade": "code"}
    facts: dict[str, Cell] = {
        "file": judged.file,
        "file's SHA-256": judged.file_sha256,
        "judged on": judged.judged_on,
        "confidence": judged.confidence,
        "source of figures": judged.source,
        "baseline": judged.baseline,
        "scenario hash": judged.scenario_hash,
    }
    return Result(
        title=text("Goals of {file}", lang, file=judged.file),
        about=tuple((text(name, lang), value) for name, value in facts.items()),
        findings=(recorded(judged.sentence, lang),),
        tables=(Table("goals", text("Goals, each with its interval and its state", lang), rows[order], {}, (), words),),
        source=text(
            "retail-lab: goals judged on {day} from {source}", lang, day=judged.judged_on, source=judged.source
        ),
        draw=lambda: [drawn] if (drawn := intervals_picture(judged, lang)) else [],
        lang=lang,
    )


def of_gate(judged: Gate, lang: Language = "en") -> Result:
    """A gate: a row a condition, with its evidence, the evidence's age and its grade."""
    rows = [
        each.model_dump() | {name: recorded(str(getattr(each, name)), lang) for name in ("name", "needed", "because")}
        for each in judged.conditions
    ]
    facts: dict[str, Cell] = {
        "plan": judged.plan,
        "plan's SHA-256": judged.plan_sha256,
        "wave": judged.wave,
        "go-live": judged.go_live,
        "host": judged.host,
        "judged on": judged.judged_on,
        "decision": named(WORDS[judged.decision], lang),
        "stores live after the wave": judged.stores_after,
        "wave's peak, orders/h": judged.peak_orders_per_hour,
        "folder of evidence": judged.evidence,
        "oldest evidence accepted, days": judged.max_age_days,
        "left out": ", ".join(judged.left_out),
        "not read": "; ".join(judged.notes),
    }
    words = {"state": "code", "grade": "code"}
    title = text("Conditions of the go-live, each with its evidence", lang)
    return Result(
        title=text("Gate before {wave}", lang, wave=judged.wave),
        about=tuple((text(name, lang), value) for name, value in facts.items()),
        findings=(recorded(judged.sentence, lang),),
        tables=(Table("conditions", title, pd.DataFrame(rows), {"age_days": "days"}, (), words),),
        source=text(
            "retail-lab: gate judged on {day} from {source}", lang, day=judged.judged_on, source=judged.evidence
        ),
        lang=lang,
    )


def of_poc(poc: ProofOfConcept, lang: Language = "en") -> Result:
    """A proof of concept: a row a stage, and a row a key figure of the chain before and after."""
    stages = pd.DataFrame(
        [each.model_dump() | {"finding": recorded(each.finding, lang)} for each in poc.stages],
        columns=["stage", "state", "finding", "evidence", "began_at", "took_s"],
    )
    facts: dict[str, Cell] = {
        "platform": poc.adapter,
        "host": poc.host,
        "adapter's SHA-256": poc.adapter_sha256,
        "scenario": poc.scenario,
        "scenario hash": poc.scenario_hash,
        "decision": named(poc.decision, lang),
        "peak of the scenario, orders/h": poc.peak_orders_per_hour,
        "replayed at, times the peak": poc.times_peak,
        "targets besides the default ones": ", ".join(poc.targets),
    }
    words = {"stage": "code", "state": "code"}
    tables = [Table("poc", text("Stages, each with its finding", lang), stages, {"took_s": "s"}, (), words)]
    if poc.kpis:
        title = text("The chain before, and under the measured service", lang)
        rows = pd.DataFrame([each.model_dump() for each in poc.kpis]).rename(columns={"difference": "change"})
        measured = ("before", "after", "change", "low", "high")
        tables.append(Table("kpis", title, rows, {}, measured, {"kpi": "kpi", "unit": "unit", "finding": "code"}))
    return Result(
        title=text("Proof of concept: {platform}", lang, platform=poc.adapter),
        about=tuple((text(name, lang), value) for name, value in facts.items()),
        findings=(recorded(poc.sentence, lang),),
        tables=tuple(tables),
        source=text("retail-lab: proof of concept of {host}", lang, host=poc.host),
        lang=lang,
    )
