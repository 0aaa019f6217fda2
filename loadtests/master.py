"""The master's side of a replay: it checks, shards and feeds the schedule, hears the workers, says how it goes, and ends the run whole."""

from __future__ import annotations

import os
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
import numpy as np
import pyarrow as pa
from gevent.event import Event
from hdrh.histogram import HdrHistogram

from loadtests import collect, schedule
from loadtests.adapters.base import Errand, Shelf, load
from loadtests.client import Client
from loadtests.plan import Plan
from loadtests.rails import ErrorStop, admit, cap_rate, resolve
from loadtests.recorder import DIGITS, LONGEST_US
from loadtests.schedule import Row
from sim.records.catalogue import read_catalogue
from sim.records.loadrun import Accounts, GeneratorWindow, LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import gather
from sim.records.trace import TraceHeader, read_trace

LEAD_S = 1.0
"""From the order to start to the run's second 0."""
AHEAD_S = 3.0
"""How far ahead of their time chunks of the schedule are sent."""
TICK_S = 0.25
LOOKERS = ("browse", "search", "stock_check", "member_lookup", "order_status", "report")
"""Journeys that change nothing: the preflight prefers one of them."""
MARK = "replay  "
"""How every line begins that tells how a replay goes."""


class Master:
    """One replay. `hear`, `file` and `keep` answer the workers' messages; `send(kind, data, worker)` reaches one of them."""

    def __init__(self, plan: Plan, workers: int, send: Callable[[str, Any, int], None], alive: Callable[[int], bool]):
        self._plan, self._workers, self._send, self._alive = plan, workers, send, alive
        self.finished = Event()
        self._stopped = ""
        self._reports: dict[int, dict[str, Any]] = {}
        self._ended: set[int] = set()
        self._filed: set[tuple[int, int]] = set()
        self._windows: list[GeneratorWindow] = []
        self._created: list[dict[str, Any]] = []

    def run(self) -> Path:
        """Replay the plan to its end; returns the run's folder. Raises `Refusal` before anything was sent."""
        try:
            self._prepare()
            before = self._look_round()
            self._begin()
            self._attend()
            return self._end(before)
        finally:
            self.finished.set()

    def stop(self, reason: str) -> None:
        """Start nothing more and come to an end."""
        if not self._stopped and not self.finished.is_set():
            self._stopped = reason
            for worker in range(self._workers):
                self._send("replay_stop", None, worker)

    def hear(self, report: dict[str, Any]) -> None:
        worker = report["worker"]
        self._reports[worker] = report
        self._windows += [GeneratorWindow(**window) for window in report["windows"]]
        self._created += report["created"]
        if report["last"]:
            self._ended.add(worker)
        if report["error"]:
            self.stop(f"worker {worker}: {report['error']}")

    def file(self, worker: int, chunk: int) -> None:
        """A chunk of samples is on the worker's disk: if that is not this one too, ask for it."""
        if self._chunk(worker, chunk).exists():
            self._filed.add((worker, chunk))
        else:
            self._send("replay_upload", chunk, worker)

    def keep(self, worker: int, chunk: int, packed: bytes) -> None:
        """Write a chunk that a worker on another disk sent, then let it forget it."""
        self._chunk(worker, chunk).write_bytes(packed)
        self._filed.add((worker, chunk))
        self._send("replay_forget", chunk, worker)

    def _prepare(self) -> None:
        """Everything that can be wrong is found out here, before a request is sent."""
        plan = self._plan
        self._target = resolve(plan.host)
        admit(self._target, plan.allow_host)
        kind = load(plan.adapter)
        self._header, trace = read_trace(plan.trace)
        self._from_s, self._to_s = _window(plan, self._header, trace)
        planned, self._not_covered = schedule.cover(
            schedule.cut(trace, self._from_s, self._to_s, plan.time_scale), kind.covered()
        )
        if not len(planned):
            raise Refusal(
                plan.trace, "", f"journeys that {plan.adapter} covers between {self._from_s:g} and {self._to_s:g} s"
            )
        self._planned = schedule.link(planned)
        at_s = self._planned["at_s"].to_numpy()
        cap_rate(schedule.busiest(at_s, 1.0), plan.rate_cap)
        self._worker_of = schedule.shard(self._planned, self._workers)
        self._shards = [self._planned.filter(self._worker_of == each) for each in range(self._workers)]
        life_s = plan.timeout_s + kind.longest_think_s
        self._pools = [max(schedule.busiest(shard["at_s"].to_numpy(), life_s), 1) for shard in self._shards]
        self._run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
        self.folder = Path(plan.out or f"runs/replay-{self._run_id}")
        self._shelf = _shelf(plan.catalogue_path)
        self._adapter = kind(self._shelf, self._run_id)
        headers = self._adapter.headers(os.environ)
        self._adapter.client = Client(self._target, plan.timeout_s, headers, plan.ca_bundle)

    def _look_round(self) -> dict[str, int] | None:
        """Discovery, one preflight journey, and the stock before. Raises `Refusal` where the platform does not answer as it should."""
        found = self._apart("discovery", self._adapter.discover)
        self._found = found
        self._adapter.adopt(found)
        names = self._planned["journey"].cast(pa.string()).to_pylist()
        first = next((names.index(journey) for journey in LOOKERS if journey in names), 0)
        row = next(schedule.unpack(schedule.pack(self._planned.slice(first, 1))))
        if row.follows < 0:
            self._apart("preflight", self._adapter.play, row)
        return self._read_stock()

    def _read_stock(self) -> dict[str, int] | None:
        moved = np.unique(self._planned["skus"].combine_chunks().flatten().to_numpy())
        codes = [self._shelf.skus[sku] for sku in moved]
        return self._apart("reading stock", lambda errand: self._adapter.stock(errand, codes))

    def _apart(self, what: str, errand_of: Callable[[Errand], Any], row: Row | None = None) -> Any:
        """Do something on the platform that is no part of the load."""
        bad: list[str] = []

        def watch(_row, _journey, step, _intended, _start, _end, outcome, _status=0, _size=0, error=None, *_):
            if outcome not in ("ok", "partial", "rejected"):
                bad.append(f"{outcome} at {step}: {error}")

        row = row or Row(0.0, -1, what, -1, -1, [], [], -1, 0)
        start = time.perf_counter()
        errand = Errand(
            self._adapter, row.row, row.journey, row.location, row.customer, row.skus, row.quantities,
            None, 0.0, lambda: time.perf_counter() - start, watch, [],
        )  # fmt: skip
        try:
            done = errand_of(errand)
        except Exception as error:
            bad.append(f"{type(error).__name__}: {error}")
            done = None
        if bad:
            raise Refusal(self._plan.host, f"{what} ({row.journey})", "an answer", bad[0])
        self._created += map(asdict, errand.made)
        return done

    def _begin(self) -> None:
        (self.folder / "samples").mkdir(parents=True, exist_ok=True)
        for stale in (self.folder / "samples").glob("worker-*.parquet"):
            raise Refusal(self.folder, "samples", "a folder without an earlier run's samples", stale.name)
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._load_run(collect.RUNNING, Accounts(scheduled=len(self._planned), sent=0, dropped=0, lost=0,
                       not_reached=len(self._planned)), 0.0).write(self.folder / "loadrun.json")  # fmt: skip
        starts_at = time.time() + LEAD_S
        self._origin = time.perf_counter() + LEAD_S
        order = {
            "run_id": self._run_id,
            "adapter": self._plan.adapter,
            "target": asdict(self._target),
            "shelf": asdict(self._shelf),
            "found": self._found,
            "timeout_s": self._plan.timeout_s,
            "ca_bundle": self._plan.ca_bundle,
            "samples": str((self.folder / "samples").absolute()),
            "starts_at": starts_at,
        }
        for worker, pool in enumerate(self._pools):
            self._send("replay_begin", {**order, "worker": worker, "pool": pool}, worker)

    def _attend(self) -> None:
        """Feed every worker, and watch, until each has ended or is gone."""
        feeds = [schedule.chunks(shard) for shard in self._shards]
        heads = [next(feed, None) for feed in feeds]
        told, gone = 0, set[int]()
        errors = ErrorStop(self._plan.error_ratio)
        while len(self._ended | gone) < self._workers:
            now = self._now()
            for worker, feed in enumerate(feeds):
                while heads[worker] is not None and heads[worker][0] <= now + AHEAD_S:
                    self._send("replay_feed", schedule.pack(heads[worker][1]), worker)
                    heads[worker] = next(feed, None)
                    if heads[worker] is None:
                        self._send("replay_feed", None, worker)
                if worker not in self._ended | gone and not self._alive(worker):
                    gone.add(worker)
                    self._stopped = self._stopped or f"worker {worker} was lost at {now:.0f} s"
            outcomes = self._outcomes()
            failed = sum(outcomes[bad] for bad in ("failed", "dropped", "auth_lost"))
            if errors.see(now, outcomes.total(), failed):
                self.stop(
                    f"more than {self._plan.error_ratio:.0%} of the requests of the last {errors.window_s:g} s failed"
                )
            if now >= told:
                print(self._line(now), flush=True)
                told = int(now) + 1
            gevent.sleep(TICK_S)
        print(self._line(self._now()), flush=True)

    def _end(self, before: dict[str, int] | None) -> Path:
        self._await_chunks()
        duration_s = min(self._now(), (self._to_s - self._from_s) / self._plan.time_scale)
        after, fate = None, "listed"
        try:
            after = self._read_stock() if before is not None else None
            if self._plan.cancel_orders:
                fate = self._apart("cancelling orders", self._adapter.cancel) or "listed: the platform cancels none"
        except Refusal as unanswered:
            print(MARK, unanswered, flush=True)
        collect.list_created(self.folder / "created.csv", self._created, fate)
        samples = gather(self.folder / "samples", self.folder / "samples.parquet")
        ended = {worker: self._reports[worker]["progress"] for worker in self._ended}
        heard_s = {worker: report["at_s"] for worker, report in self._reports.items()}
        accounts = collect.account(self._planned, self._worker_of, samples, ended, heard_s)
        run = self._load_run(self._stopped, accounts, duration_s, collect.compare_stock(before, after, self._created))
        run.write(self.folder / "loadrun.json")
        return self.folder

    def _await_chunks(self, patience_s: float = 30.0) -> None:
        """Until every chunk that a finished worker wrote is on this disk."""
        wanted = {(worker, chunk) for worker in self._ended for chunk in range(self._reports[worker]["chunks"])}
        give_up = time.perf_counter() + patience_s
        while wanted - self._filed and time.perf_counter() < give_up:
            for worker, chunk in wanted - self._filed:
                self.file(worker, chunk)
            gevent.sleep(TICK_S)

    def _load_run(self, stopped: str, accounts: Accounts, duration_s: float, stock=()) -> LoadRun:
        plan = self._plan
        unmet = sum((Counter(report["progress"]["unmet"]) for report in self._reports.values()), Counter())
        return LoadRun(
            run_id=self._run_id, started_at=self._started_at, host=plan.host, adapter=plan.adapter, trace=plan.trace,
            scenario_hash=self._header.scenario_hash, time_scale=plan.time_scale,
            trace_from_s=self._from_s, trace_to_s=self._to_s, warmup_s=plan.warmup_s,
            duration_s=duration_s, timeout_s=plan.timeout_s, pool=sum(self._pools), workers=self._workers,
            accounts=accounts, not_covered=self._not_covered, unmet=dict(unmet),
            generator=sorted(self._windows, key=lambda window: (window.from_s, window.worker)),
            stopped=stopped, stock=list(stock),
        )  # fmt: skip

    def _now(self) -> float:
        return time.perf_counter() - self._origin

    def _chunk(self, worker: int, chunk: int) -> Path:
        return self.folder / "samples" / f"worker-{worker:03d}-{chunk:05d}.parquet"

    def _outcomes(self) -> Counter[str]:
        return sum((Counter(report["progress"]["outcomes"]) for report in self._reports.values()), Counter())

    def _line(self, now: float) -> str:
        """How it goes, for the terminal."""
        lag, response = (self._quantile(name) for name in ("lag", "response"))
        sent, under_way = (sum(r["progress"][name] for r in self._reports.values()) for name in ("sent", "under_way"))
        last_s = (self._to_s - self._from_s) / self._plan.time_scale
        outcomes = " ".join(f"{name} {count:,}" for name, count in sorted(self._outcomes().items()) if count)
        return (
            f"{MARK} {max(now, 0):.0f}/{last_s:.0f} s  journeys {sent:,}/{len(self._planned):,}, {under_way} under way"
            f"  lag p99 {lag:.1f} ms  response p95 {response:.0f} ms  {outcomes}"
        )

    def _quantile(self, name: str) -> float:
        """Of all workers' histograms together: p99 of the lag, p95 of the response; ms."""
        whole = HdrHistogram(1, LONGEST_US, DIGITS)
        for report in self._reports.values():
            whole.decode_and_add(report[name])
        return whole.get_value_at_percentile(99 if name == "lag" else 95) / 1000


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
