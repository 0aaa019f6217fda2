"""Reads and checks everything that a replay needs before a request is sent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from loadtests.adapters.base import Adapter, CatalogueCodes, load
from loadtests.planning import schedule
from loadtests.planning.plan import Plan
from loadtests.planning.shapes import lay
from loadtests.safety import Target, cap_rate, route
from sim.evidence.wording import count, seconds
from sim.records.catalogue import read_catalogue
from sim.records.refusal import Refusal
from sim.records.trace import TraceHeader, read_trace

MOST_UNDER_WAY = 5000
"""Journeys of one worker: each has a connection, and Locust raises the limit of open files of a process to 10,000."""
_REST = "prepared"


@dataclass(frozen=True)
class Prepared:
    """A plan with its trace read, the addresses of its host pinned, and its schedule made."""

    target: Target
    adapter: type[Adapter]
    header: TraceHeader
    shelf: CatalogueCodes
    from_s: float
    to_s: float
    length_s: float
    """Of the run, as scheduled."""
    planned: pa.Table
    """The schedule: rows of the trace that the adapter covers, with `at_s` and `followers`."""
    not_covered: dict[str, int]

    def write(self, path: Path) -> None:
        """Write it for `read_prepared` as an Arrow stream: the schedule as the table, all else as its metadata."""
        rest = {
            "target": asdict(self.target),
            "header": asdict(self.header),
            "shelf": asdict(self.shelf),
            "from_s": self.from_s,
            "to_s": self.to_s,
            "length_s": self.length_s,
            "not_covered": self.not_covered,
        }
        table = self.planned.replace_schema_metadata({_REST: json.dumps(rest)})
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)


def read_prepared(path: Path, plan: Plan) -> Prepared:
    """Read what another process of this run prepared for the plan."""
    with pa.OSFile(str(path), "rb") as source:
        table = pa.ipc.open_stream(source).read_all()
    rest = json.loads(table.schema.metadata[_REST.encode()])
    return Prepared(
        Target(**{**rest["target"], "addresses": tuple(rest["target"]["addresses"])}),
        load(plan.adapter),
        TraceHeader(**rest["header"]),
        CatalogueCodes(**rest["shelf"]),
        from_s=rest["from_s"],
        to_s=rest["to_s"],
        length_s=rest["length_s"],
        planned=table.replace_schema_metadata(None),
        not_covered=rest["not_covered"],
    )


@dataclass(frozen=True)
class Dealt:
    """A schedule sharded over the workers of a run."""

    planned: pa.Table
    worker_of: np.ndarray
    """The worker of each row of the schedule, int64[n]."""
    pools: list[int]
    """Pool of each worker, the most journeys under way at once: all that it plays, up to `MOST_UNDER_WAY`."""

    @property
    def pool(self) -> int:
        """The most journeys under way at once, over all workers."""
        return sum(self.pools)

    def places(self, life_s: float, when: str) -> str:
        """In words, how many journeys will be under way at once where each takes `life_s`, and how many may be."""
        whole = min(schedule.busiest(self.planned["at_s"].to_numpy(), life_s), self.pool)
        return (
            f"pool: {count(whole, 'journey')} under way at once when each takes {seconds(life_s)}, {when}; as many more as prove needed when "
            f"journeys are longer, at most {self.pool:,}"
        )

    def shard(self, worker: int) -> pa.Table:
        """The rows of the schedule that one worker plays."""
        return self.planned.filter(self.worker_of == worker)


def deal(planned: pa.Table, workers: int) -> Dealt:
    """Shard a schedule over so many workers; journeys that follow each other share a worker."""
    worker_of = schedule.shard(planned, workers)
    pools = [max(min(int((worker_of == worker).sum()), MOST_UNDER_WAY), 1) for worker in range(workers)]
    return Dealt(planned, worker_of, pools)


def prepare(plan: Plan) -> Prepared:
    """Read and check all that a plan names. Raises `Refusal`."""
    target = route(plan.host, plan.proxy, plan.allow_host)
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
    shelf = _shelf(plan.catalogue_path)
    return Prepared(target, adapter, header, shelf, from_s, to_s, length_s, planned, not_covered)


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


def _shelf(path: Path) -> CatalogueCodes:
    """The catalogue's codes in the order of the trace's numbers. Raises `Refusal`."""
    table, _ = read_catalogue(path)
    skus = table.slice(0, len(np.unique(table["sku"].to_numpy())))
    locations = table.filter(table["sku"].to_numpy() == 0)
    names = ("location_code", "location_kind", "region")
    codes, kinds, regions = (locations[name].cast(pa.string()).to_pylist() for name in names)
    return CatalogueCodes(skus["sku_code"].cast(pa.string()).to_pylist(), codes, kinds, regions)
