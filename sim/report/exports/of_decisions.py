"""Decisions as results to export: a comparison of vendors."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from sim.records.decisions.vendors import Ranking
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, percent, recorded, text
from sim.report.pages.vendors import totals_picture

_WORDS = dict.fromkeys(("grade", "priority", "covered", "kind"), "code")


def of_vendors(ranking: Ranking, lang: Language = "en") -> Result:
    """A comparison: the ranking, every score with its evidence, requirements, pieces of evidence, costs, and answers to tickets."""
    ranks = [
        {
            "rank": each.rank,
            "vendor": each.vendor,
            "score": each.total,
            "low": each.low,
            "high": each.high,
            "wins_near": each.wins_near,
            "wins_any": each.wins_any,
            "missing": each.missing,
            "not_shown": each.not_shown,
            "cost_low": each.cost.low if each.cost else None,
            "cost_high": each.cost.high if each.cost else None,
        }
        for each in ranking.standings
    ]
    weights = {each.name: each for each in ranking.criteria}
    scores = [
        {"vendor": each.vendor, "dimension": weights[cell.criterion].dimension, "weight": weights[cell.criterion].total}
        | cell.model_dump()
        for each in ranking.standings
        for cell in each.cells
    ]
    covered = [{"vendor": each.vendor} | row.model_dump() for each in ranking.standings for row in each.requirements]
    pieces = [
        {"vendor": each.vendor}
        | piece.model_dump(exclude={"figures"})
        | {"sentence": recorded(piece.sentence, lang), "figures": len(piece.figures)}
        for each in ranking.standings
        for piece in each.pieces
    ]
    costs = [
        {"vendor": each.vendor, "item": item, "low": low, "high": high}
        for each in ranking.standings
        if each.cost
        for item, (low, high) in each.cost.by_item.items()
    ]
    support = [{"vendor": each.vendor} | hour.model_dump() for each in ranking.standings for hour in each.support]
    facts: dict[str, Cell] = {
        "question": ranking.question,
        "evidence as of": ranking.as_of,
        "winner": ranking.winner,
        "draws": ranking.draws,
        "seed": ranking.seed,
        "discount rate": percent(ranking.discount_rate, lang),
        "years": ranking.years,
    }
    shares = dict.fromkeys(("wins_near", "wins_any", "weight"), "share")
    money = dict.fromkeys(("cost_low", "cost_high"), ranking.currency)
    tables = (
        Table("ranking", text("Ranking", lang), pd.DataFrame(ranks), shares | money),
        Table("scores", text("Scores and what they rest on", lang), pd.DataFrame(scores), shares | {"age_days": "days"}, (), _WORDS),
        Table("requirements", text("Requirements", lang), pd.DataFrame(covered), {"age_days": "days"}, (), _WORDS),
        Table("evidence", text("Evidence", lang), pd.DataFrame(pieces), {"age_days": "days"}, (), _WORDS),
        Table("costs", text("Costs, discounted", lang), pd.DataFrame(costs), dict.fromkeys(("low", "high"), ranking.currency)),
        Table("support", text("Time to the first answer, by hour of the week", lang), pd.DataFrame(support), dict.fromkeys(("p50_h", "p90_h"), "h")),
    )  # fmt: skip
    example = (text("An example: its vendors and figures are made up.", lang),) if ranking.example else ()
    return Result(
        title=ranking.name,
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=(
            *example,
            *(recorded(each, lang) for each in (ranking.sentence, *ranking.conditions, *ranking.notes)),
        ),
        tables=tuple(table for table in tables if len(table.frame)),
        source=text("retail-lab: {name}, evidence as of {day}", lang, name=ranking.name, day=ranking.as_of),
        draw=lambda: [totals_picture(ranking, lang)],
        made=datetime.fromisoformat(ranking.as_of),
        lang=lang,
    )
