"""The search for the largest load that still meets its targets: the choice of the next stage, its length, and playing one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from loadtests.planning.plan import Plan
from loadtests.replay.collect import clear
from loadtests.replay.launcher import replay
from sim.evidence.capacity.headroom import answer, bracket, peak_requests_per_s
from sim.evidence.capacity.scaling import summarise_stage
from sim.evidence.statistics.intervals import requests_needed
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import Target, parse
from sim.evidence.wording import seconds
from sim.records.capacity import Capacity, Stage
from sim.records.load_run import BY_HAND, LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import read_samples

STRIDE = 3.0
"""The factor from one load to the next: larger while every stage held, smaller while none did."""
CLOSE = 1.25
"""The search ends when the smallest load that failed is at most so many times the largest that held."""
LEAST_JOURNEYS = 10
"""Journeys of a stage at least; the first stage has just so many."""
AROUND_S = 20.0
"""Estimate of a stage's time beside its length, until a smaller load was measured: warm-up, starting, last journeys, cancelling orders. The
time beyond this grows with the journeys."""
CONCLUDES_S = 5.0
"""Reserved for the time outside the stages: the start of the program, the fit of the scaling law, the page."""
RECOVERS_S = 120.0
"""How long an API that answered before may fail to: it may still process the backlog of the last stage."""
FAILURES_ALLOWED = 1
"""Failed requests with which a thorough stage can still pass."""


@dataclass(frozen=True)
class Next:
    """The next stage."""

    factor: float
    thorough: bool
    """Whether it is long enough to be judged, and not only a stride of the search."""


def busiest_from(t: np.ndarray, length_s: float) -> float:
    """Start of the stretch of `length_s` with the most journeys, s; `t` float64[n], ascending."""
    last = np.searchsorted(t, t + length_s)
    fits = np.flatnonzero(t + length_s <= t[-1]) if t[-1] - t[0] > length_s else np.zeros(1, dtype=int)
    return float(t[fits[np.argmax((last - np.arange(len(t)))[fits])]])


def following(stages: Sequence[Stage], first: float, most: float) -> Next | None:
    """The stage after these; None when the bracket is narrow and its lower load held, or `most` held.

    In large strides of short stages up to the first load that does not hold (or down to the first that does), then thorough stages between
    the two. A stage that was invalid is played once more; so is a short one that looked bad without failing, thoroughly.
    """
    if not stages:
        return Next(first, thorough=False)
    if again := _again(stages):
        return again
    top, broke = bracket(stages)
    if top is None:
        assert broke is not None, "every stage held or did not"
        return Next(broke.factor / STRIDE, thorough=False)
    if broke is None and top.factor < most:
        return Next(min(STRIDE * top.factor, most), thorough=False)
    if broke is not None and broke.factor > CLOSE * top.factor:
        return Next(float(np.sqrt(top.factor * broke.factor)), thorough=True)
    return None if top.carried else Next(top.factor, thorough=True)


def toward(stages: Sequence[Stage], first: float, asked: float) -> Next | None:
    """The stage after these where the question is whether `asked` times the peak holds; None once that is decided, or cannot be.

    In strides of short stages up to it, then a thorough one there; it ends with the first smaller load that does not hold.
    """
    if not stages:
        return Next(min(first, asked), thorough=False)
    if answer(stages, asked) in ("pass", "fail"):
        return None
    if again := _again(stages):
        return again
    top, broke = bracket(stages)
    if top is None or (broke is not None and broke.factor <= asked):
        return None
    up = STRIDE * top.factor
    return Next(up, thorough=False) if up < asked else Next(asked, thorough=True)


def _again(stages: Sequence[Stage]) -> Next | None:
    """The last stage once more: the first time that it was invalid, and thoroughly where a short one was suspicious without failing."""
    last = stages[-1]
    if last.decision == "invalid" and [stage.factor for stage in stages].count(last.factor) == 1:
        return Next(last.factor, last.thorough)
    if last.decision in ("inconclusive", "pass") and not last.thorough and not last.held:
        return Next(last.factor, thorough=True)
    return None


@dataclass(frozen=True)
class Pace:
    """Lengths and loads of the stages, and the time by which all must have ended."""

    journeys_per_s: float
    """At the scenario's peak."""
    requests: int
    """Of a thorough stage."""
    shortest_s: float
    minutes: float
    """Time limit of the whole search."""
    began_s: float
    """Start of the search on `clock`."""
    most: float
    """Highest factor on the peak."""
    asked: float | None = None
    """The factor on the peak that must hold; None where the largest is sought."""
    clock: Callable[[], float] = lambda: time.monotonic()

    @property
    def first(self) -> float:
        """The factor at which the shortest stage has `LEAST_JOURNEYS`."""
        return min(self.most, LEAST_JOURNEYS / (self.journeys_per_s * self.shortest_s))

    def length_s(self, step: Next, peak_requests_per_s: float) -> float:
        """How long a stage lasts, s; `peak_requests_per_s` is that of the trace at factor 1."""
        if step.thorough:
            return max(2 * self.shortest_s, self.requests / (peak_requests_per_s * step.factor))
        return max(self.shortest_s, LEAST_JOURNEYS / (self.journeys_per_s * step.factor))

    @property
    def left_s(self) -> float:
        """Until the last stage must have ended."""
        return self.began_s + 60 * self.minutes - CONCLUDES_S - self.clock()

    def following(self, stages: Sequence[Stage]) -> Next | None:
        """The next stage, given the results so far; None where the search is over."""
        if self.asked is None:
            return following(stages, self.first, self.most)
        return toward(stages, self.first, self.asked)

    def spare_s(self, step: Next, length_s: float, stages: Sequence[Stage]) -> float:
        """Seconds left after a stage, estimated from the time that earlier ones took beside their length; below 0 it would end too late."""
        smaller = [stage for stage in stages if stage.factor <= step.factor]
        if not smaller:
            around = min(map(_around_s, stages), default=AROUND_S)
        elif (around := max(map(_around_s, smaller))) > AROUND_S:
            times = step.factor * length_s / max(stage.factor * stage.length_s for stage in smaller)
            around += (around - AROUND_S) * max(times - 1, 0.0)
        return self.left_s - length_s - around

    def overrun(self, step: Next, length_s: float, stages: Sequence[Stage]) -> str:
        """Why there is no time for a stage; empty where there is."""
        if self.spare_s(step, length_s, stages) >= 0:
            return ""
        return f"a stage of {seconds(length_s)} at {step.factor:.3g} × the peak would end after its {seconds(60 * self.minutes)}"


