"""What gates do to a plan: how long each wave waits, for which KPI, and what that adds to the dates."""

from __future__ import annotations

from typing import cast

import numpy as np

from sim.evidence.statistics.students_t import half_width
from sim.planning.rollout.calendars import on_grid
from sim.planning.rollout.kpi_gates.opening import Openings
from sim.planning.rollout.kpi_gates.played import KpiTable
from sim.planning.rollout.kpi_gates.states import Gate
from sim.planning.rollout.samples import Sampled, Samples, quantile_of
from sim.planning.rollout.sections.gates import KpiLimit
from sim.records.kpis import KPIS
from sim.records.rollout.gates import GateOutcome, GatesOutcome, KpiPoint, LimitOutcome

_UNITS = {kpi.name: kpi.unit for kpi in KPIS}


def gates_outcome(sampled: Sampled, played: Samples) -> GatesOutcome | None:
    """The record of a plan's gates; None where it has none. The plan is sampled once more without them."""
    table, opened = sampled.table, sampled.openings
    if table is None or opened is None:
        return None
    with_gates, without = played.all_live, sampled.ungated(len(played.ends)).samples().all_live
    scenario = table.states.without
    return GatesOutcome(
        scenario=scenario.name,
        replications=table.states.replications,
        days=scenario.days - scenario.warmup_days,
        gates=[_gate(n, gate, table, opened, played) for n, gate in enumerate(table.states.gates)],
        days_p50=_later(with_gates, without, 0.5),
        days_p80=_later(with_gates, without, 0.8),
        held_for_good=float(np.isinf(played.ends).mean()),
    )


def held_days(played: Samples, gate: int, wave: str) -> np.ndarray:
    """Days by which a wave goes live later than it would without its gate, all else as it came, float64[n].

    inf where the gate holds it for good, NaN where something else does, or a wave before it never goes live.
    """
    network, schedule = played.network, played.schedule
    number = network.where("wave", wave=wave)[0]
    activity = network.activities[number]
    ready, observed = np.full(len(schedule.start), activity.not_before), np.zeros(len(schedule.start))
    for link in activity.after:
        source = schedule.start if link.from_start else schedule.done
        at = source[:, link.source] + on_grid(np.array(link.lag_days))
        if link.gate == gate:
            observed = np.maximum(observed, at)
        else:
            ready = np.maximum(ready, at)
    known = (ready < np.inf) & (observed < np.inf)
    free = network.calendars.begin(np.array(activity.calendar), np.ceil(np.where(known, ready, 0.0)))
    return np.where(known, schedule.start[:, number] - free, np.nan)


def _gate(n: int, gate: Gate, table: KpiTable, opened: Openings, played: Samples) -> GateOutcome:
    observed_days = table.states.observed_days
    held = held_days(played, n, gate.wave)
    known, waits = ~np.isnan(held), held > 0
    alone = opened.of_limits[n][: len(held)]
    last = np.where(alone.max(axis=1) > observed_days, alone.argmax(axis=1), -1)
    """Limit that is kept last; −1 where all are on the first day on which the gate may open."""
    of_known = held[known]
    p50, p80 = (quantile_of(of_known, p) if len(of_known) else np.inf for p in (0.5, 0.8))
    return GateOutcome(
        wave=gate.wave,
        before=list(gate.before),
        live_stores=len(table.states.stores[n]),
        observed_days=observed_days,
        held_days_p50=_finite(p50),
        held_days_p80=_finite(p80),
        observed_only=float((waits & (last < 0)).mean()),
        held_for_good=float((known & np.isinf(held)).mean()),
        limits=[
            _limit(table, n, limit, float((waits & (last == k)).mean()), float(np.isinf(alone[:, k]).mean()))
            for k, limit in enumerate(gate.limits)
        ],
    )


def _limit(table: KpiTable, n: int, limit: KpiLimit, waits: float, never: float) -> LimitOutcome:
    before = float(table.before(n, limit).mean())
    worse, sign = limit.worse_by_at_most, 1 if limit.side == "at most" else -1
    level = limit.at_most if limit.at_most is not None else limit.at_least
    points = []
    relative = 0.0 if worse is None else (1 + sign * worse) * table.before(n, limit)
    for proficiency, values in zip(table.states.proficiencies, table.values(n, limit), strict=True):
        mean, width = float(values.mean()), half_width(values - relative, 0.975)
        points.append(KpiPoint(proficiency=proficiency, mean=mean, low=mean - width, high=mean + width))
    return LimitOutcome(
        kpi=limit.kpi,
        unit=_UNITS[limit.kpi],
        scope=limit.scope,
        side=limit.side,
        limit=cast(float, level) if worse is None else (1 + sign * worse) * before,
        before=before,
        worse_by_at_most=worse,
        points=points,
        waits=waits,
        never=never,
    )


def _later(with_gates: np.ndarray, without: np.ndarray, p: float) -> float | None:
    """By how many days a quantile of instants, as days, is later."""
    return _finite(np.floor(quantile_of(with_gates, p)) - np.floor(quantile_of(without, p)))


def _finite(days: float) -> float | None:
    return float(days) if np.isfinite(days) else None
