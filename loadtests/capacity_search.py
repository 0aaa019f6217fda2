"""The search for the largest load that still meets its targets: which stage comes next, how long it is, and one stage played."""

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
"""While nothing speaks against a load the next is so many times larger; while everything does, so many times smaller."""
CLOSE = 1.25
"""The bracket is narrow enough when what broke is at most so many times what was carried."""
LEAST_JOURNEYS = 10
"""A stage with fewer shows nothing; with these the search begins."""
AROUND_S = 20.0
"""What a stage takes beside its length, until a smaller load has shown it: warm-up, starting, journeys that end, orders to cancel. What it
takes beyond this grows with the journeys."""
CONCLUDES_S = 5.0
"""Kept for what stands around the stages: the start of the program, the law of scaling, the page."""
RECOVERS_S = 120.0
"""How long an API that has answered before may not do so: it works off what the last stage left."""
BEARS = 1
"""Failures that a thorough stage can bear and still pass."""


@dataclass(frozen=True)
class Next:
    """The stage that comes next."""

    factor: float
    thorough: bool
    """To be judged, and not only to feel the way up."""


def busiest_from(t: np.ndarray, length_s: float) -> float:
    """Where the stretch of a trace with the most journeys begins."""
    last = np.searchsorted(t, t + length_s)
    fits = np.flatnonzero(t + length_s <= t[-1]) if t[-1] - t[0] > length_s else np.zeros(1, dtype=int)
    return float(t[fits[np.argmax((last - np.arange(len(t)))[fits])]])


def following(stages: Sequence[Stage], first: float, most: float) -> Next | None:
    """What to play after these stages; None when the bracket is narrow and its lower side was carried, or `most` was.

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
    """What to play to find out whether `asked` times the peak is carried; None once that is decided, or cannot be.

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
    """The last stage once more: the first time that it was invalid, and thoroughly where a short one looked bad without failing."""
    last = stages[-1]
    if last.decision == "invalid" and [stage.factor for stage in stages].count(last.factor) == 1:
        return Next(last.factor, last.thorough)
    if last.decision in ("inconclusive", "pass") and not last.thorough and not last.held:
        return Next(last.factor, thorough=True)
    return None


@dataclass(frozen=True)
class Pace:
    """How long stages are, which loads they hold, and when all must have ended."""

    journeys_per_s: float
    """At the scenario's peak."""
    requests: int
    """Of a thorough stage."""
    shortest_s: float
    minutes: float
    """Of the whole search."""
    began_s: float
    """By the clock."""
    most: float
    """Highest factor on the peak."""
    asked: float | None = None
    """The factor on the peak that is to be carried; None where the most is sought."""
    clock: Callable[[], float] = lambda: time.monotonic()

    @property
    def first(self) -> float:
        """The factor at which the shortest stage holds just enough journeys to show something."""
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
        """The next stage to play, by what the stages so far came to; None where the search is over."""
        if self.asked is None:
            return following(stages, self.first, self.most)
        return toward(stages, self.first, self.asked)

    def spare_s(self, step: Next, length_s: float, stages: Sequence[Stage]) -> float:
        """Of what is left once a stage has ended, by what those before it took beside their length; below 0 it would end too late."""
        smaller = [stage for stage in stages if stage.factor <= step.factor]
        if not smaller:
            around = min(map(_around_s, stages), default=AROUND_S)
        elif (around := max(map(_around_s, smaller))) > AROUND_S:
            times = step.factor * length_s / max(stage.factor * stage.length_s for stage in smaller)
            around += (around - AROUND_S) * max(times - 1, 0.0)
        return self.left_s - length_s - around

    def overrun(self, step: Next, length_s: float, stages: Sequence[Stage]) -> str:
        """What the search says where a stage would end later than it may; empty where there is time for it."""
        if self.spare_s(step, length_s, stages) >= 0:
            return ""
        return f"a stage of {seconds(length_s)} at {step.factor:.3g} × the peak would end after its {seconds(60 * self.minutes)}"


def _around_s(stage: Stage) -> float:
    return stage.took_s - stage.length_s


def most_under(cap_per_s: float, journeys_per_s: float) -> float:
    """The highest factor at which no second is likely to hold more journeys than the rate cap: Poisson, with five standard deviations to spare."""
    return ((math.sqrt(25 + 4 * cap_per_s) - 5) / 2) ** 2 / journeys_per_s


def requests_for(targets: Collection[Target]) -> int:
    """The requests of a thorough stage: with `BEARS` bad ones, enough to pass each target that allows a share."""
    return max(requests_needed(target.bad_share, BEARS) for target in targets if target.quantity != "mean")


def search(found: Capacity, pace: Pace, play: Callable[[Next, float, int], Stage]) -> Iterator[Capacity]:
    """Go on with a search to its end, or until its time is up: what is found after each stage.

    `play(step, length_s, number)` holds a stage.
    """
    while step := pace.following(found.stages):
        length_s = pace.length_s(step, found.peak_requests_per_s)
        if overrun := pace.overrun(step, length_s, found.stages):
            yield found.model_copy(update={"unfinished": overrun})
            return
        stages = [*found.stages, play(step, length_s, len(found.stages) + 1)]
        found = found.model_copy(update={"stages": stages, "peak_requests_per_s": peak_requests_per_s(stages)})
        yield found


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

    `plan.out` is the search's folder; for `recovers_s` an API that has answered before may not do so. A stage that an interrupted search left
    half done is done again. Raises `KeyboardInterrupt` where somebody stopped it.
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
    held = summarise_stage(samples, run.warmup_s, end_s)
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
        answered_per_s=float(held.answered_per_s.mean()),
        concurrency=float(held.concurrency.mean()),
        mean_s=shown.get("mean"),
        p95_s=shown.get("p95"),
        decision=verdict.decision,
        sentence=verdict.sentence,
        stable=held.stable and not run.stopped and verdict.decision != "invalid",
        unmet=[f"{f.quantity} of {f.scope}" for f in verdict.findings if f.binding and not f.met],
        thorough=step.thorough,
    )


def _begun(samples: pa.Table, from_s: float, to_s: float) -> int:
    """Journeys whose first request was intended between two instants of the run."""
    first_s = samples.group_by("row").aggregate([("t_intended", "min")])["t_intended_min"].to_numpy()
    return int(np.count_nonzero((first_s >= from_s) & (first_s < to_s)))


def _replayed(plan: Plan, workers: int, tell: Callable[[str], None], until: float) -> LoadRun:
    """Replay into a fresh folder; an API that does not answer is asked again, as long as that began before `until`."""
    while True:
        clear(Path(plan.out))
        try:
            return replay(plan, workers, tell)
        except Refusal as refusal:
            if refusal.where != plan.host or time.monotonic() >= until:
                raise
            tell(f"{refusal}; asked again")
