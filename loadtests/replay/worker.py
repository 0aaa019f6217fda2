"""The worker's side of a replay: one pacer, one client, one adapter; samples in numbered chunks, spooled until the master has stored them."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
import pyarrow as pa
from gevent.event import Event
from gevent.queue import Queue

from loadtests.adapters.base import Adapter, CatalogueCodes, Created, Errand, load
from loadtests.adapters.connect import close, connect
from loadtests.http.options import Wire
from loadtests.journey import Row, Sample
from loadtests.planning.schedule import unpack
from loadtests.replay.pacer import Pacer
from loadtests.replay.recorder import Recorder
from loadtests.replay.stop_valve import Cut, Valve
from loadtests.safety import Target
from sim.records.samples import DECIDED, write_chunk

REPORT_S = 1.0
CHUNK_REPORTS = 2
"""Reports between two chunks of samples."""


class Failure(Exception):
    """What Locust's statistics show for a request that failed."""


class Worker:
    """Plays one shard. `begin`, `feed` and `stop` handle the master's messages; the runner's `send_message(kind, data)` answers them."""

    def __init__(self, environment: Any):
        self._environment = environment
        self._send = environment.runner.send_message
        self._done = Event()
        self._done.set()
        rehearse()

    def begin(self, order: dict[str, Any]) -> None:
        """Connect the adapter, and start the pacer so that the run's second 0 is at `order["starts_at"]` (Unix time, s)."""
        self.number = order["worker"]
        origin = time.perf_counter() + order["starts_at"] - time.time()
        self._clock = lambda: time.perf_counter() - origin
        self._recorder = Recorder(self.number, self._clock, self._show)
        self._valve, self._cut = Valve(), set[int]()
        self._pacer = Pacer(self._play, self._recorder, order["pool"], self._clock, gevent.sleep, gevent.spawn_raw)
        self._chunks: Queue[bytes | None] = Queue()
        self._created: list[Created] = []
        self._spool, self._written, self._unwritten = _spool(order["samples"]), list[Path](), list[pa.Table]()
        self._error = ""
        try:
            self._adapter = _adapter(order)
            self._valve.guard(self._adapter)
        except Exception as error:  # a missing token, for example: without a report the master would wait for ever
            self._error = str(error) or type(error).__name__
            self._report(last=True)
            return
        self._done.clear()
        self._pacing = gevent.spawn(self._pacer.run, self._rows())
        gevent.spawn(self._report_until_done)

    def feed(self, packed: bytes | None) -> None:
        """Queue a packed chunk of the shard; None marks its end."""
        self._chunks.put(packed)

    def stop(self, at_once: bool = False) -> None:
        """Start no journey and send no request more; requests under way may be answered within their time-out, unless `at_once`."""
        if not self._done.is_set():
            self._pacer.stopped = True
            self._pacing.kill(block=False)
            gevent.spawn(self._valve.cut, at_once)

    def wait(self, seconds: float) -> None:
        """Return when the last report has been sent, or after so many seconds."""
        self._done.wait(seconds)

    def upload(self, chunk: int) -> None:
        """Send a chunk of samples that is not on the master's disk."""
        packed = self._written[chunk].read_bytes()
        self._send("replay_samples", {"worker": self.number, "chunk": chunk, "bytes": packed})

    def forget(self, chunk: int) -> None:
        """Remove a chunk from the spool: the master has stored it on its own disk."""
        self._written[chunk].unlink(missing_ok=True)

    def _rows(self) -> Iterator[Row]:
        while (packed := self._chunks.get()) is not None:
            yield from unpack(packed)

    def _play(self, row: Row, intended_s: float, carried: Any) -> Any:
        errand = Errand.of(self._adapter, row, intended_s, self._clock, self._sample, carried, self._created)
        try:
            brought = self._valve.run(lambda: self._adapter.play(errand))
        except Cut:
            if row.row not in self._cut:
                self._recorder.cut(row.row, row.journey, errand.ready_s)
            return None
        if errand.unmet:
            self._recorder.turn_back(row.journey)
        return brought

    def _sample(self, sample: Sample) -> None:
        """Record a request; one under way when the run was stopped is `cut`, which counts neither as answered nor as failed."""
        if self._valve.shut:
            self._cut.add(sample.row)
            sample = sample._replace(outcome="cut")
        self._recorder.sample(sample)

    def _show(self, sample: Sample) -> None:
        """Fire Locust's events for its statistics and web page, with times from the intended start; an adapter fault is an exception."""
        outcome = sample.outcome
        if outcome == "cut":
            return
        if outcome == "adapter_fault":
            self._environment.events.user_error.fire(
                user_instance=None, exception=Failure(f"{sample.journey}: {sample.error}"), tb=None
            )
            return
        bad = outcome not in DECIDED
        self._environment.events.request.fire(
            request_type=sample.journey,
            name=sample.step or sample.journey,
            response_time=None if outcome == "dropped" else (sample.t_end - sample.t_intended) * 1000,
            response_length=sample.size,
            exception=Failure(f"{outcome}: {sample.error}") if bad else None,
            context={},
        )

    def _report_until_done(self) -> None:
        reports = 0
        while not self._over():
            gevent.sleep(REPORT_S if self._clock() >= 0 else 0.1)
            reports += 1
            if reports % CHUNK_REPORTS == 0:
                self._write()
            self._report()
        self._write()
        self._lose()
        if self._pacing.exception:
            self._error = f"{type(self._pacing.exception).__name__}: {self._pacing.exception}"
        self._report(last=True)
        close(self._adapter)
        self._done.set()

    def _over(self) -> bool:
        return self._pacing.ready() and self._recorder.progress.under_way == 0

    def _write(self) -> None:
        """Write the samples since the last chunk; where the disk refuses them they are written with the next."""
        samples = self._recorder.take()
        self._unwritten += [samples] if samples is not None else []
        if not self._unwritten:
            return
        chunk = pa.concat_tables(self._unwritten).unify_dictionaries()
        apart = gevent.get_hub().threadpool.apply
        written = apart(_keep, (self._spool, self.number, len(self._written), chunk))
        if isinstance(written, OSError):
            self._error = f"samples cannot be written: {os.strerror(written.errno or 0)}"
            return
        self._unwritten = []
        self._written.append(written)
        self._send("replay_chunk", {"worker": self.number, "chunk": len(self._written) - 1})

    def _lose(self) -> None:
        """Count the journeys of samples that could not be written as lost."""
        for samples in self._unwritten:
            self._recorder.lose(samples)

    def _report(self, last: bool = False) -> None:
        recorder = self._recorder
        window = recorder.window(last)
        created = [asdict(each) for each in self._created]
        self._created.clear()
        self._send(
            "replay_report",
            {
                "worker": self.number,
                "last": last,
                "at_s": self._clock(),
                "progress": asdict(recorder.progress),
                "lag": recorder.lag.encode(),
                "response": recorder.response.encode(),
                "windows": [window.model_dump()] if window else [],
                "created": created,
                "answers": recorder.excerpts.rows(),
                "chunks": len(self._written),
                "error": self._error,
            },
        )


