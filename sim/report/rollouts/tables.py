"""A rollout as a result to export: plans, goals, waves, phases, tasks, risks, inputs, money, stores live, overlaps and learning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from sim.records.rollout.comparison import Rollouts
from sim.records.rollout.outcome import PlanOutcome
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, recorded, text
from sim.report.rollouts.figures import pictures, plans_picture

_PARTS = ("goals", "waves", "phases", "tasks", "risks", "swings", "months", "live", "overlaps", "learning", "weeks")
_WORDS = {"kind": "code"}
_OF_UNIT = ("limit", "before", "mean", "low", "high")
_GATE_WORDS = {"kpi": "kpi", "unit": "unit", "scope": "code", "side": "code"}


def of_rollouts(found: Rollouts, lang: Language = "en") -> Result:
    """One plan or several, a row a plan in the main table, and of each part a table with the plan in its first column."""
    first = found.plans[0]
    currency = first.currency or "currency"
    money = dict.fromkeys(
        ("cost_p50", "cost_p80", "lost_p50", "gained_p50", "budget", "p50", "p80", "money_before", "money_after"),
        currency,
    )
    shares = dict.fromkeys(("chance", "low", "high", "joint", "on_time", "criticality", "happens", "share", "begins_at", "criterion",
                            "proficiency", "error_rate", "within_budget", "joint_budget", "paid_back"), "share")  # fmt: skip
    days = dict.fromkeys(("days_before", "days_after", "days", "days_p10", "days_p50", "days_p90"), "days")
    titles = {
        "goals": text("Goals", lang),
        "waves": text("Waves", lang),
        "phases": text("Phases", lang),
        "tasks": text("Tasks that set the end", lang),
        "risks": text("Risks", lang),
        "swings": text("Inputs that move the end", lang),
        "months": text("Money by month", lang),
        "live": text("Stores live by day", lang),
        "overlaps": text("Overlaps of phases", lang),
        "learning": text("Learning", lang),
        "weeks": text("A store after its go-live", lang),
    }
    names = {"live": "stores_live", "swings": "inputs", "weeks": "weeks_after"}
    units: dict[str, dict[str, str]] = dict.fromkeys(titles, shares | days)
    waits = dict.fromkeys(("held_days_p50", "held_days_p80", "observed_days"), "days")
    units["gates"] = waits | dict.fromkeys(
        ("waits", "never", "held_for_good", "worse_by_at_most", "proficiency"), "share"
    )
    units |= {"risks": shares | days | money, "months": money, "swings": {"low": "days", "high": "days"}, "live": {}}
    tables = [
        Table(
            "plans",
            text("Plans", lang),
            pd.DataFrame([_row(plan) for plan in found.plans]),
            _held(shares | money, _row(first)),
        )
    ]
    for part in _PARTS:
        rows = [{"plan": plan.plan} | _flat(each.model_dump()) for plan in found.plans for each in getattr(plan, part)]
        if rows:
            tables.append(
                Table(names.get(part, part), titles[part], pd.DataFrame(rows), _held(units[part], rows[0]), (), _WORDS)
            )
    for name, title, rows in (
        ("gates", text("Gates", lang), [row for plan in found.plans for row in _gates(plan)]),
        ("gate_kpis", text("KPIs of gates", lang), [row for plan in found.plans for row in _gate_kpis(plan)]),
    ):
        if rows:
            tables.append(Table(name, title, pd.DataFrame(rows), _held(units["gates"], rows[0]), _OF_UNIT, _GATE_WORDS))
    facts: dict[str, Cell] = {
        "samples": first.samples,
        "seed": first.seed,
        "best plan": found.best.plan if found.best else None,
        "confidence": found.best.confidence if found.best else None,
    }
    example = (text("An example: its plans and figures are made up.", lang),) if found.example else ()
    drawn = [plans_picture(found, lang)] if len(found.plans) > 1 else []
    return Result(
        title=text("Rollout: {plan}", lang, plan=", ".join(plan.plan for plan in found.plans)),
        about=tuple((text(name, lang), value) for name, value in facts.items()),
        findings=(*example, *(recorded(each, lang) for each in (found.sentence, *first.notes))),
        tables=tuple(tables),
        source=text("retail-lab: {n} samples, seed {seed}", lang, n=f"{first.samples:,}", seed=first.seed),
        draw=lambda: drawn or pictures(first, lang),
        made=datetime.fromisoformat(first.start),
        lang=lang,
        currency=currency,
    )


def _row(plan: PlanOutcome) -> dict[str, Any]:
    effects = plan.effects
    return {
        "plan": plan.plan,
        "stores": plan.stores,
        "all_live_p50": plan.all_live.p50,
        "all_live_p80": plan.all_live.p80,
        "ends_p50": plan.ends.p50,
        "ends_p80": plan.ends.p80,
        "cost_p50": plan.cost.p50,
        "cost_p80": plan.cost.p80,
        "joint": plan.joint,
        "budget": plan.budget,
        "within_budget": plan.within_budget,
        "joint_budget": plan.joint_budget,
        "approvals": plan.approvals,
        "lost_p50": effects.lost.p50 if effects else None,
        "gained_p50": effects.gained.p50 if effects else None,
        "payback_months": effects.payback_months if effects else None,
        "paid_back": effects.paid_back if effects else None,
    }


def _gates(plan: PlanOutcome) -> Iterator[dict[str, Any]]:
    """A row a limit of each gate."""
    for gate in plan.gates.gates if plan.gates else ():
        own = gate.model_dump(include={"wave", "observed_days", "held_days_p50", "held_days_p80", "held_for_good"})
        for limit in gate.limits:
            yield {"plan": plan.plan} | own | limit.model_dump(exclude={"points"})


def _gate_kpis(plan: PlanOutcome) -> Iterator[dict[str, Any]]:
    """A row a proficiency of each limit."""
    for gate in plan.gates.gates if plan.gates else ():
        for limit in gate.limits:
            named = {"plan": plan.plan, "wave": gate.wave} | limit.model_dump(include={"kpi", "unit", "scope"})
            yield from (named | point.model_dump() for point in limit.points)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Quantiles of days as columns of their own: `begins_p50`; of days to a criterion `days_p50`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            short = name.removesuffix("_to_criterion")
            flat |= {f"{short}_{part}": each for part, each in value.items()}
        else:
            flat[name] = value
    return flat


def _held(units: dict[str, str], row: dict[str, Any]) -> dict[str, str]:
    return {name: unit for name, unit in units.items() if name in row}
