"""Which activities set the end of a plan: the criticality index, and how the end depends on each input.

The criticality index of an activity is the share of samples in which it is on the chain that sets the end (Van Slyke 1963, Operations Research
11, 839-860). The chain is followed back from the last activity: to the last of what each waited for, or, where it waited for people, to the
activity that freed them. Swings are those of a tornado diagram (Eschenbach 1992, Interfaces 22(6), 40-46), correlations are Spearman's.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.planning.rollout.calendars import on_grid
from sim.planning.rollout.samples import Sampled, Samples
from sim.records.rollout.outcome import Swing

TENTH = 10


def on_the_chain(samples: Samples) -> np.ndarray:
    """Whether each activity is on the chain that sets the end, bool[n, m]."""
    network, played = samples.network, samples.schedule
    n, m = played.start.shape
    found = np.zeros((n, m), dtype=bool)
    needs = [set(each.needs) for each in network.activities]
    rivals = [
        np.array([b for b in range(m) if b != a and needs[a] & needs[b]], dtype=np.int64)
        for a in range(m)
    ]  # fmt: skip
    at = np.where(played.done < np.inf, played.done, -1.0).argmax(axis=1)
    rows = np.arange(n)
    while len(rows):
        found[rows, at] = True
        following = np.full(len(rows), -1, dtype=np.int64)
        for a in np.unique(at).tolist():
            mine = np.flatnonzero(at == a)
            following[mine] = _cause(samples, a, rows[mine], rivals[a])
        held = following >= 0
        rows, at = rows[held], following[held]
    return found


def _cause(samples: Samples, a: int, rows: np.ndarray, rivals: np.ndarray) -> np.ndarray:
    """Activity that set the start of `a` in some samples, −1 for none, int64[rows]."""
    network, played, activity = samples.network, samples.schedule, samples.network.activities[a]
    ready, source = np.full(len(rows), activity.not_before), np.full(len(rows), -1, dtype=np.int64)
    for link in activity.after:
        held = played.done[rows, link.source]
        if link.from_start:
            held = played.start[rows, link.source] + on_grid(np.array(link.lag_days))
            held = held if link.gate < 0 else held + samples.draws.gates[rows, link.gate]
        source = np.where(held > ready, link.source, source)
        ready = np.maximum(ready, held)
    if not len(rivals):
        return source
    begins = network.calendars.begin(np.array(activity.calendar), ready)
    freed = played.finish[np.ix_(rows, rivals)]
    freed = np.where(freed <= played.start[rows, a][:, None], freed, -1.0)
    last = freed.argmax(axis=1)
    short = (played.start[rows, a] > begins) & (freed[np.arange(len(rows)), last] > ready)
    return np.where(short, rivals[last], source)


def swings(sampled: Sampled, samples: Samples, most: int) -> list[Swing]:
    """How the end depends on tasks (their lengths over all waves and stores), drivers, consents and risks: the `most` that move it most.

    Of the samples that end: none of them where gates hold a wave for good in all.
    """
    done = samples.ends < np.inf
    ends = samples.ends[done]
    if not len(ends):
        return []
    ranks, mean = _ranks(ends), ends.mean()
    inputs: list[tuple[str, str, np.ndarray]] = [("driver", name, z) for name, z in sampled.sampler.drivers.items()]
    inputs += [("risk", name, happens) for name, happens in sampled.sampler.happens().items()]
    by_task: dict[str, np.ndarray] = {}
    for a, each in enumerate(samples.network.activities):
        if each.kind in ("task", "consent"):
            length = samples.draws.days[:, a] + samples.draws.pause[:, a]
            by_task[f"{each.kind}/{each.task}"] = by_task.get(f"{each.kind}/{each.task}", 0.0) + length
    inputs += [(*key.split("/", 1), length) for key, length in by_task.items()]  # type: ignore[misc]
    found = []
    for kind, name, values in inputs:
        values = values[: len(done)][done].astype(float)
        if values.min() == values.max() or ends.min() == ends.max():
            continue
        correlation = float(np.corrcoef(_ranks(values), ranks)[0, 1])
        if kind == "risk":
            low, high = ends[values == 0].mean() - mean, ends[values == 1].mean() - mean
        else:
            order, part = values.argsort(kind="stable"), max(1, len(ends) // TENTH)
            low, high = ends[order[:part]].mean() - mean, ends[order[-part:]].mean() - mean
        found.append(
            Swing(name=name, kind=kind, correlation=min(1.0, max(-1.0, correlation)), low=float(low), high=float(high))
        )
    return sorted(found, key=lambda each: -abs(each.high - each.low))[:most]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks; equal values share the mean of theirs."""
    return pd.Series(values).rank().to_numpy()
