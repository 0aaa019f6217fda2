"""What a rollout does to sales: lost while staff learn and where risks hit the stores, gained by what the modules bring; and the payback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.evidence.statistics.students_t import half_width
from sim.planning.gates.plan import Plan
from sim.planning.rollout.adoption import Learners, learners
from sim.planning.rollout.calendars import months
from sim.planning.rollout.draws import quantile
from sim.planning.rollout.network import Network
from sim.planning.rollout.samples import Samples
from sim.planning.rollout.sections.stores import Effects
from sim.records.outcome import read_kpis
from sim.records.refusal import Refusal
from sim.streams import stream


@dataclass(frozen=True)
class Sales:
    """Sales of some samples until each of some days since the start, float64[days, n]."""

    days: np.ndarray
    lost: np.ndarray
    gained: np.ndarray


def gains_by_wave(effects: Effects, plan: Plan, seed: int, rows: int) -> dict[str, np.ndarray]:
    """Share of sales gained from a wave's go-live on, by its modules, float64[rows] by wave."""
    found = {}
    for wave in plan.waves:
        total = np.zeros(rows)
        for module in wave.modules:
            if module in effects.gains:
                z = stream(seed, 0, f"rollout/gain/{module}").standard_normal(rows)
                total = total + quantile(effects.gains[module], z)
        found[wave.name] = total
    return found


def gain_of_runs(path: Path, effects: Effects, seed: int, rows: int) -> np.ndarray:
    """The relative difference of sales of two runs of the chain, normal by its standard error over replications, float64[rows].

    Replications are paired by their number. Raises `Refusal` for a folder that is no run, or runs without two replications each.
    """
    if effects.runs is None:
        return np.zeros(rows)
    sales = []
    for name, folder in (("before", effects.runs.before), ("after", effects.runs.after)):
        kpis = read_kpis(path.parent / folder)
        values = kpis[kpis["kpi"] == "sales_per_day"].sort_values("replication")["value"].to_numpy(dtype=float)
        if len(values) < 2 or not values.mean() > 0:
            raise Refusal(path, f"rollout.effects.runs.{name}", "a run of two replications or more, with sales", folder)
        sales.append(values)
    before, after = (each[: min(map(len, sales))] for each in sales)
    difference = (after - before) / before.mean()
    z = stream(seed, 0, "rollout/gain of runs").standard_normal(rows)
    # Half the width at 68.27 % one-sided 84.13 % is one standard error widened as Student's t has it.
    return difference.mean() + z * half_width(difference, 0.841344746)


def sales(
    samples: Samples, plan: Plan, held: Learners, runs_gain: np.ndarray, losses: list[tuple[np.ndarray, np.ndarray]], days: np.ndarray
) -> Sales:  # fmt: skip
    """Sales lost and gained until each of `days`.

    Lost: sales × (lost_at_zero + errors_cost × the rise of the error rate) × the proficiency missing since a store's first go-live, and of each
    risk its share for its days. Gained: sales × the gain of each module × the proficiency since the go-live that switched it on.
    """
    effects, adoption, rollout = samples.rollout.effects, samples.rollout.adoption, samples.rollout
    rows = len(samples.ends)
    lost, gained = np.zeros((len(days), rows)), np.zeros((len(days), rows))
    if effects is None or adoption is None:
        return Sales(days, lost, gained)
    errors = adoption.errors
    share_lost = effects.lost_at_zero + effects.errors_cost * (1 - errors.incentive) * (
        errors.untrained - errors.settled
    )
    by_wave = _go_lives_by_wave(samples.network)
    gains = gains_by_wave(effects, plan, rollout.seed, rows)
    for n, day in enumerate(days):
        since = np.maximum(day - samples.live, 0.0)
        missing = held.missing(since)
        lost[n] += share_lost * missing.sum(axis=1)
        for share, length in losses:
            lost[n] += share[:rows] * np.minimum(since, length[:rows, None]).sum(axis=1)
        gained[n] += runs_gain * (since - missing).sum(axis=1)
        for wave, gain in gains.items():
            if gain.any():
                since = np.maximum(day - samples.schedule.start[:, by_wave[wave]], 0.0)
                gained[n] += gain * (since - held.missing(since)).sum(axis=1)
    return Sales(days, effects.sales_per_store_day * lost, effects.sales_per_store_day * gained)


def _go_lives_by_wave(network: Network) -> dict[str, np.ndarray]:
    waves = {each.wave for each in network.activities if each.kind == "store"}
    return {wave: network.where("store", wave=wave) for wave in waves}


@dataclass(frozen=True)
class Payback:
    """Month by month whether margin has covered costs."""

    net: np.ndarray
    """Margin on sales gained less that on sales lost, less all costs, at the horizon, float64[n]."""
    month: np.ndarray
    """Months from the start after which costs stay covered, float64[n]; inf where they do not by the horizon."""
    lost: np.ndarray
    gained: np.ndarray
    """Sales at the horizon, float64[n]."""


def payback(samples: Samples, plan: Plan, path: Path, losses: list[tuple[np.ndarray, np.ndarray]]) -> Payback | None:
    """The payback of a plan; None without effects in it."""
    rollout, effects = samples.rollout, samples.rollout.effects
    if effects is None or rollout.adoption is None:
        return None
    rows = len(samples.ends)
    held = learners(rollout.adoption, rollout.seed, rows)
    ends = np.array(months(rollout.start, effects.horizon_months), dtype=float)
    runs_gain = gain_of_runs(path, effects, rollout.seed, rows)
    found = sales(samples, plan, held, runs_gain, losses, ends)
    spent = np.cumsum(samples.by_month(), axis=1)
    reached = np.minimum(np.arange(len(ends)), spent.shape[1] - 1)
    net = effects.margin * (found.gained - found.lost) - spent[:, reached].T
    uncovered = net < 0
    last = len(ends) - 1 - uncovered[::-1].argmax(axis=0)
    month = np.where(uncovered.any(axis=0), np.where(uncovered[-1], np.inf, last + 2.0), 0.0)
    return Payback(net[-1], month, found.lost[-1], found.gained[-1])
