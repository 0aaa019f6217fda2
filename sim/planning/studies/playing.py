"""Plays a study: its points with the same seeds, round by round until its targets are reached, kept replication by replication."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.evidence.run_comparison import judged
from sim.planning.studies.study_file import SHOWN, StudyFile
from sim.records.atomic_files import write_table
from sim.records.decisions import study as record
from sim.records.kpis import KPIS, Kpi
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.study.code_identity import digest, versions
from sim.study.compare import compare
from sim.study.designs.effects import indices, main_effects
from sim.study.designs.factors import Factor, Level, Point
from sim.study.designs.points import DESIGNS
from sim.study.kept_kpis import Kept
from sim.study.looks import Reached, level_of_a_look, looks, reached
from sim.study.precision import Interval, interval
from sim.study.warmup import WEEK, Series, mser, welch
from sim.study.workers import Workers

CONFIDENCE = 0.95
PAIRED = ("seed", "start", "days", "warmup_days")
"""Fields in which the points of a study agree: their differences are paired by replication."""
DRAWN = ("customers_per_day", "orders_per_day")
"""KPIs of demand, which does not depend on how the chain plays."""
TABLE, RECORD, KEPT = "kpis.parquet", "study.json", "kept.jsonl"
"""Files of a study's folder: every KPI of every replication, the record, and what an interrupted study goes on from."""


@dataclass(frozen=True)
class Planned:
    """A study with the scenario of each of its points, those of one scenario after those of another."""

    file: StudyFile
    factors: tuple[Factor, ...]
    points: tuple[tuple[Scenario, Point], ...]

    @property
    def first(self) -> Scenario:
        """The scenario of the first point."""
        return self.points[0][0]


