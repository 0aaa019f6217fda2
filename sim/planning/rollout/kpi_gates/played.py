"""Plays rollout states of the chain: KPIs by state and replication, each state once, under common random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from sim.chain.chain import Chain
from sim.planning.gates.plan import read_plan
from sim.planning.rollout.kpi_gates.states import States, states_of
from sim.planning.rollout.network import Three
from sim.planning.rollout.sections.gates import KpiLimit
from sim.records.kpis import KPIS, Totals
from sim.records.outcome import COUNTERS
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.study.cost import Cost, estimate, together
from sim.study.kept_kpis import Kept
from sim.study.workers import Workers


@dataclass(frozen=True)
class StoreKpis:
    """All KPIs of a replication, whichever of them have limits today; called with a scenario and the number of the replication."""

    stores: tuple[tuple[int, ...], ...]
    """Positions of the stores of each group."""

    def __call__(self, scenario: Scenario, replication: int) -> dict[str, float]:
        """Under `KPI` its value of the whole chain, under `KPI n` that of the stores of group n; NaN where there was nothing to make it from."""
        outcome = Chain(scenario, replication).play()
        table = outcome.kpis
        found = dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))
        daily = outcome.daily.to_pandas()
        daily = daily[daily["day"] >= scenario.warmup_days]
        for n, group in enumerate(self.stores):
            here = daily[daily["location"].isin(group)]
            counted = {name: float(here[name].sum()) for name in COUNTERS}
            swing = here.groupby("day")[["purchased_units", "demanded_units"]].sum().to_numpy().var(axis=0)
            total = Totals(counted, counted, scenario.days - scenario.warmup_days, (float(swing[0]), float(swing[1])))
            found |= {f"{kpi.name} {n}": kpi.of(total) for kpi in KPIS}
        return found


@dataclass(frozen=True)
class KpiTable:
    """KPIs of rollout states by replication: what gates are computed from."""

    states: States
    without: dict[str, np.ndarray]
    """Before the first wave, by what `StoreKpis` measures, float64[replications]."""
    kpis: dict[str, np.ndarray]
    """Of the states, float64[gates, proficiencies, replications]."""

    @property
    def proficiencies(self) -> np.ndarray:
        """Rising to 1, float64[m]."""
        return np.array(self.states.proficiencies)

    def values(self, gate: int, limit: KpiLimit) -> np.ndarray:
        """The KPI of a limit when a gate is observed, float64[proficiencies, replications]."""
        return self.kpis[_measured(gate, limit)][gate]

    def before(self, gate: int, limit: KpiLimit) -> np.ndarray:
        """The KPI of a limit before the first wave, in the same stores, float64[replications]."""
        return self.without[_measured(gate, limit)]


def _measured(gate: int, limit: KpiLimit) -> str:
    return limit.kpi if limit.scope == "chain" else f"{limit.kpi} {gate}"


def gated(paths: Iterable[Path], spread: Three | None = None) -> dict[Path, States]:
    """Of those plans whose gates read KPIs the rollout states, by path; `spread` is that of lengths that a file of tasks states alone.

    Raises `Refusal` for a plan that cannot be used.
    """
    found = {path: states_of(path, read_plan(path, spread)) for path in paths}
    return {path: states for path, states in found.items() if states}


def cost_of(found: Mapping[Path, States], jobs: int | Workers) -> Cost:
    """What it takes to play all of them."""
    return together(estimate(states.without, replications=states.plays, jobs=jobs) for states in found.values())


def kept_in(out: Path, states: States) -> Path:
    """The file in the folder `out` that keeps what was played of them."""
    return out / f"{states.without.name}-rollout-states.jsonl"


def play_all(
    found: Mapping[Path, States],
    out: Path,
    *,
    jobs: int | Workers = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[Path, KpiTable]:
    """Play the rollout states of several plans, by path; `out`, `jobs` and `progress` as of `kept_in` and `play`. Raises `Refusal`."""
    total, done, tables = sum(states.plays for states in found.values()), 0, {}
    for path, states in found.items():
        advance = partial(_onward, progress, done, total) if progress else None
        tables[path] = play(path, states, kept=kept_in(out, states), jobs=jobs, progress=advance)
        done += states.plays
    return tables


def _onward(progress: Callable[[int, int], None], before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def play(
    path: Path,
    states: States,
    *,
    kept: Path | None = None,
    jobs: int | Workers = 1,
    progress: Callable[[int, int], None] | None = None,
) -> KpiTable:
    """Play every state that the file `kept` does not hold yet.

    Args:
        path: the plan, which a refusal names.
        states: what is to be played.
        kept: JSON lines; a state is known by its scenario, its replication, and the code and library versions that play it.
        jobs: processes, or other workers.
        progress: called with (replications done, in all).

    Raises `Refusal` for a KPI that the chain does not have in the stores of a limit's scope.
    """
    measure, results, done = StoreKpis(states.stores), Kept(kept), 0

    def of(scenario: Scenario) -> dict[str, np.ndarray]:
        nonlocal done
        before = done
        advance = (lambda n: progress(before + n, states.plays)) if progress else None
        rows = results.play(scenario, range(states.replications), jobs, advance, measure)
        done += states.replications
        if progress:
            progress(done, states.plays)
        found = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        _refuse_unknown(path, states, found, first=before == 0)
        return found

    without = of(states.without)
    played = [of(state.scenario) for state in states.states]
    shape = (len(states.gates), len(states.proficiencies), states.replications)
    kpis = {name: np.array([row[name] for row in played]).reshape(shape) for name in without}
    return KpiTable(states, without, kpis)


def _refuse_unknown(path: Path, states: States, kpis: dict[str, np.ndarray], first: bool) -> None:
    """Raise `Refusal` for a KPI that there is nothing to make from, or, in the `first` state, that cannot become worse by a share of itself."""
    for g, gate in enumerate(states.gates):
        for limit in gate.limits:
            values = kpis[_measured(g, limit)]
            if np.isnan(values).any():
                where = "the whole chain" if limit.scope == "chain" else "its stores"
                expected = f"a KPI that {states.without.name} has of {where} in every replication"
                raise Refusal(path, "rollout.gates.limits", expected, limit.kpi)
            if first and limit.worse_by_at_most is not None and not values.mean() > 0:
                expected = "a KPI above 0 before the first wave beside worse_by_at_most"
                raise Refusal(path, "rollout.gates.limits", expected, limit.kpi)
