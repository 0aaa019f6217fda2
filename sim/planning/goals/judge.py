"""Goals judged: met where even the worse bound keeps the limit, not met where even the better bound misses it, else not decidable yet.

A run says what will be: its miss stands. Real figures before a goal's date can still improve: their miss is not decidable yet.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sim.planning.goals.bounds import Bounds
from sim.planning.goals.figures import Figures, RunFigures, figures, paired
from sim.planning.goals.goal_file import Goal, Limit, read_goals, sha256
from sim.planning.goals.kpi_bounds import matched, of_kpi, of_kpi_change
from sim.records.decisions.goals import DECISION, GoalLine, Goals, State
from sim.records.refusal import Refusal

KEEPS = "Even the worse bound of the interval keeps the limit."
MISSES = "Even the better bound of the interval misses the limit."
STRADDLES = "The interval contains the limit."
OPEN = "The figures so far miss the limit, but the date has not come."
FEW = "Fewer than two samples give no interval."
NONE = "There is no sample of this key figure in this scope."
NEAR_ZERO = "The baseline cannot be distinguished from 0, so a share of it has no bounds."


def judge(file: Path, source: Path, baseline: Path | None, on: date) -> Goals:
    """Judge the goals of a file on a day.

    Args:
        file: the goals (YAML).
        source: a run's folder or a table.
        baseline: the same, for goals of a change; a goal's own baseline goes before it.
        on: the day.

    Raises `Refusal` for a file that cannot be used, and for a change without a baseline.
    """
    asked = read_goals(file)
    relative = [goal for goal in asked.goals if goal.change is not None and goal.baseline is None]
    if baseline is None and relative:
        raise Refusal(
            file, f"goal {relative[0].name}", "a baseline: --baseline RUN|TABLE, or a number in the file", "none"
        )
    new = figures(source, asked.goals, on)
    old = figures(baseline, relative, on) if baseline is not None and relative else None
    lines = [_line(goal, new, old, asked.confidence, on) for goal in asked.goals]
    states = [line.state for line in lines]
    state: State = "not met" if "not met" in states else "met" if set(states) == {"met"} else "not decidable yet"
    return Goals(
        file=str(file),
        file_sha256=sha256(file),
        judged_on=on.isoformat(),
        confidence=asked.confidence,
        source=str(source),
        baseline=str(baseline) if old else "",
        scenario_hash=new.manifest.scenario_hash if isinstance(new, RunFigures) else "",
        decision=DECISION[state],
        sentence=_sentence(lines),
        goals=lines,
    )


def _line(goal: Goal, new: Figures, old: Figures | None, confidence: float, on: date) -> GoalLine:
    sampled, pairs, baseline, before = new.sample(goal), False, goal.baseline, None
    found = sampled.of
    if goal.change is None:
        bounds = of_kpi(found, confidence)
    elif baseline is not None or old is None:
        bounds = of_kpi_change(float(baseline or 0.0), found, False, confidence)
    else:
        before, pairs = old.sample(goal).of, paired(old, new)
        if pairs:
            before, found = matched(before, found)
        baseline = float(before.values.mean()) if len(before.cells) else None
        bounds = of_kpi_change(before, found, pairs, confidence)
    samples = len(found.cells)
    fewest = samples if before is None else min(samples, len(before.cells))
    may_improve = new.grade == "supplied" and on < goal.by
    state, rule = decided(goal, bounds, fewest, may_improve)
    return GoalLine(
        name=goal.name, kpi=goal.kpi, unit=found.unit, scope=goal.where, owner=goal.owner, by=goal.by.isoformat(),
        side=goal.side, limit=goal.limit, change=goal.change is not None, state=state,
        estimate=bounds.estimate, low=bounds.low, high=bounds.high, samples=samples,
        baseline=baseline, baseline_samples=0 if before is None else len(before.cells), paired=pairs, grade=new.grade, as_of=sampled.as_of, rule=rule,
    )  # fmt: skip


def decided(limit: Limit, bounds: Bounds, samples: int, may_improve: bool) -> tuple[State, str]:
    """The state of a limit by an interval, and the rule behind it; `may_improve`: figures that miss it now may still keep it in the end."""
    if not samples:
        return "not decidable yet", NONE
    if samples < 2:
        return "not decidable yet", FEW
    if bounds.low is None or bounds.high is None:
        return "not decidable yet", NEAR_ZERO
    worse, better = (bounds.high, bounds.low) if limit.side == "at most" else (bounds.low, bounds.high)
    sign = 1 if limit.side == "at most" else -1
    if sign * (worse - limit.limit) <= 0:
        return "met", KEEPS
    if sign * (better - limit.limit) > 0:
        return ("not decidable yet", OPEN) if may_improve else ("not met", MISSES)
    return "not decidable yet", STRADDLES


def _sentence(lines: list[GoalLine]) -> str:
    """How many are met, and the names of the others."""
    met = [line for line in lines if line.state == "met"]
    said = [f"{len(met)} of {len(lines)} goals met."]
    for state, opening in (("not met", "Not met"), ("not decidable yet", "Not decidable yet")):
        names = [line.name for line in lines if line.state == state]
        said += [f"{opening}: {'; '.join(names[:5])}{f'; {len(names) - 5} more' if len(names) > 5 else ''}."] if names else []  # fmt: skip
    return " ".join(said)
