"""The search for the largest load that still meets its targets: which rate comes next, and one stage at a rate."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from loadtests.plan import Plan
from loadtests.start import replay
from sim.evidence.headroom import bracket
from sim.evidence.scaling import hold
from sim.evidence.targets import parse
from sim.evidence.verdict import judge
from sim.records.capacity import Stage
from sim.records.samples import read_samples

CLOSE = 1.25
"""The bracket is narrow enough when what broke is at most so many times what was carried."""
LEAST = 1 / 32
REQUESTS = 3_300
"""A stage is so long that a faultless one can pass 99.9 % (2,995 requests), and a little longer."""


def busiest_from(t: np.ndarray, length_s: float) -> float:
    """Where the stretch of a trace with the most journeys begins."""
    last = np.searchsorted(t, t + length_s)
    fits = np.flatnonzero(t + length_s <= t[-1]) if t[-1] - t[0] > length_s else np.zeros(1, dtype=int)
    return float(t[fits[np.argmax((last - np.arange(len(t)))[fits])]])


def following(stages: Sequence[Stage], first: float, most: float) -> float | None:
    """The factor of the next stage: doubled until one is not carried, halved until one is, then between the two. None when done.

    A stage is carried when it passes; anything else, too little evidence and a generator at its own end too, stands at the upper side.
    """
    carried, broke = bracket(stages)
    if not stages:
        return first
    if broke is None:
        return min(2 * carried, most) if carried < most else None
    if carried is None:
        return broke / 2 if broke / 2 >= LEAST else None
    return None if broke <= CLOSE * carried else float(np.sqrt(carried * broke))


def hold_stage(
    plan: Plan, factor: float, length_s: float, number: int, workers: int, tell: Callable[[str], None]
) -> Stage:
    """Play the plan's stretch `factor` times as fast, for `length_s` seconds after a warm-up, and judge it.

    `plan.out` is the search's folder. A stage that an interrupted search left half done is done again.
    """
    name = f"stage-{number:02d}-{factor:.3g}x"
    folder = Path(plan.out) / name
    shutil.rmtree(folder, ignore_errors=True)
    staged = replace(
        plan, out=str(folder), time_scale=factor, duration_s=length_s + plan.warmup_s, loop=True, cancel_orders=True
    )
    run = replay(staged, workers, tell)
    samples = read_samples(folder / "samples.parquet")
    verdict = judge(samples, run, parse(plan.named_targets))
    verdict.write(folder / "verdict.json")
    held = hold(samples, run.warmup_s, max(run.duration_s, run.warmup_s + 1.0))
    shown = {f.quantity: f.estimate for f in verdict.findings if f.scope == "all requests"}
    return Stage(
        factor=factor,
        run=name,
        requests_per_s=held.asked_per_s,
        answered_per_s=float(held.answered_per_s.mean()),
        concurrency=float(held.concurrency.mean()),
        mean_s=shown.get("mean"),
        p95_s=shown.get("p95"),
        decision=verdict.decision,
        sentence=verdict.sentence,
        stable=held.stable and not run.stopped,
    )