def _keep(folder: Path, worker: int, chunk: int, samples: pa.Table) -> Path | OSError:
    """Write a chunk; an `OSError` is returned, because gevent would print one that a thread raises to a log on the same full disk."""
    try:
        return write_chunk(folder, worker, chunk, samples)
    except OSError as error:
        return error


def rehearse() -> None:
    """Record and write one sample, which is slow the first time, and freeze the heap for the garbage collector: neither may delay the pacer later."""
    recorder = Recorder(0, time.perf_counter)
    recorder.sample(Sample(0, "", "", 0.0, 0.0, 1.0, "ok"))
    with tempfile.TemporaryDirectory() as folder:
        write_chunk(folder, 0, 0, recorder.take())
    gc.collect()
    gc.freeze()


def _adapter(order: dict[str, Any]) -> Adapter:
    adapter = load(order["adapter"])(CatalogueCodes(**order["shelf"]), order["run_id"])
    connect(adapter, Target(**order["target"]), Wire(**order["wire"]), os.environ)
    for pool in adapter.pool.values():
        pool.share(order["worker"], order["workers"])
    adapter.adopt(order["found"])
    return adapter


def _spool(folder: str) -> Path:
    """The run's folder where it is on this machine's disk, else a temporary one: chunks are written before they are sent."""
    path = Path(folder)
    return path if path.is_dir() else Path(tempfile.mkdtemp(prefix="retail-lab-samples-"))
