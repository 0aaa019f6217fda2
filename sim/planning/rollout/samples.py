"""A plan sampled: instants, costs and go-lives of every sample, as arrays that outcomes are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sim.planning.gates.plan import Plan
from sim.planning.rollout.adoption import learners
from sim.planning.rollout.building import Place, build, section_of, stores_of
from sim.planning.rollout.calendars import HORIZON, after_months, months, on_grid
from sim.planning.rollout.draws import Draws, Sampler, State
from sim.planning.rollout.kpi_gates.opening import Openings, StudyError, openings
from sim.planning.rollout.kpi_gates.played import KpiTable
from sim.planning.rollout.network import Network
from sim.planning.rollout.schedule import Schedule, schedule
from sim.planning.rollout.sections.project import Rollout
from sim.planning.rollout.sections.risks import Goal
from sim.records.refusal import Refusal

MOST_CELLS = 8_000_000
"""Samples times activities: half a gigabyte."""
MONTH_DAYS = 365.25 / 12


def quantile_of(values: np.ndarray, p: float) -> float:
    """The smallest value that a share p of the samples does not exceed; values may be inf."""
    return float(np.sort(values)[max(math.ceil(p * len(values)) - 1, 0)])


@dataclass(frozen=True)
class Samples:
    """Samples of one plan with its risks in some state."""

    rollout: Rollout
    network: Network
    draws: Draws
    schedule: Schedule
    risk_cost: np.ndarray
    """float64[n]."""
    live_before: int

    @cached_property
    def ends(self) -> np.ndarray:
        """Instant at which everything is done, float64[n]; inf where a gate holds a wave for good."""
        return self.schedule.done.max(axis=1)

    @cached_property
    def stops(self) -> np.ndarray:
        """Instant at which all that is ever begun is done, float64[n]: the end, but where a gate holds a wave for good."""
        return np.where(self.schedule.done < np.inf, self.schedule.done, 0.0).max(axis=1)

    @cached_property
    def go_lives(self) -> np.ndarray:
        """Numbers of the first go-lives of stores, int64[stores]."""
        seen: set[str] = set()
        found = []
        for n in self.network.where("store").tolist():
            store = self.network.activities[n].store
            if store not in seen:
                seen.add(store)
                found.append(n)
        return np.array(found, dtype=np.int64)

    @cached_property
    def live(self) -> np.ndarray:
        """Instants at which stores go live, float64[n, stores]; inf for never."""
        return self.schedule.start[:, self.go_lives]

    @cached_property
    def all_live(self) -> np.ndarray:
        """Instant at which the last store is live, float64[n]; inf for never."""
        return self.live.max(axis=1)

    @cached_property
    def work_cost(self) -> np.ndarray:
        """Cost of each activity with that of its people and of rework, float64[n, m]; committed as it begins, 0 where it never does."""
        begun = self.schedule.start < np.inf
        return np.where(begun, self.draws.cost + (self.draws.days + self._rework_days()) * self.network.rate, 0.0)

    def _rework_days(self) -> np.ndarray:
        """Working days of rework, float64[n, m]."""
        ended = np.where(self.schedule.finish < np.inf, self.schedule.finish, 0.0) + self.draws.pause
        review = np.ceil(ended / self.network.review_every) * self.network.review_every
        growth = 1 + self.network.rework_growth * np.maximum(review - ended, 0.0)
        return on_grid(self.draws.rework * growth)

    @cached_property
    def cost(self) -> np.ndarray:
        """Cost of the rollout: tasks, risks and overhead until it stops, float64[n]."""
        overhead = self.rollout.overhead_per_month * self.stops / MONTH_DAYS
        return self.work_cost.sum(axis=1) + self.risk_cost + overhead

    def by_month(self) -> np.ndarray:
        """Money committed in each month from that of the start, float64[n, months]: tasks as they begin, overhead, and risks as the plan stops."""
        n = len(self.stops)
        count = int(self.stops.max() / MONTH_DAYS) + 3
        begins = np.array(months(self.rollout.start, count - 1), dtype=float)
        rows = np.arange(n) * count
        spent = np.zeros(n * count)
        for a in np.flatnonzero(self.work_cost.any(axis=0)).tolist():
            month = np.searchsorted(begins, self.schedule.start[:, a], side="right")
            spent += np.bincount(rows + month, self.work_cost[:, a], n * count)
        last = np.searchsorted(begins, self.stops, side="right")
        spent += np.bincount(rows + last, self.risk_cost, n * count)
        edges = np.concatenate(([0.0], begins))
        lengths = np.diff(np.minimum(np.append(edges, edges[-1] + 31), self.stops[:, None]), axis=1)
        return spent.reshape(n, count) + self.rollout.overhead_per_month * lengths / MONTH_DAYS

    def phase_ends(self, phase: str) -> np.ndarray:
        """Instant at which a phase has ended, float64[n]."""
        held = [n for n, each in enumerate(self.network.activities) if each.phase == phase]
        return self.schedule.done[:, held].max(axis=1)

    def met(self, goal: Goal) -> np.ndarray:
        """Whether a goal is met, bool[n]: by the end of its day; a cost only of a rollout that ends."""
        by = (after_months(self.rollout.start, goal.within_months) - self.rollout.start).days + 1
        found = np.ones(len(self.ends), dtype=bool)
        for phase in goal.phases_done:
            found &= self.phase_ends(phase) < by
        if goal.stores_live:
            found &= self.live_before + (self.live < by).sum(axis=1) >= goal.stores_live
        if goal.cost_at_most is None:
            return found
        return found & (self.cost <= goal.cost_at_most) & (self.ends < np.inf)


class Sampled:
    """A plan whose samples may be drawn again with its risks in another state, or with overlapping phases."""

    def __init__(
        self,
        path: Path,
        plan: Plan,
        samples: int,
        table: KpiTable | None = None,
        stores: Mapping[str, list[Place]] | None = None,
    ):
        """`table`: KPIs of the rollout states, which a plan with gates needs; `stores`: of each wave, where they are known already."""
        self.path, self.plan, self.rollout = path, plan, section_of(path, plan)
        self.table = table
        for n, goal in enumerate(self.rollout.goals):
            for phase in goal.phases_done:
                if phase not in (known := [each.name for each in self.rollout.phases]):
                    raise Refusal(path, f"rollout.goals.{n}.phases_done", f"one of {', '.join(known)}", phase)
        self.stores = stores_of(path, plan) if stores is None else stores
        self.network = build(path, plan, self.stores)
        most = MOST_CELLS // len(self.network.activities)
        if samples > most:
            expected = f"at most {most:,} samples of the {len(self.network.activities):,} activities of {path.name}"
            raise Refusal("--samples", "", expected, samples)
        tasks = {each.task for each in self.network.activities if each.kind == "task"}
        for n, risk in enumerate(self.rollout.risks):
            if strange := next((name for name in risk.delays if name not in tasks), None):
                raise Refusal(path, f"rollout.risks.{n}.delays", "a task that the plan's waves or stores have", strange)
        self.openings = self._openings(samples)
        self.sampler = Sampler(self.rollout, self.network, samples, self.openings.days if self.openings else None)

    def _openings(self, samples: int) -> Openings | None:
        """When gates open; None for a plan without them."""
        gates, adoption, table = self.rollout.gates, self.rollout.adoption, self.table
        if gates is None or adoption is None:
            return None
        if table is None:
            raise ValueError("a plan with gates is sampled with the KPIs of its rollout states")
        held = learners(adoption, self.rollout.seed, samples)
        error = StudyError.drawn(self.rollout.seed, samples, table.states.replications)
        return openings(table, held.proficiency, error)

    def ungated(self, samples: int) -> Sampled:
        """The plan without its gates, under the same draws."""
        return self.varied({"gates": None}, samples)

    def varied(self, fields: Mapping[str, object], samples: int) -> Sampled:
        """The plan with other fields of its section, under the same draws and in the same stores."""
        plan = self.plan.model_copy(update={"rollout": self.rollout.model_copy(update=dict(fields))})
        return Sampled(self.path, plan, samples, self.table, self.stores)

    def samples(self, states: Mapping[str, State] | None = None, rows: int | None = None) -> Samples:
        """Samples with risks as planned, or in other states; the first `rows` of them. Raises `Refusal` for a plan that does not end."""
        return self.each_of([states or {}], rows or self.sampler.samples)[0]

    def each_of(self, states: Sequence[Mapping[str, State]], rows: int) -> list[Samples]:
        """The first `rows` samples with risks in each of several states, scheduled together."""
        drawn = [self.sampler.draws(each).rows(rows) for each in states]
        whole = drawn[0] if len(drawn) == 1 else Draws.stacked(drawn)
        played = schedule(self.network, whole)
        if played.done[played.done < np.inf].max(initial=0.0) >= HORIZON:
            raise Refusal(self.path, "rollout", "a plan that ends within a hundred years", "one that does not")
        before = self.plan.live if isinstance(self.plan.live, int) else len(self.plan.live)
        return [
            Samples(
                self.rollout,
                self.network,
                own,
                played.part(slice(n * rows, (n + 1) * rows)),
                self.sampler.risk_cost(each)[:rows],
                before,
            )
            for n, (each, own) in enumerate(zip(states, drawn, strict=True))
        ]
