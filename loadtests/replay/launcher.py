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
    """Replay a plan with `workers` local processes; returns when the run's folder (`plan.out`) is complete.

    `tell` is called with a line about every second. All else that Locust prints goes to `locust.log` in the folder. Ctrl-C and SIGTERM
    stop the run: after the first, requests under way may be answered; the second cuts them off; the third kills the generator. Raises
    `Refusal` for a plan that cannot be run, `KeyboardInterrupt` for a run that was stopped before it sent any load.
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
            _read_output(master, log, tell)
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
    """Passes Ctrl-C and SIGTERM during a replay to its master as SIGTERM; the third one kills every process. A context manager.

    Before the master starts a signal raises `KeyboardInterrupt`. Signals that this process ignores stay ignored.
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
    """A temporary file from which the run's master reads what was prepared."""
    with TemporaryDirectory(prefix="retail-lab-") as folder:
        path = Path(folder) / "prepared.arrow"
        ready.write(path)
        yield path


@contextmanager
def _processes(
    flags: list[str], led: str, workers: int, log: TextIO, signals: _Signals
) -> Iterator[subprocess.Popen[str]]:
    """Start the master, whose standard output is piped, and its workers; on exit all have ended."""
    common = ["--headless", "--only-summary", led, *flags]
    started = signals.processes

    def start(flags: list[str], out: int | IO[str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *flags]
        # A session of its own: Ctrl-C in a terminal must reach Locust once, through this process.
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
            cast(IO[str], process.stdin).close()  # the parent-death pipe: processes that still run end
        for process in started:
            _end(process)


def _read_output(master: subprocess.Popen[str], log: TextIO, tell: Callable[[str], None]) -> None:
    """Pass the master's lines to `tell` or to the log until it ends. Raises the `Refusal` that it printed, if any."""
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
    """This process's environment without Locust's own variables, which could change the run."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
