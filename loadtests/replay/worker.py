"""The worker's side of a replay: one pacer, one client, one adapter; samples in numbered chunks, spooled until the master has them."""

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
    """Plays one shard. `begin`, `feed` and `stop` answer the master's messages; `tell(kind, data)` sends to the master."""

    def __init__(self, environment: Any):
        self._environment = environment
        self._tell = environment.runner.send_message
        self._done = Event()
        self._done.set()
        rehearse()

    def begin(self, order: dict[str, Any]) -> None:
        """Get ready, and start at the order's absolute instant."""
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
        except (
            Exception
        ) as error:  # this machine lacks the token, say: unless the master hears of it, it waits for ever
            self._error = str(error) or type(error).__name__
            self._report(last=True)
            return
        self._done.clear()
        self._pacing = gevent.spawn(self._pacer.run, self._rows())
        gevent.spawn(self._report_until_done)

    def feed(self, packed: bytes | None) -> None:
        """Take a chunk of the shard; None ends it."""
        self._chunks.put(packed)

    def stop(self, at_once: bool = False) -> None:
        """Start no journey and send no request; those under way may still be answered within their time-out, but for `at_once`."""
        if not self._done.is_set():
            self._pacer.stopped = True
            self._pacing.kill(block=False)
            gevent.spawn(self._valve.cut, at_once)

    def wait(self, seconds: float) -> None:
        """Return when the last report has been sent, or after so many seconds."""
        self._done.wait(seconds)

    def upload(self, chunk: int) -> None:
        """Send a chunk of samples that the master does not find on its own disk."""
        packed = self._written[chunk].read_bytes()
        self._tell("replay_samples", {"worker": self.number, "chunk": chunk, "bytes": packed})

    def forget(self, chunk: int) -> None:
        """Remove a chunk from the spool: the master has it on a disk of its own."""
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
        """Remember a request; what was under way when the run was stopped counts neither way."""
        if self._valve.shut:
            self._cut.add(sample.row)
            sample = sample._replace(outcome="cut")
        self._recorder.sample(sample)

    def _show(self, sample: Sample) -> None:
        """Tell Locust, so that its own statistics and web page show the replay, on the response clock; a fault in the adapter is an exception."""
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
        """Write what was sampled since the last chunk; what a disk refuses is tried again with the next."""
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
        self._tell("replay_chunk", {"worker": self.number, "chunk": len(self._written) - 1})

    def _lose(self) -> None:
        """Count as lost the journeys of samples that no disk took."""
        for samples in self._unwritten:
            self._recorder.lose(samples)

    def _report(self, last: bool = False) -> None:
        recorder = self._recorder
        window = recorder.window(last)
        created = [asdict(each) for each in self._created]
        self._created.clear()
        self._tell(
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
    """Write a chunk, and return what went wrong: gevent would first print what a thread raises, to a log that a full disk refuses too."""
    try:
        return write_chunk(folder, worker, chunk, samples)
    except OSError as error:
        return error


def rehearse() -> None:
    """Do once what is slow the first time, and put what stands in memory out of the garbage collector's way: neither may stop the pacer later."""
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
    """The run's own folder where this machine sees it, else a temporary one: chunks are on a disk before they are sent."""
    path = Path(folder)
    return path if path.is_dir() else Path(tempfile.mkdtemp(prefix="retail-lab-samples-"))
