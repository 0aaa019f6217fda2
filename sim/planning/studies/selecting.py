"""Selects the best point of a study by a key figure: plays its points until the study's procedure has decided, or may go no further."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.evidence.statistics.selection import kn, knpp
from sim.evidence.statistics.subset import subset
from sim.evidence.statistics.two_stage import rinott_sizes
from sim.planning.studies.recording import CONFIDENCE, PointResult
from sim.planning.studies.study_file import StudyFile
from sim.records.decisions.study import SelectionLine
from sim.records.kpis import KPIS
from sim.records.load_run import LARGEST

Play = Callable[[Sequence[int]], list[PointResult]]
"""Plays each point in so many replications."""


def selected(file: StudyFile, points: int, play: Play) -> tuple[list[PointResult], SelectionLine]:
    """What was played of so many points, and which are left as the best.

    A point of which the key figure was not observed in each replication cannot be compared: then all points are left.
    """
    ((name, indifference),) = file.select.items()
    sign = 1.0 if next(kpi.better for kpi in KPIS if kpi.name == name) == "higher" else -1.0

    def values(results: Sequence[PointResult]) -> NDArray[np.float64]:
        """float64[points, replications], of which the largest is the best; NaN for what was not played."""
        x = np.full((points, max(each.replications for each in results)), np.nan)
        for at, result in enumerate(results):
            x[at, : result.replications] = sign * result.kpis.loc[result.kpis["kpi"] == name, "value"].to_numpy()
        return x

    chosen = {"kn": _eliminating, "knpp": _eliminating, "rinott": _two_stage, "subset": _fixed}[file.procedure]
    results, left, stood, needed = chosen(file, points, indifference, play, values)
    line = SelectionLine(
        kpi=name,
        indifference=indifference,
        confidence=CONFIDENCE,
        left=left,
        replications=stood,
        procedure=file.procedure,
        independent=file.independent,
        replications_needed=needed if needed is None or needed <= LARGEST else None,
    )
    return results, line


Values = Callable[[Sequence[PointResult]], NDArray[np.float64]]
Found = tuple[list[PointResult], list[int], int, int | None]
"""What was played, the points left, the replications at which it stood there, and those that decide."""


def _eliminating(file: StudyFile, points: int, indifference: float, play: Play, values: Values) -> Found:
    """Only points that are not eliminated are played on."""
    first, sizes = file.replications, [file.replications] * points
    procedure = {"kn": kn, "knpp": knpp}[file.procedure]
    while True:
        results = play(sizes)
        race = procedure(values(results), first, indifference, CONFIDENCE)
        if race.decided or max(sizes) >= file.most:
            return results, list(race.alive), race.replications, race.ends_by
        more = min(max(sizes) + max(first // 2, 1), file.most)
        sizes = [more if at in race.alive else size for at, size in enumerate(sizes)]


def _two_stage(file: StudyFile, points: int, indifference: float, play: Play, values: Values) -> Found:
    """The largest mean after the second stage; where that is longer than the study may be, a subset after what it may be."""
    results = play([file.replications] * points)
    x = values(results)
    if np.isnan(x).any():
        return results, list(range(points)), file.replications, None
    sizes = rinott_sizes(x, indifference, CONFIDENCE)
    if max(sizes) > file.most:
        results, left, stood, _ = _subset(points, indifference, play([file.most] * points), values)
        return results, left, stood, max(sizes) if len(left) > 1 else None
    results = play(sizes)
    return results, [int(np.nanargmax(np.nanmean(values(results), axis=1)))], max(sizes), None


def _fixed(file: StudyFile, points: int, indifference: float, play: Play, values: Values) -> Found:
    """A subset after the replications of the study."""
    return _subset(points, indifference, play([file.replications] * points), values)


def _subset(points: int, indifference: float, results: list[PointResult], values: Values) -> Found:
    x = values(results)
    left = range(points) if np.isnan(x).any() else subset(x, indifference, CONFIDENCE)
    return results, list(left), x.shape[1], None
