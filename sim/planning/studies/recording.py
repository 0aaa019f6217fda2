"""The record of a study from what was played: means, changes against the first point, effects and indices, with their intervals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any

import numpy as np
import pandas as pd

from sim.evidence.kpi_days import KpiDays, with_days
from sim.evidence.run_comparison import differences, finding_of, same_customers
from sim.evidence.several_runs import level_of_each
from sim.evidence.statistics.replications import Interval
from sim.planning.studies.plans import Planned
from sim.planning.studies.study_file import SHOWN
from sim.records.decisions import study as record
from sim.records.kpis import KPIS
from sim.study.code_identity import digest, versions
from sim.study.designs.effects import Effect, indices, main_effects
from sim.study.designs.factors import Factor, Point
from sim.study.kept_kpis import Kept
from sim.study.looks import Reached
from sim.study.warmup import WEEK, Series, mser, welch
from sim.study.workers import Workers

CONFIDENCE = 0.95


@dataclass(frozen=True)
class PointResult:
    """What was played at one point."""

    kpis: pd.DataFrame
    """`KPI_SCHEMA`."""
    daily: pd.DataFrame
    """`replication`, `day` and `DAY_COUNTERS`."""
    wait_target_s: float

    @property
    def replications(self) -> int:
        """That were played."""
        return int(self.kpis["replication"].nunique())

    def days(self, names: Collection[str]) -> dict[str, KpiDays]:
        """KPIs of the names with their days."""
        return with_days(self.kpis[self.kpis["kpi"].isin(names)], self.daily, self.wait_target_s)


def recorded(
    planned: Planned,
    results: Sequence[PointResult],
    come: Sequence[Reached],
    level_of_look: float,
    selection: record.SelectionLine | None,
    warmup: list[record.WarmupLine],
) -> record.Study:
    """The record.

    Args:
        planned: the study.
        results: of its points, in their order.
        come: how far its targets were reached, at the confidence `level_of_look` of each look.
        selection: of the best point, where it was asked for.
        warmup: of the first point.
    """
    file, n = planned.file, len(planned.points)
    together = level_of_each(CONFIDENCE, max(n - 1, 1))
    asked = {*(file.kpis or SHOWN), *file.half_width, *file.select}
    by_point = [result.days(asked) for result in results]
    shown = [kpi for kpi in KPIS if any(len(of[kpi.name].cells) for of in by_point if kpi.name in of)]
    same = [same_customers(results[0].kpis, result.kpis) for result in results]
    points = [
        record.PointLine(
            scenario=scenario.name,
            scenario_hash=scenario.hash,
            levels=point,
            wait_target_s=scenario.trading.wait_target_s,
            replications=results[at].replications,
            means={kpi.name: _mean(of[kpi.name].interval(CONFIDENCE)) for kpi in shown},
            changes={
                line.kpi: _mean(line.difference, line.finding)
                for line in (differences(by_point[0], of, together, same[at]) if at else ())
                if line.kpi in {kpi.name for kpi in shown}
            },
        )
        for at, ((scenario, point), of) in enumerate(zip(planned.points, by_point, strict=True))
    ]
    common = min(result.replications for result in results)
    effects: list[record.EffectLine] = []
    found: list[record.IndexLine] = []
    per = n // len(file.scenarios)
    for first in range(0, n, per) if planned.factors else ():
        name, here = planned.points[first][0].name, [point for _, point in planned.points[first : first + per]]
        alike = all(same_customers(results[first].kpis, each.kpis) for each in results[first + 1 : first + per])
        for kpi in shown:
            of = [each[kpi.name].first(common) for each in by_point[first : first + per]]
            if file.design == "sobol":
                means = np.stack([each.cells.mean(axis=1).to_numpy() for each in _aligned(of, False)])
                found += [_index(name, kpi.name, each) for each in indices(planned.factors, means)]
                continue
            for each in _effects(planned.factors, here, of):
                sure = finding_of(kpi.name, kpi.unit, kpi.better, each.change, same=alike)
                change = _mean(each.change, sure)
                effects.append(
                    record.EffectLine(scenario=name, kpi=kpi.name, factor=each.factor, level=each.level, change=change)
                )
    return record.Study(
        name=file.name,
        question=file.question,
        design=file.design,
        seed=planned.first.seed,
        currency=planned.first.currency,
        replications=max(result.replications for result in results),
        confidence=CONFIDENCE,
        confidence_together=together,
        confidence_of_a_look=level_of_look,
        factors=[
            record.FactorLine(path=each.path, levels=list(each.levels), low=each.low, high=each.high)
            for each in planned.factors
        ],
        without_effect=_without_effect(planned, results),
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
        selection=selection,
        warmup_days=planned.first.warmup_days,
        warmup=warmup,
        played_by=versions() | {"code": digest()},
    )


def warmup_of(planned: Planned, kept: Kept, replications: int, jobs: int | Workers) -> list[record.WarmupLine]:
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


def _effects(factors: Sequence[Factor], points: Sequence[Point], of: Sequence[KpiDays]) -> list[Effect]:
    """Main effects on one KPI, with the interval that suits it."""
    within = all(each.within and each.cells.shape == of[0].cells.shape for each in of)
    aligned = _aligned(of, within)
    pattern = replace(aligned[0], burst=max(each.burst for each in of), range=(-inf, inf))
    values = np.stack([each.cells.to_numpy() for each in aligned])

    def between(change: np.ndarray) -> Interval:
        return replace(pattern, cells=pd.DataFrame(change).dropna()).interval(CONFIDENCE)

    return main_effects(factors, points, values, between)


def _aligned(of: Sequence[KpiDays], within: bool) -> list[KpiDays]:
    """With the same replications, NaN where one has none, and with days only where `within`."""
    rows = sorted({replication for each in of for replication in each.cells.index})
    return [
        replace(each, within=within, cells=(each.cells if within else each.cells.mean(axis=1).to_frame()).reindex(rows))
        for each in of
    ]


def _without_effect(planned: Planned, results: Sequence[PointResult]) -> list[str]:
    """Factors that change no KPI in any replication between points that differ in them alone; a design without such points shows none."""
    common = min(result.replications for result in results)
    values = [
        (point, result.kpis.loc[result.kpis["replication"] < common, "value"].to_numpy())
        for (_, point), result in zip(planned.points, results, strict=True)
    ]
    per = len(values) // len(planned.file.scenarios)
    found = []
    for factor in planned.factors:
        first: dict[str, np.ndarray] = {}
        compared, moved = False, False
        for at, (point, of) in enumerate(values):
            rest = repr([at // per, [level for path, level in point.items() if path != factor.path]])
            if rest in first:
                compared = True
                moved = moved or not np.array_equal(first[rest], of, equal_nan=True)
            first.setdefault(rest, of)
        if compared and not moved:
            found.append(factor.path)
    return found


def _mean(of: Interval, finding: str = "") -> record.Mean:
    return record.Mean(mean=_known(of.mean), low=_known(of.low), high=_known(of.high), finding=finding)


def _known(value: float) -> float | None:
    return None if isnan(value) or value in (inf, -inf) else value


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
