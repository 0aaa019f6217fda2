"""Workers that play replications: processes of this machine, or a Dask cluster. Each gives results in the order in which they end.

A result depends on its task alone, so one process, many and a cluster give the same bytes.
"""

from __future__ import annotations

import logging
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sim.records.refusal import Refusal
from sim.study.code_identity import stamp

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
CONNECT_S = 15
"""How long a scheduler, and the first of its workers, may take to answer."""
MOST_LOCAL = 1_024
"""Workers of a cluster on this machine."""
_LOCAL_SETTINGS = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.limit": "10s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.nanny.pre-spawn-environ": {
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), 1),
        "MALLOC_ARENA_MAX": 1,
    },
}
"""Of Dask on this machine, whose cores the workers need. By default a scheduler, its nannies and its workers wake fifty times a second each,
and workers give freed memory back at once (`MALLOC_TRIM_THRESHOLD_`), so that every large array is mapped anew."""
_LOCAL = re.compile(r"local:([1-9][0-9]{0,3})")
_AHEAD = 2
"""Tasks sent to a cluster, for each that it plays at once: enough that no worker waits for its next one."""


class Workers(Protocol):
    """What plays tasks. A task is a call that can be pickled, such as `functools.partial(play, scenario, 3)`."""

    @property
    def count(self) -> int:
        """Tasks that are played at once."""

    @property
    def elsewhere(self) -> bool:
        """Whether tasks are played by machines with a disk, memory and cores of their own."""

    def results(self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """The results of the tasks in the order in which they end. Closed before its end, it gives up what has not ended.

        Raises `Refusal` where a worker cannot go on.
        """


@dataclass(frozen=True)
class Processes:
    """Processes of this machine; one is this process itself."""

    count: int = 1
    elsewhere: bool = False

    def results(self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """As of `Workers`. Raises `Refusal` where the system ends a process (lack of memory)."""
        processes = min(self.count, len(tasks))
        if processes <= 1:
            yield from (task() for task in tasks)
            return
        try:
            yield from Parallel(n_jobs=processes, return_as="generator_unordered")(delayed(task)() for task in tasks)
        except TerminatedWorkerError:
            found = f"{processes} processes, one ended by the system"
            raise Refusal("--jobs", "", "memory for each process", found) from None


class Cluster:
    """The workers of a Dask scheduler; one that joins later is used too. What a worker had not finished when it died is played by another."""

    def __init__(self, client: Client, address: str):
        """client: connected; address: as the user gave it."""
        self._client, self._address = client, address
        self.elsewhere = not _LOCAL.fullmatch(address)

    @property
    def count(self) -> int:
        """Threads of all workers that are there now."""
        return max(sum(self._client.nthreads().values()), 1)

    def results(self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """As of `Workers`; while there is no worker, it waits for one.

        Raises `Refusal` for workers of other code or library versions, for a task that ends worker after worker, and where the scheduler is lost.
        """
        from distributed import as_completed

        waiting = iter(tasks)
        sent: set[Future] = set()
        by = stamp()

        def send(n: int) -> list[Future]:
            more = [self._client.submit(_played, by, task, pure=False) for task in islice(waiting, n)]
            sent.update(more)
            return more

        with self._worded():
            ended = as_completed(send(_AHEAD * self.count))
            try:
                for future in ended:
                    result = future.result()
                    sent.remove(future)
                    ended.update(send(max(_AHEAD * self.count - len(sent), 0)))
                    yield result
            finally:
                self._client.cancel(list(sent))

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """Errors of Dask as refusals."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        try:
            yield
        except KilledWorker as error:
            expected = "workers that play a replication to its end"
            found = f"one that ended {error.allowed_failures + 1} workers (lack of memory)"
            raise Refusal("--cluster", self._address, expected, found) from None
        except (CommClosedError, FutureCancelledError):
            raise Refusal("--cluster", self._address, "a scheduler that stays reachable", "none") from None


def as_workers(jobs: int | Workers) -> Workers:
    """So many processes, or the workers themselves."""
    return Processes(jobs) if isinstance(jobs, int) else jobs


@contextmanager
def workers(jobs: int = 1, cluster: str | None = None) -> Iterator[Workers]:
    """Workers for the length of a block.

    Args:
        jobs: processes, where no cluster is named.
        cluster: the address of a Dask scheduler, `tcp://10.0.0.5:8786`, or `local:4` for four worker processes on this machine.

    Raises `Refusal` for an address at which no scheduler with a worker answers, and `ModuleNotFoundError` without the extra `cluster`.
    """
    if cluster is None:
        yield Processes(jobs)
        return
    with _connected(cluster) as client:
        yield Cluster(client, cluster)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what ends a study is a refusal, and a lost worker does not
    local = _LOCAL.fullmatch(address)
    if not local and (address.startswith("local") or not re.fullmatch(r"\w+://\S+:\d+|[\w.\-]+:\d+", address)):
        raise Refusal("--cluster", "", "the address of a scheduler, tcp://HOST:PORT, or local:N", address)
    if local and int(local[1]) > MOST_LOCAL:
        raise Refusal("--cluster", "", f"at most {MOST_LOCAL:,} workers on this machine", address)
    if local:
        with _ignored(), dask.config.set(_LOCAL_SETTINGS):
            made = LocalCluster(
                n_workers=int(local[1]),
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        with made, Client(made) as client:
            yield client
        return
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError):
        raise Refusal("--cluster", address, "a Dask scheduler that answers", "none") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError:
            raise Refusal("--cluster", address, "a scheduler with a worker", "none") from None
        yield client


@contextmanager
def _ignored() -> Iterator[None]:
    """SIGINT is ignored, here and by processes started in the block: Ctrl-C reaches a whole group, and the one that started them ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _played(by: str, task: Callable[[], T]) -> T:
    """A task's result. Raises `Refusal` on a worker whose code or library versions are not those of the process that sent the task."""
    if (own := stamp()) != by:
        theirs, ours = (dict(line.split(" ", 1) for line in text.splitlines()) for text in (own, by))
        name = next(name for name in ours if theirs.get(name) != ours[name])
        raise Refusal("--cluster", name, f"workers with that of this process, {ours[name]}", theirs.get(name))
    return task()
