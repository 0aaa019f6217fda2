"""Two processes that were played in the chain, as a result to export."""

from __future__ import annotations

import pandas as pd

from sim.records.decisions.process import ProcessComparison
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, recorded, text
from sim.report.pages.process import pictures


def of_process(found: ProcessComparison, lang: Language = "en") -> Result:
    """Key figures under both processes, a row each, and times of the processes' parts. Changes are shares of As-Is."""
    rows = pd.DataFrame([line.model_dump() | {"rule": recorded(line.rule, lang)} for line in found.lines])
    parts = pd.DataFrame([part.model_dump() for part in found.parts])
    facts: dict[str, Cell] = {
        "as is": f"{found.as_is}, {found.as_is_file}",
        "as is, SHA-256": found.as_is_sha256,
        "to be": f"{found.to_be}, {found.to_be_file}",
        "to be, SHA-256": found.to_be_sha256,
        "scenario": found.scenario,
        "scenario hash": ", ".join(found.scenario_hashes),
        "replications": found.replications,
        "confidence": found.confidence,
        "change asked for": found.limit,
    }
    amounts = ("as_is", "to_be", "changed_by", "changed_by_low", "changed_by_high")
    words = {"kpi": "kpi", "unit": "unit", "state": "code", "better": "code"}
    shares = {"change": "share", "least_change": "share", "most_change": "share"}
    seconds = dict.fromkeys(("as_is_s", "as_is_sd_s", "to_be_s", "to_be_sd_s"), "s")
    return Result(
        title=text("{as_is}, then {to_be}", lang, as_is=found.as_is, to_be=found.to_be),
        about=tuple((text(name, lang), value) for name, value in facts.items()),
        findings=(recorded(found.sentence, lang),),
        tables=(
            Table("processes", text("Key figures of the chain", lang), rows, shares, amounts, words),
            Table("parts", text("Times of the processes", lang), parts, seconds, (), {"process": "code", "part": "code"}),
        ),
        source=text("retail-lab: {as_is} and {to_be} played in {scenario}", lang, as_is=found.as_is, to_be=found.to_be, scenario=found.scenario),
        draw=lambda: pictures(found, lang),
        lang=lang,
        currency=found.currency,
    )  # fmt: skip
