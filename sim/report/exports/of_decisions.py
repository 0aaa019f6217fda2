"""Decisions as results to export: a comparison of vendors, quarterly health, and drills."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from sim.records.decisions.drills import Drills, Spread
from sim.records.decisions.health import Health
from sim.records.decisions.vendors import Ranking
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, percent, recorded, text
from sim.report.pages.operations.drills import course_picture, finding, left_out, random_titles, ranked, worths_picture
from sim.report.pages.operations.health import name, pictures_of
from sim.report.pages.sheet import Picture
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


def of_health(judged: Health, lang: Language = "en") -> Result:
    """Health: a row a measure and quarter, and a row a measure with its trend."""
    rows = [
        {"quarter": each.quarter, "measure": name(line, lang), "state": each.state}
        | {"estimate": each.estimate, "low": each.low, "high": each.high, "unit": line.unit, "limit": each.limit}
        | each.model_dump(include={"change", "change_low", "change_high", "samples", "grade"})
        | {"rule": recorded(each.rule, lang), "interval": recorded(each.how, lang), "source": each.source}
        for line in judged.measures
        for each in line.quarters
    ]
    trends = [
        {"measure": name(line, lang), "state": line.state, "quarters": line.trend.quarters, "slope": line.trend.slope}
        | {"low": line.trend.low, "high": line.trend.high, "unit": line.unit, "direction": line.trend.direction}
        for line in judged.measures
    ]
    facts: dict[str, Cell] = {
        "quarter": judged.quarter,
        "judged on": judged.judged_on,
        "confidence": judged.confidence,
        "source of figures": ", ".join(judged.sources),
        "file of targets": judged.targets,
        "model of satisfaction": judged.formula,
    }
    words = dict.fromkeys(("state", "grade", "direction"), "code") | {"unit": "unit"}
    shares = dict.fromkeys(("change", "change_low", "change_high"), "share")
    amounts = ("estimate", "low", "high", "limit", "slope")
    title = text("Health in {quarter}", lang, quarter=judged.quarter)
    tables = (
        Table("quarters", text("Measures by quarter", lang), pd.DataFrame(rows), shares, amounts, words),
        Table("trends", text("Trends, a quarter", lang), pd.DataFrame(trends), {}, amounts, words),
    )
    source = ", ".join(judged.sources)
    return Result(
        title=title,
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=(recorded(judged.sentence, lang),),
        tables=tuple(table for table in tables if len(table.frame)),
        source=text("retail-lab: health judged on {day} from {source}", lang, day=judged.judged_on, source=source),
        draw=lambda: [each for each in pictures_of(judged, lang) if each],
        made=datetime.fromisoformat(judged.judged_on),
        lang=lang,
    )


def of_drills(played: Drills, lang: Language = "en") -> Result:
    """Drills: what each costs, what each mitigation is worth, the course of each, and who does what."""
    costs = [
        {"drill": line.name, "at": line.at, "minutes": line.minutes, "place": line.place} | _spreads(line.cost)
        for line in played.drills
    ]
    worths = [
        {"drill": line.name, "mitigation": each.name, "in_place": each.have} | _spreads(each.worth)
        for line, each in ranked(played)
    ]
    courses = [
        {"drill": line.name, "store": line.store, "minute_or_day": at, "without": without, "with_drill": hit}
        | {"softened": line.course.softened[n] if line.course.softened else None}
        for line in played.drills
        for n, (at, without, hit) in enumerate(zip(line.course.at, line.course.without, line.course.drill, strict=True))
    ]
    steps = [
        {"drill": line.name, "minute": step.minute}
        | {"role": (step.role_zh if lang == "zh" else "") or step.role}
        | {"step": (step.step_zh if lang == "zh" else "") or step.step}
        for line in played.drills
        for step in line.steps
    ]
    facts: dict[str, Cell] = {
        "scenario": played.scenario,
        "scenario hash": played.scenario_hash,
        "seed": played.seed,
        "replications": played.replications,
        "confidence": played.confidence,
        "file of steps": played.steps_from,
    }
    random = played.random_faults
    faults = [
        {"fault": line.name, "kind": line.kind, "number": line.number.mean, "number_half_width": line.number.half_width}
        | _spreads(line.cost)
        | (
            {f"{key}_each": value for key, value in _spreads({"lost_sales": line.each["lost_sales"]}).items()}
            if line.each
            else {}
        )
        for line in (random.faults if random else ())
    ]
    softeners = [{"mitigation": each.name} | _spreads(each.worth) for each in (random.mitigations if random else ())]
    of_faults, of_softeners = random_titles(played, lang)
    money = (
        "lost_sales",
        "lost_sales_half_width",
        "sales",
        "sales_half_width",
        "lost_sales_each",
        "lost_sales_half_width_each",
    )
    units = dict.fromkeys(money, played.currency) | dict.fromkeys(("wait_s", "wait_s_half_width"), "s")
    words = {"drill": "code", "mitigation": "code"}
    tables = (
        Table("costs", text("What each drill costs", lang), pd.DataFrame(costs), units | {"minutes": "min"}, (), words),
        Table("worths", text("What each mitigation is worth", lang), pd.DataFrame(worths), units, (), words),
        Table("random_faults", of_faults, pd.DataFrame(faults), units, (), words | {"kind": "code"}),
        Table("random_worths", of_softeners, pd.DataFrame(softeners), units, (), words),
        Table("courses", text("Courses of the drills", lang), pd.DataFrame(courses), {}, (), words),
        Table("steps", text("Who does what", lang), pd.DataFrame(steps), {"minute": "min"}, (), words),
    )
    message = "retail-lab, {name}, seed {seed}, {n} paired replications, hash {hash}: simulated"
    values = {"name": played.scenario, "seed": played.seed, "n": played.replications}
    source = text(message, lang, hash=played.scenario_hash[:8], **values)

    def draw() -> list[Picture]:
        first = worths_picture(played, lang)
        return [*([first] if first else []), *(course_picture(line, lang) for line in played.drills)]

    return Result(
        title=text("Drills over {name}", lang, name=recorded(played.scenario, lang)),
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=(finding(played, lang), *(left_out(each, lang) for each in played.left_out)),
        tables=tuple(table for table in tables if len(table.frame)),
        source=source,
        draw=draw,
        lang=lang,
        currency=played.currency,
    )


def _spreads(of: dict[str, Spread]) -> dict[str, float]:
    columns = ((name, each) for name, each in of.items())
    return {key: value for name, each in columns for key, value in ((name, each.mean), (f"{name}_half_width", each.half_width))}  # fmt: skip
