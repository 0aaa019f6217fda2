"""Plays drills: the scenario, each drill over it, and each mitigation over the drill, with the same customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np

from sim.planning.drills import random_faults
from sim.planning.drills.catalogue import DRILLS, Drill, LeftOut, Mitigation, Overlay
from sim.planning.drills.stage import Stage
from sim.planning.drills.steps import read_steps, shipped
from sim.planning.drills.watching import BETTER, Watch, Watches, difference
from sim.records.decisions.drills import COSTS, Course, DrillLine, Drills, MitigationLine, RandomFaults, Step
from sim.records.refusal import Refusal
from sim.scenario.layers import nearest
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.study.cost import Cost, estimate
from sim.study.kept_kpis import Kept
from sim.study.workers import Workers

CONFIDENCE = 0.95
BEFORE_MINUTES, AFTER_MINUTES = 60, 120
"""Of the course that a card shows, before the trigger and after the end."""
RANKED_BY = "sales"
RANDOM = "random_faults"
"""Under `--drills`, the random faults of the scenario."""


@dataclass(frozen=True)
class Planned:
    """Drills made for a scenario, each with the scenarios that it takes."""

    base: Scenario
    drills: tuple[Drill, ...]
    left_out: tuple[str, ...]
    scenarios: Mapping[str, Scenario]
    """By `drill` and `drill mitigation`."""
    watches: Watches
    """Of every drill that the scenario can be put through, named or not: what is kept of the scenario without one serves them all."""
    random: random_faults.Scenarios = random_faults.NONE

    @property
    def plays(self) -> int:
        """Scenarios that are played: the one without a drill once, for all of them."""
        return len(self.scenarios) + bool(self.drills) + len(self.random.by_change)


def plan(path: Path, names: Sequence[str], overrides: Sequence[str] = (), *, allow_code: bool = False) -> Planned:
    """The drills of these names, all without any, over a scenario; those that it cannot be put through are left out, or refused where named.

    Raises `Refusal`.
    """
    known = [*DRILLS, RANDOM]
    if unknown := [name for name in names if name not in known]:
        expected = f"of {', '.join(known)}{nearest(unknown[0], known)}"
        raise Refusal("--drills", "", expected, unknown[0])
    overrides = [*overrides, "trace=null"]
    base = load(path, overrides, allow_code=allow_code)
    stage, possible, left_out = Stage.of(base), dict[str, Drill](), []
    for name, make in DRILLS.items():
        try:
            possible[name] = make(stage)
        except LeftOut as why:
            if name in names:
                raise Refusal("--drills", name, f"a drill that {base.name} can be put through", str(why)) from None
            left_out.append(f"{name}: {why}.")
    if RANDOM in names and not base.random_faults:
        raise Refusal("--drills", RANDOM, f"random_faults in {base.name}", "none")
    drills = [possible[name] for name in dict.fromkeys(names or possible) if name != RANDOM]
    scenarios = {}
    for drill in drills:
        scenarios[drill.name] = _laid(path, overrides, drill.overlay, allow_code)
        for each in drill.mitigations:
            both = drill.overlay | each.overlay
            scenarios[f"{drill.name} {each.name}"] = _laid(path, overrides, both, allow_code)
    watches = Watches(tuple((name, _watch(base, drill)) for name, drill in possible.items()))
    random = random_faults.NONE
    if base.random_faults and (RANDOM in names or not names):
        random = random_faults.scenarios(base, stage, lambda overlay: _laid(path, overrides, overlay, allow_code))
    return Planned(base, tuple(drills), () if names else tuple(left_out), scenarios, watches, random)


def drilled(
    scenario: Path,
    names: Sequence[str],
    overrides: Sequence[str],
    replications: int,
    steps: Path | None,
    out: Path,
    afford: Callable[[Cost, Path], None],
    *,
    jobs: int | Workers = 1,
    allow_code: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Drills:
    """Plan drills and play them: what the command and the call from Python do. Raises `Refusal`.

    Args:
        scenario, names, overrides, allow_code: as of `plan`.
        replications, jobs, progress: as of `play`.
        steps: a table of who does what; None for the one that ships.
        out: folder of the file in which results are kept.
        afford: called with what it will take and that file, before anything is played; may raise `Refusal`.
    """
    tasks = read_steps(steps or shipped())
    planned = plan(scenario, names, overrides, allow_code=allow_code)
    kept = out / f"{planned.base.name}-drills.jsonl"
    afford(estimate(planned.base, replications=planned.plays * replications, jobs=jobs), kept)
    return play(planned, replications, tasks, str(steps or ""), kept=kept, jobs=jobs, progress=progress)


def play(
    planned: Planned,
    replications: int,
    steps: Mapping[str, list[Step]],
    steps_from: str = "",
    *,
    kept: Path | None = None,
    jobs: int | Workers = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Drills:
    """Play what was planned; replications whose results are in the file `kept` are not played again.

    Args:
        planned: the drills and their scenarios.
        replications: of each scenario, at least 2.
        steps: who does what, by drill.
        steps_from: the user's table of them.
        kept: JSON lines.
        jobs: processes, or other workers.
        progress: called with (replications done, in all).
    """
    results, done, total = Kept(kept), 0, planned.plays * replications

    def played(scenario: Scenario, watch: Watch | Watches | random_faults.Counted) -> list[dict[str, float]]:
        nonlocal done
        before = done
        advance = (lambda n: progress(before + n, total)) if progress else None
        found = results.play(scenario, range(replications), jobs, advance, watch)
        done += replications
        return found

    worths = sum(len(each.mitigations) for each in planned.drills)
    together = 1 - (1 - CONFIDENCE) / max(worths, 1)
    lines = []
    base = played(planned.base, planned.watches) if planned.drills else []
    for drill in planned.drills:
        watch, without = _watch(planned.base, drill), [planned.watches.of(drill.name, found) for found in base]
        hit = played(planned.scenarios[drill.name], watch)
        softened = [(each, played(planned.scenarios[f"{drill.name} {each.name}"], watch)) for each in drill.mitigations]
        lines.append(_line(drill, planned.base, without, hit, softened, together, steps.get(drill.name, [])))
    lines.sort(key=lambda line: line.cost["lost_sales"].mean, reverse=True)
    return Drills(
        random_faults=_random(planned, played) if planned.random.by_change else None,
        scenario=planned.base.name,
        scenario_hash=planned.base.hash,
        seed=planned.base.seed,
        replications=replications,
        currency=planned.base.currency,
        confidence=CONFIDENCE,
        confidence_together=together,
        drills=lines,
        left_out=list(planned.left_out),
        steps_from=steps_from,
    )


def _random(
    planned: Planned, played: Callable[[Scenario, random_faults.Counted], list[dict[str, float]]]
) -> RandomFaults:
    of, counted = planned.random, random_faults.Counted()
    found = {change: played(scenario, counted) for change, scenario in of.by_change.items()}
    return random_faults.lines(planned.base, of, found, CONFIDENCE)


def _laid(path: Path, overrides: Sequence[str], overlay: Overlay, allow_code: bool) -> Scenario:
    flags = [f"{field}={json.dumps(value, ensure_ascii=False)}" for field, value in overlay.items()]
    return load(path, [*overrides, *flags], allow_code=allow_code)


def _watch(base: Scenario, drill: Drill) -> Watch:
    """What a drill measures: the stores of its place, or all, on the days that it lasts."""
    codes = [store.code for store in base.stores]
    start = datetime.combine(base.start, time())
    first, last = (drill.at - start).days, (drill.at + timedelta(minutes=drill.minutes - 1) - start).days
    stores = (codes.index(drill.place),) if drill.place in codes else tuple(range(len(codes)))
    days = tuple(range(first, min(last, base.days - 1) + 1))
    if drill.store is None:
        return Watch(stores, days)
    minute = drill.at.hour * 60 + drill.at.minute
    to = min(1_440, minute + int(drill.minutes) + AFTER_MINUTES)
    return Watch(stores, days, codes.index(drill.store), max(0, minute - BEFORE_MINUTES), to)


def _line(
    drill: Drill,
    base: Scenario,
    without: list[dict[str, float]],
    hit: list[dict[str, float]],
    softened: Sequence[tuple[Mitigation, list[dict[str, float]]]],
    together: float,
    steps: list[Step],
) -> DrillLine:
    mitigations = []
    for each, found in softened:
        fewer, more = (found, hit) if each.have else (hit, found)
        worth = {cost: difference(fewer, more, cost, together, BETTER[cost]) for cost in COSTS}
        mitigations.append((MitigationLine(name=each.name, have=each.have, overlay=each.overlay, worth=worth), found))
    mitigations.sort(key=lambda pair: pair[0].worth[RANKED_BY].mean, reverse=True)
    added = [pair for pair in mitigations if not pair[0].have]
    shown = "customers_lost" if drill.store else RANKED_BY
    course = _course(without, hit, max(added, key=lambda pair: pair[0].worth[shown].mean, default=None))
    start = datetime.combine(base.start, time())
    trigger = drill.at.hour * 60 + drill.at.minute if drill.store else (drill.at - start).days
    return DrillLine(
        name=drill.name,
        at=f"{drill.at:%Y-%m-%d %H:%M}",
        minutes=drill.minutes,
        place=drill.place,
        store=drill.store or "",
        overlay=drill.overlay,
        cost={cost: difference(without, hit, cost, CONFIDENCE) for cost in COSTS},
        mitigations=[line for line, _ in mitigations],
        course=course,
        switch=_switch(course, trigger),
        steps=steps,
    )


def _course(
    without: list[dict[str, float]],
    hit: list[dict[str, float]],
    softened: tuple[MitigationLine, list[dict[str, float]]] | None,
) -> Course:
    at = sorted(int(name.removeprefix("at ")) for name in without[0] if name.startswith("at "))

    def mean(of: list[dict[str, float]]) -> list[float]:
        return [float(np.mean([each[f"at {n}"] for each in of])) for n in at]

    by, found = (softened[0].name, mean(softened[1])) if softened else ("", [])
    return Course(at=at, without=mean(without), drill=mean(hit), softened=found, softened_by=by)


def _switch(course: Course, trigger: int) -> float | None:
    highest = max(course.without, default=0.0)
    above = [n for n, line in zip(course.at, course.drill, strict=True) if n >= trigger and line > highest]
    return float(above[0] - trigger) if above else None
