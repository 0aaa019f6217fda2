"""Starts Locust as a program of its own: it patches the process it is imported into, so this module, and a notebook, must not import it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from loadtests.collect import fresh, rescue
from loadtests.leash import free_port
from loadtests.plan import MARK, REFUSED, Plan
from loadtests.prepare import prepare
from sim.records.loadrun import LoadRun
from sim.records.refusal import Refusal

LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def replay(plan: Plan, workers: int = 1, tell: Callable[[str], None] = print) -> LoadRun:
    """Replay a plan with so many local worker processes; returns when the run's folder (`plan.out`) is whole.

    `tell` hears a line about every second. What else Locust prints goes to `locust.log` in the folder. An interrupt (Ctrl-C) stops the run in
    order and is then passed on as a run that was stopped. Raises `Refusal` for a plan that cannot be run.
    """
    ready = prepare(plan, workers)
    ready.adapter(ready.shelf, "").equip(os.environ)
    folder = fresh(Path(plan.out))
    with open(folder / "locust.log", "w", encoding="utf-8") as log, _processes(plan, workers, log) as master:
        _listen(master, log, tell)
    if not (folder / "loadrun.json").exists():
        raise Refusal(folder / "locust.log", "", "a load generator that starts; the reason stands there")
    try:
        return rescue(folder)
    except OSError as error:
        ended = "room for its samples; once there is some, `retail-lab verdict` ends the run"
        raise Refusal(folder, "", ended, error.strerror) from None


@contextmanager
def _processes(plan: Plan, workers: int, log: TextIO) -> Iterator[subprocess.Popen[str]]:
    """The master, whose standard output is piped, with its workers; on the way out all have ended."""
    common = ["--headless", "--only-summary", *plan.flags()]
    started: list[subprocess.Popen[str]] = []

    def start(flags: list[str], out: int | IO[str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--led", *flags]
        # A session of its own: Ctrl-C in a terminal must reach Locust through us, once, and in order.
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=log,
            stdin=subprocess.PIPE,  # their leash: it closes with this program
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
                start(["--worker", "--master-host", "127.0.0.1", "--master-port", port], log)
            yield master
    finally:
        for process in started:
            _end(process)


def _listen(master: subprocess.Popen[str], log: TextIO, tell: Callable[[str], None]) -> None:
    """Pass the master's lines on until it ends. Raises the `Refusal` that it ended with, if it did."""
    while True:
        try:
            for line in master.stdout or ():
                if line.startswith(MARK):
                    tell(line.removeprefix(MARK).strip())
                elif line.startswith(REFUSED):
                    raise Refusal(*json.loads(line.removeprefix(REFUSED)))
                else:
                    log.write(line)
            return
        except KeyboardInterrupt:
            tell("stopping")
            master.send_signal(signal.SIGTERM)


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
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def _environment() -> dict[str, str]:
    """Ours, less what would let Locust's own settings or a home's locust.conf steer the run."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
