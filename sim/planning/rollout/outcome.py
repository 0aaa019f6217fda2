"""The outcome of one plan: its record, made from samples with risks as planned, without them, and with each in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sim.evidence.statistics.intervals import share_high, share_low
from sim.planning.gates.plan import Plan
from sim.planning.goals.goal_file import sha256
from sim.planning.rollout import effects, wording
from sim.planning.rollout.adoption import curve, error_rate, learners
from sim.planning.rollout.calendars import after_months, months
from sim.planning.rollout.critical import on_the_chain, swings
from sim.planning.rollout.draws import State
from sim.planning.rollout.kpi_gates.findings import gates_outcome
from sim.planning.rollout.kpi_gates.played import KpiTable
from sim.planning.rollout.overlaps import overlaps
from sim.planning.rollout.samples import Sampled, Samples, quantile_of
from sim.records.rollout.outcome import (
    NEVER,
    CurvePoint,
    DayRange,
    DaysToCriterion,
    GoalChance,
    Learning,
    LivePoint,
    Month,
    PhaseSpan,
    PlanOutcome,
    RiskEffect,
    Spread,
    StoreEffects,
    TaskSpan,
    WaveSpan,
    Week,
)

SOME = 1_000
"""Samples for what is followed back or added up over time: the chain that sets the end, sales."""
FEW = 500
"""Samples for what is compared under common random numbers many times over: risks in turn, overlaps."""
LISTED = 12
"""Tasks and inputs that a page has room for."""
SHOWN = 400
"""Points of a scatter."""
WEEKS = 12
STEPS = 4
"""Of the sampling of a plan, for progress."""


def outcome(
    path: Path, plan: Plan, samples: int, done: Callable[[float, float], None], table: KpiTable | None = None
) -> tuple[PlanOutcome, Samples]:
    """Sample a plan; `done` is given how many steps are done, of how many in all. Raises `Refusal`.

    `table`: KPIs of the rollout states of a plan with gates.
    """
    sampled = Sampled(path, plan, samples, table)
    rollout = sampled.rollout
    played = sampled.samples()
    done(1, STEPS)
    some, few = min(samples, SOME), min(samples, FEW)
    off: dict[str, State] = {risk.name: "off" for risk in rollout.risks}
    without = sampled.samples(off, min(samples, 2 * SOME))
    base = sampled.samples(rows=some)
    done(2, STEPS)
    risks = _risks(sampled, few)
    done(3, STEPS)
    found = effects.payback(base, plan, path, sampled.sampler.store_losses())
    chain = on_the_chain(base)
    goals = _goals(played)
    p80 = _spread(played.cost).p80
    budget = float(sum(rollout.budget.by_month)) if rollout.budget else None
    planned = max((wave.go_live - rollout.start).days for wave in plan.waves if wave.stores_of is None) + 1
    within = played.cost <= budget if budget is not None else None
    record = PlanOutcome(
        plan=plan.name,
        file=str(path),
        file_sha256=sha256(path),
        start=rollout.start.isoformat(),
        currency=rollout.currency,
        seed=rollout.seed,
        samples=samples,
        activities=len(sampled.network.activities),
        stores=played.live_before + len(played.go_lives),
        ends=days_of(rollout.start, played.ends),
        all_live=days_of(rollout.start, played.all_live),
        cost=_spread(played.cost),
        joint=float(
            ((played.ends < np.inf) & (played.ends <= quantile_of(played.ends, 0.8)) & (played.cost <= p80)).mean()
        ),
        budget=budget,
        within_budget=None if within is None else float(within.mean()),
        joint_budget=None if within is None else float((within & (played.all_live < planned)).mean()),
        approvals=float(played.schedule.approvals.mean()),
        goals=goals,
        phases=_phases(played),
        waves=_waves(played, plan),
        tasks=_tasks(played, base, chain),
        swings=swings(sampled, played, LISTED),
        risks=risks,
        months=_months(played),
        live=_live(played),
        ends_curve=_curve(played.ends, without.ends),
        cost_curve=_curve(played.cost, without.cost),
        scatter=[
            (float(t), float(c)) for t, c in zip(played.ends[:SHOWN], played.cost[:SHOWN], strict=True) if t < np.inf
        ],
        learning=_learning(base),
        weeks=_weeks(base),
        effects=_store_effects(base, found),
        overlaps=overlaps(sampled, played, few),
        gates=gates_outcome(sampled, played),
        sentence="",
        notes=[],
    )
    done(4, STEPS)
    texts = {"sentence": wording.sentence(record), "notes": wording.notes(record, rollout)}
    return record.model_copy(update=texts), played


def day_of(start: date, instant: float) -> str:
    """The day of an instant; `NEVER` for inf."""
    if instant == np.inf:
        return NEVER
    return (start + timedelta(days=int(instant))).isoformat()


def days_of(start: date, instants: np.ndarray) -> DayRange:
    """Quantiles of instants as days."""
    p10, p50, p80, p90 = (day_of(start, quantile_of(instants, p)) for p in (0.1, 0.5, 0.8, 0.9))
    return DayRange(p10=p10, p50=p50, p80=p80, p90=p90)


def chance(met: np.ndarray) -> tuple[float, float, float]:
    """A share of samples, with the ends of its 95 % interval (Clopper & Pearson 1934)."""
    n, held = len(met), int(met.sum())
    return held / n, share_low(held, n, 0.975), share_high(held, n, 0.975)


def _spread(values: np.ndarray) -> Spread:
    p10, p50, p80, p90 = (quantile_of(values, p) for p in (0.1, 0.5, 0.8, 0.9))
    return Spread(p10=p10, p50=p50, p80=p80, p90=p90, mean=float(values.mean()))


def _goals(played: Samples) -> list[GoalChance]:
    found = []
    for goal in played.rollout.goals:
        share, low, high = chance(played.met(goal))
        by = after_months(played.rollout.start, goal.within_months).isoformat()
        stated = goal.model_dump(include={"name", "phases_done", "stores_live", "cost_at_most"})
        found.append(GoalChance(by=by, chance=share, low=low, high=high, **stated))
    return found


def _risks(sampled: Sampled, rows: int) -> list[RiskEffect]:
    """Mean days and money that each risk adds without its mitigation and with it, over the same samples without the risk."""
    kinds: tuple[State, ...] = ("off", "bare", "mitigated")
    risks = sampled.rollout.risks
    states: list[dict[str, State]] = [{risk.name: kind} for risk in risks for kind in kinds]
    played = sampled.each_of(states, rows) if risks else []
    happens, found = sampled.sampler.happens(), []
    for n, risk in enumerate(risks):
        off, bare, mitigated = played[3 * n : 3 * n + 3]
        days, money = (
            [_mean_change(getattr(off, name), getattr(each, name)) for each in (bare, mitigated)]
            for name in ("ends", "cost")
        )
        found.append(
            RiskEffect(
                name=risk.name,
                mitigation=risk.mitigation.name if risk.mitigation else "",
                taken=risk.mitigation is not None and risk.mitigation.taken,
                happens=float(happens[risk.name].mean()),
                days_before=days[0],
                money_before=money[0],
                days_after=days[1] if risk.mitigation else None,
                money_after=money[1] if risk.mitigation else None,
            )
        )
    return found


def _mean_change(a: np.ndarray, b: np.ndarray) -> float:
    """Mean of b − a over the samples in which both are finite; 0 without one."""
    both = (a < np.inf) & (b < np.inf)
    return float((b[both] - a[both]).mean()) if both.any() else 0.0


def _phases(played: Samples) -> list[PhaseSpan]:
    start, found = played.rollout.start, []
    for n, phase in enumerate(played.rollout.phases):
        begins, ends = played.schedule.start[:, n], played.phase_ends(phase.name)
        found.append(PhaseSpan(name=phase.name, begins=days_of(start, begins), ends=days_of(start, ends)))
    return found


def _waves(played: Samples, plan: Plan) -> list[WaveSpan]:
    start, found = played.rollout.start, []
    for wave in plan.waves:
        at = played.schedule.start[:, played.network.where("wave", wave=wave.name)[0]]
        stores = played.network.where("store", wave=wave.name)
        found.append(
            WaveSpan(
                name=wave.name,
                phase=wave.phase or "",
                stores=len(stores),
                modules=list(wave.modules),
                planned=wave.go_live.isoformat(),
                on_time=float((at < (wave.go_live - start).days + 1).mean()),
                goes_live=days_of(start, at),
                all_live=days_of(start, played.schedule.start[:, stores].max(axis=1)),
            )
        )
    return found


def _tasks(played: Samples, base: Samples, chain: np.ndarray) -> list[TaskSpan]:
    """Tasks of which one is on the chain that sets the end, those most often on it first."""
    by_task: dict[str, list[int]] = {}
    for a, each in enumerate(played.network.activities):
        if each.kind in ("task", "consent"):
            by_task.setdefault(each.task, []).append(a)
    start, found = base.rollout.start, []
    for name, held in by_task.items():
        share = float(chain[:, held].any(axis=1).mean())
        first, last = played.schedule.start[:, held].min(axis=1), played.schedule.done[:, held].max(axis=1)
        span = TaskSpan(
            name=name,
            phase=played.network.activities[held[0]].phase,
            begins=days_of(start, first),
            ends=days_of(start, last),
            criticality=share,
        )
        found.append(span)
    return sorted(found, key=lambda each: -each.criticality)


def _months(played: Samples) -> list[Month]:
    spent, start = played.by_month(), played.rollout.start
    shown = int(np.flatnonzero(np.quantile(spent, 0.9, axis=0) > 0).max(initial=-1)) + 1
    firsts = [start, *(start + timedelta(days=days) for days in months(start, max(shown - 1, 0)))]
    budget: Sequence[float] = played.rollout.budget.by_month if played.rollout.budget else ()
    return [
        Month(
            month=f"{first:%Y-%m}",
            p50=quantile_of(spent[:, n], 0.5),
            p80=quantile_of(spent[:, n], 0.8),
            budget=None if not budget else budget[n] if n < len(budget) else 0.0,
        )
        for n, first in enumerate(firsts[:shown])
    ]


def _live(played: Samples) -> list[LivePoint]:
    """Some days from the start until no store is to go live any more in nine of ten samples."""
    last = int(quantile_of(np.where(played.live < np.inf, played.live, 0.0).max(axis=1), 0.9)) + 1
    found = []
    for day in range(0, last + 1, max(1, last // 60)):
        number = played.live_before + (played.live < day + 1).sum(axis=1)
        p10, p50, p90 = (int(quantile_of(number, p)) for p in (0.1, 0.5, 0.9))
        found.append(LivePoint(day=day_of(played.rollout.start, day), p10=p10, p50=p50, p90=p90))
    return found


def _curve(planned: np.ndarray, without: np.ndarray) -> list[CurvePoint]:
    return [
        CurvePoint(share=p / 100, with_risks=_reached(planned, p / 100), without=_reached(without, p / 100))
        for p in (1, *range(5, 100, 5), 99)
    ]


def _reached(values: np.ndarray, p: float) -> float | None:
    """A quantile; None where it is inf."""
    found = quantile_of(values, p)
    return found if found < np.inf else None


def _learning(base: Samples) -> list[Learning]:
    adoption = base.rollout.adoption
    if adoption is None:
        return []
    held, found = learners(adoption, base.rollout.seed, len(base.ends)), []
    for name, staff in adoption.staff.items():
        days = held.curves[name].days_to(staff.criterion)
        p10, p50, p90 = (quantile_of(days, p) for p in (0.1, 0.5, 0.9))
        likely = curve(adoption, name, staff.time_constant_days[1])
        found.append(
            Learning(
                staff=name,
                begins_at=float(likely.begins_at),
                criterion=staff.criterion,
                days_to_criterion=DaysToCriterion(p10=p10, p50=p50, p90=p90),
            )
        )
    return found


def _weeks(base: Samples) -> list[Week]:
    adoption = base.rollout.adoption
    if adoption is None:
        return []
    held, found = learners(adoption, base.rollout.seed, len(base.ends)), []
    for week in range(WEEKS + 1):
        p = held.proficiency(np.array(7.0 * week))
        found.append(
            Week(
                week=week,
                proficiency=float(p.mean()),
                till_time_factor=float((1 / p).mean()),
                error_rate=float(error_rate(adoption.errors, p).mean()),
            )
        )
    return found


def _store_effects(base: Samples, found: effects.Payback | None) -> StoreEffects | None:
    stated = base.rollout.effects
    if found is None or stated is None:
        return None
    paid = np.isfinite(found.month)
    basis = (
        f"Two runs of the chain: {stated.runs.before}, {stated.runs.after}."
        if stated.runs
        else "Stated in the plan: assumed."
    )
    return StoreEffects(
        basis=basis,
        horizon_months=stated.horizon_months,
        lost=_spread(found.lost),
        gained=_spread(found.gained),
        net_margin=_spread(found.net),
        payback_months=quantile_of(found.month, 0.5) if paid.mean() >= 0.5 else None,
        paid_back=float(paid.mean()),
    )
