"""The master's side of a replay: it shards the schedule, sends it to the workers, takes their reports, prints progress, and ends the run."""

from __future__ import annotations

import logging
import math
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
import pyarrow as pa
from gevent.event import Event
from hdrh.histogram import HdrHistogram

from loadtests.adapters.connect import connect
from loadtests.adapters.excerpts import merge
from loadtests.planning import schedule
from loadtests.planning.plan import MARK, Plan
from loadtests.planning.prepare import Prepared, deal
from loadtests.replay import collect, interim
from loadtests.replay.chunk_store import Filing
from loadtests.replay.interim import so_far
from loadtests.replay.preflight import Aside
from loadtests.replay.recorder import DIGITS, LONGEST_US
from loadtests.replay.stop_valve import Cut, Valve
from loadtests.safety import FAULTS, ErrorStop
from sim.evidence.verdict.targets import parse
from sim.evidence.wording import count
from sim.records.load_run import Accounts, GeneratorWindow, LoadRun, Looks, LostAnswers, StockReading
from sim.records.samples import gather

LEAD_S = 1.0
"""From the message that starts the workers to the run's second 0."""
AHEAD_S = 3.0
"""How long before the first intended start in it a chunk of the schedule is sent."""
TICK_S = 0.25
ENDS_WITHIN_S = 15.0
"""After a stop and a time-out: a worker that has not ended by then counts as lost."""


class Interrupted(Exception):
    """A replay was stopped before it sent any load."""