def plan(file: StudyFile, overrides: Sequence[str] = (), *, allow_code: bool = False) -> Planned:
    """Load the scenario of every point. Raises `Refusal` for one that is not sound, and for points whose differences cannot be paired."""
    common = [f"{path}={json.dumps(value, ensure_ascii=False, default=str)}" for path, value in file.overrides.items()]
    common += [*overrides, "trace=null", "replications=1"]
    points: list[tuple[Scenario, Point]] = []
    for name in file.scenarios:
        seed = load(name, common, allow_code=allow_code).seed
        for point in DESIGNS[file.design](file.varied, file.points or 0, seed):
            flags = [f"{path}={json.dumps(level, ensure_ascii=False, default=str)}" for path, level in point.items()]
            scenario = load(name, [*common, *flags], allow_code=allow_code)
            points.append((scenario, point))
            for field in PAIRED:
                first, other = getattr(points[0][0], field), getattr(scenario, field)
                if first != other:
                    raise Refusal(name, field, f"{first}, as at the first point: differences are paired", str(other))
    names = [scenario.name for scenario, _ in points[:: len(points) // len(file.scenarios)]]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refusal(file.scenarios[0], "name", "scenarios with names of their own", twice)
    return Planned(file, file.varied, tuple(points))


def folder_of(file: StudyFile, out: Path | str) -> Path:
    """The folder of a study."""
    return Path(out) / f"{file.name}-study"


def play(
    planned: Planned,
    out: Path | str = "runs",
    *,
    jobs: int | Workers = 1,
    progress: Callable[[int, int], None] | None = None,
) -> record.Study:
    """Play what was planned and write the study's folder; replications kept there by the same code are not played again.

    Args:
        planned: the points.
        out: folder in which the study's folder is made.
        jobs: processes, or other workers. The table and the record have the same bytes for any.
        progress: called with (replications done, in all of this round).
    """
    folder, file = folder_of(planned.file, out), planned.file
    kept = Kept(folder / KEPT)
    sizes = looks(file.replications, file.most) if file.targets else (file.replications,)
    level = level_of_a_look(CONFIDENCE, len(sizes))
    for size in sizes:
        plays = [(scenario, r) for scenario, _ in planned.points for r in range(size)]
        advance = (lambda n, of=size: progress(n, of * len(planned.points))) if progress else None
        found = kept.play_each(plays, jobs, advance)
        values = {kpi.name: np.array([each[kpi.name] for each in found]).reshape(-1, size) for kpi in KPIS}
        come = reached(file.targets, values, level)
        if all(each.reached for each in come):
            break
    warmup = _warmup(planned, kept, size, jobs) if file.warmup else []
    write_table(folder / TABLE, _table(planned, values))
    made = _record(planned, values, come, level).model_copy(update={"warmup": warmup})
    made.write(folder / RECORD)
    return made


def _table(planned: Planned, values: dict[str, np.ndarray]) -> pa.Table:
    """A row a point, replication and KPI, a column a factor."""
    size = next(iter(values.values())).shape[1]
    n, each = len(planned.points), size * len(KPIS)
    columns: dict[str, Any] = {
        "point": pa.array(np.repeat(np.arange(n, dtype=np.int32), each)),
        "scenario": pa.array(np.repeat([scenario.name for scenario, _ in planned.points], each)),
    }
    for factor in planned.factors:
        columns[factor.path] = pa.array(
            _column([point[factor.path] for _, point in planned.points for _ in range(each)])
        )
    columns["replication"] = pa.array(np.tile(np.repeat(np.arange(size, dtype=np.int32), len(KPIS)), n))
    columns["kpi"] = pa.array([kpi.name for kpi in KPIS] * (n * size))
    columns["value"] = pa.array(np.stack([values[kpi.name] for kpi in KPIS], axis=-1).ravel())
    for name in ("unit", "better"):
        columns[name] = pa.array([getattr(kpi, name) for kpi in KPIS] * (n * size))
    return pa.table(columns)


def _column(levels: Sequence[Level]) -> list[Any]:
    """Levels of one kind as they are, others as JSON."""
    kinds = {type(level) for level in levels}
    if len(kinds) == 1 and kinds <= {bool, int, float, str}:
        return list(levels)
    if kinds == {int, float}:
        return [float(level) for level in levels]
    return [level if isinstance(level, str) else json.dumps(level, ensure_ascii=False, default=str) for level in levels]


def _record(
    planned: Planned, values: dict[str, np.ndarray], come: Sequence[Reached], level_of_look: float
) -> record.Study:
    file, n = planned.file, len(planned.points)
    together = 1 - (1 - CONFIDENCE) / max(n - 1, 1)
    asked = [*(file.kpis or SHOWN), *file.half_width]
    observed = {kpi for kpi in asked if not np.isnan(values[kpi]).all()}
    shown = [kpi for kpi in KPIS if kpi.name in observed]
    frames = [_frame(values, at, shown) for at in range(n)]
    points = [
        record.PointLine(
            scenario=scenario.name,
            scenario_hash=scenario.hash,
            levels=point,
            means={kpi.name: _mean(interval(values[kpi.name][at], CONFIDENCE)) for kpi in shown},
            changes={
                line.kpi: _mean(line.difference, line.finding)
                for line in (compare(frames[0], frames[at], together) if at else ())
                if line.kpi in observed
            },
        )
        for at, (scenario, point) in enumerate(planned.points)
    ]
    effects, found = [], []
    per = n // len(file.scenarios)
    for first in range(0, n, per) if planned.factors else ():
        name, here = planned.points[first][0].name, [point for _, point in planned.points[first : first + per]]
        same = all((np.diff(values[kpi][first : first + per], axis=0) == 0).all() for kpi in DRAWN)
        for kpi in shown:
            x = values[kpi.name][first : first + per]
            if file.design == "sobol":
                found += [_index(name, kpi.name, each) for each in indices(planned.factors, x)]
                continue
            for each in main_effects(planned.factors, here, x, CONFIDENCE):
                change = _mean(each.change, _finding(kpi.unit, kpi.better, each.change, same))
                effects.append(
                    record.EffectLine(scenario=name, kpi=kpi.name, factor=each.factor, level=each.level, change=change)
                )
    return record.Study(
        name=file.name,
        question=file.question or planned.first.question,
        design=file.design,
        seed=planned.first.seed,
        currency=planned.first.currency,
        replications=next(iter(values.values())).shape[1],
        confidence=CONFIDENCE,
        confidence_together=together,
        confidence_of_a_look=level_of_look,
        factors=[
            record.FactorLine(path=each.path, levels=list(each.levels), low=each.low, high=each.high)
            for each in planned.factors
        ],
        kpis=[record.KpiLine(name=kpi.name, unit=kpi.unit, better=kpi.better) for kpi in shown],
        points=points,
        effects=effects,
        indices=found,
        targets=[
            record.TargetLine(
                kpi=each.target.kpi,
                half_width=each.target.half_width,
                relative=each.target.relative,
                reached=each.reached,
                widest=_known(each.widest),
                replications_advised=each.advised,
            )
            for each in come
        ],
        warmup_days=planned.first.warmup_days,
        warmup=[],
        played_by=versions() | {"code": digest()},
    )


def _warmup(planned: Planned, kept: Kept, replications: int, jobs: int | Workers) -> list[record.WarmupLine]:
    """The first point day by day, for the KPIs with a better side that the study shows."""
    file, scenario = planned.file, planned.first
    asked = file.kpis or SHOWN
    series = Series(tuple(kpi.name for kpi in KPIS if kpi.name in asked and kpi.better != "neither"))
    found = kept.play(scenario, range(replications), jobs, measured=series)
    lines = []
    for kpi in series.kpis:
        days = np.array([[each[f"{kpi} {day}"] for day in range(scenario.days)] for each in found])
        observed = ~np.isnan(days).all(axis=0)
        mean = np.full(scenario.days, np.nan)
        mean[observed] = np.nanmean(days[:, observed], axis=0)
        if observed.any():
            smooth = [_known(each) for each in welch(mean, WEEK // 2)]
            cut = mser(mean, WEEK) if observed.all() else None
            lines.append(
                record.WarmupLine(kpi=kpi, advised_days=cut, mean=[_known(each) for each in mean], smoothed=smooth)
            )
    return lines


def _frame(values: dict[str, np.ndarray], at: int, shown: Sequence[Kpi]) -> pd.DataFrame:
    """A point's KPIs as `compare` takes them, with those by which it sees whether both had the same customers."""
    rows = [kpi for kpi in KPIS if kpi in shown or kpi.name in DRAWN]
    size = len(values[rows[0].name][at])
    return pd.DataFrame(
        {
            "replication": np.tile(np.arange(size), len(rows)),
            "kpi": np.repeat([kpi.name for kpi in rows], size),
            "value": np.concatenate([values[kpi.name][at] for kpi in rows]),
            "unit": np.repeat([kpi.unit for kpi in rows], size),
            "better": np.repeat([kpi.better for kpi in rows], size),
        }
    )


def _finding(unit: str, better: str, change: Interval, same_traffic: bool) -> str:
    if not change.excludes_zero:
        return "equal" if change.mean == 0 and change.half_width == 0 else "not told apart"
    return judged(unit, better, change.mean, change.half_width, same_traffic) or "differs"


def _mean(of: Interval, finding: str = "") -> record.Mean:
    return record.Mean(mean=_known(of.mean), half_width=_known(of.half_width), finding=finding)


def _known(value: float) -> float | None:
    return None if isnan(value) or value in (np.inf, -np.inf) else value


def _index(scenario: str, kpi: str, of: Any) -> record.IndexLine:
    return record.IndexLine(
        scenario=scenario,
        kpi=kpi,
        factor=of.factor,
        first=_known(of.first),
        first_interval=(_known(of.first_interval[0]), _known(of.first_interval[1])),
        total=_known(of.total),
        total_interval=(_known(of.total_interval[0]), _known(of.total_interval[1])),
    )
