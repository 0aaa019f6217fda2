"""Everything that can be wrong with a replay is found out here, before a request is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from loadtests import schedule
from loadtests.adapters.base import Adapter, Shelf, load
from loadtests.plan import Plan
from loadtests.rails import Target, admit, cap_rate, resolve
from loadtests.shapes import lay
from sim.records.catalogue import read_catalogue
from sim.records.refusal import Refusal
from sim.records.trace import TraceHeader, read_trace


@dataclass(frozen=True)
class Prepared:
    """A plan with its trace read, its host pinned and its schedule sharded."""

    target: Target
    adapter: type[Adapter]
    header: TraceHeader
    shelf: Shelf
    from_s: float
    to_s: float
    length_s: float
    """Of the run, as scheduled."""
    planned: pa.Table
    """The schedule: rows of the trace that the adapter covers, with `at_s` and `followers`."""
    not_covered: dict[str, int]
    worker_of: np.ndarray
    pools: list[int]
    """By worker, the most journeys under way at once: those that start within one time-out and the longest think time, at the busiest."""

    def shard(self, worker: int) -> pa.Table:
        return self.planned.filter(self.worker_of == worker)


def prepare(plan: Plan, workers: int) -> Prepared:
    """Read and check all that a plan names. Raises `Refusal`."""
    target = resolve(plan.host)
    admit(target, plan.allow_host)
    adapter = load(plan.adapter)
    header, trace = read_trace(plan.trace)
    from_s, to_s = _window(plan, header, trace)
    window, length_s = lay(trace, from_s, to_s, plan.time_scale, plan.loop_s, plan.shape)
    covered, not_covered = schedule.cover(window, adapter.covered())
    if not len(covered):
        raise Refusal(plan.trace, "", f"journeys that {plan.adapter} covers between {from_s:g} and {to_s:g} s", "none")
    planned = schedule.link(covered)
    at_s = planned["at_s"].to_numpy()
    cap_rate(schedule.busiest(at_s, 1.0), plan.rate_cap)
    worker_of = schedule.shard(planned, workers)
    life_s = plan.timeout_s + adapter.longest_think_s
    pools = [max(schedule.busiest(at_s[worker_of == worker], life_s), 1) for worker in range(workers)]
    shelf = _shelf(plan.catalogue_path)
    return Prepared(target, adapter, header, shelf, from_s, to_s, length_s, planned, not_covered, worker_of, pools)


def _window(plan: Plan, header: TraceHeader, trace: pa.Table) -> tuple[float, float]:
    """The stretch of the trace to replay, in trace seconds. Raises `Refusal`."""
    t = trace["t"].to_numpy()
    if not len(t):
        raise Refusal(plan.trace, "", "a trace with journeys", "none")
    from_s = schedule.instant(plan.first, header, t[0]) if plan.first else float(t[0])
    to_s = schedule.instant(plan.last, header, t[0]) if plan.last else float(np.nextafter(t[-1], np.inf))
    if plan.duration_s:
        to_s = min(to_s, from_s + plan.duration_s * plan.time_scale)
    if to_s <= from_s:
        raise Refusal("--from/--to", "", "an end later than the start", f"{from_s:g} to {to_s:g} s")
    return from_s, to_s


def _shelf(path: Path) -> Shelf:
    """The catalogue's codes in the trace's numbers. Raises `Refusal`."""
    table, _ = read_catalogue(path)
    skus = table.slice(0, len(np.unique(table["sku"].to_numpy())))
    locations = table.filter(table["sku"].to_numpy() == 0)
    names = ("location_code", "location_kind", "region")
    codes, kinds, regions = (locations[name].cast(pa.string()).to_pylist() for name in names)
    return Shelf(skus["sku_code"].cast(pa.string()).to_pylist(), codes, kinds, regions)
