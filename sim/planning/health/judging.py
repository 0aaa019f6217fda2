"""Health judged: each measure in each quarter against its target, the trend over quarters, and the state of the latest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from sim.planning.goals.bounds import Bounds, t_quantile
from sim.planning.goals.goal_file import Limit
from sim.planning.goals.judge import decided
from sim.planning.health import measured, simulated, tables
from sim.planning.health.estimates import Estimate, Part, change, change_of_known, level, pooled
from sim.planning.health.measures import MEASURES, HealthFile, Measure, read_targets
from sim.planning.health.quarters import Quarter
from sim.records.decisions.goals import DECISION, State
from sim.records.decisions.health import TITLES, Direction, Grade, Health, MeasureLine, QuarterLine, Trend
from sim.records.refusal import Refusal

ABSENT = "There is no figure of this measure in this quarter."
NO_SPREAD = "One figure without its spread gives no interval: give months or days of the quarter, or n with the standard deviation."
NO_BASELINE = "There is no figure of the same quarter a year before, and no baseline in the targets."
ZERO = "The baseline cannot be distinguished from 0, so a share of it has no bounds."
HOW = {
    "replications": "Student's t over replications",
    "parts": "Student's t over the rows or load tests of the quarter",
    "within": "the spread within each part",
    "widest": "Wilson's interval for the largest spread that a mean allows",
    "counts": "exact for independent errors",
    "none": "no interval",
}
"""What an interval is made from, by the way of its estimate."""


@dataclass
class _Gathered:
    """Estimates by measure and quarter."""

    found: dict[tuple[str, Quarter], Estimate] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def judge(sources: Sequence[Path], targets: Path | None, on: date) -> Health:
    """Judge the health that sources show: folders of runs and of load tests, and tables; real figures after `on` do not count.

    Raises `Refusal` for a source that cannot be read, and for two that give a measure of one quarter in different ways.
    """
    asked = read_targets(targets)
    gathered = _gather(sources, asked, on)
    if not gathered.found:
        raise Refusal(sources[0], "", f"a figure of one of {', '.join(each.name for each in MEASURES)}", "none")
    latest = max(quarter for _, quarter in gathered.found)
    lines = [
        _line(measure, limit, gathered, latest, asked.confidence, on)
        for measure in MEASURES
        if (limit := getattr(asked.measures, measure.name)) is not None
    ]
    states = [line.state for line in lines]
    state: State = "not met" if "not met" in states else "met" if set(states) == {"met"} else "not decidable yet"
    modelled = any(each.grade == "modelled" for line in lines for each in line.quarters)
    return Health(
        quarter=str(latest),
        judged_on=on.isoformat(),
        confidence=asked.confidence,
        sources=[str(source) for source in sources],
        targets=str(targets or ""),
        formula=asked.satisfaction_model.formula if modelled else "",
        decision=DECISION[state],
        sentence=_sentence(lines, latest),
        measures=lines,
        notes=gathered.notes,
    )


def _gather(sources: Sequence[Path], asked: HealthFile, on: date) -> _Gathered:
    """Estimates of every source; parts of the same measure and quarter out of several tables, or load tests, are pooled."""
    gathered = _Gathered()
    parts: dict[tuple[str, Quarter], tuple[Grade, str, list[Part]]] = {}
    for source in sources:
        if (source / "outcome" / "manifest.json").is_file():
            estimated, notes = simulated.estimates(source, asked.satisfaction_model)
            gathered.notes += notes
            for key, estimate in estimated.items():
                if key in gathered.found:
                    raise _twice(source, key, gathered.found[key].source)
                gathered.found[key] = estimate
            continue
        if source.is_dir() and not (source / "loadrun.json").is_file():
            raise Refusal(source, "", "the folder of a run or of a load test, or a table", "a folder with neither")
        grade: Grade = "measured" if source.is_dir() else "supplied"
        tested = source.is_dir() or measured.is_load_test(source)
        read = measured.read(source, on) if tested else tables.read(source, on)
        gathered.notes += read.notes
        for key, of in read.parts.items():
            held = parts.setdefault(key, (grade, str(source), []))
            if held[0] != grade:
                raise _twice(source, key, held[1])
            held[2].extend(of)
    by_name = {each.name: each for each in MEASURES}
    for key, (grade, first, of) in parts.items():
        if key in gathered.found:
            raise _twice(first, key, gathered.found[key].source)
        if (together := pooled(by_name[key[0]], of, grade, first)) is not None:
            gathered.found[key] = together
    return gathered


def _twice(source: Path | str, key: tuple[str, Quarter], other: str) -> Refusal:
    name, quarter = key
    return Refusal(source, f"{name}, {quarter}", f"figures of one kind for a quarter: {other} has some", "others")


def _line(
    measure: Measure, limit: Limit, gathered: _Gathered, latest: Quarter, confidence: float, on: date
) -> MeasureLine:
    of = {quarter: each for (name, quarter), each in sorted(gathered.found.items()) if name == measure.name}
    quarters = [_quarter(measure, limit, quarter, of, confidence, on) for quarter in of]
    now = next((each for each in quarters if each.quarter == str(latest)), None)
    return MeasureLine(
        name=measure.name,
        unit=measure.unit,
        side=limit.side,
        limit=limit.limit,
        change=limit.change is not None,
        baseline=limit.baseline,
        state=now.state if now else "not decidable yet",
        rule=now.rule if now else ABSENT,
        quarters=quarters,
        trend=trend(list(of), [each.mean for each in of.values()], limit.side, confidence),
    )


def _quarter(
    measure: Measure, limit: Limit, quarter: Quarter, of: dict[Quarter, Estimate], confidence: float, on: date
) -> QuarterLine:
    now = of[quarter]
    bounds, changed = level(measure, now, confidence), Bounds(None)
    asked: float | None = limit.limit
    if limit.change is not None:
        before = of.get(quarter.year_before)
        baseline = limit.baseline or (before.mean if before else None)
        asked = None if baseline is None else baseline * (1 + limit.change)
        if limit.baseline:
            changed = change_of_known(limit.baseline, bounds)
        elif before:
            changed = change(before, now, confidence)
    judged = bounds if limit.change is None else changed
    may_improve = now.grade in ("measured", "supplied") and on <= quarter.last
    if bounds.low is None:
        state, rule = "not decidable yet", NO_SPREAD
    elif limit.change is not None and asked is None:
        state, rule = "not decidable yet", NO_BASELINE
    elif judged.low is None or judged.high is None:
        state, rule = "not decidable yet", ZERO
    else:
        state, rule = decided(limit, judged, 2, may_improve)
    return QuarterLine(
        quarter=str(quarter),
        estimate=now.mean,
        low=_finite(bounds.low),
        high=_finite(bounds.high),
        change=_finite(changed.estimate),
        change_low=_finite(changed.low),
        change_high=_finite(changed.high),
        limit=asked,
        state=state,
        rule=rule,
        samples=now.samples,
        grade=now.grade,
        how=HOW[now.how],
        source=now.source,
    )


def trend(quarters: Sequence[Quarter], means: Sequence[float], side: str, confidence: float) -> Trend:
    """Ordinary least squares through the quarters' estimates, with Student's t at n − 2 degrees of freedom; none below three quarters."""
    n = len(quarters)
    if n < 3:
        return Trend(quarters=n, slope=None, low=None, high=None, direction="unknown")
    x, y = np.array([each.index for each in quarters], dtype=np.float64), np.array(means)
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    residual = y - y.mean() - slope * centred
    width = t_quantile(n - 2, confidence) * math.sqrt(float(residual @ residual) / (n - 2) / float(centred @ centred))
    low, high = slope - width, slope + width
    direction: Direction = "not told apart"
    if low > 0 or high < 0:
        direction = "better" if (slope < 0) == (side == "at most") else "worse"
    return Trend(quarters=n, slope=slope, low=low, high=high, direction=direction)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _sentence(lines: Sequence[MeasureLine], latest: Quarter) -> str:
    met = [line for line in lines if line.state == "met"]
    parts = [f"In {latest} {len(met)} of {len(lines)} measures of health are met."]
    for state, opening in (("not met", "Measures not met"), ("not decidable yet", "Measures not decidable yet")):
        names = [TITLES[line.name] for line in lines if line.state == state]
        parts += [f"{opening}: {', '.join(names)}."] if names else []
    return " ".join(parts)
