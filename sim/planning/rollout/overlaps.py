"""The chance of a plan's first goal where its phases overlap: the same plan, the same draws, and a phase that begins earlier."""

from __future__ import annotations

import numpy as np

from sim.evidence.statistics.intervals import share_high, share_low
from sim.planning.rollout.samples import Sampled, Samples
from sim.records.rollout.outcome import Overlap

SHARES = (0.25, 0.5, 0.75)


def overlaps(sampled: Sampled, played: Samples, rows: int) -> list[Overlap]:
    """Each phase on which the first goal may depend begins with a share of the median length of the phase before still to come; then all of them.

    Empty without a goal, where it depends on one phase alone, or where gates let a phase on which it depends never end.
    """
    rollout = sampled.rollout
    if not rollout.goals or rollout.goals[0].cost_at_most is not None:
        return []
    names = [phase.name for phase in rollout.phases]
    wanted = {*rollout.goals[0].phases_done, *(w.phase for w in sampled.plan.waves if w.stores_of is None)}
    until = max(names.index(str(name)) for name in wanted)
    medians = [_median_length(played, n, name) for n, name in enumerate(names[: until + 1])]
    lengths = [length for length in medians if length is not None]
    if len(lengths) < len(medians):
        return []
    found = []
    alone = [[n] for n in range(1, until + 1)]
    for moved in [*alone, *([list(range(1, until + 1))] if until > 1 else [])]:
        for share in SHARES:
            phases = list(rollout.phases)
            for n in moved:
                lag = round((1 - share) * lengths[n - 1])
                phases[n] = phases[n].model_copy(update={"begins_after_days": float(min(lag, 1_000))})
            met = sampled.varied({"phases": phases}, rows).samples().met(rollout.goals[0])
            held = int(met.sum())
            found.append(
                Overlap(
                    phases=[names[n] for n in moved],
                    share=share,
                    days=float(sum(share * lengths[n - 1] for n in moved)),
                    chance=held / rows,
                    low=share_low(held, rows, 0.975),
                    high=share_high(held, rows, 0.975),
                )
            )
    return found


def _median_length(played: Samples, n: int, phase: str) -> float | None:
    """Median length of a phase over the samples in which it ends; None where it never does."""
    ends = played.phase_ends(phase)
    ended = ends < np.inf
    return float(np.median(ends[ended] - played.schedule.start[ended, n])) if ended.any() else None
