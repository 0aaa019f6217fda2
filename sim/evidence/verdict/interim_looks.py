"""Interim looks at a running test: it ends once it is decided, and repeated looks do not raise the chance of a wrong decision.

Looks are declared before the run. Each has an equal part of the 5 % chance of a wrong decision, so all together have at most 5 % (Bonferroni).
An early look has few incidents to estimate the design effect from, so each assumes incidents of a declared length, seen or not: otherwise five
looks pass a system at its limit in a third of all runs when its failures come in bursts.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import pyarrow as pa

from sim.evidence.journeys import attempted, journeys
from sim.evidence.requests import judged
from sim.evidence.statistics.intervals import BATCHES, CONFIDENCE, requests_needed
from sim.evidence.statistics.rules import Rules
from sim.evidence.verdict.decision import assess, decide
from sim.evidence.verdict.targets import Target
from sim.evidence.verdict.validity import NO_PROOF_SHARE, doubts
from sim.evidence.wording import seconds
from sim.records.load_run import LoadRun, Looks
from sim.records.verdict import Decision

LOOKS = 5


def declare(duration_s: float, warmup_s: float, incident_s: float) -> Looks:
    """At most `LOOKS` looks, each at twice the judged time of the one before, the last at the end.

    The first has at least `BATCHES` × `incident_s` of judged time, so that batches of a mean are no shorter than an incident.
    """
    window_s = duration_s - warmup_s
    judged_s = [window_s / 2**back for back in reversed(range(LOOKS))]
    return Looks(
        at_s=[warmup_s + s for s in judged_s if s >= BATCHES * incident_s or s == window_s], incident_s=incident_s
    )


def rules(looks: Looks) -> Rules:
    """Rules of each look: its Bonferroni confidence, and the assumed incident."""
    return Rules(confidence=1 - (1 - CONFIDENCE) / len(looks.at_s), incident_s=looks.incident_s)


def clean_s(looks: Looks, targets: tuple[Target, ...]) -> float:
    """Least judged time of a pass without any failure, s: `incident_s` × the number of independent requests needed."""
    allowed = [target.bad_share for target in targets if target.quantity != "mean"]
    return looks.incident_s * max(requests_needed(share, 0, rules(looks).confidence) for share in allowed)


def outlook(looks: Looks, targets: tuple[Target, ...], warmup_s: float) -> str:
    """The instants of a run's looks, and its least time to a pass, in a sentence."""
    last_s, pass_s = looks.at_s[-1], warmup_s + clean_s(looks, targets)
    never = "" if pass_s <= last_s else ", longer than the run: it can fail or stay inconclusive"
    instants = ", ".join(f"{at_s:.0f}" for at_s in looks.at_s)
    incidents = f"reckoning with incidents of {seconds(looks.incident_s)}"
    return f"looks at {instants} s; a pass takes at least {seconds(pass_s)} without a failure, {incidents}{never}"


def taken(run: LoadRun) -> Iterator[float]:
    """The instants of a run's declared looks, up to its end; infinity alone where it declared none."""
    for at_s in run.looks.at_s if run.looks else [inf]:
        yield at_s
        if at_s >= run.duration_s:
            return


def look(samples: pa.Table, run: LoadRun, targets: tuple[Target, ...], at_s: float) -> Decision:
    """Decision at a look; invalid, which ends no run, where a run that ended there would be."""
    requests = judged(samples, run.warmup_s).before(at_s)
    if doubts(samples, run, len(requests), NO_PROOF_SHARE, at_s):
        return "invalid"
    assert run.looks is not None, "only a run that declared looks is looked at"
    attempts = attempted(journeys(samples.sort_by("t_intended")), run.warmup_s).before(at_s)
    return decide(
        assess(requests, attempts, targets, run.timeout_s, rules(run.looks)), run.accounts.lost, run.timeout_s
    )