def _around_s(stage: Stage) -> float:
    return stage.took_s - stage.length_s


def most_under(cap_per_s: float, journeys_per_s: float) -> float:
    """The highest factor at which a second is unlikely to have more journeys than the rate cap: λ + 5√λ = cap of Poisson arrivals."""
    return ((math.sqrt(25 + 4 * cap_per_s) - 5) / 2) ** 2 / journeys_per_s


def requests_for(targets: Collection[Target]) -> int:
    """The requests of a thorough stage: with `FAILURES_ALLOWED` failed ones, enough to pass each target that allows a share."""
    return max(requests_needed(target.bad_share, FAILURES_ALLOWED) for target in targets if target.quantity != "mean")


def search(capacity: Capacity, pace: Pace, play: Callable[[Next, float, int], Stage]) -> Iterator[Capacity]:
    """Continue a search from `capacity` to its end, or until its time is up; yields its result after each stage.

    `play(step, length_s, number)` plays a stage.
    """
    while step := pace.following(capacity.stages):
        length_s = pace.length_s(step, capacity.peak_requests_per_s)
        if overrun := pace.overrun(step, length_s, capacity.stages):
            yield capacity.model_copy(update={"unfinished": overrun})
            return
        stages = [*capacity.stages, play(step, length_s, len(capacity.stages) + 1)]
        capacity = capacity.model_copy(update={"stages": stages, "peak_requests_per_s": peak_requests_per_s(stages)})
        yield capacity


def hold_stage(
    plan: Plan,
    step: Next,
    length_s: float,
    number: int,
    workers: int,
    tell: Callable[[str], None],
    recovers_s: float = RECOVERS_S,
) -> Stage:
    """Play the plan's stretch `step.factor` times as fast, for `length_s` seconds after a warm-up, and judge it.

    `plan.out` is the search's folder; for `recovers_s` an API that answered before may fail to. A stage that an interrupted search left
    unfinished is repeated. Raises `KeyboardInterrupt` where the user stopped it.
    """
    began = time.monotonic()
    name = f"stage-{number:02d}-{step.factor:.3g}x"
    folder = Path(plan.out) / name
    until = began + recovers_s if number > 1 else began
    whole_s = length_s + plan.warmup_s
    stage = replace(plan, out=str(folder), time_scale=step.factor, duration_s=whole_s, loop=True)
    run = _replayed(stage, workers, tell, until)
    if BY_HAND in run.stopped:
        raise KeyboardInterrupt
    samples = read_samples(folder / "samples.parquet")
    verdict = judge(samples, run, parse(plan.named_targets))
    verdict.write(folder / "verdict.json")
    end_s = max(run.duration_s, run.warmup_s + 1.0)
    summary = summarise_stage(samples, run.warmup_s, end_s)
    shown = {f.quantity: f.estimate for f in verdict.findings if f.scope == "all requests"}
    requests = max(f.requests for f in verdict.findings if f.scope == "all requests")
    return Stage(
        factor=step.factor,
        run=name,
        length_s=length_s,
        took_s=time.monotonic() - began,
        journeys_per_s=_begun(samples, run.warmup_s, end_s) / (end_s - run.warmup_s),
        requests=requests,
        requests_per_s=requests / (end_s - run.warmup_s),
        answered_per_s=float(summary.answered_per_s.mean()),
        concurrency=float(summary.concurrency.mean()),
        mean_s=shown.get("mean"),
        p95_s=shown.get("p95"),
        decision=verdict.decision,
        sentence=verdict.sentence,
        stable=summary.stable and not run.stopped and verdict.decision != "invalid",
        unmet=[f"{f.quantity} of {f.scope}" for f in verdict.findings if f.binding and not f.met],
        thorough=step.thorough,
    )


def _begun(samples: pa.Table, from_s: float, to_s: float) -> int:
    """Journeys whose first request was intended between two instants of the run."""
    first_s = samples.group_by("row").aggregate([("t_intended", "min")])["t_intended_min"].to_numpy()
    return int(np.count_nonzero((first_s >= from_s) & (first_s < to_s)))


def _replayed(plan: Plan, workers: int, tell: Callable[[str], None], until: float) -> LoadRun:
    """Replay into a fresh folder; where the API does not answer it is repeated, with the last attempt begun before `until` (`time.monotonic`, s)."""
    while True:
        clear(Path(plan.out))
        try:
            return replay(plan, workers, tell)
        except Refusal as refusal:
            if refusal.where != plan.host or time.monotonic() >= until:
                raise
            tell(f"{refusal}; asked again")
