"""Sentences and notes of rollouts."""

from __future__ import annotations

from collections.abc import Sequence

from sim.evidence.wording import percent
from sim.planning.rollout.sections.project import Rollout
from sim.records.rollout.comparison import Best
from sim.records.rollout.gates import GatesOutcome
from sim.records.rollout.outcome import NEVER, Overlap, PlanOutcome

LIKELY = 0.8
"""Chance from which a goal counts as likely."""


def sentence(found: PlanOutcome) -> str:
    """The finding of one plan: its first goal and what would make it likely, when all stores are live, and at what cost."""
    money = f"{found.cost.p50:,.0f} to {found.cost.p80:,.0f} {found.currency}".strip()
    live = found.all_live
    if live.p50 == NEVER:
        dates = f"Not all {found.stores} stores are live at 50 %; the cost is {money}."
    elif live.p80 == NEVER:
        dates = f"All {found.stores} stores are live by {live.p50} at 50 %, not all at 80 %; the cost is {money}."
    else:
        dates = f"All {found.stores} stores are live by {live.p50} at 50 %, by {live.p80} at 80 %; the cost is {money}."
    parts = [dates, *gate_sentences(found.gates)]
    if not found.goals:
        return " ".join(parts)
    first = found.goals[0]
    chance = f"{first.name}: {percent(first.chance)} ({percent(first.low)} to {percent(first.high)}), by {first.by}."
    if first.chance < LIKELY and found.overlaps:
        parts.append(overlap_sentence(found.overlaps))
    return " ".join([chance, *parts])


def gate_sentences(found: GatesOutcome | None) -> list[str]:
    """What gates add to the dates, and which KPI holds which wave for how long."""
    if found is None:
        return []
    moved = "Gates move the day on which all stores are live by"
    lines = []
    if found.days_p50 is not None:
        more = f" and by {found.days_p80:.0f} days at 80 %" if found.days_p80 is not None else ""
        lines.append(f"{moved} {found.days_p50:.0f} days at 50 %{more}.")
    for gate in found.gates:
        limit = max(gate.limits, key=lambda each: each.waits)
        if gate.held_days_p50 is not None and (gate.held_days_p80 is None or gate.held_days_p80 > 0):
            at_80 = f" and {gate.held_days_p80:.0f} at 80 %" if gate.held_days_p80 is not None else ", for good at 80 %"
            why = f"for {limit.kpi}" if limit.waits > gate.observed_only else "for the days it is observed"
            lines.append(
                f"Wave {gate.wave} waits {gate.held_days_p50:.0f} days for its gate at 50 %{at_80}, most often {why}."
            )
        if gate.held_for_good:
            never = max(gate.limits, key=lambda each: each.never)
            lines.append(
                f"Wave {gate.wave} is held for good in {percent(gate.held_for_good)} of samples, by {never.kpi}."
            )
    return lines


def overlap_sentence(overlaps: Sequence[Overlap]) -> str:
    """Which overlap makes the first goal likely: that of the fewest days, or else the best."""
    likely = [each for each in overlaps if each.chance >= LIKELY]
    if likely:
        least = min(likely, key=lambda each: each.days)
        return f"It is likely ({percent(least.chance)}) where {_overlap(least)}."
    best = max(overlaps, key=lambda each: each.chance)
    return f"No overlap of phases that was tried makes it likely; most does so where {_overlap(best)}: {percent(best.chance)}."


def _overlap(each: Overlap) -> str:
    if len(each.phases) > 1:
        return f"every phase begins with {percent(each.share)} of the one before still to come"
    return f"{each.phases[0]} begins with {percent(each.share)} of the phase before still to come"


def notes(found: PlanOutcome, rollout: Rollout) -> list[str]:
    """What the outcome rests on."""
    lines = [
        "Lengths, costs, chances and effects are those that the plan states: assumed, unless it names their source."
    ]
    lines += rollout.notes
    if found.effects:
        lines.append(f"Sales lost and gained: {found.effects.basis[0].lower()}{found.effects.basis[1:]}")
    if rollout.budget and found.approvals:
        lines.append(f"{found.approvals:.1f} tasks wait for money on average.")
    if found.gates:
        lines.append(
            f"KPIs of gates are those of {found.gates.replications} replications of {found.gates.days} days of {found.gates.scenario} "
            "a rollout state; their sampling error is drawn with each sample."
        )
    if not rollout.risks:
        lines.append("The plan lists no risks.")
    return lines


def compared(plans: Sequence[PlanOutcome], best: Best | None) -> str:
    """The finding of several plans."""
    if best is None:
        return (
            "The plans have no goal in common: "
            + "; ".join(f"{each.plan} {each.all_live.p80}" for each in plans)
            + " (80 % live)."
        )
    chances = {each.plan: next(goal for goal in each.goals if goal.name == best.goal).chance for each in plans}
    ranked = sorted(chances, key=lambda name: -chances[name])
    listed = ", ".join(f"{name} {percent(chances[name])}" for name in ranked)
    if best.confidence < 0.95:
        return f"{best.goal}: {listed}. No plan is best at 95 % confidence."
    sure = "more than 99.9 %" if best.confidence > 0.999 else percent(best.confidence)
    return f"{best.goal}: {listed}. {best.plan} is best at {sure} confidence."


def conditions(plans: Sequence[PlanOutcome], goal: str) -> list[str]:
    """Of each plan under which the goal is not likely: which overlap of phases would make it so."""
    return [
        f"{each.plan}: {overlap_sentence(each.overlaps)}"
        for each in plans
        if each.overlaps and each.goals[0].name == goal and each.goals[0].chance < LIKELY
    ]
