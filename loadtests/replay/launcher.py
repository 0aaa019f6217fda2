"""Starts Locust as a program of its own: it patches the process it is imported into, so this module, and a notebook, must not import it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TextIO, cast

from loadtests.planning.plan import MARK, REFUSED, Plan
from loadtests.planning.prepare import Prepared, prepare
from loadtests.processes import free_port
from loadtests.replay.collect import fresh, rescue
from sim.records.load_run import LoadRun
from sim.records.refusal import Refusal

LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"


def replay(plan: Plan, workers: int = 1, tell: Callable[[str], None] = print) -> LoadRun:
    """Replay a plan with so many local worker processes; returns when the run's folder (`plan.out`) is whole.

    `tell` hears a line about every second. What else Locust prints goes to `locust.log` in the folder. Ctrl-C and SIGTERM end the run in
    order: a first one lets requests under way be answered, a second does not, a third kills the generator. Raises `Refusal` for a plan that
    cannot be run, `KeyboardInterrupt` for one that was stopped before it sent any load.
    """
    with _Signals() as signals:
        ready = prepare(plan)
        ready.adapter(ready.shelf, "").equip(os.environ)
        folder = fresh(Path(plan.out))
        with (
            _written(ready) as prepared,
            open(folder / "locust.log", "w", encoding="utf-8") as log,
            _processes(plan.flags(), f"--led={prepared}", workers, log, signals) as master,
        ):
            _listen(master, log, tell)
        if (signals.came and not (folder / "loadrun.json").exists()) or signals.came > 2:
            raise KeyboardInterrupt
        if not (folder / "loadrun.json").exists():
            raise Refusal(folder / "locust.log", "", "a load generator that starts; the reason stands there")
        try:
            return rescue(folder)
        except OSError as error:
            ended = "room for its samples; once there is some, `retail-lab verdict` ends the run"
            raise Refusal(folder, "", ended, error.strerror) from None


class _Signals:
    """Ctrl-C and SIGTERM while a replay goes on: passed on to its master, the third time to all as a kill. A context manager.

    Before there is a master they are a `KeyboardInterrupt`. Signals that this process ignores it goes on to ignore.
    """

    def __init__(self) -> None:
        self.came = 0
        self.processes: list[subprocess.Popen[str]] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if (before := signal.getsignal(number)) is not signal.SIG_IGN:
                    self._before[number] = before
                    signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _take(self, *_: object) -> None:
        self.came += 1
        if not self.processes:
            raise KeyboardInterrupt
        for process in self.processes if self.came > 2 else self.processes[:1]:
            process.send_signal(signal.SIGKILL if self.came > 2 else signal.SIGTERM)


@contextmanager
def _written(ready: Prepared) -> Iterator[Path]:
    """A file, for as long as the run lasts, from which its master reads what was prepared."""
    with TemporaryDirectory(prefix="retail-lab-") as folder:
        path = Path(folder) / "prepared.arrow"
        ready.write(path)
        yield path


@contextmanager
def _processes(
    flags: list[str], led: str, workers: int, log: TextIO, signals: _Signals
) -> Iterator[subprocess.Popen[str]]:
    """The master, whose standard output is piped, with its workers; on the way out all have ended."""
    common = ["--headless", "--only-summary", led, *flags]
    started = signals.processes

    def start(flags: list[str], out: int | IO[str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *flags]
        # A session of its own: Ctrl-C in a terminal must reach Locust through us, once, and in order.
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=log,
            stdin=subprocess.PIPE,  # their parent-death pipe: it closes with this program
            text=True,
            start_new_session=True,
            env=_environment(),
        )
        started.append(process)
        return process

    try:
        if workers == 1:
            yield start(common, subprocess.PIPE)
        else:
            port = str(free_port())
            there = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", str(workers)]
            master = start(
                [*common, "--users", str(workers), "--spawn-rate", "100", "--master", *there], subprocess.PIPE
            )
            for _ in range(workers):
                start([led, "--worker", "--master-host", "127.0.0.1", "--master-port", port], log)
            yield master
    finally:
        for process in started:
            cast(IO[str], process.stdin).close()  # those that nothing else told end now, in order
        for process in started:
            _end(process)


def _listen(master: subprocess.Popen[str], log: TextIO, tell: Callable[[str], None]) -> None:
    """Pass the master's lines on until it ends. Raises the `Refusal` that it ended with, if it did."""
    for line in master.stdout or ():
        if line.startswith(MARK):
            tell(line.removeprefix(MARK).strip())
        elif line.startswith(REFUSED):
            raise Refusal(*json.loads(line.removeprefix(REFUSED)))
        else:
            log.write(line)


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()


def _environment() -> dict[str, str]:
    """Ours, less what would let Locust's own settings or a home's locust.conf steer the run."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
