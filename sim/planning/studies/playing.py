"""Plays a study: its points with the same seeds, round by round until its targets are reached, kept replication by replication."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.evidence.kpi_days import DAY_COUNTERS
from sim.planning.studies.plans import Planned, folder_of
from sim.planning.studies.recording import CONFIDENCE, PointResult, recorded, warmup_of
from sim.planning.studies.selecting import selected
from sim.planning.studies.study_file import MOST_REPLICATIONS
from sim.records.atomic_files import write_batches, write_table
from sim.records.decisions.study import Study
from sim.records.kpis import KPIS
from sim.study.day_sums import DaySums, day_sums, day_table
from sim.study.designs.factors import Level
from sim.study.kept_kpis import Kept
from sim.study.looks import Reached, level_of_a_look, looks, reached
from sim.study.workers import Workers

TABLE, DAYS, RECORD, KEPT = "kpis.parquet", "days.parquet", "study.json", "kept.jsonl"
"""Files of a study's folder: every KPI of every replication, the sums of each day on which intervals rest, the record, and what an interrupted
study goes on from."""


def play(
    planned: Planned,
    out: Path | str = "runs",
    *,
    jobs: int | Workers = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Play what was planned and write the study's folder; replications kept there by the same code are not played again.

    Args:
        planned: the points.
        out: folder in which the study's folder is made.
        jobs: processes, or other workers. The tables and the record have the same bytes for any.
        progress: called with (replications done, in all of this round).
    """
    folder, file = folder_of(planned.file, out), planned.file
    kept = Kept(folder / KEPT)
    rounds = _Rounds(planned, kept, jobs, progress)
    come: list[Reached] = []
    selection, level = None, CONFIDENCE
    if file.select:
        results, selection = selected(file, len(planned.points), rounds.played)
    else:
        results, come, level = rounds.until_narrow()
    most = max(each.replications for each in results)
    settles = file.warmup or planned.first.horizon == "steady_state"
    warmup = warmup_of(planned, kept, most, jobs) if settles else []
    write_table(folder / TABLE, _table(planned, results))
    write_batches(folder / DAYS, _DAY_SCHEMA, _day_batches(results))
    made = recorded(planned, results, come, level, selection, warmup)
    made.write(folder / RECORD)
    return made


@dataclass(frozen=True)
class _Rounds:
    """Rounds of replications of a study's points, each of which decides on the next."""

    planned: Planned
    kept: Kept
    jobs: int | Workers
    progress: Callable[[int, int], None] | None

    def until_narrow(self) -> tuple[list[PointResult], list[Reached], float]:
        """Every point alike, until its targets are reached: the results, how far they were reached, and the confidence of each look."""
        file, n = self.planned.file, len(self.planned.points)
        sizes = looks(file.replications, file.most) if file.targets else (file.replications,)
        level = level_of_a_look(CONFIDENCE, len(sizes))
        for size in sizes:
            results = self.played([size] * n)
            come = (
                reached(file.targets, [each.days(file.half_width) for each in results], level) if file.targets else []
            )
            if all(each.reached for each in come):
                break
        return results, come, level

    def played(self, sizes: Sequence[int]) -> list[PointResult]:
        """Each point in so many replications: under common random numbers replication r of each, else of each in a range of its own."""
        points = self.planned.points
        apart = MOST_REPLICATIONS if self.planned.file.independent else 0
        plays = [
            (scenario, at * apart + r)
            for at, ((scenario, _), size) in enumerate(zip(points, sizes, strict=True))
            for r in range(size)
        ]
        advance = partial(_advance, self.progress, len(plays)) if self.progress else None
        found = iter(self.kept.play_each(plays, self.jobs, advance, DaySums()))
        results = []
        for (scenario, _), size in zip(points, sizes, strict=True):
            of = list(islice(found, size))
            daily = day_table(day_sums(of), scenario.warmup_days)
            results.append(PointResult(_kpis(of), daily, scenario.trading.wait_target_s))
        return results


def _advance(progress: Callable[[int, int], None], of: int, done: int) -> None:
    progress(done, of)


_DAY_SCHEMA = pa.schema(
    [
        *((name, pa.int32()) for name in ("point", "replication", "day")),
        *((name, pa.float64()) for name in DAY_COUNTERS),
    ]
)


def _kpis(found: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """As a table of `KPI_SCHEMA`."""
    n = len(found)
    return pd.DataFrame(
        {
            "replication": np.repeat(np.arange(n, dtype=np.int32), len(KPIS)),
            "kpi": [kpi.name for kpi in KPIS] * n,
            "value": [each[kpi.name] for each in found for kpi in KPIS],
            "unit": [kpi.unit for kpi in KPIS] * n,
            "better": [kpi.better for kpi in KPIS] * n,
        }
    )


def _day_batches(results: Sequence[PointResult]) -> Iterator[pa.RecordBatch]:
    for at, result in enumerate(results):
        yield pa.RecordBatch.from_pandas(result.daily.assign(point=np.int32(at)), _DAY_SCHEMA, preserve_index=False)


def _table(planned: Planned, results: Sequence[PointResult]) -> pa.Table:
    """A row a point, replication and KPI, a column a factor."""
    n, rows = len(results), [len(result.kpis) for result in results]
    together = pd.concat([result.kpis for result in results], ignore_index=True)
    columns: dict[str, Any] = {
        "point": pa.array(np.repeat(np.arange(n, dtype=np.int32), rows)),
        "scenario": pa.array(np.repeat([scenario.name for scenario, _ in planned.points], rows)),
    }
    for factor in planned.factors:
        columns[factor.path] = pa.array(
            _column([point[factor.path] for (_, point), n in zip(planned.points, rows, strict=True) for _ in range(n)])
        )
    for name in ("replication", "kpi", "value", "unit", "better"):
        columns[name] = pa.array(together[name].to_numpy(), from_pandas=False)
    return pa.table(columns)


def _column(levels: Sequence[Level]) -> list[Any]:
    """Levels of one kind as they are, others as JSON."""
    kinds = {type(level) for level in levels}
    if len(kinds) == 1 and kinds <= {bool, int, float, str}:
        return list(levels)
    if kinds == {int, float}:
        return [float(level) for level in levels]
    return [level if isinstance(level, str) else json.dumps(level, ensure_ascii=False, default=str) for level in levels]
