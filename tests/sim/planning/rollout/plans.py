"""Small plans for tests: written as YAML, built and sampled."""

import copy

import numpy as np
import yaml

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.kpi_gates.played import KpiTable
from sim.planning.rollout.kpi_gates.states import States, gates_of
from sim.planning.rollout.samples import Sampled

START = "2027-03-01"
"""A Monday."""
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SMALL = {
    "name": "small",
    "waves": [{"name": "first wave", "stores": 1, "go_live": "2027-03-08", "phase": "work"}],
    "rollout": {
        "start": START,
        "go_live_on": EVERY_DAY,
        "phases": [{"name": "work"}],
        "roles": {"crew": {"number": 1, "works": EVERY_DAY, "cost_per_day": 100}},
        "tasks": [],
    },
}


def plan(tmp_path, change=None, name="plan.yaml", **rollout):
    """A plan's file: the small one with other sections of its rollout, changed by `change`."""
    held = copy.deepcopy(SMALL)
    held["rollout"] |= rollout
    if change:
        change(held)
    path = tmp_path / name
    path.write_text(yaml.safe_dump(held, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def sampled(path, samples=200, table=None):
    """A plan that is read and built."""
    return Sampled(path, read_plan(path), samples, table)


def table_of(path, scenario=None, **kpis):
    """KPIs of the rollout states of a plan as if they had been played: by KPI a row a proficiency, a column a replication, for every gate the same.

    Before the first wave a KPI is 1.
    """
    held = read_plan(path)
    gates, asked = gates_of(held), held.rollout.gates
    replications = np.shape(next(iter(kpis.values())))[1]
    states = States(
        gates=tuple(gates),
        without=scenario,
        states=(),
        stores=tuple((0,) for _ in gates),
        replications=replications,
        proficiencies=tuple(asked.study.proficiencies),
        observed_days=asked.observed_days,
    )
    values = {
        f"{kpi} {n}": np.array([rows] * len(gates), dtype=float)
        for kpi, rows in kpis.items()
        for n in range(len(gates))
    }
    return KpiTable(states, dict.fromkeys(values, np.ones(replications)), values)


def task(name, days, **more):
    """A task that the crew works on every day of the week."""
    return {"name": name, "phase": "work", "days": days, "needs": {"crew": 1}, **more}


def spans(samples, row=0):
    """Start and end with rework of each activity of one sample, by its name."""
    played = samples.schedule
    names = [each.name for each in samples.network.activities]
    return {name: (float(played.start[row, n]), float(played.done[row, n])) for n, name in enumerate(names)}
