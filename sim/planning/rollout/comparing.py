"""Plans beside each other under common random numbers, and which of them has the highest chance of their common goal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from scipy.special import ndtr

from sim.planning.gates.plan import Plan, read_plan
from sim.planning.rollout import wording
from sim.planning.rollout.building import section_of
from sim.planning.rollout.kpi_gates.played import KpiTable
from sim.planning.rollout.network import Three
from sim.planning.rollout.outcome import STEPS, outcome
from sim.planning.rollout.samples import Samples
from sim.records.refusal import Refusal
from sim.records.rollout.comparison import Best, Rival, Rollouts

Z95 = 1.959964
SHIPPED = {
    "example": ("two-store-pilot", "five-store-pilot", "region-by-region", "big-bang"),
    "gated-example": ("gated-waves",),
}
"""Plans that ship, by the word that names them on the command line."""


def shipped(word: str) -> list[Path]:
    """The plans that ship under this word."""
    return [Path(__file__).parent / "example" / f"{name}.yaml" for name in SHIPPED[word]]


def named(paths: Sequence[Path]) -> tuple[list[Path], bool]:
    """Plans by their paths, and whether they are some that ship, which go by a word of `SHIPPED`."""
    word = str(paths[0])
    example = len(paths) == 1 and word in SHIPPED and not paths[0].exists()
    return (shipped(word) if example else list(paths)), example


def rollouts(
    paths: Sequence[Path],
    samples: int,
    example: bool = False,
    progress: Callable[[float, float], None] = lambda *_: None,
    tables: Mapping[Path, KpiTable] = MappingProxyType({}),
    spread: Three | None = None,
) -> Rollouts:
    """Sample each plan and compare them. Raises `Refusal` for a plan that cannot be used, and for plans that do not share their draws.

    `tables`: of plans with gates, the KPIs of their rollout states, by the path of the plan; `spread` is that of lengths
    that a file of tasks states alone.
    """
    plans = [read_plan(path, spread) for path in paths]
    _refuse_unequal(paths, plans)
    found = []
    for n, (path, plan) in enumerate(zip(paths, plans, strict=True)):
        done = _part(progress, n, len(plans))
        done(0, STEPS)
        found.append(outcome(path, plan, samples, done, tables.get(path)))
    records = [record for record, _ in found]
    best = best_of([plan.name for plan in plans], [played for _, played in found]) if len(plans) > 1 else None
    sentence = wording.compared(records, best) if len(plans) > 1 else records[0].sentence
    conditions = wording.conditions(records, best.goal) if best else []
    return Rollouts(plans=records, best=best, conditions=conditions, example=example, sentence=sentence)


def _part(progress: Callable[[float, float], None], n: int, of: int) -> Callable[[float, float], None]:
    return lambda done, steps: progress(n * steps + done, of * steps)


def _refuse_unequal(paths: Sequence[Path], plans: Sequence[Plan]) -> None:
    first = section_of(paths[0], plans[0])
    for n, (path, plan) in enumerate(zip(paths, plans, strict=True)):
        rollout = section_of(path, plan)
        if plan.name in (other.name for other in plans[:n]):
            raise Refusal(path, "name", "plans with names of their own", plan.name)
        for field in ("seed", "start", "currency"):
            if getattr(rollout, field) != getattr(first, field):
                expected = f"that of {paths[0].name}, {getattr(first, field)}, so that the plans can be compared"
                raise Refusal(path, f"rollout.{field}", expected, str(getattr(rollout, field)))


def best_of(names: Sequence[str], plans: Sequence[Samples]) -> Best | None:
    """The plan with the highest chance of the first plan's first goal that all have; None where there is none.

    Samples are paired. Confidence: 1 − Σ P(Z > d/s) over the other plans, d the difference of chances and s its standard error over pairs
    (Bonferroni's inequality); where two plans agree in every sample with a difference, that difference is exact.
    """
    goals = [{goal.name: goal for goal in each.rollout.goals} for each in plans]
    name = next((name for name in goals[0] if all(name in held for held in goals)), None)
    if name is None:
        return None
    met = [each.met(held[name]).astype(float) for each, held in zip(plans, goals, strict=True)]
    top = max(range(len(plans)), key=lambda n: (met[n].mean(), -n))
    rivals, doubt = [], 0.0
    for n, other in enumerate(plans):
        if n == top:
            continue
        difference = met[top] - met[n]
        mean, error = float(difference.mean()), float(difference.std(ddof=1)) / math.sqrt(len(difference))
        doubt += float(ndtr(-mean / error)) if error else 0.0 if mean else 1.0
        live, others = plans[top].all_live, other.all_live
        both = (live < np.inf) & (others < np.inf)
        rivals.append(
            Rival(
                plan=names[n],
                difference=mean,
                low=mean - Z95 * error,
                high=mean + Z95 * error,
                sooner=float((others > live).mean()),
                days=float((others[both] - live[both]).mean()) if both.any() else 0.0,
                cheaper=float(np.mean(other.cost - plans[top].cost)),
            )
        )
    return Best(plan=names[top], goal=name, confidence=max(0.0, 1 - doubt), rivals=rivals)