class Master:
    """One replay. `receive` and `filing` answer the workers' messages; `send(kind, data, worker)` reaches one of them."""

    def __init__(
        self,
        plan: Plan,
        ready: Prepared,
        workers: int,
        send: Callable[[str, Any, int], None],
        alive: Callable[[int], bool],
    ):
        self._plan, self._ready, self._workers, self._send, self._alive = plan, ready, workers, send, alive
        self._dealt = deal(ready.planned, workers)
        self.finished = Event()
        """Set by the caller of `run` once nothing is left to do."""
        self._why: list[str] = []
        """Why the run ends before its schedule does: lost workers, and the reason of a stop."""
        self._stopped = self._stopped_at_once = self._begun = False
        self._stopped_s = math.inf
        self._valve = Valve()
        self._reports: dict[int, dict[str, Any]] = {}
        self._ended: set[int] = set()
        self._gone: set[int] = set()
        self._windows: list[GeneratorWindow] = []
        self._created: list[dict[str, Any]] = []
        self._lost_answers: LostAnswers | None = None

    @property
    def targets(self) -> list[str]:
        """Targets named beside the default ones."""
        return self._plan.named_targets

    def run(self) -> Path:
        """Replay the plan to its end; returns the run's folder. Raises `Refusal` or `Interrupted` before any load was sent."""
        plan = self._plan
        self._targets = parse(plan.named_targets)
        self._run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
        self._folder = collect.fresh(Path(plan.out or f"runs/replay-{self._run_id}"))
        self._made = collect.Made(self._folder)
        self.filing = Filing(self._folder / "samples", self._send)
        adapter = self._ready.adapter(self._ready.shelf, self._run_id)
        connect(adapter, self._ready.target, plan.wire, os.environ)
        self._aside = Aside(adapter, plan.host, self._valve, self._made.add)
        try:
            discovered, before = self._prepare_platform()
        except BaseException as broken:
            if self._made.all:
                self._settle()
            if isinstance(broken, Cut):
                raise Interrupted("stopped before any load was sent") from None
            raise
        try:
            self._begin(discovered)
            looking = gevent.spawn(self._look)
            self._attend()
            looking.kill()
        except Exception as defect:  # of the lab's own; the load must still end and the orders be listed
            logging.exception("the master broke")
            self.stop(f"the master broke: {type(defect).__name__}: {defect}")
            while not self._over():
                gevent.sleep(TICK_S)
        self._end(before)
        return self._folder

    def stop(self, reason: str, at_once: bool = False) -> None:
        """Start no more journeys and end the run. `at_once`: do not wait for answers to requests under way either; it may follow a first stop."""
        if self.finished.is_set() or self._stopped_at_once or (self._stopped and not at_once):
            return
        if self._begun and not any(map(self._alive, range(self._workers))):
            return  # Locust itself stops a test whose last worker is lost: then that is the reason, not the user
        if not self._stopped:
            self._stopped = True
            self._stopped_s = self._now() if self._begun else 0.0
            self._why.append(reason)
            print(MARK, f"stopping: {reason}", flush=True)
        self._stopped_at_once = at_once
        if not self._begun:
            self._valve.shut = True
            gevent.spawn(self._valve.cut, at_once)
        for worker in range(self._workers if self._begun else 0):
            self._tell("replay_stop", at_once, worker)

    def receive(self, report: dict[str, Any]) -> None:
        """Take a worker's report; an error in it ends the run."""
        worker = report["worker"]
        self._reports[worker] = report
        self._windows += [GeneratorWindow(**window) for window in report["windows"]]
        self._created += report["created"]
        self._made.add(report["created"])
        if report["last"]:
            self._ended.add(worker)
        if report["error"]:
            self.stop(f"worker {worker}: {report['error']}")

    def _prepare_platform(self) -> tuple[Any, dict[str, int] | None]:
        """Discover, play the preflight, time the stock-sync lag and read the stock, before any load.

        Returns what discovery returned, and the units by SKU code (None where the platform shows no stock).
        """
        plan, ready = self._plan, self._ready
        discovered = self._aside.discover()
        self._aside.preflight(ready.planned)
        self._sync_lags_s = self._aside.sync_lags(ready.planned, plan.sync_sales) if plan.sync_sales else []
        before = self._aside.stock(ready.planned)
        if self._stopped:
            raise Cut
        life_s = self._aside.steps * plan.timeout_s + max(self._aside.think_s, ready.adapter.longest_think_s)
        print(
            MARK,
            self._dealt.places(life_s, f"as the preflight had ({count(self._aside.steps, 'request')})"),
            flush=True,
        )
        return discovered, before

    def _begin(self, discovered: Any) -> None:
        ready, samples = self._ready, self._folder / "samples"
        samples.mkdir()
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._looks = self._declare_looks()
        collect.keep_schedule(self._folder, ready.planned, self._dealt.worker_of)
        self._load_run(collect.RUNNING, self._accounts_so_far(), 0.0, []).write(self._folder / "loadrun.json")
        self._origin = time.perf_counter() + LEAD_S
        order = {
            "run_id": self._run_id,
            "adapter": self._plan.adapter,
            "target": asdict(ready.target),
            "shelf": asdict(ready.shelf),
            "found": discovered,
            "wire": asdict(self._plan.wire),
            "workers": self._workers,
            "samples": str(samples.absolute()),
            "starts_at": time.time() + LEAD_S,
        }
        self._begun = True
        for worker, pool in enumerate(self._dealt.pools):
            self._send("replay_begin", {**order, "worker": worker, "pool": pool}, worker)

    def _declare_looks(self) -> Looks | None:
        if not self._plan.until_decided:
            return None
        from sim.evidence.verdict.interim_looks import (  # here: SciPy's statistics are slow to import, and workers do without
            declare,
            outlook,
        )

        declared = declare(self._ready.length_s, self._plan.warmup_s, self._plan.incident_s)
        print(MARK, outlook(declared, self._targets, self._plan.warmup_s), flush=True)
        return declared

    def _look(self) -> None:
        """Make the declared interim looks, and stop the run once one decides; the last look is the verdict itself."""
        declared = self._looks.at_s if self._looks else []
        for number, at_s in enumerate(declared[:-1], 1):
            gevent.sleep(max(0.0, at_s + self._plan.timeout_s + interim.SETTLE_S - self._now()))
            self._load_run(collect.RUNNING, self._accounts_so_far(), self._now(), []).write(
                self._folder / "loadrun.json"
            )
            decision = interim.look(self._folder, at_s, self.targets)
            outcome = f"look {number} of {len(declared)}, at {at_s:.0f} s: {decision}"
            print(MARK, outcome, flush=True)
            if decision in ("pass", "fail"):
                self.stop(f"decided by {outcome}")
                return

    def _attend(self) -> None:
        """Send each worker its schedule and check the stop rules, until every worker has ended or is lost."""
        feeds = [schedule.chunks(self._dealt.shard(worker)) for worker in range(self._workers)]
        heads = [next(feed, None) for feed in feeds]
        printed_until = 0
        errors = ErrorStop(self._plan.error_ratio)
        for worker in range(self._workers):
            if heads[worker] is None:
                self._tell("replay_feed", None, worker)
        while not self._over():
            now = self._now()
            for worker, feed in enumerate(feeds):
                while not self._stopped and (head := heads[worker]) is not None and head[0] <= now + AHEAD_S:
                    self._tell("replay_feed", schedule.pack(head[1]), worker)
                    heads[worker] = next(feed, None)
                    if heads[worker] is None:
                        self._tell("replay_feed", None, worker)
            outcomes = self._outcomes()
            failed = sum(outcomes[bad] for bad in ("failed", "dropped", "auth_lost"))
            faults = outcomes["adapter_fault"]
            if faults >= FAULTS:
                self.stop(f"{faults} exceptions in the adapter {self._plan.adapter}, which are no failures of the API")
            if too_many := errors.see(now, outcomes.total() - faults, failed):
                self.stop(too_many)
            if now >= printed_until:
                print(self._line(now), flush=True)
                printed_until = int(now) + 1
            gevent.sleep(TICK_S)
        print(self._line(self._now()), flush=True)

    def _over(self) -> bool:
        """Whether every worker has ended or is lost. A lost worker does not stop the others: they play their shards."""
        now = self._now()
        overdue = now > self._stopped_s + self._plan.timeout_s + ENDS_WITHIN_S
        for worker in set(range(self._workers)) - self._ended - self._gone:
            if overdue or not self._alive(worker):
                self._gone.add(worker)
                self._why.append(f"worker {worker} was lost at {now:.0f} s")
                self._tell("replay_stop", True, worker)  # in case only the connection was lost
        return len(self._ended | self._gone) == self._workers

    def _tell(self, kind: str, data: Any, worker: int) -> None:
        """Send to a worker; where that fails it is logged, so that the other workers still get their messages."""
        try:
            self._send(kind, data, worker)
        except Exception:
            logging.exception("worker %d is out of reach", worker)

    def _end(self, before: dict[str, int] | None) -> None:
        """Gather samples, read the stock, cancel or list the orders, close the accounts and write `loadrun.json`; a step that fails is skipped.

        Orders whose answer was lost are looked up first: the stock reading includes them, and they are cancelled with the others.
        """
        ready, folder = self._ready, self._folder
        duration_s = min(self._now(), self._stopped_s, ready.length_s)
        samples = self._try(self._gather)
        if samples is not None:
            self._lost_answers = self._try(lambda: self._aside.find_lost(ready.planned, samples))
            self._created += self._aside.recovered_orders
            self._made.add(self._aside.recovered_orders)
        gevent.sleep(2 * max(self._sync_lags_s, default=0.0))  # until the last orders show in the stock that is read
        after = self._try(lambda: self._aside.stock(ready.planned)) if before is not None else None
        self._settle()
        samples = self._gather() if samples is None else samples
        ended = {worker: self._reports[worker]["progress"] for worker in self._ended}
        last_report_s = {worker: report["at_s"] for worker, report in self._reports.items()}
        accounts = collect.account(ready.planned, self._dealt.worker_of, samples, ended, last_report_s)
        stock = collect.compare_stock(before, after, self._created)
        self._load_run("; ".join(self._why), accounts, duration_s, stock).write(folder / "loadrun.json")
        (folder / collect.SCHEDULE).unlink(missing_ok=True)

    def _settle(self) -> None:
        """Cancel the run's orders where the plan asks for it, and list them with their fate."""
        self._valve.open()
        fate = collect.LISTED
        if self._plan.cancel_orders:
            fate = self._try(self._aside.cancel) or f"{collect.LISTED}: cancelling failed"
        self._try(lambda: self._made.close(fate))

    def _gather(self) -> pa.Table:
        """The samples of every worker, joined on this disk."""
        self._await_chunks()
        return gather(self._folder / "samples", self._folder / "samples.parquet")

    def _try(self, step: Callable[[], Any]) -> Any:
        """The result of a step of the ending, None where it fails: the error is printed and the next step runs."""
        try:
            return step()
        except Exception as failed:
            print(MARK, failed, flush=True)
            return None

    def _await_chunks(self, patience_s: float = 30.0) -> None:
        """Wait until every chunk that a finished worker wrote is on this disk, at most `patience_s`."""
        written = [(worker, chunk) for worker in self._ended for chunk in range(self._reports[worker]["chunks"])]
        give_up = time.perf_counter() + patience_s
        while self.filing.ask_for(written) and time.perf_counter() < give_up:
            gevent.sleep(TICK_S)

    def _load_run(self, stopped: str, accounts: Accounts, duration_s: float, stock: list[StockReading]) -> LoadRun:
        plan, ready = self._plan, self._ready
        return LoadRun(
            run_id=self._run_id,
            started_at=self._started_at,
            host=plan.host,
            adapter=plan.adapter,
            trace=plan.trace,
            scenario_hash=ready.header.scenario_hash,
            time_scale=plan.time_scale,
            loop_s=plan.loop_s,
            shape=plan.shape,
            trace_from_s=ready.from_s,
            trace_to_s=ready.to_s,
            peak_orders_per_hour=ready.header.orders_per_hour,
            warmup_s=plan.warmup_s,
            duration_s=duration_s,
            timeout_s=plan.timeout_s,
            pool=self._dealt.pool,
            workers=self._workers,
            accounts=accounts,
            not_covered=ready.not_covered,
            unmet=dict(self._sum("unmet")),
            generator=sorted(self._windows, key=lambda window: (window.from_s, window.worker)),
            looks=self._looks,
            stopped=stopped,
            answers=merge(row for report in self._reports.values() for row in report["answers"]),
            lost_answers=self._lost_answers,
            stock=stock,
            stock_sync_lags_s=self._sync_lags_s,
        )

    def _accounts_so_far(self) -> Accounts:
        scheduled = len(self._ready.planned)
        fates = {f: sum(r["progress"][f] for r in self._reports.values()) for f in ("sent", "dropped", "lost")}
        return Accounts(scheduled=scheduled, not_reached=scheduled - sum(fates.values()), **fates)

    def _now(self) -> float:
        return time.perf_counter() - self._origin

    def _outcomes(self) -> Counter[str]:
        return self._sum("outcomes")

    def _sum(self, name: str) -> Counter[str]:
        return sum((Counter(report["progress"][name]) for report in self._reports.values()), Counter())

    def _line(self, now: float) -> str:
        """Progress for the terminal: journeys, lag, response, outcomes and targets so far."""
        sent, under_way = (sum(r["progress"][name] for r in self._reports.values()) for name in ("sent", "under_way"))
        counts, lag, response = self._outcomes(), self._live("lag"), self._live("response")
        outcomes = " ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
        came, together_s = (sum(r["progress"][name] for r in self._reports.values()) for name in ("came", "response_s"))
        mean_s = together_s / max(came, 1)  # the histogram holds it too, but computing it would make the pacer late
        standing = so_far(self._targets, counts, lambda p: response.get_value_at_percentile(p) / 1e6, mean_s)
        return (
            f"{MARK} {max(now, 0):.0f}/{self._ready.length_s:.0f} s  journeys {sent:,}/{len(self._ready.planned):,}, {under_way} under way"
            f"  lag p99 {lag.get_value_at_percentile(99) / 1e3:.1f} ms  response p95 {response.get_value_at_percentile(95) / 1e3:.0f} ms"
            f"  {outcomes}  {standing}{self._next_look(now)}"
        )

    def _next_look(self, now: float) -> str:
        declared = self._looks.at_s if self._looks else []
        ahead = [(number, at_s) for number, at_s in enumerate(declared, 1) if at_s > now]
        return f"  look {ahead[0][0]} of {len(declared)} at {ahead[0][1]:.0f} s" if ahead else ""

    def _live(self, name: str) -> HdrHistogram:
        """A histogram merged over all workers, µs."""
        together = HdrHistogram(1, LONGEST_US, DIGITS)
        for report in self._reports.values():
            together.decode_and_add(report[name])
        return together
